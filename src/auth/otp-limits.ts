import { and, desc, eq, gt, isNull, lt, lte, or, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/client'
import { otpGuards, otpSends, smsDays } from '../db/schema'
import { selectRow } from '../db/select-row'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../lib/time'

/*
 * THE limits of codes: how many are sent, and how many guesses count. D1 enforces all of them; KV only knows what the code was.
 */

/** ASVS 6.5.5. */
export const CODE_LIFE_MS = 5 * MINUTE_MS
/** Guesses that are compared for one code (ASVS 6.6.3). */
export const MAX_GUESSES = 5
/** Wrong guesses a day for one recipient and purpose, however many codes; a right one clears them (NIST 3.2.2). */
export const MAX_WRONG_A_DAY = 20
export const RESEND_AFTER_MS = MINUTE_MS

/** Sends within a sliding window, each for what it bounds: a recipient's patience, an address, or the bill. */
export const SEND_LIMITS = [
  { per: 'guard', sends: 1, windowMs: RESEND_AFTER_MS },
  { per: 'recipient', sends: 5, windowMs: HOUR_MS },
  { per: 'recipient', sends: 10, windowMs: DAY_MS },
  { per: 'address', sends: 10, windowMs: HOUR_MS },
  { per: 'prefix', sends: 50, windowMs: HOUR_MS },
] as const

/** A code that is asked for. Everything that says whose is a MAC. */
export type OtpSend = typeof otpSends.$inferSelect

/** When all limits let this send through (ms): the past, where they do already. */
function freeAt(db: Db, send: OtpSend): SQL<number> {
  const limits = SEND_LIMITS.flatMap(({ per, sends, windowMs }) => {
    if (send[per] === null) return []
    // A window is full while the last send but so many is still in it.
    const last = db
      .select({ sentAt: otpSends.sentAt })
      .from(otpSends)
      .where(eq(otpSends[per], send[per]))
      .orderBy(desc(otpSends.sentAt))
      .limit(1)
      .offset(sends - 1)
    return [sql`coalesce(${last} + ${windowMs}, 0)`]
  })
  // Who has guessed too often gets no code to go on with.
  const guessedOut = db
    .select({ until: sql`${otpGuards.wrongSince} + ${DAY_MS}` })
    .from(otpGuards)
    .where(and(eq(otpGuards.key, send.guard), sql`${otpGuards.wrong} >= ${MAX_WRONG_A_DAY}`))
  return sql<number>`max(${sql.join([...limits, sql`coalesce(${guessedOut}, 0)`], sql`, `)})`
}

/**
 * The statements that let a send through or not, and make its code the only one that counts.
 *
 * The race they settle: many sends at once to one recipient, from one address, or within the last of a budget. The limits are
 * the condition of the insert itself, so that each send sees those before it; what follows hangs on the row that it made.
 * @returns for `db.batch`: when the limits are free (ms) and today's text messages so far; the send, if it is let through
 */
export function countSend(db: Db, send: OtpSend, { smsBudget }: { smsBudget: number }) {
  const day = Math.floor(send.sentAt / DAY_MS)
  const isSms = send.prefix !== null
  const today = db.select({ sends: smsDays.sends }).from(smsDays).where(eq(smsDays.day, day))
  const inBudget = isSms ? sql`coalesce(${today}, 0) < ${smsBudget}` : sql`true`
  const made = eq(otpSends.challengeId, send.challengeId)
  const wasMade = sql`EXISTS ${db.select({ one: sql`1` }).from(otpSends).where(made)}`
  const guard = {
    key: send.guard,
    challengeId: send.challengeId,
    attempts: 0,
    spentBy: null,
    expiresAt: send.sentAt + CODE_LIFE_MS,
    wrong: 0,
    wrongSince: send.sentAt,
  }
  return [
    db.select({ freeAt: freeAt(db, send), inBudget: sql<number>`${inBudget}` }).from(sql`(SELECT 1)`),
    db
      .insert(otpSends)
      .select(selectRow(otpSends, send, sql`${freeAt(db, send)} <= ${send.sentAt} AND ${inBudget}`))
      .returning({ challengeId: otpSends.challengeId }),
    db
      .insert(otpGuards)
      .select(selectRow(otpGuards, guard, wasMade))
      .onConflictDoUpdate({
        target: otpGuards.key,
        set: { challengeId: guard.challengeId, attempts: 0, spentBy: null, expiresAt: guard.expiresAt },
      }),
    db
      .insert(smsDays)
      .select(selectRow(smsDays, { day, sends: 1 }, sql`${wasMade} AND ${isSms ? sql`true` : sql`false`}`))
      .onConflictDoUpdate({ target: smsDays.day, set: { sends: sql`${smsDays.sends} + 1` } }),
  ] as const
}

/** A guess at a code; `right` says what a comparison found that nobody is told unless D1 lets the guess count. */
export interface Guess {
  guard: string
  challengeId: string
  right: boolean
  /** Names this request, as the one that spends the code. */
  nonce: string
  now: number
}

/**
 * The statements that count a guess and, if it is right, spend the code.
 *
 * The race they settle: any number of guesses at once, over any number of codes. One conditional update counts each guess
 * before anybody learns what it was worth: the sixth, one at a code that is spent, too old or not the newest, and one after 20
 * wrong ones a day find no row, right or not. Of many right ones the first spends the code.
 */
export function countGuess(db: Db, { guard, challengeId, right, nonce, now }: Guess) {
  const byKey = eq(otpGuards.key, guard)
  const newDay = lte(otpGuards.wrongSince, now - DAY_MS)
  return [
    db
      .update(otpGuards)
      .set(
        right
          ? { attempts: sql`${otpGuards.attempts} + 1`, spentBy: nonce, wrong: 0 }
          : {
              attempts: sql`${otpGuards.attempts} + 1`,
              wrong: sql`CASE WHEN ${newDay} THEN 1 ELSE ${otpGuards.wrong} + 1 END`,
              wrongSince: sql`CASE WHEN ${newDay} OR ${otpGuards.wrong} = 0 THEN ${now} ELSE ${otpGuards.wrongSince} END`,
            },
      )
      .where(
        and(
          byKey,
          eq(otpGuards.challengeId, challengeId),
          lt(otpGuards.attempts, MAX_GUESSES),
          isNull(otpGuards.spentBy),
          gt(otpGuards.expiresAt, now),
          or(lt(otpGuards.wrong, MAX_WRONG_A_DAY), newDay),
        ),
      )
      .returning({ spentBy: otpGuards.spentBy }),
    db.select({ wrong: otpGuards.wrong, wrongSince: otpGuards.wrongSince }).from(otpGuards).where(byKey),
  ] as const
}

/** True where this request has spent the code: what else it does hangs on that. */
export const hasSpent = (db: Db, { guard, nonce }: Guess): SQL =>
  sql`EXISTS ${db
    .select({ one: sql`1` })
    .from(otpGuards)
    .where(and(eq(otpGuards.key, guard), eq(otpGuards.spentBy, nonce)))}`
