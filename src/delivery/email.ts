import * as z from 'zod'
import { DeliveryError, type DeliveryErrorCode, type Send } from './message'

/**
 * What the error codes of Cloudflare's Email Service mean to us, and which of them pass within seconds
 * (https://developers.cloudflare.com/email-service/api/send-emails/workers-api/#error-codes). Others: `rejected`.
 */
const errorCodes: Partial<Record<string, { code: DeliveryErrorCode; retryable: boolean }>> = {
  E_RECIPIENT_NOT_ALLOWED: { code: 'blocked', retryable: false },
  // The address has bounced before, or its owner has called our messages spam.
  E_RECIPIENT_SUPPRESSED: { code: 'blocked', retryable: false },
  // The recipient's server refused it.
  E_DELIVERY_FAILED: { code: 'unreachable', retryable: false },
  E_RATE_LIMIT_EXCEEDED: { code: 'rate_limited', retryable: true },
  E_DAILY_LIMIT_EXCEEDED: { code: 'rate_limited', retryable: false },
  E_INTERNAL_SERVER_ERROR: { code: 'unavailable', retryable: true },
}

const errorSchema = z.object({ code: z.string().regex(/^E_[A-Z_]+$/) })

/** Sends e-mail by Cloudflare's `send_email` binding. `from` is an address of a domain that the account may send from. */
export function emailSender(binding: SendEmail, from: string): Send {
  return async ({ to, subject, text, html }) => {
    try {
      await binding.send({ from, to, subject, text, ...(html !== null && { html }) })
    } catch (cause) {
      throw failure(cause)
    }
  }
}

/** An error without a code never came from the service: the way to it failed. */
function failure(cause: unknown): DeliveryError {
  const providerCode = errorSchema.safeParse(cause).data?.code
  if (providerCode === undefined) return new DeliveryError('unavailable', { retryable: true, cause })
  const { code, retryable } = errorCodes[providerCode] ?? { code: 'rejected', retryable: false }
  return new DeliveryError(code, { retryable, providerCode, cause })
}
