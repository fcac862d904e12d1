import { type SQL, sql } from 'drizzle-orm'
import type { Context } from 'hono'
import type { AppEnv } from '../context'
import type { Db } from '../db/client'
import { type Bound, prebuild, type ValueOf } from '../db/prebuilt'
import { AppError } from '../errors'
import { LIVENESS_MARK } from './as-caller'
import { sessions } from './tables'

/*
 * Prebuilt statements of signed-in callers. Each asks by itself whether the session lives, so a session that has ended reads
 * nothing and changes nothing.
 */

/** What every statement of a caller is given. */
export interface CallerValues {
  sessionId: string
  userId: string
  /** In ms. */
  now: number
}

/** How a statement asks whether the session lives. It must have one of the two. */
interface Liveness {
  /** For a read `FROM sessions LEFT JOIN …`: it gives no row only if the session has ended. */
  isLive: SQL
  /** For a write: a condition. */
  whileLive: SQL
}

/** A prebuilt statement of a caller. If it does not ask whether the session lives, it is never sent. */
export const prebuildForCaller = <Row, Values extends CallerValues>(
  make: (value: ValueOf<Values>, liveness: Liveness) => SQL,
): ((values: Values) => Bound<Row>) =>
  prebuild<Row, Values>((value) => {
    // `isLive` of `sessions.ts`, with places for the values. With the `+`, SQLite finds the session by its id. Without it, SQLite may
    // walk all sessions of the user.
    const isLive = sql`${sql.raw(LIVENESS_MARK)} ${sessions.id} = ${value('sessionId')} AND +${sessions.userId} = ${value('userId')}
      AND ${sessions.expiresAt} > ${value('now')}`
    return make(value, { isLive, whileLive: sql`EXISTS (SELECT 1 FROM ${sessions} WHERE ${isLive})` })
  }, LIVENESS_MARK)

/** A row of a read: with NULLs if the session lives and nothing else was found. */
export type CallerRead<Row> = Row | { id: null }

/**
 * What a read finds for the caller. A replica may not have a new session yet. So where it finds none, the primary is asked, and
 * only the primary says that a session has ended.
 * @throws {AppError} `unauthenticated`, `unavailable`
 */
export async function readAsCaller<Row extends { id: string }>(
  c: Context<AppEnv>,
  statement: Bound<CallerRead<Row>>,
): Promise<Row[]> {
  const { rows } = await readLive(c, async (db) => ({ rows: await db.rowsOf(statement) }))
  return foundIn(rows)
}

/**
 * The same, with another read in the same transaction. That one need not ask whether the session lives.
 * @throws {AppError} `unauthenticated`, `unavailable`
 */
export async function readBesides<Row extends { id: string }, Other>(
  c: Context<AppEnv>,
  statement: Bound<CallerRead<Row>>,
  other: Bound<Other>,
): Promise<{ rows: Row[]; beside: Other[] }> {
  const { rows, beside } = await readLive(c, (db) => db.rowsOfEach({ rows: statement, beside: other }))
  return { rows: foundIn(rows), beside }
}

const foundIn = <Row extends { id: string }>(rows: CallerRead<Row>[]): Row[] => rows.filter((row) => row.id !== null)

/** Reads, and reads again on the primary if there is no row. */
async function readLive<Read extends { rows: unknown[] }>(
  c: Context<AppEnv>,
  read: (db: Db) => Promise<Read>,
): Promise<Read> {
  let found = await read(c.get('db'))
  if (found.rows.length === 0) {
    c.set('db', c.get('primary')())
    found = await read(c.get('db'))
  }
  if (found.rows.length === 0) throw new AppError('unauthenticated')
  return found
}
