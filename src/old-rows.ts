import { and, gte, isNull, lt, type SQL, sql } from 'drizzle-orm'
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { REQUEST_LIFE_MS } from './account/contact-requests'
import { contactRequests } from './account/tables'
import { ACTIVITY_LIFE_MS } from './activity/activity'
import { activity } from './activity/tables'
import type { Db } from './db/client'
import { existsRow } from './db/exists'
import { messageDays } from './delivery/tables'
import { DAY_MS, HOUR_MS } from './lib/time'
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
import { KEPT_FOR_MS } from './users/past-identifiers'
import { pastIdentifiers, users } from './users/tables'

/** The rows of a table that are no longer needed: those whose `time` is at or before `until` (both in ms, unless `unitMs` says otherwise). */
export interface OldRows {
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

export const oldRows = (now: number): Record<string, OldRows> => ({
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
  pastIdentifiers: {
    table: pastIdentifiers,
    key: pastIdentifiers.id,
    time: pastIdentifiers.changedAt,
    until: now - KEPT_FOR_MS,
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
export function unusedAccounts(db: Db, now: number): OldRows {
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
