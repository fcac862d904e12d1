import { type SQL, sql } from 'drizzle-orm'
import { batchNamed, type ResultsOf, type Statements } from '../db/batch-named'
import type { Db } from '../db/client'
import { AppError } from '../errors'
import { type Caller, isLive } from './sessions'
import { sessions } from './tables'

/** Marks the condition that the session lives in the text of a statement. SQLite ignores comments. */
export const LIVENESS_MARK = '/* while the session lives */'

/**
 * Runs statements for a signed-in caller, in one transaction and one round trip, which also asks whether the session lives.
 *
 * Every statement that writes must carry `whileLive`. If one does not, nothing is sent. So a session that ended a moment ago changes
 * nothing. Prebuilt statements have `prebuildForCaller` instead.
 * @returns the results by name
 * @throws {AppError} `unauthenticated` when the session has ended; `unavailable`
 */
export async function asCaller<const All extends Statements>(
  db: Db,
  caller: Caller,
  now: number,
  makeStatements: (whileLive: SQL) => All,
): Promise<ResultsOf<All>> {
  const live = db.select({ id: sessions.id }).from(sessions).where(isLive(caller, now))
  const statements = makeStatements(sql`(${sql.raw(LIVENESS_MARK)} EXISTS ${live})`)
  const results = await db.inspected(requireCondition, () => batchNamed(db, { live, statements }))
  if (results.live.length === 0) throw new AppError('unauthenticated')
  return results.statements
}

function requireCondition(query: string): void {
  if (/^select\b/i.test(query) || query.includes(LIVENESS_MARK)) return
  throw new Error('A statement that writes as the caller lacks the condition `whileLive`')
}
