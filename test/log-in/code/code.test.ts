import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { Client, clientOf, ORIGIN, type ProblemBody } from '../../helpers/client'
import { advanceClock, MINUTE, setClock } from '../../helpers/clock'
import {
  allMessagesTo,
  askForCode,
  type Challenge,
  codeRequest,
  logInByCode,
  messagesTo,
  outbox,
  rightGuess,
  stranger,
  withOutboxToken,
} from '../../helpers/codes'
import type { Tokens } from '../../helpers/people'
import { expectNoChanges, rowsOf } from '../../helpers/storage'

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const PHONE = '010-1234-5678'

describe('asking for a code', () => {
  it('answers when the code expires and when the next may be asked for, and sends a message', async () => {
    setClock(NOON)
    const { status, body, headers } = await stranger().post('/auth/otp', codeRequest(PHONE, 'log_in'))
    expect({ status, body }).toEqual({
      status: 202,
      body: {
        challengeId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
        expiresAt: '2026-12-01T12:05:00.000Z',
        resendAt: '2026-12-01T12:01:00.000Z',
      },
    })
    expect(headers.get('Cache-Control')).toBe('no-store')
    const [message, ...more] = await messagesTo(PHONE, 1)
    expect(more).toEqual([])
    expect(message).toEqual({
      id: expect.any(String),
      channel: 'sms',
      to: '+821012345678',
      purpose: 'log_in',
      locale: 'en',
      text: expect.stringMatching(/ to log in\b[\s\S]+\n\n@localhost #\d{6}$/),
      code: expect.stringMatching(/^\d{6}$/),
      sentAt: expect.any(String),
    })
    expect(message?.text.match(/\d{6}/g)).toEqual([message?.code, message?.code])
  })

  it('sends the message in the language of the client, also by e-mail', async () => {
    const korean = { headers: { 'Accept-Language': 'ko-KR,ko;q=0.9,en;q=0.8' } }
    await stranger().post('/auth/otp', codeRequest('alice@example.com', 'verify'), korean)
    const [message] = await messagesTo('alice@example.com', 1)
    expect(message).toMatchObject({ channel: 'email', locale: 'ko', purpose: 'verify' })
    expect(message?.text).toMatch(/확인/)
    expect(message?.text).toContain(message?.code)
  })

  it.each([
    ['sms', 'alice@example.com', 'invalid_phone'],
    ['sms', '1234', 'invalid_phone'],
    ['sms', '02-312-3456', 'invalid_phone'],
    ['sms', '+14155550132', 'country_not_served'],
    ['email', PHONE, 'invalid_email'],
    ['email', 'alice@example.com, mallory@example.com', 'invalid_email'],
  ])('refuses for %s a contact that is not valid: %s', async (channel, to, code) => {
    const answer = await expectNoChanges(() => stranger().post('/auth/otp', { channel, to, purpose: 'log_in' }))
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_fields', errors: [{ path: '/to', code }] } })
    expect(answer.text).not.toContain(to)
  })

  it('accepts only the countries in the settings, and national numbers of the default country', async () => {
    const client = stranger({ SMS_COUNTRIES: 'US, GB', DEFAULT_COUNTRY: 'GB' })
    expect((await client.post('/auth/otp', codeRequest('07400 123456', 'log_in'))).status).toBe(202)
    expect((await client.post('/auth/otp', codeRequest('+82 10 1234 5678', 'log_in'))).status).toBe(422)
    expect((await messagesTo('+447400123456', 1)).length).toBe(1)
  })
})

describe('logging in by code', () => {
  it.each([
    ['phone', PHONE, { phone: '+821012345678', email: null }],
    ['e-mail', ' Alice@Example.COM ', { phone: null, email: 'alice@example.com' }],
  ])('makes an account with only the %s the first time, and finds it the next time', async (_, to, contacts) => {
    setClock(NOON)
    const client = stranger()
    const asked = await askForCode(client, { ...codeRequest(to, 'log_in'), to: to.trim() })
    const { status, body } = await client.post('/auth/otp/log-in', rightGuess(asked))
    expect({ status, body }).toEqual({
      status: 201,
      body: {
        session: {
          id: expect.any(String),
          createdAt: '2026-12-01T12:00:00.000Z',
          expiresAt: '2026-12-15T12:00:00.000Z',
        },
        user: {
          id: expect.any(String),
          username: null,
          ...contacts,
          name: null,
          nickname: null,
          timeZone: null,
          hasPassword: false,
          createdAt: '2026-12-01T12:00:00.000Z',
          updatedAt: '2026-12-01T12:00:00.000Z',
        },
      },
    })
    expect((await client.get('/users/me')).status).toBe(200)
    expect((await client.post('/todos', { contents: 'Buy milk' })).status).toBe(201)

    advanceClock(MINUTE)
    const [first, again] = [body, await logInByCode(contacts.phone ?? contacts.email ?? '')]
    expect(again.status).toBe(200)
    expect(first).toMatchObject({ user: again.user })
    expect(await rowsOf('users')).toHaveLength(1)
    expect(await rowsOf('sessions')).toHaveLength(2)
  })

  it('accepts an e-mail address with spaces and capitals', async () => {
    const { body } = await stranger().post<Challenge>('/auth/otp', codeRequest(' Alice@Example.COM ', 'log_in'))
    const [message] = await messagesTo('alice@example.com', 1)
    const guess = { challengeId: body.challengeId, code: message?.code }
    expect(await stranger().post('/auth/otp/log-in', guess)).toMatchObject({
      status: 201,
      body: { user: { email: 'alice@example.com' } },
    })
  })

  it('gives the tokens in the body on request', async () => {
    const client = stranger()
    const asked = await askForCode(client, codeRequest(PHONE, 'log_in'))
    const answer = await client.post<Tokens>('/auth/otp/log-in', { ...rightGuess(asked), tokens: 'body' })
    expect(answer).toMatchObject({ status: 201, body: { tokenType: 'Bearer', expiresIn: 600 } })
    expect(answer.headers.getSetCookie()).toEqual([])
    const refreshed = await new Client().post('/auth/refresh', { refreshToken: answer.body.refreshToken })
    expect(refreshed.status).toBe(200)
  })

  it('stores the copy of the session in KV', async () => {
    const { client, user, session } = await logInByCode(PHONE)
    expect((await client.get('/auth/session')).body).toEqual({ session, user })
  })
})

describe('the outbox', () => {
  it('exists only when messages go to it and the host is one’s own computer', async () => {
    const hosts = ['http://localhost:8787', 'http://127.0.0.1:8787', 'http://[::1]:8787', 'http://localhost']
    for (const host of hosts) expect((await new Client(withOutboxToken()).get(`${host}/dev/outbox`)).status).toBe(200)
    const elsewhere = ['https://latchkey.example.com', 'http://localhost.example.com', 'http://127.0.0.1.nip.io']
    for (const host of elsewhere) {
      expect(await new Client(withOutboxToken()).get(`${host}/dev/outbox`)).toMatchObject({
        status: 404,
        body: { code: 'not_found' },
      })
    }
    const deployed = clientOf({ DELIVERY: '' }, withOutboxToken())
    for (const host of hosts) expect((await deployed.get(`${host}/dev/outbox`)).status).toBe(404)
  })

  it('opens only with its token, whatever host the request names', async () => {
    await askForCode(stranger(), codeRequest('alice@example.com', 'log_in'))
    // The headers that a page can send here when its host name leads to this computer (DNS rebinding).
    const rebound = { Host: 'evil.example', 'MF-Original-URL': 'http://localhost/dev/outbox' }
    const wrong = ['', 'Bearer', 'Bearer wrong', `Basic ${env.OUTBOX_TOKEN}`, `Bearer ${env.OUTBOX_TOKEN.slice(0, -1)}`]
    for (const Authorization of wrong) {
      const { status, body, text } = await new Client({ ...rebound, Authorization }).get(`${ORIGIN}/dev/outbox`)
      expect({ status, code: body.code }).toEqual({ status: 401, code: 'unauthenticated' })
      expect(text).not.toContain('alice@example.com')
    }
    const unset = clientOf({ OUTBOX_TOKEN: '' }, { Authorization: 'Bearer ' })
    expect((await unset.get(`${ORIGIN}/dev/outbox`)).status).toBe(401)
  })

  it('shows messages newest first, and is not cached or readable for other sites', async () => {
    await askForCode(stranger(), codeRequest('alice@example.com', 'log_in'))
    await askForCode(stranger(), codeRequest('bob@example.com', 'log_in'))
    expect((await outbox()).map(({ to }) => to)).toEqual(['bob@example.com', 'alice@example.com'])
    const { headers } = await new Client({ Origin: 'https://app.example.com', ...withOutboxToken() }).get(
      `${ORIGIN}/dev/outbox`,
    )
    expect(headers.get('Cache-Control')).toBe('no-store')
    expect(headers.get('Access-Control-Allow-Origin')).toBeNull()
  })

  it('counts as a wrong setting on any other host', async () => {
    const { status, body } = await new Client().get('https://latchkey.example.com/health')
    expect({ status, code: body.code, detail: body.detail }).toEqual({
      status: 503,
      code: 'misconfigured',
      detail: 'DELIVERY is "outbox", which is for one\'s own computer only.',
    })
    expect((await clientOf({ DELIVERY: '' }).get('https://latchkey.example.com/health')).status).toBe(200)
    expect((await new Client().get(`${ORIGIN}/health`)).status).toBe(200)
  })
})

describe('a channel that is not configured', () => {
  const twilio = {
    TWILIO_ACCOUNT_SID: 'AC1',
    TWILIO_AUTH_TOKEN: 'secret',
    PUBLIC_ORIGIN: 'https://latchkey.example.com',
  }

  it.each<[string, 'sms' | 'email', string, Record<string, unknown>]>([
    ['no SMS', 'sms', ORIGIN, { DELIVERY: '' }],
    ['no e-mail', 'email', ORIGIN, { DELIVERY: '' }],
    ['no sender for SMS', 'sms', twilio.PUBLIC_ORIGIN, { DELIVERY: '', ...twilio }],
    ['no credentials for SMS', 'sms', ORIGIN, { DELIVERY: '', TWILIO_FROM: '+15005550006' }],
    ['no binding for e-mail', 'email', ORIGIN, { DELIVERY: '', EMAIL_FROM: 'hello@example.com', EMAIL: undefined }],
    ['an outbox on another host', 'email', 'https://latchkey.example.com', {}],
  ])('is refused at once and writes nothing: %s', async (_, channel, origin, settings) => {
    const to = channel === 'sms' ? PHONE : 'alice@example.com'
    const ask = () => stranger(settings).post<ProblemBody>(`${origin}/api/v1/auth/otp`, codeRequest(to, 'log_in'))
    const { status, body, headers } = await expectNoChanges(ask)
    expect({ status, body }).toEqual({
      status: 503,
      body: {
        type: '/problems/channel_not_configured',
        title: 'This deployment does not send messages that way',
        status: 503,
        code: 'channel_not_configured',
        requestId: headers.get('X-Request-Id'),
      },
    })
    expect(await allMessagesTo(to)).toEqual([])
  })
})
