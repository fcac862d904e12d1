import { and, gt, inArray, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../../db/client'
import type { Channel } from '../../delivery/message'
import type { Keys } from '../../keys'
import { mac } from '../../lib/mac'
import { DAY_MS } from '../../lib/time'
import { type Contact, mailboxOf } from '../../users/contacts'
import { otpCodes } from './tables'

/*
 * What the limits of codes have counted for a recipient: for operators, who see it and lift it. Others never learn it.
 */

/** Who asked for a code. A known device has counts of its own. */
export const ASKERS = ['stranger', 'known device'] as const
export type Asker = (typeof ASKERS)[number]

/** What a recipient is counted by: e-mail by mailbox. */
export const macOfRecipient = (key: CryptoKey, asker: Asker, { channel, to }: Contact): Promise<string> =>
  mac(key, JSON.stringify([asker, 'recipient', channel, channel === 'email' ? mailboxOf(to) : to]))

/** A recipient, as the limits count it. */
export interface CountedRecipient {
  channel: Channel
  asker: Asker
  recipient: string
}

/** All that the limits count the contacts of a user by. */
export const recipientsOf = (keys: Keys, contacts: Contact[]): Promise<CountedRecipient[]> =>
  Promise.all(
    contacts.flatMap((contact) =>
      ASKERS.map(async (asker) => ({
        channel: contact.channel,
        asker,
        recipient: await macOfRecipient(keys.current.recipient, asker, contact),
      })),
    ),
  )

const isOneOf = (recipients: CountedRecipient[]): SQL =>
  inArray(
    otpCodes.recipient,
    recipients.map(({ recipient }) => recipient),
  )

/** The query of what was counted in the last day, one row for each recipient with codes. */
export const selectCodeCounts = (db: Db, recipients: CountedRecipient[], now: number) =>
  db
    .select({
      recipient: otpCodes.recipient,
      sent: sql<number>`count(*)`.as('sent'),
      lastSentAt: sql<number>`max(${otpCodes.sentAt})`.as('last_sent_at'),
      wrongGuesses:
        sql<number>`max(CASE WHEN ${otpCodes.wrongSince} > ${now - DAY_MS} THEN ${otpCodes.wrong} ELSE 0 END)`.as(
          'wrong_guesses',
        ),
    })
    .from(otpCodes)
    .where(and(isOneOf(recipients), gt(otpCodes.sentAt, now - DAY_MS)))
    .groupBy(otpCodes.recipient)

/**
 * The statement that takes all codes away from their recipients, if `onlyIf` holds. The limits then count none for them, and the codes
 * that are out are spent. They still count for the addresses that asked for them: who floods somebody with codes gains nothing.
 */
export const forgetCodes = (db: Db, recipients: CountedRecipient[], onlyIf: SQL) =>
  db
    .update(otpCodes)
    .set({ recipient: otpCodes.challengeId, guard: otpCodes.challengeId, spentBy: 'unlocked', wrong: 0 })
    .where(and(isOneOf(recipients), onlyIf))
    .returning({ id: otpCodes.id })
