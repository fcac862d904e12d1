import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../../db/client'
import { existsRow } from '../../db/exists'
import { selectRow } from '../../db/select-row'
import { windowFreeAt } from '../../db/sliding-window'
import { smsDays } from '../../delivery/tables'
import { DAY_MS } from '../../lib/time'
import { type LimitName, limits } from '../../limits'
import { CODE_LIFE_MS, MAX_WRONG_A_DAY } from './guess-limits'
import { otpGuards, otpSends } from './tables'

/*
 * THE limits of codes that are sent. D1 enforces all of them.
 */

export const RESEND_AFTER_MS = limits.code_resend.windowMs

/** A code that was asked for. Guard, recipient, address and prefix are MACs. */
export type OtpSend = typeof otpSends.$inferSelect

/** The limits of sends, each with the column that it counts by. */
const SEND_LIMITS = [
  { name: 'code_resend', column: 'guard' },
  { name: 'code_recipient_hour', column: 'recipient' },
  { name: 'code_recipient_day', column: 'recipient' },
  { name: 'code_address', column: 'address' },
  { name: 'code_prefix', column: 'prefix' },
] as const

/** For each limit, when it lets this send through (ms), or a time in the past. */
function freeTimes(db: Db, send: OtpSend): { name: LimitName; at: SQL<number> }[] {
  const sends = SEND_LIMITS.flatMap(({ name, column }) => {
    if (send[column] === null) return []
    const rows = { table: otpSends, where: eq(otpSends[column], send[column]), at: otpSends.sentAt }
    return [{ name, at: windowFreeAt(db, rows, limits[name]) }]
  })
  // A recipient with too many wrong guesses gets no new code to guess at.
  const blockedUntil = db
    .select({ until: sql`${otpGuards.wrongSince} + ${limits.code_guesses.windowMs}` })
    .from(otpGuards)
    .where(and(eq(otpGuards.key, send.guard), sql`${otpGuards.wrong} >= ${MAX_WRONG_A_DAY}`))
  return [...sends, { name: 'code_guesses', at: sql<number>`coalesce(${blockedUntil}, 0)` }]
}

/** The statement that tells for each limit when it lets a send through (ms). */
function selectWaits(db: Db, times: { name: LimitName; at: SQL<number> }[]) {
  // VALUES and not a UNION: D1 takes no more than five SELECTs in one.
  const waits = times.map(({ name, at }) => sql`(${name}, ${at})`)
  return db
    .select({ limit: sql<LimitName>`column1`.as('limit'), freeAt: sql<number>`column2`.as('freeAt') })
    .from(sql`(VALUES ${sql.join(waits, sql`, `)})`)
}

/**
 * The statements that let a send through or refuse it, and that make its code the only one that counts.
 *
 * The race: many sends at once to one recipient, from one address, or for the last message of a budget. The limits are the
 * condition of the insert itself, so each send sees the sends before it. The other statements depend on the row that it made.
 * @returns `waits` gives each limit and when it is free (ms); `sent` gives a row if the send is let through
 */
export function countSend(db: Db, send: OtpSend, { smsBudget }: { smsBudget: number }) {
  const times = freeTimes(db, send)
  const freeAt = sql`max(${sql.join(
    times.map(({ at }) => at),
    sql`, `,
  )})`
  const day = Math.floor(send.sentAt / DAY_MS)
  const isSms = send.prefix !== null
  const today = db.select({ sends: smsDays.sends }).from(smsDays).where(eq(smsDays.day, day))
  const inBudget = isSms ? sql`coalesce(${today}, 0) < ${smsBudget}` : sql`true`
  const wasSent = existsRow(db, otpSends, eq(otpSends.challengeId, send.challengeId))
  const guard = newGuard(send)
  return {
    waits: selectWaits(db, times),
    sent: db
      .insert(otpSends)
      .select(selectRow(otpSends, send, sql`${freeAt} <= ${send.sentAt} AND ${inBudget}`))
      .returning({ challengeId: otpSends.challengeId }),
    guarded: db
      .insert(otpGuards)
      .select(selectRow(otpGuards, guard, wasSent))
      .onConflictDoUpdate({
        target: otpGuards.key,
        set: { challengeId: guard.challengeId, attempts: 0, spentBy: null, expiresAt: guard.expiresAt },
      }),
    budgeted: db
      .insert(smsDays)
      .select(selectRow(smsDays, { day, sends: 1 }, sql`${wasSent} AND ${isSms ? sql`true` : sql`false`}`))
      .onConflictDoUpdate({ target: smsDays.day, set: { sends: sql`${smsDays.sends} + 1` } }),
  }
}

/** The guard of a new code: nobody has guessed at it yet. If there is a row already, it keeps its count of wrong guesses. */
const newGuard = ({ guard, challengeId, sentAt }: OtpSend): typeof otpGuards.$inferSelect => ({
  key: guard,
  challengeId,
  attempts: 0,
  spentBy: null,
  expiresAt: sentAt + CODE_LIFE_MS,
  wrong: 0,
  wrongSince: sentAt,
})

/** The statements that undo a send: no limit and no budget counts it any more. */
export const takeBackSend = (db: Db, { challengeId, prefix, sentAt }: OtpSend) => ({
  uncounted: db.delete(otpSends).where(eq(otpSends.challengeId, challengeId)),
  refunded: db
    .update(smsDays)
    .set({ sends: sql`${smsDays.sends} - 1` })
    .where(and(eq(smsDays.day, Math.floor(sentAt / DAY_MS)), prefix === null ? sql`false` : undefined)),
})
