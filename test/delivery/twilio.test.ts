import { describe, expect, inject, it } from 'vitest'
import type { DeliveryErrorCode } from '../../src/delivery/message'
import { codeMessage } from '../../src/log-in/code/texts'
import { FROM, MESSAGING_SERVICE_SID, type PlannedAnswer, twilioAccount, twilioError } from './twilio-stand-in'

const message = codeMessage({
  channel: 'sms',
  to: '+821012345678',
  purpose: 'log_in',
  locale: 'ko',
  code: '012345',
  host: 'latchkey.app',
})
const TEXT = '[Latchkey] 로그인 인증번호 012345\n5분간 유효, 공유 금지\n\n@latchkey.app #012345'

const form = (body = '') => [...new URLSearchParams(body)]

describe('the request to Twilio', () => {
  it('creates a message for the account, with its credentials and three fields', async () => {
    const { accountSid, send, received } = await twilioAccount()
    await send(message)
    const { requests, accepted } = await received()
    expect(accepted).toBe(1)
    expect(requests).toEqual([
      {
        method: 'POST',
        path: `/2010-04-01/Accounts/${accountSid}/Messages.json`,
        headers: expect.objectContaining({
          authorization: `Basic ${btoa(`${accountSid}:token of ${accountSid}`)}`,
          'content-type': expect.stringMatching(/^application\/x-www-form-urlencoded(;charset=utf-8)?$/i),
        }),
        body: expect.any(String),
      },
    ])
    expect(form(requests[0]?.body)).toEqual([
      ['To', '+821012345678'],
      ['From', FROM],
      ['Body', TEXT],
    ])
    // In a form, an unescaped "+" means a space.
    expect(requests[0]?.body).toContain('To=%2B821012345678&From=%2B15005550006&')
  })

  it('can name a messaging service instead of a number', async () => {
    const { send, received } = await twilioAccount([], { sender: { messagingServiceSid: MESSAGING_SERVICE_SID } })
    await send(message)
    const { requests, accepted } = await received()
    expect(accepted).toBe(1)
    expect(requests.map(({ body }) => form(body))).toEqual([
      [
        ['To', '+821012345678'],
        ['MessagingServiceSid', MESSAGING_SERVICE_SID],
        ['Body', TEXT],
      ],
    ])
  })

  it('is refused by the stand-in when anything in it is wrong', async () => {
    const refused = async (settings: Parameters<typeof twilioAccount>[1], changes = {}) => {
      const { send, received } = await twilioAccount([], settings)
      const error: unknown = await send({ ...message, ...changes }).catch((thrown: unknown) => thrown)
      expect(await received()).toMatchObject({ accepted: 0 })
      return error
    }
    expect(await refused({ authToken: 'another' })).toMatchObject({ code: 'rejected', providerCode: 20003 })
    expect(await refused({ sender: { from: '' } })).toMatchObject({ code: 'rejected', providerCode: 21603 })
    expect(await refused({ sender: { messagingServiceSid: 'MG1' } })).toMatchObject({ providerCode: 21603 })
    expect(await refused({}, { to: '01012345678' })).toMatchObject({ code: 'rejected', providerCode: 21604 })
    expect(await refused({}, { text: '' })).toMatchObject({ code: 'rejected', providerCode: 21602 })
    expect(await refused({ apiUrl: `${inject('twilioUrl')}/v2` })).toMatchObject({ providerCode: 20404 })
  })
})

