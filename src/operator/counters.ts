import { and, desc, gte, inArray, type SQL, sql } from 'drizzle-orm'
import type * as z from 'zod'
import type { ActivityEvent } from '../activity/events'
import { activity } from '../activity/tables'
import type { Config } from '../config'
import { batchNamed } from '../db/batch-named'
import type { Db } from '../db/client'
import { placesLeft, selectTaken } from '../delivery/budget'
import { CHANNELS } from '../delivery/message'
import { POOLS } from '../delivery/tables'
import { DAY_MS, HOUR_MS, isoTime } from '../lib/time'
import { ALL_NEW_ACCOUNTS } from '../log-in/account-limits'
import { hourCounts } from '../log-in/tables'
import { KINDS } from '../log-in/wrong-guesses'
import { recordOverview } from './acts'
import { type countersSchema, FAILURE_EVENTS } from './schemas'

/*
 * How the deployment is doing. How many codes were verified, and how many requests each limit has refused, is not in D1.
 */

type Counters = z.output<ReturnType<typeof countersSchema>>

/** So many entries of the activity are read, the newest ones. Their times have no index: it would be one row more for each entry. */
const MAX_ENTRIES = 20_000

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0)

export async function readCounters(
  db: Db,
  config: Config,
  { operator, now }: { operator: string; now: number },
): Promise<Counters> {
  const since = now - DAY_MS
  const rows = await batchNamed(db, {
    act: recordOverview(db, { operator, act: 'counters', now }),
    events: db
      .select({
        event: sql<ActivityEvent>`event`,
        country: sql<string | null>`country`,
        count: sql<number>`sum(at >= ${since})`,
        read: sql<number>`count(*)`,
        oldest: sql<number>`min(at)`,
      })
      .from(newest(db))
      .groupBy(sql`event`, sql`country`),
    sms: selectTaken(db, { channel: 'sms', now }),
    email: selectTaken(db, { channel: 'email', now }),
    hours: db
      .select()
      .from(hourCounts)
      .where(and(gte(hourCounts.hour, Math.floor(since / HOUR_MS)), inArray(hourCounts.key, Object.values(HOUR_KEYS)))),
  })
  const countsOf = (event: ActivityEvent) =>
    rows.events
      .filter((row) => row.event === event && row.count > 0)
      .map(({ country, count }) => ({ country, count }))
      .sort((one, other) => other.count - one.count)
  return {
    since: isoTime(since),
    isComplete:
      sum(rows.events.map(({ read }) => read)) < MAX_ENTRIES || rows.events.some(({ oldest }) => oldest < since),
    signUps: countsOf('sign_up'),
    logIns: countsOf('log_in'),
    failures: FAILURE_EVENTS.map((event) => ({ event, count: sum(countsOf(event).map(({ count }) => count)) })),
    messages: CHANNELS.flatMap((channel) =>
      POOLS.map((pool) => {
        const { sends = 0, resets = 0 } = rows[channel].find((taken) => taken.pool === pool) ?? {}
        return { channel, pool, sent: sends, resets, left: placesLeft({ channel, pool, budgets: config, now }, sends) }
      }),
    ),
    hours: toHours(rows.hours),
  }
}

/** The newest entries of the activity, in the order in which they were added. */
const newest = (db: Db): SQL =>
  sql`${db
    .select({ event: activity.event, at: activity.at, country: activity.country })
    .from(activity)
    .where(sql`rowid > 0`)
    .orderBy(desc(sql`rowid`))
    .limit(MAX_ENTRIES)} AS newest`

const HOUR_KEYS = {
  wrongCodes: KINDS.codes.key,
  wrongPasswords: KINDS.passwords.key,
  newAccounts: ALL_NEW_ACCOUNTS,
} as const

function toHours(rows: (typeof hourCounts.$inferSelect)[]): Counters['hours'] {
  const hours = [...new Set(rows.map(({ hour }) => hour))].sort((one, other) => other - one)
  const countIn = (hour: number, key: string) => rows.find((row) => row.hour === hour && row.key === key)?.count ?? 0
  return hours.map((hour) => ({
    hour: isoTime(hour * HOUR_MS),
    wrongCodes: countIn(hour, HOUR_KEYS.wrongCodes),
    wrongPasswords: countIn(hour, HOUR_KEYS.wrongPasswords),
    newAccounts: countIn(hour, HOUR_KEYS.newAccounts),
  }))
}
