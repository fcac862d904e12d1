import type * as z from 'zod'
import type { Refusal } from './refusal'

/** What an authenticator answered, from the field of a form. Null if it is nothing of the kind. */
export function readAnswer<Schema extends z.ZodType>(schema: Schema, field: string): z.output<Schema> | null {
  try {
    return schema.safeParse(JSON.parse(field)).data ?? null
  } catch {
    return null
  }
}

/** Why a form is refused that has no answer of an authenticator in it. */
export const NOT_A_PASSKEY: Refusal = { errorCode: 'invalid_passkey', fieldErrors: [], retryAfterSeconds: null }
