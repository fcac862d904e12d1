import { and, eq, gte, or, type SQL, sql } from 'drizzle-orm'
import type { Config } from '../config'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import { selectRow } from '../db/select-row'
import { DAY_MS, HOUR_MS } from '../lib/time'
import type { Channel } from './message'
import { messageDays, type Pool } from './tables'

/*
 * THE budgets of messages: how many go out in a day (UTC) by each channel, to everybody together. Each budget has three pools, so
 * that strangers can silence neither the notices to owners nor the codes of devices that are known.
 */

export type Budgets = Pick<Config, 'SMS_DAILY_BUDGET' | 'EMAIL_DAILY_BUDGET'>

/** Of a budget, in tenths. Strangers have what the others leave. */
const TENTHS = { notices: 3, known_devices: 3 } as const

const HOURS_A_DAY = DAY_MS / HOUR_MS

/** Of the strangers' pool, so much is for codes that reset a password. */
const RESETS = 1 / 4

/** How many messages a pool has in a day. */
export function poolSize(pool: Pool, budget: number): number {
  if (pool !== 'strangers') return Math.floor((budget * TENTHS[pool]) / 10)
  return budget - poolSize('notices', budget) - poolSize('known_devices', budget)
}

/** How many messages of a pool, and how many strangers' resets among them, may have gone out by a time. */
function allowance({ channel, pool, isReset, mustGoOut, budgets }: Asked, now: number): Counts {
  const budget = channel === 'sms' ? budgets.SMS_DAILY_BUDGET : budgets.EMAIL_DAILY_BUDGET
  const size = mustGoOut ? budget : poolSize(pool, budget)
  const slices = pool === 'strangers' ? Math.floor((now % DAY_MS) / HOUR_MS) + 1 : HOURS_A_DAY
  const sends = Math.ceil((size * slices) / HOURS_A_DAY)
  return { sends, resets: isReset && pool === 'strangers' ? Math.ceil(sends * RESETS) : sends }
}

/** How many more messages a pool has room for now, if nothing of its size is set aside. */
export const placesLeft = (asked: Pick<Place, 'channel' | 'pool' | 'budgets' | 'now'>, taken: number): number =>
  Math.max(0, allowance({ ...asked, isReset: false }, asked.now).sends - taken)

interface Counts {
  sends: number
  resets: number
}

interface Asked {
  channel: Channel
  pool: Pool
  /** True for a code that resets a password. */
  isReset: boolean
  /** True for a notice that lets owners undo something. Its pool is then as large as the whole budget. */
  mustGoOut?: boolean
  budgets: Budgets
}

/** A message that wants a place in a pool at a time (ms). */
export interface Place extends Asked {
  now: number
}

interface Taking extends Pick<Place, 'channel' | 'isReset' | 'now'> {
  pool: Pool | SQL
}

const dayOf = (now: number): number => Math.floor(now / DAY_MS)

/** True of the row that counts a pool today. */
const isToday = ({ channel, pool, now }: Pick<Place, 'channel' | 'pool' | 'now'>): SQL | undefined =>
  and(eq(messageDays.day, dayOf(now)), eq(messageDays.channel, channel), eq(messageDays.pool, pool))

/** The statement that tells how many places of each pool are taken today. */
export const selectTaken = (db: Db, { channel, now }: Pick<Place, 'channel' | 'now'>) =>
  db
    .select({ pool: messageDays.pool, sends: messageDays.sends, resets: messageDays.resets })
    .from(messageDays)
    .where(and(eq(messageDays.day, dayOf(now)), eq(messageDays.channel, channel)))

/**
 * True while the pool has a place for the message.
 *
 * Strangers' resets have a part of the pool, in which they count whether they are sent or not. They are sent to accounts only. If
 * what is not sent did not count, the last place would tell whether there is an account.
 */
export function hasPlace(db: Db, place: Place): SQL {
  const { channel, pool, isReset, now } = place
  const most = allowance(place, now)
  if (most.sends === 0) return sql`false`
  const isSpent = or(gte(messageDays.sends, most.sends), isReset ? gte(messageDays.resets, most.resets) : undefined)
  return sql`NOT ${existsRow(db, messageDays, and(isToday({ channel, pool, now }), isSpent))}`
}

/**
 * The statement that takes a place if `onlyIf` holds.
 * @param place `pool` may be SQL, when only the transaction knows it
 */
export const takePlace = (db: Db, { channel, pool, isReset, now }: Taking, onlyIf: SQL) => {
  const resets = isReset ? 1 : 0
  return db
    .insert(messageDays)
    .select(selectRow(messageDays, { day: dayOf(now), channel, pool, sends: 1, resets }, onlyIf))
    .onConflictDoUpdate({
      target: [messageDays.day, messageDays.channel, messageDays.pool],
      set: { sends: sql`${messageDays.sends} + 1`, resets: sql`${messageDays.resets} + ${resets}` },
    })
    .returning({ pool: messageDays.pool })
}

/** The statement that gives a place back. */
export const giveBackPlace = (db: Db, { channel, pool, isReset, now }: Omit<Place, 'budgets'>) =>
  db
    .update(messageDays)
    .set({ sends: sql`${messageDays.sends} - 1`, resets: sql`${messageDays.resets} - ${isReset ? 1 : 0}` })
    .where(isToday({ channel, pool, now }))

/** How many places of a pool are taken. */
export type PoolCount = Counts & { pool: Pool }

/** When the pool has a place again (ms): with one of the next slices, or at midnight (UTC). */
export function nextPlaceAt(place: Place, taken: PoolCount[]): number {
  const { sends = 0, resets = 0 } = taken.find(({ pool }) => pool === place.pool) ?? {}
  const midnight = (dayOf(place.now) + 1) * DAY_MS
  for (let at = place.now - (place.now % HOUR_MS) + HOUR_MS; at < midnight; at += HOUR_MS) {
    const most = allowance(place, at)
    if (sends < most.sends && (!place.isReset || resets < most.resets)) return at
  }
  return midnight
}
