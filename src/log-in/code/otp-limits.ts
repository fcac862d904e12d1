import { and, desc, eq, gt, isNull, lt, lte, or, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../../db/client'
import { otpGuards, otpSends, smsDays } from '../../db/schema'
import { selectRow } from '../../db/select-row'
import { DAY_MS, MINUTE_MS } from '../../lib/time'
import { type LimitName, limits } from '../../limits'

/*
 * THE limits of codes: how many are sent, and how many guesses count. D1 enforces all of them; KV only knows what the code was.
 */

/** ASVS 6.5.5. */
export const CODE_LIFE_MS = 5 * MINUTE_MS
/** Guesses that are compared for one code (ASVS 6.6.3). */
export const MAX_GUESSES = 5
/** Wrong guesses a day for one recipient and purpose, however many codes; a right one clears them (NIST 3.2.2). */
export const MAX_WRONG_A_DAY = limits.code_guesses.quota
export const RESEND_AFTER_MS = limits.code_resend.windowMs

/** A code that is asked for. Everything that says whose is a MAC. */
export type OtpSend = typeof otpSends.$inferSelect

/** The limits of sends, each with what it counts by. */
const SEND_LIMITS = [
  { name: 'code_resend', by: 'guard' },
  { name: 'code_recipient_hour', by: 'recipient' },
  { name: 'code_recipient_day', by: 'recipient' },
  { name: 'code_address', by: 'address' },
  { name: 'code_prefix', by: 'prefix' },
] as const

/** When each limit lets a send through (ms): the past, where it does already. */
function freeTimes(db: Db, send: OtpSend): { name: LimitName; at: SQL<number> }[] {
  const sends = SEND_LIMITS.flatMap(({ name, by }) => {
    if (send[by] === null) return []
    const { quota, windowMs } = limits[name]
    // A window is full while the last send but so many is still in it.
    const last = db
      .select({ sentAt: otpSends.sentAt })
      .from(otpSends)
      .where(eq(otpSends[by], send[by]))
      .orderBy(desc(otpSends.sentAt))
      .limit(1)
      .offset(quota - 1)
    return [{ name, at: sql<number>`coalesce(${last} + ${windowMs}, 0)` }]
  })
  // Who has guessed too often gets no code to go on with.
  const guessedOut = db
    .select({ until: sql`${otpGuards.wrongSince} + ${limits.code_guesses.windowMs}` })
    .from(otpGuards)
    .where(and(eq(otpGuards.key, send.guard), sql`${otpGuards.wrong} >= ${MAX_WRONG_A_DAY}`))
  return [...sends, { name: 'code_guesses', at: sql<number>`coalesce(${guessedOut}, 0)` }]
}

/** The statement that tells of each limit when it lets a send through (ms). */
function selectWaits(db: Db, send: OtpSend) {
  // Not a UNION: D1 takes no more than five SELECTs in one.
  const waits = freeTimes(db, send).map(({ name, at }) => sql`(${name}, ${at})`)
  return db
    .select({ limit: sql<LimitName>`column1`.as('limit'), freeAt: sql<number>`column2`.as('freeAt') })
    .from(sql`(VALUES ${sql.join(waits, sql`, `)})`)
}

/**
 * The statements that let a send through or not, and make its code the only one that counts.
 *
 * The race they settle: many sends at once to one recipient, from one address, or within the last of a budget. The limits are
 * the condition of the insert itself, so that each send sees those before it; what follows hangs on the row that it made.
 * @returns for `db.batch`: each limit and when it is free (ms); the send, if it is let through
 */
export function countSend(db: Db, send: OtpSend, { smsBudget }: { smsBudget: number }) {
  const freeAt = freeTimes(db, send).map(({ at }) => at)
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
    selectWaits(db, send),
    db
      .insert(otpSends)
      .select(selectRow(otpSends, send, sql`max(${sql.join(freeAt, sql`, `)}) <= ${send.sentAt} AND ${inBudget}`))
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

/** The statements that make as if a send had never been: no limit and no budget counts it, and its code is dead. */
export const takeBackSend = (db: Db, { challengeId, prefix, sentAt }: OtpSend) =>
  [
    db.delete(otpSends).where(eq(otpSends.challengeId, challengeId)),
    db
      .update(smsDays)
      .set({ sends: sql`${smsDays.sends} - 1` })
      .where(and(eq(smsDays.day, Math.floor(sentAt / DAY_MS)), prefix === null ? sql`false` : undefined)),
  ] as const

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
