import { drizzle } from 'drizzle-orm/d1'
import { AppError } from '../errors'

export type Db = ReturnType<typeof openDb>

/** Where a D1 session begins: at the primary, anywhere, or no earlier than a bookmark. */
export type Start = 'first-primary' | 'first-unconstrained' | (string & {})

/** What D1 gives as a bookmark; what else a client may send as one is not passed on. */
const BOOKMARK = /^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/

/** A bookmark that a client brought back, or `first-unconstrained` where it is none. */
export const startAfter = (bookmark: string | undefined): Start =>
  bookmark !== undefined && BOOKMARK.test(bookmark) ? bookmark : 'first-unconstrained'

/** A batch that D1 refuses or does not answer. Drizzle gives single statements an error of its own. */
const unavailable = (cause: unknown): never => {
  throw new AppError('unavailable', { cause })
}

/** Drizzle over one D1 session: its reads see its own writes, and `bookmark()` says what they saw. */
export function openDb(d1: D1Database, start: Start) {
  const session = d1.withSession(start)
  const db = drizzle({
    prepare: (query) => session.prepare(query),
    batch: <Row>(statements: D1PreparedStatement[]) => session.batch<Row>(statements).catch(unavailable),
    withSession: () => session,
    exec: (query) => d1.exec(query),
    dump: () => d1.dump(),
  })
  return Object.assign(db, { bookmark: () => session.getBookmark() })
}
