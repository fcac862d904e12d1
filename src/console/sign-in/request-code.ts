import type { Channel, CodePurpose } from '../../delivery/message'
import { type OutboxMessage, readOutbox } from '../../delivery/outbox'
import { mayBrowserRead } from '../../delivery/outbox-access'
import { traceOf } from '../../http/trace'
import { openKv } from '../../kv'
import { SECOND_MS } from '../../lib/time'
import { CODE_LIFE_MS } from '../../log-in/code/guess-limits'
import { readContact } from '../../users/contact-input'
import { isAboutEmail, phoneInWords } from '../../users/contacts'
import type { PageContext } from '../page/console-env'
import { type Challenge, getChallenge, setChallenge } from '../page/cookies'
import { type Refusal, readFormRefusal } from '../page/refusal'

interface CodeRequest {
  purpose: CodePurpose
  /** An e-mail address or a phone number, as it was typed. */
  to: string
  /** If it is left out, `to` decides: with an `@` it is an e-mail address. */
  channel?: Channel
  /** The page that asks for the code. */
  codePath: string
}

/**
 * Asks the API to send a code, and keeps the challenge in a cookie for the page that asks for the code.
 * @returns why no code is sent, or null
 */
export async function requestCode(
  c: PageContext,
  { purpose, to, channel = isAboutEmail(to) ? 'email' : 'sms', codePath }: CodeRequest,
): Promise<Refusal | null> {
  const answer = await c.var.api.auth.otp.$post({ json: { channel, to, purpose } })
  if (answer.status !== 202) {
    const refusal = await readFormRefusal(answer)
    const isOnItsWay = refusal.errorCode === 'too_many_codes' && isWaitingFor(c, { purpose, channel, to })
    return isOnItsWay ? { ...refusal, codePath } : refusal
  }
  setChallenge(c, { ...(await answer.json()), purpose, channel, to, isUsedUp: false })
  return null
}

/** Whether this browser has asked for a code to the same contact, and can still enter it. */
function isWaitingFor(
  c: PageContext,
  { purpose, channel, to }: Omit<CodeRequest, 'codePath'> & { channel: Channel },
): boolean {
  const challenge = getChallenge(c)
  if (challenge?.purpose !== purpose || challenge.channel !== channel || isOver(challenge)) return false
  const [asked, now] = [challenge.to, to].map((typed) => readContact(channel, typed, c.var.config)?.to)
  return asked !== undefined && asked === now
}

/** Whether no guess at the code counts any more. */
export const isOver = ({ isUsedUp, expiresAt }: Challenge): boolean => isUsedUp || Date.parse(expiresAt) <= Date.now()

/** The contact of a challenge, as people write it. */
export function contactInWords(c: PageContext, { channel, to }: Pick<Challenge, 'channel' | 'to'>): string {
  const contact = channel === 'sms' ? readContact(channel, to, c.var.config) : null
  return contact ? phoneInWords(contact.to) : to
}

/** Why a code was refused. A code that has taken too many guesses is remembered, so that no page asks for it again. */
export async function readCodeRefusal(
  c: PageContext,
  challenge: Challenge,
  answer: Parameters<typeof readFormRefusal>[0],
) {
  const refusal = await readFormRefusal(answer)
  if (refusal.errorCode === 'code_attempts_exceeded') setChallenge(c, { ...challenge, isUsedUp: true })
  return refusal
}

/** How long a page waits for its message: messages are written after the API has answered. */
const OUTBOX_WAIT_MS = 3 * SECOND_MS
const OUTBOX_PAUSE_MS = 100

/** The message of a challenge, on a developer's computer: it is there, it is late, or this browser may not see it. */
export type LocalMessage = { kind: 'here'; message: OutboxMessage } | { kind: 'late' } | { kind: 'hidden' }

/**
 * The message of a challenge on a developer's computer, where no messages are sent.
 * @returns null where messages are sent
 */
export async function findLocalMessage(
  c: PageContext,
  { channel, purpose, to: typed, expiresAt }: Challenge,
): Promise<LocalMessage | null> {
  const mayRead = await mayBrowserRead(c, c.var.config)
  if (mayRead !== true) return mayRead === undefined ? null : { kind: 'hidden' }
  const kv = openKv(c.env.KV, traceOf(c.req.raw))
  const to = readContact(channel, typed, c.var.config)?.to
  const askedAt = Date.parse(expiresAt) - CODE_LIFE_MS
  const deadline = Date.now() + OUTBOX_WAIT_MS
  while (true) {
    const messages = await readOutbox(kv)
    const found = messages.find(
      (message) => message.to === to && message.purpose === purpose && Date.parse(message.sentAt) >= askedAt,
    )
    if (found) return { kind: 'here', message: found }
    if (Date.now() > deadline) return { kind: 'late' }
    await new Promise((resolve) => setTimeout(resolve, OUTBOX_PAUSE_MS))
  }
}
