import { wrapD1 } from './wrap-d1'
import { wrapKv } from './wrap-kv'

/*
 * The real bindings, made to misbehave as they may in production.
 */

const failD1 = (): Promise<never> => Promise.reject(new Error('D1_ERROR: no such host'))
const hang = (): Promise<never> => new Promise(() => undefined)

/** D1 whose calls fail: all of them, or those with a statement for which `fails` is true. */
export const failingD1 = (fails = (_sql: string): boolean => true): D1Database =>
  wrapD1({ onCall: (run, { statements }) => (statements.some(({ sql }) => fails(sql)) ? failD1() : run()) })

/** D1 that works until `breakDown` is called, or until a statement for which `breaksAt` is true. Then every call fails. */
export function breakableD1(breaksAt = (_sql: string): boolean => false): { DB: D1Database; breakDown: () => void } {
  let isBroken = false
  const DB = wrapD1({
    onCall: (run, { statements }) => {
      isBroken ||= statements.some(({ sql }) => breaksAt(sql))
      return isBroken ? failD1() : run()
    },
  })
  const breakDown = () => {
    isBroken = true
  }
  return { DB, breakDown }
}

/** D1 that does `interrupt` before its nth batch, counted from 1: what another request did just then. */
export function interruptedD1(n: number, interrupt: () => Promise<unknown>): D1Database {
  let batches = 0
  return wrapD1({
    onCall: async (run, { isBatch }) => {
      if (isBatch) batches += 1
      if (isBatch && batches === n) await interrupt()
      return run()
    },
  })
}

/** D1 whose calls never end. */
export const hangingD1 = (): D1Database => wrapD1({ onCall: hang })

/** KV whose every call fails. */
export const failingKv = (): KVNamespace => wrapKv(() => Promise.reject(new Error('KV GET failed: 500')))

/** KV whose calls never end. */
export const hangingKv = (): KVNamespace => wrapKv(hang)

/** A limit that nobody reaches, for tests that do more in a minute than a user may. */
export const noLimit: RateLimit = { limit: async () => ({ success: true }) }

/** A limit by IP address that throws an error nobody expects. */
export const failingLimit = (): { ADDRESS_LIMIT: RateLimit } => ({
  ADDRESS_LIMIT: {
    limit: () => {
      throw new Error('D1_ERROR: no such host')
    },
  },
})

/** A limit by IP address that records its keys. It lets every request through, or none. */
export function recordingLimit(success = true): { ADDRESS_LIMIT: RateLimit; keys: string[] } {
  const { limiter, keys } = recordingLimiter(success)
  return { ADDRESS_LIMIT: limiter, keys }
}

/** A limit that records its keys. */
export function recordingLimiter(success = true): { limiter: RateLimit; keys: string[] } {
  const keys: string[] = []
  const limit = async ({ key }: RateLimitOptions): Promise<RateLimitOutcome> => {
    keys.push(key)
    return { success }
  }
  return { limiter: { limit }, keys }
}

/**
 * D1 whose first calls go wrong with these messages: after they have taken effect, or instead. The later ones work, and so does one
 * without a message.
 * @returns also how many calls there were
 */
export function losingD1(
  messages: (string | undefined)[],
  { takesEffect = true } = {},
): { DB: D1Database; calls: () => number } {
  let calls = 0
  const call = async <Result>(run: () => Promise<Result>): Promise<Result> => {
    const message = messages[calls++]
    if (message === undefined) return run()
    if (takesEffect) await run()
    throw new Error(message)
  }
  const DB = wrapD1({ onCall: (run) => call(run) })
  return { DB, calls: () => calls }
}
