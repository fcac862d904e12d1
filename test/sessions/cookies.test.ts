import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { REFRESH_GRACE_MS } from '../../src/sessions/rotate-session'
import { type Answer, Client } from '../helpers/client'
import { setClock } from '../helpers/clock'
import { PASSWORD, signUp, type Tokens } from '../helpers/people'
import { refreshTokenOf } from '../helpers/tokens'

const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/
const REFRESH_TOKEN = /^[0-9a-f-]{36}\.\d+\.[\w-]{43}$/

interface SetCookie {
  value: string
  attributes: string[]
}

/** The cookies that an answer sets, without the bookmark. */
const cookiesIn = ({ headers }: Pick<Answer, 'headers'>): Record<string, SetCookie> =>
  Object.fromEntries(
    headers.getSetCookie().flatMap((line) => {
      const [pair = '', ...attributes] = line.split('; ')
      const [name = '', value = ''] = pair.split(/=(.*)/)
      return name === '__Host-bookmark' ? [] : [[name, { value, attributes: attributes.sort() }]]
    }),
  )

/** Both token cookies with exactly these attributes. */
const authCookies = (refreshMaxAge = 14 * 24 * 60 * 60) => ({
  '__Host-access': {
    value: expect.stringMatching(JWT),
    attributes: ['HttpOnly', 'Max-Age=600', 'Path=/', 'SameSite=Lax', 'Secure'],
  },
  '__Secure-refresh': {
    value: expect.stringMatching(REFRESH_TOKEN),
    attributes: ['HttpOnly', `Max-Age=${refreshMaxAge}`, 'Path=/api/v1/auth', 'SameSite=Strict', 'Secure'],
  },
})

/** Both token cookies cleared. The attributes are those they were set with; otherwise a browser would keep the cookies. */
const clearedCookies = {
  '__Host-access': { value: '', attributes: ['HttpOnly', 'Max-Age=0', 'Path=/', 'SameSite=Lax', 'Secure'] },
  '__Secure-refresh': {
    value: '',
    attributes: ['HttpOnly', 'Max-Age=0', 'Path=/api/v1/auth', 'SameSite=Strict', 'Secure'],
  },
}

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const logInBody = { identifier: 'alice', password: PASSWORD }

