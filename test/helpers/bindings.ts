import { env } from 'cloudflare:workers'

/*
 * The real bindings, made to misbehave as they may in production.
 */

/** D1 whose every call fails. */
export function failingD1(): D1Database {
  const fail = () => Promise.reject(new Error('D1_ERROR: no such host'))
  const failStatement = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get: (target, name) => (name === 'bind' ? (...values: unknown[]) => failStatement(target.bind(...values)) : fail),
    })
  return onSession((session) => ({
    prepare: (sql) => failStatement(session.prepare(sql)),
    batch: fail,
    getBookmark: () => session.getBookmark(),
  }))
}

/** D1 that does something else before its batch of this number, counted from 1: what another request did in between. */
export function d1Interrupted(number: number, interrupt: () => Promise<unknown>): D1Database {
  let batches = 0
  return onSession((session) => ({
    prepare: (sql) => session.prepare(sql),
    batch: async (statements) => {
      batches += 1
      if (batches === number) await interrupt()
      return session.batch(statements)
    },
    getBookmark: () => session.getBookmark(),
  }))
}

const onSession = (wrap: (session: D1DatabaseSession) => D1DatabaseSession): D1Database =>
  new Proxy(env.DB, {
    get: (target, name) =>
      name === 'withSession'
        ? (start?: D1SessionBookmark) => wrap(target.withSession(start))
        : Reflect.get(target, name).bind(target),
  })

/** KV whose every call fails. */
export const failingKv = (): KVNamespace =>
  new Proxy(env.KV, { get: () => () => Promise.reject(new Error('KV GET failed: 500')) })

/** The limit by address, out of order: nothing that a request is meant to meet. */
export const failingLimit = (): { ADDRESS_LIMIT: RateLimit } => ({
  ADDRESS_LIMIT: {
    limit: () => {
      throw new Error('D1_ERROR: no such host')
    },
  },
})

/** The limit by address, with its every question written down and, if so wanted, answered with no. */
export function recordingLimit(success = true): { ADDRESS_LIMIT: RateLimit; keys: string[] } {
  const keys: string[] = []
  const limit = async (options: RateLimitOptions): Promise<RateLimitOutcome> => {
    keys.push(options.key)
    await env.ADDRESS_LIMIT.limit(options)
    return { success }
  }
  return { ADDRESS_LIMIT: { limit }, keys }
}