describe('an answer from Twilio', () => {
  const failure = async (answer: PlannedAnswer) => {
    const { send, received } = await twilioAccount([answer])
    const error: unknown = await send(message).catch((thrown: unknown) => thrown)
    expect(await received()).toMatchObject({ requests: { length: 1 }, accepted: 0 })
    return error
  }

  const documented: [status: number, code: number, message: string, meaning: DeliveryErrorCode][] = [
    [400, 21211, "Invalid 'To' Phone Number: +82101234XXXX", 'invalid_recipient'],
    [400, 21265, "'To' number cannot be a Short Code", 'invalid_recipient'],
    [400, 21266, "'To' and 'From' number cannot be the same", 'invalid_recipient'],
    [400, 21614, "'To' number is not a valid mobile number", 'invalid_recipient'],
    [400, 21635, "'To' number cannot be a landline", 'invalid_recipient'],
    [
      400,
      21408,
      "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
      'blocked',
    ],
    [400, 21608, 'The number is unverified. Trial accounts cannot send messages to unverified numbers', 'blocked'],
    [400, 21610, 'Attempt to send to unsubscribed recipient', 'blocked'],
    [400, 30004, 'Message blocked', 'blocked'],
    [400, 30007, 'Message filtered', 'blocked'],
    [400, 30450, 'Message delivery blocked', 'blocked'],
    [400, 30453, "Message couldn't be delivered", 'blocked'],
    [400, 21612, "Message cannot be sent with the current combination of 'To' and/or 'From' parameters", 'unreachable'],
    [400, 30003, 'Unreachable destination handset', 'unreachable'],
    [400, 30005, 'Unknown destination handset', 'unreachable'],
    [400, 30006, 'Landline or unreachable carrier', 'unreachable'],
    [401, 20003, 'Authenticate', 'rejected'],
    [400, 21603, "A 'From' or 'MessagingServiceSid' parameter is required to send a message", 'rejected'],
    [400, 21606, "The 'From' phone number provided is not a valid message-capable Twilio phone number", 'rejected'],
    [400, 21659, "'From' is not a Twilio phone number or Short Code country mismatch", 'rejected'],
    [400, 21611, "This 'From' number has exceeded the maximum number of queued messages", 'rate_limited'],
    [400, 30001, 'Queue overflow', 'rate_limited'],
  ]

  it.each(documented)('fails for good with status %i, code %i and "%s": %s', async (status, code, text, meaning) => {
    expect(await failure(twilioError(status, code, text))).toMatchObject({
      name: 'DeliveryError',
      message: `The message was not delivered: ${meaning}`,
      code: meaning,
      retryable: false,
      providerCode: code,
    })
  })

  it('fails as rate_limited with status 429 and as unavailable with 5xx, whatever the code, and may be tried again', async () => {
    expect(await failure(twilioError(429, 20429, 'Too Many Requests'))).toMatchObject({
      code: 'rate_limited',
      retryable: true,
      providerCode: 20429,
    })
    expect(await failure(twilioError(429, 21211, 'Too Many Requests'))).toMatchObject({
      code: 'rate_limited',
      retryable: true,
    })
    for (const [status, code] of [
      [500, 20500],
      [502, 21211],
      [503, 20503],
    ] as const) {
      expect(await failure(twilioError(status, code, 'Service unavailable'))).toMatchObject({
        code: 'unavailable',
        retryable: true,
        providerCode: code,
      })
    }
  })

  it('fails as rejected with an unknown code or none', async () => {
    const rejected = { code: 'rejected', retryable: false }
    expect(await failure(twilioError(400, 99999, 'Something new'))).toMatchObject({ ...rejected, providerCode: 99999 })
    for (const body of [{}, { code: '21211' }, { code: null }, [], null, '', '<html>Bad Gateway</html>', '{"code":']) {
      expect(await failure({ status: 400, body })).toMatchObject({ ...rejected, providerCode: undefined })
    }
  })

  it('is judged by its status when it is not JSON', async () => {
    const body = '<html><body>503 Service Unavailable</body></html>'
    expect(await failure({ status: 503, body })).toMatchObject({ code: 'unavailable', retryable: true })
    expect(await failure({ status: 429, body })).toMatchObject({ code: 'rate_limited', retryable: true })
  })

  it('is not followed when it redirects', async () => {
    const other = await twilioAccount()
    const headers = { Location: `${inject('twilioUrl')}/2010-04-01/Accounts/${other.accountSid}/Messages.json` }
    for (const status of [301, 302, 303, 307, 308]) {
      expect(await failure({ status, headers, body: '' })).toMatchObject({ code: 'rejected', retryable: false })
    }
    expect(await other.received()).toEqual({ requests: [], accepted: 0 })
  })

  it('means success only with status 201', async () => {
    for (const status of [200, 202]) {
      expect(await failure({ status, body: '<html>Log in to this network</html>' })).toMatchObject({ code: 'rejected' })
    }
  })
})

describe('a network that fails', () => {
  it('counts as unavailable, and the message may be tried again', async () => {
    const refusing = await twilioAccount([], { apiUrl: inject('refusingUrl') })
    await expect(refusing.send(message)).rejects.toMatchObject({ code: 'unavailable', retryable: true })
    const { send } = await twilioAccount([{ reset: true }])
    await expect(send(message)).rejects.toMatchObject({ code: 'unavailable', retryable: true })
  })

  it('is given up on when the signal aborts', async () => {
    const { send, received } = await twilioAccount([{ hang: true }])
    const limit = new AbortController()
    const sending = send(message, limit.signal)
    const outcome = expect(sending).rejects.toMatchObject({ code: 'unavailable', retryable: true })
    await received(1)
    limit.abort()
    await outcome
  })
})
