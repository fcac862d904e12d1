import type { Context } from 'hono'
import type { AppEnv } from '../context'
import { openChannel } from '../delivery/channels'
import { deliverAndSignal } from '../delivery/deliver-and-signal'
import type { Channel, NoticePurpose } from '../delivery/message'
import { afterAnswer } from '../http/after-answer'
import { clientInfo } from '../http/client-info'
import { preferredLocale } from '../locale'
import { raiseAlarm } from '../signals/alarm'
import type { Contact } from '../users/contacts'
import type { UserRow } from '../users/users'
import { countNotice } from './count-notice'
import { noticeMessage } from './texts'

/*
 * Tells owners what happened to their account (ASVS 6.3.7). A notice goes to the contacts from before the change.
 */

/** A user's contacts. E-mail comes first, because it costs nothing. */
export const contactsOf = ({ email, phone }: Pick<UserRow, 'email' | 'phone'>): Contact[] => [
  ...(email === null ? [] : [{ channel: 'email' as const, to: email }]),
  ...(phone === null ? [] : [{ channel: 'sms' as const, to: phone }]),
]

/** A contact to tell, and the path of a link in its notice. Such a notice always goes out: what it tells of is limited already. */
export type Recipient = Contact & { linkPath?: string }

export interface Notice {
  to: Recipient[]
  purpose: NoticePurpose
  /** The channel of the contact that this is about. */
  changed?: Channel
  /** The name of the provider that this is about. */
  provider?: string
}

/** Sends a notice to contacts after the answer. A failure is logged and changes nothing else. */
export function notify(c: Context<AppEnv>, notice: Notice): void {
  if (notice.to.length > 0) afterAnswer(c, () => sendNotice(c, notice))
}

/** Sends a notice to contacts, in a task that runs after the answer. */
export async function sendNotice(c: Context<AppEnv>, { to, ...about }: Notice): Promise<void> {
  const now = Date.now()
  await Promise.all(to.map((recipient) => sendTo(c, recipient, { ...about, now })))
}

async function sendTo(
  c: Context<AppEnv>,
  { linkPath, ...contact }: Recipient,
  { purpose, changed = 'email', provider = '', now }: Omit<Notice, 'to'> & { now: number },
): Promise<void> {
  const { config, keys, kv, primary } = c.var
  const link = linkPath === undefined ? null : config.PUBLIC_ORIGIN + linkPath
  const send = openChannel(contact.channel, config, kv, c.req.url)
  if (!send) return
  const counting = { contact, purpose, isLimited: link === null, now }
  const outcome = await countNotice({ db: primary(), keys, budgets: config }, counting)
  if (outcome === 'budget_spent') {
    const event = `${contact.channel}_budget_spent` as const
    console.error(JSON.stringify({ level: 'error', event, pool: 'notices', purpose }))
    raiseAlarm(c.env, c.var.background, event)
  }
  if (outcome !== 'counted') return
  const locale = preferredLocale(c.req.header('Accept-Language'))
  const host = new URL(config.PUBLIC_ORIGIN).hostname
  const { device, country } = clientInfo(c)
  const details = { device, country, changed, provider, link }
  await deliverAndSignal(c, send, noticeMessage({ ...contact, purpose, locale, host, ...details }))
}
