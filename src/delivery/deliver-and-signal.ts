import type { Context } from 'hono'
import type { AppEnv } from '../context'
import { phoneCountry } from '../lib/phone-country'
import { raiseAlarm } from '../signals/alarm'
import { signalMessage } from '../signals/data-points'
import { type DeliveryOutcome, deliver } from './deliver'
import type { Message, Send } from './message'

/** These are about this deployment or its provider. The others are about one recipient. */
const FAULTS: ReadonlySet<DeliveryOutcome> = new Set<DeliveryOutcome>([
  'rejected',
  'rate_limited',
  'unavailable',
  'unexpected',
])

/** `deliver`, with a data point of how it ended, and an alarm if messages fail again and again. */
export function deliverAndSignal(c: Context<AppEnv>, send: Send, message: Message): Promise<'sent' | 'failed'> {
  const { channel, purpose, to } = message
  const startedAt = Date.now()
  const onEnd = (outcome: DeliveryOutcome, tries: number) => {
    const country = channel === 'sms' ? phoneCountry(to) : null
    signalMessage(c.env, { purpose, outcome, channel, country, tries, ms: Date.now() - startedAt })
    if (FAULTS.has(outcome)) raiseAlarm(c.env, c.var.background, 'messages_failing')
  }
  return deliver(send, message, { onEnd })
}
