import { and, gte, inArray, isNull, lt, lte, type SQL, sql } from 'drizzle-orm'
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { REQUEST_LIFE_MS } from './account/contact-requests'
import { contactRequests } from './account/tables'
import { ACTIVITY_LIFE_MS } from './activity/activity'
import { activity } from './activity/tables'
import type { Config } from './config'
import type { Db } from './db/client'
import { readD1Error } from './db/d1-errors'
import { existsRow } from './db/exists'
import { messageDays } from './delivery/tables'
import { DAY_MS, HOUR_MS, SECOND_MS } from './lib/time'
import { uuidv7From } from './lib/uuid'
import { lastIdAt, US_PER_MS } from './log-in/code/send-limits'
import { otpGuards, otpSends } from './log-in/code/tables'
import { logInThrottle } from './log-in/password/tables'
import { FORGET_AFTER_MS } from './log-in/password/throttle'
import { hourCounts, spentTokens } from './log-in/tables'
import { noticeSends } from './notices/tables'
import { sessions } from './sessions/tables'
import { TOMBSTONE_LIFE_MS } from './todos/changes'
import { IDEMPOTENCY_KEY_LIFE_MS } from './todos/idempotency'
import { purgeTombstones } from './todos/purge-tombstones'
import { idempotencyKeys, todos } from './todos/tables'
import { users } from './users/tables'

/** How many rows one statement removes, so that the database is never busy with it for long. */
const BATCH_ROWS = 1000

/**
 * What one run may cost. The Free plan allows 50 statements a run, the Paid plan 1,000
 * (https://developers.cloudflare.com/d1/platform/limits/). One is kept for the alarm. In a minute of every 15, the Paid plan
 * removes 500,000 rows an hour if a statement takes less than 480 ms; docs/limits.md says how long it takes.
 */
const BUDGETS = {
  free: { statements: 48, ms: 60 * SECOND_MS },
  paid: { statements: 900, ms: 60 * SECOND_MS },
}

/** The rows of a table that are no longer needed: those whose `time` is at or before `until` (both in ms, unless `unitMs` says otherwise). */
interface OldRows {
  table: SQLiteTable
  key: SQLiteColumn | SQL
  time: SQLiteColumn
  until: number
  /** What `time` counts, if it is not ms. */
  unitMs?: number
  /** Removes only those of the old rows for which this holds. */
  only?: SQL | undefined
  /** Removes up to `limit` of them in two statements, where deleting the rows alone is not enough. */
  remove?: (db: Db, until: number, limit: number) => Promise<number>
}

const oldRows = (now: number): Record<string, OldRows> => ({
  sessions: { table: sessions, key: sessions.id, time: sessions.expiresAt, until: now },
  activity: { table: activity, key: activity.id, time: activity.at, until: now - ACTIVITY_LIFE_MS },
  throttles: {
    table: logInThrottle,
    key: logInThrottle.key,
    time: logInThrottle.lastFailureAt,
    until: now - FORGET_AFTER_MS,
  },
  // Wrong guesses count for a day, and no guess counts after the code has expired.
  guards: { table: otpGuards, key: otpGuards.key, time: otpGuards.expiresAt, until: now - DAY_MS },
  sends: { table: otpSends, key: otpSends.id, time: otpSends.id, until: lastIdAt(now - DAY_MS), unitMs: 1 / US_PER_MS },
  notices: { table: noticeSends, key: noticeSends.id, time: noticeSends.sentAt, until: now - DAY_MS },
  messageDays: {
    table: messageDays,
    key: sql`rowid`,
    time: messageDays.day,
    until: Math.floor(now / DAY_MS) - 2,
    unitMs: DAY_MS,
  },
  hourCounts: {
    table: hourCounts,
    key: sql`rowid`,
    time: hourCounts.hour,
    until: Math.floor(now / HOUR_MS) - 2,
    unitMs: HOUR_MS,
  },
  spentTokens: { table: spentTokens, key: spentTokens.jti, time: spentTokens.expiresAt, until: now },
  contactRequests: {
    table: contactRequests,
    key: sql`rowid`,
    time: contactRequests.effectiveAt,
    until: now - REQUEST_LIFE_MS,
  },
  deletedTodos: {
    table: todos,
    key: todos.id,
    time: todos.deletedAt,
    until: now - TOMBSTONE_LIFE_MS,
    remove: purgeTombstones,
  },
  idempotencyKeys: {
    table: idempotencyKeys,
    key: sql`rowid`,
    time: idempotencyKeys.usedAt,
    until: now - IDEMPOTENCY_KEY_LIFE_MS,
  },
})

