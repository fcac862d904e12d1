import { inject } from 'vitest'
import * as z from 'zod'
import { type TwilioSettings, twilioSender } from '../../src/delivery/twilio'

declare module 'vitest' {
  interface ProvidedContext {
    /** The stand-in for Twilio: twilio-server.mjs. */
    twilioUrl: string
    /** A URL where nobody listens. */
    refusingUrl: string
  }
}

/** What the stand-in does instead of taking a message. */
export type PlannedAnswer =
  | { status: number; body: unknown; headers?: Record<string, string> }
  | { hang: true }
  | { reset: true }

const receivedSchema = z.object({
  requests: z.array(
    z.object({ method: z.string(), path: z.string(), headers: z.record(z.string(), z.string()), body: z.string() }),
  ),
  accepted: z.int(),
})

export const FROM = '+15005550006'
export const MESSAGING_SERVICE_SID = `MG${'0123456789abcdef'.repeat(2)}`

/** An error in the form of Twilio's API (https://www.twilio.com/docs/usage/twilios-response). */
export const twilioError = (status: number, code: number, message: string): PlannedAnswer => ({
  status,
  body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status },
})

/** A new account at the stand-in, which gets these answers before its messages are taken. */
export async function twilioAccount(answers: PlannedAnswer[] = [], settings: Partial<TwilioSettings> = {}) {
  const accountSid = `AC${crypto.randomUUID().replaceAll('-', '')}`
  const url = inject('twilioUrl')
  const control = `${url}/control/${accountSid}`
  await fetch(control, { method: 'PUT', body: JSON.stringify(answers) })
  return {
    accountSid,
    send: twilioSender({
      accountSid,
      authToken: `token of ${accountSid}`,
      sender: { from: FROM },
      apiUrl: url,
      ...settings,
    }),
    /** Waits until the account has had `count` requests. Answers with all of them. */
    received: async (count = 0) => receivedSchema.parse(await (await fetch(`${control}?count=${count}`)).json()),
  }
}
