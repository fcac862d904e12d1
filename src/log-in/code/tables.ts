import { isNotNull, sql } from 'drizzle-orm'
import { check, index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { limits, MAX_GUESSES } from '../../limits'

/** A number in the text of a CHECK, which has no parameters. */
const constant = (value: number) => sql.raw(String(value))

/**
 * The codes that were sent in the last day: what the limits of sends and guesses count, and whether a code is spent. The code itself
 * is in KV, as a MAC. `guard` to `prefix` are MACs too, so nobody can read a contact or an address here.
 *
 * One row for a code holds all of it, because D1 bills rows written, and each entry of an index is one. A code by e-mail writes three
 * rows here, one by SMS four, and a guess one.
 */
export const otpCodes = sqliteTable(
  'otp_codes',
  {
    /** See `db/time-id.ts`. The purge goes by it, and of the codes with one guard the greatest is the newest. */
    id: integer().primaryKey(),
    challengeId: text('challenge_id').notNull(),
    /** Purpose and recipient. Only the newest code of a guard counts. Known devices have guards of their own. */
    guard: text().notNull(),
    /** Whom it was sent to: e-mail by mailbox. */
    recipient: text().notNull(),
    /** The client address, or the known device; null for loopback. */
    address: text(),
    /** The /48 of an IPv6 address; else null. */
    network: text(),
    /** The number without its last four digits; null for e-mail. */
    prefix: text(),
    sentAt: integer('sent_at').notNull(),
    /** Guesses at this code that were counted. */
    attempts: integer().notNull(),
    /** The request that spent the code. */
    spentBy: text('spent_by'),
    /** Wrong guesses at all codes of this guard since `wrong_since`. A new code goes on from the one before. */
    wrong: integer().notNull(),
    wrongSince: integer('wrong_since').notNull(),
  },
  (code) => [
    // Each is for the limit of its column, which would otherwise read all codes of the day. A recipient has few rows, so the codes of
    // one guard need no index of their own.
    index('otp_codes_by_recipient').on(code.recipient, code.sentAt),
    index('otp_codes_by_address').on(code.address, code.sentAt).where(isNotNull(code.address)),
    index('otp_codes_by_network').on(code.network, code.sentAt).where(isNotNull(code.network)),
    index('otp_codes_by_prefix').on(code.prefix, code.sentAt).where(isNotNull(code.prefix)),
    check('otp_codes_attempts', sql`${code.attempts} BETWEEN 0 AND ${constant(MAX_GUESSES)}`),
    check('otp_codes_wrong', sql`${code.wrong} BETWEEN 0 AND ${constant(limits.code_guesses.quota)}`),
  ],
)
