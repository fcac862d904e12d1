import type * as z from 'zod'
import { AppError } from './errors'

/** Workers KV takes no shorter life than this. */
const MIN_TTL_SECONDS = 60

/**
 * The JSON under `key`, or null where there is none or where it has not the shape of `schema`.
 * @throws {AppError} `unavailable`, as all here
 */
export async function getJson<Schema extends z.ZodType>(
  kv: KVNamespace,
  key: string,
  schema: Schema,
): Promise<z.output<Schema> | null> {
  return schema.safeParse(await kv.get(key, 'json').catch(unavailable)).data ?? null
}

const unavailable = (cause: unknown): never => {
  throw new AppError('unavailable', { cause })
}

/** Keeps `value` under `key` for `ttlSeconds`, at least 60. */
export function putJson(kv: KVNamespace, key: string, value: unknown, ttlSeconds: number): Promise<void> {
  return kv
    .put(key, JSON.stringify(value), { expirationTtl: Math.max(MIN_TTL_SECONDS, Math.floor(ttlSeconds)) })
    .catch(unavailable)
}
