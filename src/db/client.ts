import { drizzle } from 'drizzle-orm/d1'
import { AppError } from '../errors'
import { within } from '../lib/deadline'
import { SECOND_MS } from '../lib/time'

export type Db = ReturnType<typeof openDb>

/** Where a D1 session begins: at the primary, at any replica, or where the data is at least as new as a bookmark. */
export type D1Start = 'first-primary' | 'first-unconstrained' | (string & {})

/**
 * A call to D1 is given up after this time. None of our statements takes as long. The time is shorter than `REFRESH_GRACE_MS`, so
 * that a client can repeat a refresh that failed this way.
 */
export const D1_LIMIT_MS = 5 * SECOND_MS

/** The form of D1's bookmarks. Anything else that a client sends is not passed on. */
const BOOKMARK = /^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/

/** Begins at the bookmark that a client sent back, or anywhere if that is no bookmark. */
export const startAfter = (bookmark: string | undefined): D1Start =>
  bookmark !== undefined && BOOKMARK.test(bookmark) ? bookmark : 'first-unconstrained'

/**
 * Drizzle over one D1 session. Its reads see its own writes, and `bookmark()` says how new the data was that they saw. Each
 * call is counted in `meter` and given up after 5 s. A call that was given up may still have been done.
 * @throws {AppError} `unavailable`, from every query
 */
export function openDb(d1: D1Database, start: D1Start, meter: { d1: number } = { d1: 0 }) {
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

  /** A statement that goes through `call` each time it runs. */
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
     * Runs `begin`, and shows `look` the SQL of every statement before anything is sent. If `look` throws, nothing is sent.
     * Drizzle builds all statements of a batch before it first waits, so no other statement is among them.
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