describe('tokens in cookies', () => {
  it('are set with exactly these attributes by sign-up, log-in and refresh, and are not in the body', async () => {
    setClock(NOON)
    const client = new Client()
    const answers = [
      await client.post('/auth/sign-up', { username: 'alice', password: PASSWORD }),
      await client.post('/auth/log-in', logInBody),
      await client.post('/auth/log-in', { ...logInBody, tokens: 'cookie' }),
      await client.post('/auth/refresh'),
      await client.post('/auth/refresh', {}),
      await client.post('/auth/refresh', { tokens: 'cookie' }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([201, 200, 200, 200, 200, 200])
    for (const answer of answers) {
      const { '__Host-device': deviceCookie, ...others } = cookiesIn(answer)
      expect(others).toEqual(authCookies())
      expect(deviceCookie !== undefined).toBe(answers.indexOf(answer) < 3)
      expect(Object.keys(Object(answer.body))).toEqual(['session', 'user'])
      for (const { value } of Object.values(cookiesIn(answer))) expect(answer.text).not.toContain(value)
      expect(answer.headers.get('Cache-Control')).toBe('no-store')
    }
  })

  it('expire in the browser when the session ends', async () => {
    setClock(NOON)
    const { client } = await signUp('alice')
    for (const days of [13, 25]) {
      setClock(NOON + days * 86_400_000)
      expect(cookiesIn(await client.post('/auth/refresh'))).toEqual(authCookies(Math.min(14, 30 - days) * 86_400))
    }
  })

  it('are cleared by log-out, with or without a session', async () => {
    const { client } = await signUp('alice')
    for (const someone of [client, new Client(), new Client({ Cookie: '__Host-access=x; __Secure-refresh=y' })]) {
      const answer = await someone.post('/auth/log-out')
      expect(answer.status).toBe(204)
      expect(cookiesIn(answer)).toEqual(clearedCookies)
    }
    expect([...client.cookies.keys()]).not.toContain('__Host-access')
    expect(await env.DB.prepare('SELECT count(*) AS sessions FROM sessions').first()).toEqual({ sessions: 0 })
  })

  it('are cleared by the deletion of the account', async () => {
    const { client } = await signUp('alice')
    const answer = await client.delete('/users/me', { currentPassword: PASSWORD })
    expect(answer.status).toBe(204)
    expect(cookiesIn(answer)).toEqual(clearedCookies)
  })

  it('are cleared by a refresh that fails', async () => {
    setClock(NOON)
    const alice = await signUp('alice')
    const old = refreshTokenOf(alice)
    await alice.client.post('/auth/refresh')
    setClock(NOON + REFRESH_GRACE_MS + 1)
    for (const client of [
      new Client(),
      new Client({ Cookie: '__Secure-refresh=nonsense' }),
      new Client({ Cookie: `__Secure-refresh=${old}` }),
      alice.client,
    ]) {
      const answer = await client.post('/auth/refresh')
      expect(answer).toMatchObject({ status: 401, body: { code: 'invalid_refresh_token' } })
      expect(cookiesIn(answer)).toEqual(clearedCookies)
      expect(answer.headers.get('Cache-Control')).toBe('no-store')
    }
  })

  it('are not touched by a log-in that fails', async () => {
    const { client } = await signUp('alice')
    const answer = await client.post('/auth/log-in', { ...logInBody, password: 'a wrong password' })
    expect(answer.status).toBe(401)
    expect(cookiesIn(answer)).toEqual({})
    expect((await client.get('/auth/session')).status).toBe(200)
  })

  it('cannot move into the body: such a refresh is refused, and the token stays valid', async () => {
    const { client } = await signUp('alice')
    const answer = await client.post('/auth/refresh', { tokens: 'body' })
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'invalid_fields', errors: [{ path: '/tokens', code: 'not_allowed', message: expect.any(String) }] },
    })
    expect(cookiesIn(answer)).toEqual({})
    expect(await env.DB.prepare('SELECT generation FROM sessions').first()).toEqual({ generation: 0 })
    expect((await client.post('/auth/refresh')).status).toBe(200)
  })

  it('are refused together with a refresh token in the body', async () => {
    const alice = await signUp('alice')
    const answer = await alice.client.post('/auth/refresh', { refreshToken: refreshTokenOf(alice) })
    expect(answer).toMatchObject({ status: 400, body: { code: 'ambiguous_credentials' } })
    expect(await env.DB.prepare('SELECT generation FROM sessions').first()).toEqual({ generation: 0 })
  })
})

describe('tokens in the body', () => {
  it('come without any cookie', async () => {
    const client = new Client()
    const signedUp = await client.post<Tokens>('/auth/sign-up', {
      username: 'alice',
      password: PASSWORD,
      tokens: 'body',
    })
    const loggedIn = await client.post<Tokens>('/auth/log-in', { ...logInBody, tokens: 'body' })
    const { refreshToken } = loggedIn.body
    const refreshed = await client.post<Tokens>('/auth/refresh', { refreshToken })
    const again = await client.post<Tokens>('/auth/refresh', { refreshToken, tokens: 'body' })
    expect([signedUp, loggedIn, refreshed, again].map(({ status }) => status)).toEqual([201, 200, 200, 200])
    for (const { headers, body } of [signedUp, loggedIn, refreshed, again]) {
      expect(headers.get('Set-Cookie')).toBeNull()
      expect(headers.get('Cache-Control')).toBe('no-store')
      expect(body).toEqual({
        session: expect.any(Object),
        user: expect.any(Object),
        accessToken: expect.stringMatching(JWT),
        refreshToken: expect.stringMatching(REFRESH_TOKEN),
        tokenType: 'Bearer',
        expiresIn: 600,
        ...([signedUp, loggedIn].some((answer) => answer.body === body) && { deviceToken: expect.any(String) }),
      })
    }
    expect(again.body.refreshToken).toBe(refreshed.body.refreshToken)
  })

  it('can move into cookies', async () => {
    const { body } = await new Client().post<Tokens>('/auth/sign-up', {
      username: 'alice',
      password: PASSWORD,
      tokens: 'body',
    })
    const answer = await new Client().post('/auth/refresh', { refreshToken: body.refreshToken, tokens: 'cookie' })
    expect(answer.status).toBe(200)
    expect(Object.keys(cookiesIn(answer)).sort()).toEqual(['__Host-access', '__Secure-refresh'])
    expect(Object.keys(Object(answer.body))).toEqual(['session', 'user'])
  })
})
