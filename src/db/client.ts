import { drizzle } from 'drizzle-orm/d1'
import { AppError } from '../errors'
import { within } from '../lib/deadline'
import { SECOND_MS } from '../lib/time'

export type Db = ReturnType<typeof openDb>

/** Where a D1 session begins: at the primary, anywhere, or no earlier than a bookmark. */
export type Start = 'first-primary' | 'first-unconstrained' | (string & {})

/**
 * Longer than any statement here takes; a client is not left waiting for a database that does not answer. Shorter than
 * `REFRESH_GRACE_MS`, so that who is told that a refresh failed can still ask for it again.
 */
export const D1_LIMIT_MS = 5 * SECOND_MS

/** What D1 gives as a bookmark; what else a client may send as one is not passed on. */
const BOOKMARK = /^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/

/** A bookmark that a client brought back, or `first-unconstrained` where it is none. */
export const startAfter = (bookmark: string | undefined): Start =>
  bookmark !== undefined && BOOKMARK.test(bookmark) ? bookmark : 'first-unconstrained'

/**
 * Drizzle over one D1 session: its reads see its own writes, and `bookmark()` says what they saw. Each call is counted in
 * `meter` and given up after 5 s; it may have taken effect all the same, as with any answer that got lost.
 * @throws {AppError} `unavailable`, from every query
 */
export function openDb(d1: D1Database, start: Start, meter: { d1: number } = { d1: 0 }) {
  const session = d1.withSession(start)
  let inspect: (query: string) => void = () => {}
  const originals = new WeakMap<D1PreparedStatement, D1PreparedStatement>()

  const call = async <Result>(begin: () => Promise<Result>): Promise<Result> => {
    meter.d1++
    try {
      return await within(D1_LIMIT_MS, begin())
    } catch (cause) {
      throw new AppError('unavailable', { cause })
    }
  }

  /** A statement whose every run is a call. */
  const statement = (original: D1PreparedStatement): D1PreparedStatement => {
    const counted = new Proxy(original, {
      get(target, name) {
        if (name === 'bind') return (...values: unknown[]) => statement(target.bind(...values))
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        return (...options: unknown[]) => call(() => Reflect.apply(method, target, options))
      },
    })
    originals.set(counted, original)
    return counted
  }

  const db = drizzle({
    prepare: (query) => {
      inspect(query)
      return statement(session.prepare(query))
    },
    batch: <Row>(statements: D1PreparedStatement[]) =>
      call(() => session.batch<Row>(statements.map((one) => originals.get(one) ?? one))),
    withSession: () => session,
    exec: (query) => d1.exec(query),
    dump: () => d1.dump(),
  })
  return Object.assign(db, {
    bookmark: () => session.getBookmark(),

    /**
     * Shows `look` the SQL of every statement that `begin` sends, before anything is sent. What `look` throws keeps all of them
     * from being sent. Drizzle builds the statements of a batch at once, so no other request comes in between.
     */
    inspected: <Result>(look: (query: string) => void, begin: () => Promise<Result>): Promise<Result> => {
      inspect = look
      try {
        return begin()
      } finally {
        inspect = () => {}
      }
    },
  })
}
