import * as z from 'zod'
import { DeliveryError, type DeliveryErrorCode, type Message, type Send } from './message'

export interface TwilioSettings {
  accountSid: string
  authToken: string
  /** A number of the account, or a messaging service that chooses a number. */
  sender: { from: string } | { messagingServiceSid: string }
  /** Without a slash at its end. */
  apiUrl: string
}

/**
 * Our codes for the errors of Twilio (https://www.twilio.com/docs/api/errors). All others are `rejected`. Twilio usually reports
 * 3xxxx only after it has taken the message, but it may answer with one at once.
 */
const twilioErrors: Partial<Record<number, DeliveryErrorCode>> = {
  21211: 'invalid_recipient', // Invalid 'To' Phone Number
  21265: 'invalid_recipient', // 'To' number cannot be a Short Code
  21266: 'invalid_recipient', // 'To' and 'From' numbers cannot be the same
  21614: 'invalid_recipient', // 'To' number is not a valid mobile number
  21635: 'invalid_recipient', // 'To' number cannot be a landline
  21408: 'blocked', // Permission to send an SMS has not been enabled for the region
  21608: 'blocked', // The 'To' number is not verified, and a trial account sends to no other
  21610: 'blocked', // Attempt to send to unsubscribed recipient
  30004: 'blocked', // Message blocked
  30007: 'blocked', // Message filtered
  30450: 'blocked', // Message delivery blocked (SMS Pumping Protection)
  30453: 'blocked', // Message couldn't be delivered (SMS Pumping Protection)
  21612: 'unreachable', // Message cannot be sent with the current combination of 'To' and 'From'
  30003: 'unreachable', // Unreachable destination handset
  30005: 'unreachable', // Unknown destination handset
  30006: 'unreachable', // Landline or unreachable carrier
  20003: 'rejected', // Permission Denied: the credentials are wrong
  21603: 'rejected', // A 'From' or 'MessagingServiceSid' parameter is required
  21606: 'rejected', // The 'From' number is not a message-capable Twilio number for this destination
  21659: 'rejected', // 'From' is not a Twilio phone number
  20429: 'rate_limited', // Too Many Requests
  21611: 'rate_limited', // This 'From' number has exceeded the maximum number of queued messages
  30001: 'rate_limited', // Queue overflow
}

const errorSchema = z.object({ code: z.int() })

/**
 * Sends text messages by Twilio's Messages resource (https://www.twilio.com/docs/messaging/api/message-resource). If the answer
 * gets lost, Twilio may have taken the message. Then the next try sends it a second time, with the same code.
 */
export function twilioSender({ accountSid, authToken, sender, apiUrl }: TwilioSettings): Send {
  const url = `${apiUrl}/2010-04-01/Accounts/${accountSid}/Messages.json`
  const authorization = `Basic ${btoa(`${accountSid}:${authToken}`)}`
  const from = 'from' in sender ? { From: sender.from } : { MessagingServiceSid: sender.messagingServiceSid }

  return async ({ to, text }: Message, signal?: AbortSignal): Promise<void> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { Authorization: authorization, Accept: 'application/json' },
      body: new URLSearchParams({ To: to, ...from, Body: text }),
      // A redirect would send the credentials and the number to another server than the one in the settings.
      redirect: 'manual',
      ...(signal && { signal }),
    }).catch((cause: unknown) => {
      throw new DeliveryError('unavailable', { retryable: true, cause })
    })
    if (response.status !== 201) throw await toDeliveryError(response)
    await response.body?.cancel()
  }
}

/** The status says whether to try again: Twilio has not processed a message that it answers with 429. The code says why. */
async function toDeliveryError(response: Response): Promise<DeliveryError> {
  const body: unknown = await response.json().catch(() => null)
  const providerCode = errorSchema.safeParse(body).data?.code
  if (response.status === 429) return new DeliveryError('rate_limited', { retryable: true, providerCode })
  if (response.status >= 500) return new DeliveryError('unavailable', { retryable: true, providerCode })
  const code = providerCode === undefined ? undefined : twilioErrors[providerCode]
  return new DeliveryError(code ?? 'rejected', { providerCode })
}
