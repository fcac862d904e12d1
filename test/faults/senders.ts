import { afterEach, beforeEach, inject } from 'vitest'
import { FROM, twilioAccount } from '../delivery/twilio-stand-in'
import type { Kind } from './inject'
import { trackCall } from './time'

/** What happens to one try to send. */
export type Try = Exclude<Kind, 'takes effect and hangs'> | 'succeeds'

/** A message as a carrier got it, and the time. */
export interface Carried {
  at: number
  channel: 'sms' | 'email'
  to: string
  text: string
}

/** The error of a failed try. No log may repeat it. */
export const carrierError = () => new TypeError('Connection lost while sending the message')

/**
 * Carriers of text messages and e-mail, whose tries succeed and fail as planned. Text messages go to the stand-in for Twilio,
 * which checks them against Twilio's documentation.
 */
export function faultySenders() {
  const tried: Carried[] = []
  const taken: Carried[] = []
  let tries: Try[] = []
  let standIn: Awaited<ReturnType<typeof twilioAccount>> | undefined
  const originalFetch = globalThis.fetch

  async function attempt<Result>(
    message: Omit<Carried, 'at'>,
    take: () => Promise<Result>,
    signal?: AbortSignal | null,
  ) {
    tried.push({ ...message, at: Date.now() })
    const next = tries.shift() ?? 'succeeds'
    if (next === 'fails') throw carrierError()
    if (next === 'hangs') {
      return new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    }
    const result = await trackCall(take())
    taken.push({ ...message, at: Date.now() })
    if (next === 'loses its answer') throw carrierError()
    return result
  }

  beforeEach(async () => {
    standIn = await twilioAccount()
    globalThis.fetch = async (input, init) => {
      const form = new URLSearchParams(String(init?.body ?? ''))
      const message = { channel: 'sms' as const, to: form.get('To') ?? '', text: form.get('Body') ?? '' }
      return attempt(message, () => originalFetch(input, init), init?.signal)
    }
  })
  afterEach(() => {
    globalThis.fetch = originalFetch
  })

  const EMAIL: SendEmail = {
    send: (email) => {
      if (!('subject' in email)) throw new Error('The Worker sends no raw e-mail')
      const message = { channel: 'email' as const, to: String(email.to), text: email.text ?? '' }
      return attempt(message, async () => ({ messageId: crypto.randomUUID() }))
    },
  }

  return {
    tried,
    taken,
    /** Plans what happens to the next tries. After them, every try succeeds. */
    plan: (all: Try[]) => {
      tries = [...all]
      tried.length = 0
      taken.length = 0
    },
    /** Settings with which messages go to these carriers. */
    settings: () => ({
      DELIVERY: '',
      // Not localhost, where no text message is sent from. Requests to another host than a public one would be refused.
      PUBLIC_ORIGIN: 'http://127.0.0.1:8787',
      EMAIL,
      EMAIL_FROM: 'no-reply@latchkey.app',
      TWILIO_ACCOUNT_SID: standIn?.accountSid ?? '',
      TWILIO_AUTH_TOKEN: `token of ${standIn?.accountSid}`,
      TWILIO_API_URL: inject('twilioUrl'),
      TWILIO_FROM: FROM,
    }),
  }
}
