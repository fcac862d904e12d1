import { desc, eq, sql } from 'drizzle-orm'
import type { Context } from 'hono'
import { v7 as uuidv7 } from 'uuid'
import type { AppEnv } from '../context'
import type { Db } from '../db/client'
import { otpSends } from '../db/schema'
import { selectRow } from '../db/select-row'
import { openChannel } from '../delivery/channels'
import { deliver } from '../delivery/deliver'
import { type Channel, type NoticePurpose, preferredLocale } from '../delivery/message'
import { spendSms } from '../delivery/sms-budget'
import { afterAnswer } from '../http/after-answer'
import { clientInfo } from '../http/client-info'
import type { Keys } from '../keys'
import { mac } from '../lib/mac'
import { limits } from '../limits'
import type { Contact } from '../users/contacts'
import type { UserRow } from '../users/users'
import { noticeMessage } from './texts'

/*
 * Tells owners what happened to their account (ASVS 6.3.7), by the contacts that they had before it.
 */

/** A user's contacts, e-mail first: it costs nothing. */
export const contactsOf = ({ email, phone }: Pick<UserRow, 'email' | 'phone'>): Contact[] => [
  ...(email === null ? [] : [{ channel: 'email' as const, to: email }]),
  ...(phone === null ? [] : [{ channel: 'sms' as const, to: phone }]),
]

interface Notice {
  to: Contact[]
  purpose: NoticePurpose
  /** The contact that a `contact_changed` is about. */
  changed?: Channel
}

/** Sends a notice to contacts after the answer. What keeps it from being sent is logged and keeps nothing else from happening. */
export function notify(c: Context<AppEnv>, { to, purpose, changed = 'email' }: Notice): void {
  const { config, keys, kv, primary } = c.var
  const locale = preferredLocale(c.req.header('Accept-Language'))
  const host = new URL(config.PUBLIC_ORIGIN).hostname
  const { device, country } = clientInfo(c)
  const now = Date.now()
  if (to.length === 0) return

  afterAnswer(c, async () => {
    const db = primary()
    const tell = async (contact: Contact) => {
      const send = openChannel(contact.channel, config, kv, c.req.url)
      if (!send || !(await countNotice({ db, keys }, contact, purpose, now))) return
      if (contact.channel === 'sms' && !(await spendSms(db, config.SMS_DAILY_BUDGET, now))) {
        console.error(JSON.stringify({ level: 'error', event: 'sms_budget_spent', purpose }))
        return
      }
      await deliver(send, noticeMessage({ ...contact, purpose, locale, host, device, country, changed }))
    }
    await Promise.all(to.map(tell))
  })
}

/**
 * Counts a notice, if the limit lets it through. Each is counted by its own insert, so that of many at once the first ones are
 * sent, and by its recipient alone, so that an account that is deleted and made again takes no count with it.
 */
async function countNotice(
  { db, keys }: { db: Db; keys: Keys },
  { channel, to }: Contact,
  purpose: NoticePurpose,
  now: number,
): Promise<boolean> {
  const { quota, windowMs } = limits.notices
  const key = await mac(keys.current.recipient, JSON.stringify(['notice', purpose, channel, to]))
  const row = { challengeId: uuidv7(), guard: key, recipient: key, address: key, prefix: null, sentAt: now }
  const last = db
    .select({ sentAt: otpSends.sentAt })
    .from(otpSends)
    .where(eq(otpSends.guard, key))
    .orderBy(desc(otpSends.sentAt))
    .limit(1)
    .offset(quota - 1)
  const counted = await db
    .insert(otpSends)
    .select(selectRow(otpSends, row, sql`coalesce(${last} + ${windowMs}, 0) <= ${now}`))
    .returning({ id: otpSends.challengeId })
  return counted.length > 0
}
