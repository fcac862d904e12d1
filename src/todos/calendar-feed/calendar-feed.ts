import { and, eq, not, sql } from 'drizzle-orm'
import { record } from '../../activity/activity'
import type { Db } from '../../db/client'
import { existsRow } from '../../db/exists'
import { selectRow } from '../../db/select-row'
import { AppError } from '../../errors'
import type { ClientInfo } from '../../http/client-info'
import { isoTime } from '../../lib/time'
import { type ProvenCaller, unproven, whileProven } from '../../log-in/fresh-proof/require-fresh-proof'
import { asCaller } from '../../sessions/as-caller'
import type { Caller } from '../../sessions/sessions'
import { isBlocked } from '../../users/blocked'
import { users } from '../../users/tables'
import type { UserRow } from '../../users/users'
import { calendarFeeds } from './tables'

/*
 * The secret link by which calendars read when to-dos are due. It is good while the account has the `device_epoch` of when it was made and
 * is not blocked. So all that forgets the known devices ends it too: "end all", a reset, a way back, and what operators do.
 */

/** True of a feed and its user while the link is good. */
export const isGood = and(
  eq(users.id, calendarFeeds.userId),
  eq(users.deviceEpoch, calendarFeeds.deviceEpoch),
  not(isBlocked),
)

/** The query of when the user's link was made. It gives no row if there is none that is good. */
export const selectFeed = (db: Db, userId: string) =>
  db
    .select({ createdAt: calendarFeeds.createdAt })
    .from(calendarFeeds)
    .innerJoin(users, isGood)
    .where(eq(calendarFeeds.userId, userId))

/** What `selectFeed` gives, as answers and exports have it. */
export const toFeed = ([feed]: { createdAt: number }[]): { createdAt: string } | null =>
  feed ? { createdAt: isoTime(feed.createdAt) } : null

/** By which client, and when (ms). */
interface By {
  client: ClientInfo
  now: number
}

/**
 * Gives the caller a link, in place of the one before.
 *
 * The race: two requests make a link at once. The row of the user has the later one, and the other link opens nothing.
 * @returns the owner, who is to be told
 * @throws {AppError} `unauthenticated`, or as `unproven`
 */
export async function makeFeed(proven: ProvenCaller, tokenMac: string, { client, now }: By): Promise<UserRow> {
  const { caller, db } = proven
  const { userId, sessionId } = caller
  const results = await asCaller(db, caller, now, (whileLive) => {
    const isAllowed = sql`${whileProven(proven, whileLive)}`
    const feed = { userId, tokenMac, deviceEpoch: sql`${users.deviceEpoch}`, createdAt: now }
    const isMade = sql`${existsRow(db, calendarFeeds, eq(calendarFeeds.tokenMac, tokenMac))} AND ${whileLive}`
    return {
      made: db
        .insert(calendarFeeds)
        .select(selectRow(calendarFeeds, feed, isAllowed, users))
        .onConflictDoUpdate({
          target: calendarFeeds.userId,
          set: { tokenMac: sql`excluded.token_mac`, deviceEpoch: sql`excluded.device_epoch`, createdAt: now },
        }),
      recorded: record(db, { userId, sessionId, event: 'calendar_feed_made', client, now }, isMade),
      user: db
        .select()
        .from(users)
        .where(and(eq(users.id, userId), isMade)),
    }
  })
  const [user] = results.user
  if (!user) throw await unproven(proven)
  return user
}

/** The owner of the link that was to be made, if it was. For when the answer of D1 was lost. */
export async function findMade(db: Db, tokenMac: string): Promise<UserRow | undefined> {
  const [found] = await db
    .select({ user: users })
    .from(calendarFeeds)
    .innerJoin(users, isGood)
    .where(eq(calendarFeeds.tokenMac, tokenMac))
  return found?.user
}

/** Ends the caller's link, if there is one. @throws {AppError} `unauthenticated` */
export async function endFeed(db: Db, caller: Caller, { client, now }: By): Promise<void> {
  const { userId, sessionId } = caller
  await asCaller(db, caller, now, (whileLive) => {
    const isOwn = eq(calendarFeeds.userId, userId)
    const hasOne = sql`${existsRow(db, calendarFeeds, isOwn)} AND ${whileLive}`
    return {
      recorded: record(db, { userId, sessionId, event: 'calendar_feed_ended', client, now }, hasOne),
      ended: db.delete(calendarFeeds).where(and(isOwn, whileLive)),
    }
  })
}

/** @throws {AppError} `not_found`, `unauthenticated` */
export async function getFeed(db: Db, caller: Caller, now: number): Promise<{ createdAt: string }> {
  const { feeds } = await asCaller(db, caller, now, () => ({ feeds: selectFeed(db, caller.userId) }))
  const feed = toFeed(feeds)
  if (!feed) throw new AppError('not_found')
  return feed
}
