import { env } from 'cloudflare:workers'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, it } from 'vitest'
import { SESSION_LIFE_MS } from '../../src/sessions/sessions'
import { Client, clientOf } from '../helpers/client'
import { DAY, MINUTE, setClock } from '../helpers/clock'
import { logInForTokens, PASSWORD, signUp, type Tokens } from '../helpers/people'
import { accessTokenOf, forgeAccessToken, refreshTokenOf, workerKeys } from '../helpers/tokens'

const NOON = Date.parse('2026-12-01T12:00:00.000Z')

const uuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)

/** The statuses that the token gets from a route that reads and one that writes. */
async function statusesOf(accessToken: string, client = new Client()): Promise<number[]> {
  const options = { headers: { Authorization: `Bearer ${accessToken}` } }
  const [read, written] = [
    await client.get('/auth/session', options),
    await client.patch('/users/me', { name: 'Alice' }, options),
  ]
  return [read.status, written.status]
}

describe('an access token', () => {
  it('has exactly the documented header and claims', async () => {
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

  it('is valid for less than 600 seconds', async () => {
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

  it('is valid where the clock is up to 5 s behind, and no longer for it', async () => {
    setClock(NOON)
    const alice = await signUp('alice')
    const [token, long] = [accessTokenOf(alice), await forgeAccessToken(alice, { claims: { exp: 1e99 } })]
    for (const [at, expected] of [
      [NOON - 6000, [401, 401]],
      [NOON - 5001, [401, 401]],
      [NOON - 5000, [200, 200]],
      [NOON - 4000, [200, 200]],
      [NOON + 599_999, [200, 200]],
      [NOON + 600_000, [401, 200]],
      [NOON + 600_999, [401, 200]],
      [NOON + 601_000, [401, 401]],
      [NOON + 605_000, [401, 401]],
    ] as const) {
      setClock(at)
      const [[read, written], [readLong, writtenLong]] = [await statusesOf(token), await statusesOf(long)]
      expect({ at, read: [read, readLong] }).toEqual({ at, read: expected })
      expect({ at, written: [written, writtenLong] }).toEqual({ at, written: expected })
    }
  })

  it('does not outlive its session', async () => {
    setClock(NOON)
    const { client } = await signUp('alice')
    for (const day of [13, 26]) {
      setClock(NOON + day * DAY)
      expect((await client.post('/auth/refresh')).status).toBe(200)
    }
    const end = NOON + SESSION_LIFE_MS
    setClock(end - 5 * MINUTE)
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

  it('is not valid for longer than ten minutes, even with a later exp', async () => {
    setClock(NOON)
    const token = await forgeAccessToken(await signUp('alice'), { claims: { exp: 1e99 } })
    setClock(NOON + 601_000)
    expect(await statusesOf(token)).toEqual([401, 401])
  })

  it('lets nobody in by the query string, and is not repeated', async () => {
    const token = accessTokenOf(await signUp('alice'))
    for (const name of ['access_token', 'accessToken', 'token', 'Authorization', '__Host-access']) {
      const { status, body, text } = await new Client().get(`/auth/session?${name}=${token}`)
      expect({ name, status, code: body.code }).toEqual({ name, status: 422, code: 'invalid_fields' })
      expect(text).not.toContain(token)
    }
  })
})

describe('a new AUTH_SECRET', () => {
  const newSecret = { AUTH_SECRET: 'another secret for the tests, of 32 bytes and more' }
  const rotated = { ...newSecret, AUTH_SECRET_PREVIOUS: env.AUTH_SECRET }

  it('accepts tokens of the previous secret, and signs none with it', async () => {
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
    // A Worker that has only the previous secret refuses the new tokens.
    expect(await statusesOf(body.accessToken)).toEqual([401, 401])
    expect(await statusesOf(body.accessToken, client)).toEqual([200, 200])
    const successor = { refreshToken: body.refreshToken }
    expect(await new Client().post('/auth/refresh', successor)).toMatchObject({ status: 401 })
    expect((await client.post('/auth/refresh', successor)).status).toBe(200)
  })

  it('signs with the same kid, with or without a previous secret', async () => {
    await signUp('alice')
    const kids = [
      await logInForTokens('alice', clientOf(rotated)),
      await logInForTokens('alice', clientOf(newSecret)),
    ].map(({ accessToken }) => decodeProtectedHeader(accessToken).kid)
    expect(new Set(kids).size).toBe(1)
  })

  it('refuses tokens of the previous secret once that is removed', async () => {
    const alice = await signUp('alice')
    const client = clientOf(newSecret)
    expect(await statusesOf(accessTokenOf(alice), client)).toEqual([401, 401])
    const answer = await client.post('/auth/refresh', { refreshToken: refreshTokenOf(alice) })
    expect(answer).toMatchObject({ status: 401, body: { code: 'invalid_refresh_token' } })
    expect(await statusesOf(accessTokenOf(alice))).toEqual([200, 200])
  })

  it('accepts a token of the previous secret no longer than its ten minutes', async () => {
    setClock(NOON)
    const token = accessTokenOf(await signUp('alice'))
    setClock(NOON + 600_000)
    expect(await statusesOf(token, clientOf(rotated))).toEqual([401, 401])
  })
})
