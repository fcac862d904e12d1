import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../../db/client'
import { existsRow } from '../../db/exists'
import { selectRow } from '../../db/select-row'
import { windowFreeAt } from '../../db/sliding-window'
import { giveBackPlace, hasPlace, type Place, selectTaken, takePlace } from '../../delivery/budget'
import type { Pool } from '../../delivery/tables'
import { limits, NETWORK_FACTOR } from '../../limits'
import { CODE_LIFE_MS, MAX_WRONG_A_DAY } from './guess-limits'
import { otpGuards, otpSends } from './tables'

/*
 * THE limits of codes that are sent. D1 enforces all of them.
 */

export const RESEND_AFTER_MS = limits.code_resend.windowMs

/** What a code is counted by: MACs. Null where there is nothing to count by. */
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
  /** The place in the budget that it takes, in the pool of either. */
  place: Omit<Place, 'pool'>
  /** How many codes one client address may ask for in an hour. */
  perAddress: number
}

type Column = keyof CountedBy

/** What the code is counted by in a column; null if neither a stranger nor a known device is counted there. */
function keyOf({ by, isKnown }: CodeSend, column: Column): SQL | null {
  const [known, stranger] = [by.known_devices[column], by.strangers[column]]
  return known === null && stranger === null ? null : sql`CASE WHEN ${isKnown} THEN ${known} ELSE ${stranger} END`
}

/** For each limit, when it lets this send through (ms), or a time in the past. */
function freeTimes(db: Db, send: CodeSend): SQL<number>[] {
  const { perAddress } = send
  const { code_recipient_hour, code_recipient_day, code_address, code_prefix, code_guesses } = limits
  const free = (column: Exclude<Column, 'guard'>, limit: { quota: number; windowMs: number }) => {
    const key = keyOf(send, column)
    if (key === null) return []
    return [windowFreeAt(db, { table: otpSends, where: eq(otpSends[column], key), at: otpSends.sentAt }, limit)]
  }
  // The guard knows when its newest code was sent. A recipient with too many wrong guesses gets no new code to guess at.
  const guard = db
    .select({
      freeAt: sql`max(${otpGuards.expiresAt} - ${CODE_LIFE_MS - RESEND_AFTER_MS},
        CASE WHEN ${otpGuards.wrong} >= ${MAX_WRONG_A_DAY} THEN ${otpGuards.wrongSince} + ${code_guesses.windowMs} ELSE 0 END)`,
    })
    .from(otpGuards)
    .where(isGuard(send))
  return [
    sql<number>`coalesce(${guard}, 0)`,
    ...free('recipient', code_recipient_hour),
    ...free('recipient', code_recipient_day),
    ...free('address', { ...code_address, quota: perAddress }),
    ...free('network', { ...code_address, quota: perAddress * NETWORK_FACTOR }),
    ...free('prefix', code_prefix),
  ]
}

const isGuard = (send: CodeSend): SQL => sql`${otpGuards.key} = ${keyOf(send, 'guard')}`

/** True once the code is let through: it is the one that counts. */
const isNewest = (db: Db, send: CodeSend): SQL =>
  existsRow(db, otpGuards, and(isGuard(send), eq(otpGuards.challengeId, send.challengeId)))

/**
 * The statements that let a send through or refuse it, and that make its code the only one that counts.
 *
 * The race: many sends at once to one recipient, from one address, or for the last place of a budget. The limits and the budget are
 * the condition of the upsert itself, so each send sees the sends before it. The other statements depend on the row that it made.
 * @returns `waits` gives when the limits are free (ms) and whether the device is known, and `taken` the places that are taken;
 *   `guarded` gives a row if the send is let through
 */
export function countSend(db: Db, send: CodeSend) {
  const { challengeId, isKnown, place } = send
  const { now } = place
  const freeAt = sql<number>`max(${sql.join(freeTimes(db, send), sql`, `)})`
  const inPool = (pool: Pool) => hasPlace(db, { ...place, pool })
  const hasAnyPlace = sql`CASE WHEN ${isKnown} THEN ${inPool('known_devices')} ELSE ${inPool('strangers')} END`
  const isLetThrough = isNewest(db, send)
  const pool = sql`CASE WHEN ${isKnown} THEN 'known_devices' ELSE 'strangers' END`
  return {
    waits: db
      .select({ freeAt: freeAt.as('freeAt'), isKnown: sql<0 | 1>`${isKnown}`.as('isKnown') })
      .from(sql`(SELECT 1)`),
    taken: selectTaken(db, place),
    guarded: db
      .insert(otpGuards)
      .select(selectRow(otpGuards, newGuard(send), sql`${freeAt} <= ${now} AND ${hasAnyPlace}`))
      .onConflictDoUpdate({
        target: otpGuards.key,
        set: { challengeId, attempts: 0, spentBy: null, expiresAt: now + CODE_LIFE_MS },
      })
      .returning({ key: otpGuards.key }),
    logged: db
      .insert(otpSends)
      .select(selectRow(otpSends, newSend(db, send), isLetThrough))
      .returning({ id: otpSends.id }),
    budgeted: takePlace(db, { ...place, pool }, isLetThrough),
  }
}

export const US_PER_MS = 1000

/** An id in the order of time that no row has. */
const nextId = (db: Db, now: number): SQL =>
  sql`max(${now * US_PER_MS}, coalesce(${db.select({ last: sql`max(${otpSends.id})` }).from(otpSends)}, 0) + 1)`

const newSend = (db: Db, send: CodeSend) => ({
  id: nextId(db, send.place.now),
  recipient: sql`${keyOf(send, 'recipient')}`,
  address: keyOf(send, 'address'),
  network: keyOf(send, 'network'),
  prefix: keyOf(send, 'prefix'),
  sentAt: send.place.now,
})

/** All sends up to a time have ids up to this one. */
export const lastIdAt = (ms: number): number => ms * US_PER_MS

/** The guard of a new code: nobody has guessed at it yet. The count of wrong guesses goes on where there is a row. */
const newGuard = (send: CodeSend) => ({
  key: sql`${keyOf(send, 'guard')}`,
  challengeId: send.challengeId,
  attempts: 0,
  spentBy: null,
  expiresAt: send.place.now + CODE_LIFE_MS,
  wrong: 0,
  wrongSince: send.place.now,
})

/** What `countSend` has written. */
interface Counted {
  guarded: { key: string }[]
  logged: { id: number }[]
  budgeted: { pool: Pool }[]
}

/** The statements that undo a send: no limit and no budget counts it any more, and its code is dead. */
export const takeBackSend = (db: Db, { challengeId, place }: CodeSend, { guarded, logged, budgeted }: Counted) => ({
  uncounted: logged.map(({ id }) => db.delete(otpSends).where(eq(otpSends.id, id)))[0],
  refunded: budgeted.map(({ pool }) => giveBackPlace(db, { ...place, pool }))[0],
  dead: guarded.map(({ key }) =>
    db
      .update(otpGuards)
      .set({ expiresAt: place.now })
      .where(and(eq(otpGuards.key, key), eq(otpGuards.challengeId, challengeId))),
  )[0],
})
