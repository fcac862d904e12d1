import { isNotNull, sql } from 'drizzle-orm'
import { check, index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { limits, MAX_GUESSES } from '../../limits'

/** A number in the text of a CHECK, which has no parameters. */
const constant = (value: number) => sql.raw(String(value))

/**
 * The newest code of each recipient and purpose: whether it is spent, and how many guesses there were at it and at the codes
 * before it. The code itself is in KV, as a MAC. Keys are MACs too, so nobody can read a contact here.
 */
export const otpGuards = sqliteTable(
  'otp_guards',
  {
    /** MAC of purpose, channel and recipient. Known devices have guards of their own. */
    key: text().primaryKey(),
    challengeId: text('challenge_id').notNull(),
    /** Guesses at this code that were counted. */
    attempts: integer().notNull(),
    /** The request that spent the code. */
    spentBy: text('spent_by'),
    expiresAt: integer('expires_at').notNull(),
    /** Wrong guesses at all codes since `wrong_since`. */
    wrong: integer().notNull(),
    wrongSince: integer('wrong_since').notNull(),
  },
  (guard) => [
    index('otp_guards_by_expiry').on(guard.expiresAt),
    check('otp_guards_attempts', sql`${guard.attempts} BETWEEN 0 AND ${constant(MAX_GUESSES)}`),
    check('otp_guards_wrong', sql`${guard.wrong} BETWEEN 0 AND ${constant(limits.code_guesses.quota)}`),
  ],
)

/**
 * The codes that were sent in the last day. The limits of sends count them. All texts are MACs. One more index is one more row
 * written for each code, so there is none on the time: the ids are in its order.
 */
export const otpSends = sqliteTable(
  'otp_sends',
  {
    /** The time in µs or, if there is such a row already, one more than the last. */
    id: integer().primaryKey(),
    recipient: text().notNull(),
    /** The client address, or the known device; null for loopback. */
    address: text(),
    /** The /48 of an IPv6 address; else null. */
    network: text(),
    /** The number without its last four digits; null for e-mail. */
    prefix: text(),
    sentAt: integer('sent_at').notNull(),
  },
  (send) => [
    index('otp_sends_by_recipient').on(send.recipient, send.sentAt),
    index('otp_sends_by_address').on(send.address, send.sentAt).where(isNotNull(send.address)),
    index('otp_sends_by_network').on(send.network, send.sentAt).where(isNotNull(send.network)),
    index('otp_sends_by_prefix').on(send.prefix, send.sentAt).where(isNotNull(send.prefix)),
  ],
)
