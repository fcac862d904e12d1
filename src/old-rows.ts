import { and, gte, isNull, lte, type SQL, sql } from 'drizzle-orm'
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { ACTIVITY_LIFE_MS, isSince } from './activity/activity'
import { activity } from './activity/tables'
import type { Db } from './db/client'
import { existsRow } from './db/exists'
import { lastTimeIdAt, msOfTimeId } from './db/time-id'
import { messageDays } from './delivery/tables'
import { CLOCK_DIFFERENCE_MS, DAY_MS, HOUR_MS } from './lib/time'
import { uuidv7From, uuidv7Time } from './lib/uuid'
import { CODE_LIFE_MS } from './log-in/code/guess-limits'
import { otpCodes } from './log-in/code/tables'
import { logInThrottle } from './log-in/password/tables'
import { FORGET_AFTER_MS } from './log-in/password/throttle'
import { hourCounts, spentTokens } from './log-in/tables'
import { noticeSends } from './notices/tables'
import { SESSION_LIFE_MS } from './sessions/sessions'
import { sessions } from './sessions/tables'
import { TOMBSTONE_LIFE_MS } from './todos/changes'
import { IDEMPOTENCY_KEY_LIFE_MS } from './todos/idempotency'
import { purgeTombstones } from './todos/purge-tombstones'
import { idempotencyKeys, todos } from './todos/tables'
import { KEPT_FOR_MS } from './users/past-identifiers'
import { REQUEST_LIFE_MS } from './users/removal-requests'
import { pastIdentifiers, removalRequests, users } from './users/tables'

/** The rows of a table that are no longer needed: those whose `time` is at or before `until`. */
export interface OldRows {
  table: SQLiteTable
  key: SQLiteColumn | SQL
  /** A column with the time in it. It is the first column of an index, unless the rows are walked. */
  time: SQLiteColumn
  until: number | string
  /** Turns a value of `time` into ms, if it is not in ms. */
  msOf?: (value: number | string) => number
  /**
   * True if no index has `time`: an index would cost one row written for each row. The rows of such a table were added in about the
   * order of `time`, so the purge looks at the first ones of the table.
   */
  isWalked?: true
  /** If given, only the old rows for which this holds are removed. */
  only?: SQL | undefined
  /** Removes up to `limit` of them in two statements, where deleting the rows alone is not enough. */
  remove?: (db: Db, limit: number) => Promise<number>
}

/** The order in which the rows of a table were added. */
export const rowid = sql<number>`rowid`

const msOfId = (id: number | string): number => (typeof id === 'number' ? msOfTimeId(id) : uuidv7Time(id))

/** Tables whose ids are times in µs: `db/time-id.ts`. */
const byTimeId = (table: SQLiteTable & { id: SQLiteColumn }, untilMs: number): OldRows => ({
  table,
  key: table.id,
  time: table.id,
  until: lastTimeIdAt(untilMs),
  msOf: msOfId,
})

/** Tables with a number of a day or an hour, which is kept until two of them have passed. */
const byPeriod = (table: SQLiteTable, time: SQLiteColumn, periodMs: number, now: number): OldRows => ({
  table,
  key: rowid,
  time,
  until: Math.floor(now / periodMs) - 2,
  msOf: (period) => Number(period) * periodMs,
})

/** What the purge removes, by the names of its log lines. */
export const oldRows = (now: number): Record<string, OldRows> => ({
  // By the log-in, not by `expires_at`: no session lives longer than this after its log-in.
  sessions: {
    table: sessions,
    key: sessions.id,
    time: sessions.id,
    until: uuidv7From(now - SESSION_LIFE_MS + 1),
    msOf: msOfId,
  },
  activity: { table: activity, key: rowid, time: activity.at, until: now - ACTIVITY_LIFE_MS, isWalked: true },
  throttles: byTimeId(logInThrottle, now - FORGET_AFTER_MS),
  // Wrong guesses count for a day, and no guess counts after the code has expired.
  codes: byTimeId(otpCodes, now - DAY_MS - CODE_LIFE_MS),
  notices: byTimeId(noticeSends, now - DAY_MS),
  messageDays: byPeriod(messageDays, messageDays.day, DAY_MS, now),
  hourCounts: byPeriod(hourCounts, hourCounts.hour, HOUR_MS, now),
  spentTokens: {
    table: spentTokens,
    key: rowid,
    time: spentTokens.expiresAt,
    // A machine whose clock is behind ours still accepts a token that has just expired.
    until: now - CLOCK_DIFFERENCE_MS,
    isWalked: true,
  },
  removalRequests: {
    table: removalRequests,
    key: rowid,
    time: removalRequests.effectiveAt,
    until: now - REQUEST_LIFE_MS,
  },
  pastIdentifiers: {
    table: pastIdentifiers,
    key: pastIdentifiers.id,
    time: pastIdentifiers.id,
    until: uuidv7From(now - KEPT_FOR_MS + 1),
    msOf: msOfId,
    // `changed_at` may be a little later than the time in the id.
    only: lte(pastIdentifiers.changedAt, now - KEPT_FOR_MS),
  },
  deletedTodos: {
    table: todos,
    key: todos.id,
    time: todos.deletedAt,
    until: now - TOMBSTONE_LIFE_MS,
    remove: (db, limit) => purgeTombstones(db, now - TOMBSTONE_LIFE_MS, limit),
  },
  idempotencyKeys: {
    table: idempotencyKeys,
    key: rowid,
    time: idempotencyKeys.usedAt,
    until: now - IDEMPOTENCY_KEY_LIFE_MS,
  },
})

/** How long an account may be unused. Activity is kept as long, so it knows every log-in since then. */
const UNUSED_FOR_MS = ACTIVITY_LIFE_MS

/** For how long the purge then looks at an account. If it was used, it stays for good. */
const UNUSED_WEEK_MS = 7 * DAY_MS

/**
 * Accounts that nobody came back to after the sign-up: no contact, no to-do, no log-in and no session in 90 days. Their ids
 * contain the time of the sign-up, so only the sign-ups of one week are looked at.
 */
export function unusedAccounts(db: Db, now: number): OldRows {
  const until = now - UNUSED_FOR_MS
  const ofUser = (column: SQLiteColumn) => sql`${column} = ${users.id}`
  const loggedIn = and(isSince(sql`${users.id}`, until + 1), sql`${activity.event} IN ('sign_up', 'log_in')`)
  const only = and(
    gte(users.id, uuidv7From(until - UNUSED_WEEK_MS)),
    isNull(users.email),
    isNull(users.phone),
    sql`NOT ${existsRow(db, todos, ofUser(todos.userId))}`,
    sql`NOT ${existsRow(db, sessions, ofUser(sessions.userId))}`,
    sql`NOT ${existsRow(db, activity, loggedIn)}`,
  )
  return { table: users, key: users.id, time: users.id, until: uuidv7From(until + 1), msOf: msOfId, only }
}
