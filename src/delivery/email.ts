import * as z from 'zod'
import { DeliveryError, type DeliveryErrorCode, type Send } from './message'

/**
 * Our codes for the errors of Cloudflare's Email Service, and whether a try a few seconds later may work
 * (https://developers.cloudflare.com/email-service/api/send-emails/workers-api/#error-codes). All others are `rejected`.
 */
const emailErrors: Partial<Record<string, { code: DeliveryErrorCode; retryable: boolean }>> = {
  E_RECIPIENT_NOT_ALLOWED: { code: 'blocked', retryable: false },
  // Messages to the address came back before, or its owner marked them as spam.
  E_RECIPIENT_SUPPRESSED: { code: 'blocked', retryable: false },
  // The recipient's server refused the message.
  E_DELIVERY_FAILED: { code: 'unreachable', retryable: false },
  E_RATE_LIMIT_EXCEEDED: { code: 'rate_limited', retryable: true },
  E_DAILY_LIMIT_EXCEEDED: { code: 'rate_limited', retryable: false },
  E_INTERNAL_SERVER_ERROR: { code: 'unavailable', retryable: true },
}

const errorSchema = z.object({ code: z.string().regex(/^E_[A-Z_]+$/) })

/**
 * Sends e-mail by Cloudflare's `send_email` binding. The Cloudflare account must be allowed to send from the domain of `from`.
 */
export function emailSender(binding: SendEmail, from: string): Send {
  return async ({ to, subject, text, html }) => {
    try {
      await binding.send({ from, to, subject, text, ...(html !== null && { html }) })
    } catch (cause) {
      throw toDeliveryError(cause)
    }
  }
}

/** An error without a code does not come from the service: the call did not reach it. */
function toDeliveryError(cause: unknown): DeliveryError {
  const providerCode = errorSchema.safeParse(cause).data?.code
  if (providerCode === undefined) return new DeliveryError('unavailable', { retryable: true, cause })
  const { code, retryable } = emailErrors[providerCode] ?? { code: 'rejected', retryable: false }
  return new DeliveryError(code, { retryable, providerCode, cause })
}