/** How long an account may be unused. Activity is kept as long, so it knows every log-in since then. */
const UNUSED_FOR_MS = ACTIVITY_LIFE_MS

/** An account is looked at for a week after that. What was used until then stays. */
const UNUSED_WEEK_MS = 7 * DAY_MS

/**
 * Accounts that nobody came back to after the sign-up: no contact, no to-do, no log-in and no session in 90 days. Their ids
 * contain the time of the sign-up, so only the sign-ups of one week are looked at.
 */
function unusedAccounts(db: Db, now: number): OldRows {
  const until = now - UNUSED_FOR_MS
  const ofUser = (column: SQLiteColumn) => sql`${column} = ${users.id}`
  const loggedIn = and(
    ofUser(activity.userId),
    sql`${activity.event} IN ('sign_up', 'log_in')`,
    sql`${activity.at} > ${until}`,
  )
  const only = and(
    gte(users.id, uuidv7From(until - UNUSED_WEEK_MS)),
    lt(users.id, uuidv7From(until + 1)),
    isNull(users.email),
    isNull(users.phone),
    sql`NOT ${existsRow(db, todos, ofUser(todos.userId))}`,
    sql`NOT ${existsRow(db, sessions, ofUser(sessions.userId))}`,
    sql`NOT ${existsRow(db, activity, loggedIn)}`,
  )
  return { table: users, key: users.id, time: users.createdAt, until, only }
}

/**
 * Removes the rows that are no longer needed, in batches, table by table in turns. What one run does not finish, the next one
 * does, and an alarm line `purge_behind` says how long the rows that are left are overdue. If one table fails, the others are
 * still purged.
 * @returns how many rows of each table were removed; null if it failed
 */
export async function purge(
  db: Db,
  { PLAN, REMOVE_UNUSED_ACCOUNTS }: Pick<Config, 'PLAN' | 'REMOVE_UNUSED_ACCOUNTS'>,
  now: number,
): Promise<Record<string, number | null>> {
  const budget = BUDGETS[PLAN]
  const startedAt = Date.now()
  const removed: Record<string, number | null> = {}
  let pending = Object.entries(oldRows(now))
  if (REMOVE_UNUSED_ACCOUNTS === 'on') pending.push(['unusedAccounts', unusedAccounts(db, now)])
  let statements = 0
  const hasBudget = () => statements < budget.statements && Date.now() - startedAt < budget.ms
  while (pending.length > 0 && hasBudget()) {
    const haveMore: typeof pending = []
    for (const [name, rows] of pending) {
      if (!hasBudget()) {
        haveMore.push([name, rows])
        continue
      }
      statements += rows.remove ? 2 : 1
      const count = await removeBatch(db, rows).catch((error: unknown) => logFailure(name, error))
      removed[name] = count === null ? null : (removed[name] ?? 0) + count
      if (count === BATCH_ROWS) haveMore.push([name, rows])
    }
    pending = haveMore
  }
  if (pending.length > 0) await raiseAlarm(db, pending)
  return removed
}

/** Removes up to `BATCH_ROWS` of these rows, and tells how many. A second try finds those that are left. */
async function removeBatch(db: Db, { table, key, time, until, only, remove }: OldRows): Promise<number> {
  if (remove) return remove(db, until, BATCH_ROWS)
  const keys = db
    .select({ key })
    .from(table)
    .where(and(lte(time, until), only))
    .limit(BATCH_ROWS)
  return (
    await db
      .repeatable()
      .delete(table)
      .where(inArray(sql`${key}`, keys))
  ).meta.changes
}

function logFailure(table: string, error: unknown): null {
  console.error(JSON.stringify({ level: 'error', event: 'purge_failed', table, d1: readD1Error(error)?.text }))
  return null
}

/** Says in the log that there is more to remove than a run can, and for how long the oldest row of each table is overdue. */
async function raiseAlarm(db: Db, pending: [name: string, rows: OldRows][]): Promise<void> {
  const oldest = Object.fromEntries(
    pending.map(([name, { table, time }]) => [name, sql<number | null>`(SELECT min(${time}) FROM ${table})`]),
  )
  const times = await db
    .select(oldest)
    .from(sql`(SELECT 1)`)
    .get()
    .catch(() => undefined)
  const overdueSeconds = Object.fromEntries(
    pending.map(([name, { until, unitMs = 1 }]) => {
      const time = times?.[name]
      return [name, typeof time === 'number' ? Math.max(0, ((until - time) * unitMs) / SECOND_MS) : null]
    }),
  )
  console.error(JSON.stringify({ level: 'error', event: 'purge_behind', overdueSeconds }))
}
