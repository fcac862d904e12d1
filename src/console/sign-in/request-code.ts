import type { Channel, CodePurpose } from '../../delivery/message'
import { type OutboxMessage, readOutbox } from '../../delivery/outbox'
import { mayBrowserRead } from '../../delivery/outbox-access'
import { traceOf } from '../../http/trace'
import { openKv } from '../../kv'
import { SECOND_MS } from '../../lib/time'
import { CODE_LIFE_MS } from '../../log-in/code/guess-limits'
import { isAboutEmail } from '../../users/contacts'
import type { PageContext } from '../page/console-env'
import { type Challenge, setChallenge } from '../page/cookies'
import { type Refusal, readFormRefusal } from '../page/refusal'

interface CodeRequest {
  purpose: CodePurpose
  /** An e-mail address or a phone number, as it was typed. */
  to: string
  /** If it is left out, `to` decides: with an `@` it is an e-mail address. */
  channel?: Channel
}

/**
 * Asks the API to send a code, and keeps the challenge in a cookie for the page that asks for the code.
 * @returns why no code is sent, or null
 */
export async function requestCode(
  c: PageContext,
  { purpose, to, channel = isAboutEmail(to) ? 'email' : 'sms' }: CodeRequest,
): Promise<Refusal | null> {
  const answer = await c.var.api.auth.otp.$post({ json: { channel, to, purpose } })
  if (answer.status !== 202) return readFormRefusal(answer)
  setChallenge(c, { ...(await answer.json()), purpose, channel, to })
  return null
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
  { channel, purpose, expiresAt }: Challenge,
): Promise<LocalMessage | null> {
  const mayRead = await mayBrowserRead(c, c.var.config)
  if (mayRead !== true) return mayRead === undefined ? null : { kind: 'hidden' }
  const kv = openKv(c.env.KV, traceOf(c.req.raw))
  const askedAt = Date.parse(expiresAt) - CODE_LIFE_MS
  const deadline = Date.now() + OUTBOX_WAIT_MS
  while (true) {
    const messages = await readOutbox(kv)
    const found = messages.find(
      (message) => message.channel === channel && message.purpose === purpose && Date.parse(message.sentAt) >= askedAt,
    )
    if (found) return { kind: 'here', message: found }
    if (Date.now() > deadline) return { kind: 'late' }
    await new Promise((resolve) => setTimeout(resolve, OUTBOX_PAUSE_MS))
  }
}
