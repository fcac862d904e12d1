import type { Config } from '../config'
import type { Kv } from '../kv'
import { emailSender } from './email'
import type { Channel, Send } from './message'
import { outboxSender } from './outbox'
import { twilioSender } from './twilio'

/**
 * Whether messages go to the outbox. It only works on your own computer, because everybody who can reach it can read the
 * messages.
 */
export function hasOutbox({ DELIVERY }: { DELIVERY?: string | undefined }, requestUrl: string): boolean {
  if (DELIVERY !== 'outbox') return false
  const { hostname } = new URL(requestUrl)
  return hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'
}

/** The function that sends messages by a channel, or null if this deployment cannot. */
export function openChannel(channel: Channel, config: Config, kv: Kv, requestUrl: string): Send | null {
  if (config.DELIVERY === 'outbox') return hasOutbox(config, requestUrl) ? outboxSender(kv) : null
  return channel === 'sms' ? openSms(config) : openEmail(config)
}

/** The settings that a channel lacks: none if it works. Null if none of them is there, so nobody has set it up. */
export function missingOf(channel: Channel, config: Config): string[] | null {
  const { TWILIO_FROM, TWILIO_MESSAGING_SERVICE_SID } = config
  const needed =
    channel === 'email'
      ? { EMAIL_FROM: config.EMAIL_FROM, 'the binding EMAIL': config.EMAIL }
      : {
          TWILIO_ACCOUNT_SID: config.TWILIO_ACCOUNT_SID,
          TWILIO_AUTH_TOKEN: config.TWILIO_AUTH_TOKEN,
          'TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID': TWILIO_FROM ?? TWILIO_MESSAGING_SERVICE_SID,
        }
  const missing = Object.entries(needed).flatMap(([name, value]) => (value === undefined ? [name] : []))
  return missing.length === Object.keys(needed).length ? null : missing
}

function openSms(config: Config): Send | null {
  const { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken, TWILIO_API_URL: apiUrl } = config
  const { TWILIO_MESSAGING_SERVICE_SID: messagingServiceSid, TWILIO_FROM: from } = config
  if (accountSid === undefined || authToken === undefined) return null
  if (messagingServiceSid !== undefined)
    return twilioSender({ accountSid, authToken, apiUrl, sender: { messagingServiceSid } })
  return from === undefined ? null : twilioSender({ accountSid, authToken, apiUrl, sender: { from } })
}

const openEmail = ({ EMAIL, EMAIL_FROM }: Config): Send | null =>
  EMAIL === undefined || EMAIL_FROM === undefined ? null : emailSender(EMAIL, EMAIL_FROM)
