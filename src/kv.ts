import type * as z from 'zod'
import { AppError } from './errors'
import { within } from './lib/deadline'
import { SECOND_MS } from './lib/time'

/** The shortest life that Workers KV takes. */
const MIN_TTL_SECONDS = 60

/** A call to KV is given up after this time. Everything but codes is also in D1. */
export const KV_LIMIT_MS = 3 * SECOND_MS

export type Kv = ReturnType<typeof openKv>

/**
 * KV with typed JSON. Each call is counted in `meter` and given up after 3 s.
 * @throws {AppError} `unavailable`, from every method
 */
export function openKv(namespace: KVNamespace, meter: { kv: number } = { kv: 0 }) {
  const call = async <Result>(start: () => Promise<Result>): Promise<Result> => {
    meter.kv++
    try {
      return await within(KV_LIMIT_MS, start())
    } catch (cause) {
      throw new AppError('unavailable', { cause })
    }
  }
  return {
    /** The JSON under `key`, or null if there is none or it does not match `schema`. */
    get: async <Schema extends z.ZodType>(key: string, schema: Schema): Promise<z.output<Schema> | null> =>
      schema.safeParse(await call(() => namespace.get(key, 'json'))).data ?? null,

    /** Keeps `value` under `key` for `ttlSeconds`, at least 60. */
    put: (key: string, value: unknown, ttlSeconds: number): Promise<void> =>
      call(() =>
        namespace.put(key, JSON.stringify(value), {
          expirationTtl: Math.max(MIN_TTL_SECONDS, Math.floor(ttlSeconds)),
        }),
      ),

    /** The bytes under `key`, and what was written about them. Null if there are none, or that does not match `schema`. */
    getBytes: async <Schema extends z.ZodType>(key: string, schema: Schema) => {
      const { value, metadata } = await call(() => namespace.getWithMetadata(key, 'arrayBuffer'))
      const about = schema.safeParse(metadata)
      return value && about.success ? { bytes: new Uint8Array(value), about: about.data } : null
    },

    /** Keeps bytes, and at most 1,024 bytes of JSON about them. */
    putBytes: (key: string, bytes: Uint8Array, { about, ttlSeconds }: { about: object; ttlSeconds: number }) =>
      call(() => namespace.put(key, bytes, { metadata: about, expirationTtl: Math.max(MIN_TTL_SECONDS, ttlSeconds) })),

    remove: (key: string): Promise<void> => call(() => namespace.delete(key)),

    /** The names of all keys that begin with `prefix`, in order. */
    list: async (prefix: string): Promise<string[]> => {
      const keys: string[] = []
      let cursor: string | null = null
      for (;;) {
        const page: KVNamespaceListResult<unknown> = await call(() => namespace.list({ prefix, cursor }))
        keys.push(...page.keys.map(({ name }) => name))
        if (page.list_complete) return keys
        cursor = page.cursor
      }
    },
  }
}
