import type { Context } from 'hono'
import { hasOutbox } from '../../delivery/channels'
import type { CodePurpose } from '../../delivery/message'
import { type OutboxMessage, readOutbox } from '../../delivery/outbox'
import { traceOf } from '../../http/trace'
import { openKv } from '../../kv'
import { SECOND_MS } from '../../lib/time'
import { CODE_LIFE_MS } from '../../log-in/code/guess-limits'
import type { ConsoleEnv } from '../page/console-env'
import { type Challenge, setChallenge } from '../page/cookies'
import { type Refusal, refusalOf } from '../page/refusal'

/**
 * Has a code sent to an e-mail address or a phone number, and keeps its challenge in the browser for the page that asks for it.
 * @returns why not, or null
 */
export async function requestCode(
  c: Context<ConsoleEnv>,
  {
    purpose,
    to,
    channel = to.includes('@') ? 'email' : 'sms',
  }: { purpose: CodePurpose; to: string; channel?: Challenge['channel'] },
): Promise<Refusal | null> {
  const answer = await c.var.api.auth.otp.$post({ json: { channel, to, purpose } })
  if (answer.status !== 202) return refusalOf(answer)
  setChallenge(c, { ...(await answer.json()), purpose, channel, to })
  return null
}

/** What a page waits for a message that leaves after an answer. */
const OUTBOX_LIMIT_MS = 3 * SECOND_MS
const OUTBOX_PAUSE_MS = 100

/** On one's own computer, where nothing is sent: the message of a challenge, or null where it is late; elsewhere undefined. */
export async function findLocalMessage(
  c: Context<ConsoleEnv>,
  { channel, purpose, expiresAt }: Challenge,
): Promise<OutboxMessage | null | undefined> {
  if (!hasOutbox(c.var.config, c.req.url)) return undefined
  const kv = openKv(c.env.KV, traceOf(c.req.raw))
  const askedAt = Date.parse(expiresAt) - CODE_LIFE_MS
  for (const until = Date.now() + OUTBOX_LIMIT_MS; ; ) {
    const messages = await readOutbox(kv)
    const found = messages.find(
      (one) => one.channel === channel && one.purpose === purpose && Date.parse(one.sentAt) >= askedAt,
    )
    if (found) return found
    if (Date.now() > until) return null
    await new Promise((resolve) => setTimeout(resolve, OUTBOX_PAUSE_MS))
  }
}
