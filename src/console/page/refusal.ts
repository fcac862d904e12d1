import * as z from 'zod'
import { AppError, type ErrorCode, errorCodes, isErrorCode } from '../../errors'

/** An answer of the API, however typed. */
interface Answer {
  headers: Headers
  json: () => Promise<unknown>
}

/** Why the API did not do what a form asked for. */
export interface Refusal {
  code: ErrorCode
  errors: { path: string; code: string; message: string }[]
  /** Seconds until it may be asked again; null where waiting is not the matter. */
  retryAfter: number | null
}

const problemSchema = z.object({
  code: z.string().refine(isErrorCode),
  errors: z.array(z.object({ path: z.string(), code: z.string(), message: z.string() })).default([]),
})

/** What an error answer of the API says. */
export async function readRefusal(answer: Answer): Promise<Refusal> {
  const { data } = problemSchema.safeParse(await answer.json())
  const retryAfter = answer.headers.get('Retry-After')
  const { code, errors } = data ?? { code: 'internal_error' as const, errors: [] }
  return { code, errors, retryAfter: retryAfter === null ? null : Number(retryAfter) }
}

/** The status of a page that shows a form, refused or not. */
export const statusOf = (refusal: Refusal | null) => (refusal ? errorCodes[refusal.code].status : 200)

/** Those that no other input would change. */
const PAGES_OF_THEIR_OWN: readonly ErrorCode[] = [
  'unauthenticated',
  'cross_site_request',
  'not_found',
  'internal_error',
  'misconfigured',
]

/**
 * Why a form was refused, to be shown beside its fields.
 * @throws {AppError} where the form cannot help it
 */
export async function refusalOf(answer: Answer): Promise<Refusal> {
  const refusal = await readRefusal(answer)
  if (PAGES_OF_THEIR_OWN.includes(refusal.code)) throw new AppError(refusal.code)
  return refusal
}

/** The error of a page that cannot be shown, because the API did not give what it shows. */
export async function failureOf(answer: Answer): Promise<AppError> {
  const { code, errors, retryAfter } = await readRefusal(answer)
  return new AppError(code, { errors, headers: retryAfter === null ? {} : { 'Retry-After': String(retryAfter) } })
}
