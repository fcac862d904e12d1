import { env } from 'cloudflare:workers'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, it } from 'vitest'
import { SESSION_LIFE_MS } from '../../src/sessions/sessions'
import { Client, clientOf } from '../helpers/client'
import { setClock } from '../helpers/clock'
import { logInForTokens, PASSWORD, signUp, type Tokens } from '../helpers/people'
import { accessTokenOf, forgeAccessToken, refreshTokenOf, workerKeys } from '../helpers/tokens'

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

const uuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)

/** What the token gets on a route that reads and on one that writes. */
async function statusesOf(accessToken: string, client = new Client()): Promise<number[]> {
  const options = { headers: { Authorization: `Bearer ${accessToken}` } }
  const [read, written] = [
    await client.get('/auth/session', options),
    await client.patch('/users/me', { name: 'Alice' }, options),
  ]
  return [read.status, written.status]
}

describe('an access token', () => {
  it('has the header and claims of the contract and no others', async () => {
    setClock(NOON + 789)
    const { status, body } = await new Client().post<Tokens>('/auth/sign-up', {
      username: 'alice',
      password: PASSWORD,
      tokens: 'body',
    })
    expect(status).toBe(201)
    expect(body).toMatchObject({ tokenType: 'Bearer', expiresIn: 600 })
    const { kid } = (await workerKeys()).current
    expect(decodeProtectedHeader(body.accessToken)).toEqual({ alg: 'HS256', typ: 'at+jwt', kid })
    expect(decodeJwt(body.accessToken)).toEqual({
      iss: 'latchkey',
      aud: 'latchkey-api',
      sub: body.user.id,
      sid: body.session.id,
      iat: NOON / 1000,
      exp: NOON / 1000 + 600,
      jti: uuid,
    })
  })

  it('is never the same twice', async () => {
    setClock(NOON)
    const alice = await signUp('alice')
    const tokens = [accessTokenOf(alice)]
    for (let turn = 0; turn < 3; turn++) {
      expect((await alice.client.post('/auth/refresh')).status).toBe(200)
      tokens.push(accessTokenOf(alice))
    }
    expect(new Set(tokens.map((token) => decodeJwt(token).jti)).size).toBe(4)
  })

  it('is good for 599 seconds and not for 600', async () => {
    setClock(NOON)
    const token = accessTokenOf(await signUp('alice'))
    setClock(NOON + 599_000)
    expect(await statusesOf(token)).toEqual([200, 200])
    setClock(NOON + 599_999)
    expect(await statusesOf(token)).toEqual([200, 200])
    setClock(NOON + 600_000)
    expect(await statusesOf(token)).toEqual([401, 401])
    setClock(NOON + 601_000)
    expect(await statusesOf(token)).toEqual([401, 401])
  })

  it('is not good before it was made', async () => {
    setClock(NOON)
    const token = accessTokenOf(await signUp('alice'))
    setClock(NOON - 1)
    expect(await statusesOf(token)).toEqual([401, 401])
  })

  it('does not outlive its session', async () => {
    setClock(NOON)
    const { client } = await signUp('alice')
    for (const day of [13, 26]) {
      setClock(NOON + day * DAY_MS)
      expect((await client.post('/auth/refresh')).status).toBe(200)
    }
    const end = NOON + SESSION_LIFE_MS
    setClock(end - 5 * MINUTE_MS)
    const refreshToken = client.cookies.get('__Secure-refresh')
    const { body } = await new Client().post<Tokens>('/auth/refresh', { refreshToken })
    expect(body.expiresIn).toBe(300)
    expect(body.session.expiresAt).toBe(new Date(end).toISOString())
    expect(decodeJwt(body.accessToken).exp).toBe(end / 1000)
    setClock(end - 1)
    expect(await statusesOf(body.accessToken)).toEqual([200, 200])
    setClock(end)
    expect(await statusesOf(body.accessToken)).toEqual([401, 401])
  })

  it('does not live longer than ten minutes for an exp far off', async () => {
    setClock(NOON)
    const token = await forgeAccessToken(await signUp('alice'), { claims: { exp: 1e99 } })
    setClock(NOON + 601_000)
    expect(await statusesOf(token)).toEqual([401, 401])
  })

  it('in the query string is nobody', async () => {
    const token = accessTokenOf(await signUp('alice'))
    for (const name of ['access_token', 'accessToken', 'token', 'Authorization', '__Host-access']) {
      const { status, headers, body } = await new Client().get(`/auth/session?${name}=${token}`)
      expect({ name, status, code: body.code }).toEqual({ name, status: 401, code: 'unauthenticated' })
      expect(headers.get('WWW-Authenticate')).toBe('Bearer realm="latchkey"')
    }
  })
})

describe('a new AUTH_SECRET', () => {
  const newSecret = { AUTH_SECRET: 'another secret for the tests, of 32 bytes and more' }
  const rotated = { ...newSecret, AUTH_SECRET_PREVIOUS: env.AUTH_SECRET }

  it('takes the tokens of the one before as its previous one, and signs none with it', async () => {
    const alice = await signUp('alice')
    const accessToken = accessTokenOf(alice)
    const refreshToken = refreshTokenOf(alice)
    const client = clientOf(rotated)
    expect(await statusesOf(accessToken, client)).toEqual([200, 200])

    const { status, body } = await client.post<Tokens>('/auth/refresh', { refreshToken })
    expect(status).toBe(200)
    const [oldKid, newKid] = [accessToken, body.accessToken].map((token) => decodeProtectedHeader(token).kid)
    expect(oldKid).toBe((await workerKeys()).current.kid)
    expect(newKid).toMatch(/^[\w-]{11}$/)
    expect(newKid).not.toBe(oldKid)
    // Whoever knows only the secret of before cannot take these for its own.
    expect(await statusesOf(body.accessToken)).toEqual([401, 401])
    expect(await statusesOf(body.accessToken, client)).toEqual([200, 200])
    const successor = { refreshToken: body.refreshToken }
    expect(await new Client().post('/auth/refresh', successor)).toMatchObject({ status: 401 })
    expect((await client.post('/auth/refresh', successor)).status).toBe(200)
  })

  it('signs new log-ins with a kid that both configurations name alike', async () => {
    await signUp('alice')
    const kids = [
      await logInForTokens('alice', clientOf(rotated)),
      await logInForTokens('alice', clientOf(newSecret)),
    ].map(({ accessToken }) => decodeProtectedHeader(accessToken).kid)
    expect(new Set(kids).size).toBe(1)
  })

  it('refuses the tokens of the one before once that is removed', async () => {
    const alice = await signUp('alice')
    const client = clientOf(newSecret)
    expect(await statusesOf(accessTokenOf(alice), client)).toEqual([401, 401])
    const answer = await client.post('/auth/refresh', { refreshToken: refreshTokenOf(alice) })
    expect(answer).toMatchObject({ status: 401, body: { code: 'invalid_refresh_token' } })
    expect(await statusesOf(accessTokenOf(alice))).toEqual([200, 200])
  })

  it('takes a token of the one before for its ten minutes and no more', async () => {
    setClock(NOON)
    const token = accessTokenOf(await signUp('alice'))
    setClock(NOON + 600_000)
    expect(await statusesOf(token, clientOf(rotated))).toEqual([401, 401])
  })
})
