import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Db } from '../../db/client'
import { existsRow } from '../../db/exists'
import { selectRow } from '../../db/select-row'
import { windowFreeAt } from '../../db/sliding-window'
import { nextTimeId } from '../../db/time-id'
import { giveBackPlace, hasPlace, type Place, selectTaken, takePlace } from '../../delivery/budget'
import type { Pool } from '../../delivery/tables'
import { limits, NETWORK_FACTOR } from '../../limits'
import { MAX_WRONG_A_DAY } from './guess-limits'
import { otpCodes } from './tables'

/*
 * THE limits of codes that are sent. D1 enforces all of them.
 */

export const RESEND_AFTER_MS = limits.code_resend.windowMs

/** What a code is counted by: MACs, as in the columns of `otp_codes`. Null where there is nothing to count by. */
export interface CountedBy {
  guard: string
  recipient: string
  address: string | null
  network: string | null
  prefix: string | null
}

/** A code that was asked for. */
export interface CodeSend {
  challengeId: string
  /** True if it was asked for on a device that the recipient knows. Only the transaction can tell. */
  isKnown: SQL
  /** A known device has counts, a guard and a pool of its own, so that no stranger is in its way. */
  by: { strangers: CountedBy; known_devices: CountedBy }
  /** The place that it takes in the budget. Whether the device is known decides in which pool. */
  place: Omit<Place, 'pool'>
  /** How many codes one client address may ask for in an hour. */
  perAddress: number
}

type Column = keyof CountedBy

/**
 * The table `counted_as` of a statement: one row with what a send is counted by. The statement uses these values many times, and as
 * parameters they would be more than the 100 that D1 takes.
 */
const countedAs = (db: Db, { isKnown, by }: CodeSend) =>
  db.$with('counted_as').as(
    db
      .select({
        isKnown: sql<0 | 1>`is_known`.as('is_known'),
        keys: sql<string>`CASE WHEN is_known THEN ${JSON.stringify(by.known_devices)}
          ELSE ${JSON.stringify(by.strangers)} END`.as('keys'),
      })
      .from(sql`(SELECT ${isKnown} AS is_known)`),
  )

/** Whether the device is known, in a statement with the table `counted_as`. */
const IS_KNOWN = sql<0 | 1>`(SELECT is_known FROM counted_as)`

/** What the send is counted by in a column; null if there is nothing. */
const keyOf = (column: Column): SQL<string | null> =>
  sql<string | null>`(SELECT keys ->> ${sql.raw(`'${column}'`)} FROM counted_as)`

/** Something about the newest code of the guard; null if there is none. */
const ofNewest = <Value>(db: Db, value: SQL<Value> | SQLiteColumn): SQL<Value | null> => {
  const isGuard = and(eq(otpCodes.recipient, keyOf('recipient')), eq(otpCodes.guard, keyOf('guard')))
  const newest = db
    .select({ id: sql`max(${otpCodes.id})` })
    .from(otpCodes)
    .where(isGuard)
  return sql`${db
    .select({ value: sql`${value}` })
    .from(otpCodes)
    .where(eq(otpCodes.id, newest))}`
}

/** When all limits let the send through (ms), or a time in the past. */
function freeAtOf(db: Db, { by, perAddress }: CodeSend): SQL<number> {
  const { code_recipient_hour, code_recipient_day, code_address, code_prefix, code_guesses } = limits
  const free = (column: Exclude<Column, 'guard'>, limit: { quota: number; windowMs: number }) => {
    if (by.strangers[column] === null && by.known_devices[column] === null) return []
    const where = eq(otpCodes[column], keyOf(column))
    return [windowFreeAt(db, { table: otpCodes, where, at: otpCodes.sentAt }, limit)]
  }
  // A recipient with too many wrong guesses gets no new code to guess at.
  const guard = sql`max(${otpCodes.sentAt} + ${RESEND_AFTER_MS},
    CASE WHEN ${otpCodes.wrong} >= ${MAX_WRONG_A_DAY} THEN ${otpCodes.wrongSince} + ${code_guesses.windowMs} ELSE 0 END)`
  const times = [
    sql`coalesce(${ofNewest(db, guard)}, 0)`,
    ...free('recipient', code_recipient_hour),
    ...free('recipient', code_recipient_day),
    ...free('address', { ...code_address, quota: perAddress }),
    ...free('network', { ...code_address, quota: perAddress * NETWORK_FACTOR }),
    ...free('prefix', code_prefix),
  ]
  return sql<number>`max(${sql.join(times, sql`, `)})`
}

/**
 * The statements that let a send through or refuse it, and that make its code the only one that counts.
 *
 * The race: many sends at once to one recipient, from one address, or for the last place of a budget. The limits and the budget are
 * the condition of the insert itself, so each send sees the sends before it. A place in the budget is taken only if that insert has
 * made the row.
 * @returns `waits` gives when the limits are free (ms) and whether the device is known; `taken` gives the places that are taken;
 *   `sent` gives the code's id if the send is let through; `budgeted` gives the pool then
 */
export function countSend(db: Db, send: CodeSend) {
  const { challengeId, isKnown, place } = send
  const freeAt = freeAtOf(db, send)
  const inPool = (pool: Pool) => hasPlace(db, { ...place, pool })
  const hasAnyPlace = sql`CASE WHEN ${IS_KNOWN} THEN ${inPool('known_devices')} ELSE ${inPool('strangers')} END`
  const pool = sql`CASE WHEN ${isKnown} THEN 'known_devices' ELSE 'strangers' END`
  const last = db.select({ id: sql`max(${otpCodes.id})` }).from(otpCodes)
  return {
    waits: db
      .with(countedAs(db, send))
      .select({ freeAt: freeAt.as('freeAt'), isKnown: IS_KNOWN.as('isKnown') })
      .from(sql`(SELECT 1)`),
    taken: selectTaken(db, place),
    sent: db
      .with(countedAs(db, send))
      .insert(otpCodes)
      .select(selectRow(otpCodes, newCode(db, send), sql`${freeAt} <= ${place.now} AND ${hasAnyPlace}`))
      .returning({ id: otpCodes.id }),
    budgeted: takePlace(
      db,
      { ...place, pool },
      existsRow(db, otpCodes, and(eq(otpCodes.id, last), eq(otpCodes.challengeId, challengeId))),
    ),
  }
}

/** The row of a new code. Nobody has guessed at it yet. The count of wrong guesses goes on from the code before. */
const newCode = (db: Db, { challengeId, place: { now } }: CodeSend) => ({
  id: nextTimeId(otpCodes.id, now),
  challengeId,
  guard: keyOf('guard'),
  recipient: keyOf('recipient'),
  address: keyOf('address'),
  network: keyOf('network'),
  prefix: keyOf('prefix'),
  sentAt: now,
  attempts: 0,
  spentBy: null,
  wrong: sql`coalesce(${ofNewest(db, otpCodes.wrong)}, 0)`,
  wrongSince: sql`coalesce(${ofNewest(db, otpCodes.wrongSince)}, ${now})`,
})

/** What `countSend` has written. */
interface Counted {
  sent: { id: number }[]
  budgeted: { pool: Pool }[]
}

/** The statements that undo a send whose code nobody gets. No limit and no budget counts it, and the code before it is good again. */
export const takeBackSend = (db: Db, { place }: CodeSend, { sent, budgeted }: Counted) => ({
  uncounted: sent.map(({ id }) => db.delete(otpCodes).where(and(eq(otpCodes.id, id), eq(otpCodes.attempts, 0))))[0],
  refunded: budgeted.map(({ pool }) => giveBackPlace(db, { ...place, pool }))[0],
})
