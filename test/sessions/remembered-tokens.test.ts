import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { REMEMBERED_TOKENS, signAccessToken, verifyAccessToken } from '../../src/sessions/token'
import { Client, clientOf } from '../helpers/client'
import { setClock } from '../helpers/clock'
import { signUp } from '../helpers/people'
import { accessTokenOf, forgeAccessToken, workerKeys } from '../helpers/tokens'

/* An isolate remembers which access tokens it has verified. */

const NOON = Date.parse('2026-12-01T12:00:00.000Z')

const statusOf = async (token: string, client = new Client()): Promise<number> =>
  (await client.get('/auth/session', { headers: { Authorization: `Bearer ${token}` } })).status

/** How many signatures `act` verifies. */
async function verifications(act: () => Promise<unknown>): Promise<number> {
  const verify = vi.spyOn(crypto.subtle, 'verify')
  try {
    await act()
    return verify.mock.calls.length
  } finally {
    verify.mockRestore()
  }
}

describe('an access token that was verified', () => {
  it('is not verified again', async () => {
    const token = accessTokenOf(await signUp('alice'))
    expect(await statusOf(token)).toBe(200)
    expect(await verifications(() => statusOf(token))).toBe(0)
  })

  it('is known in its own spelling only', async () => {
    const token = accessTokenOf(await signUp('alice'))
    expect(await statusOf(token)).toBe(200)
    const [header, payload, signature = ''] = token.split('.')
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const sibling = last[last.indexOf(signature.slice(-1)) ^ 1]
    for (const other of [`${token}=`, `${header}.${payload}.${signature.slice(0, -1)}${sibling}`]) {
      expect(await statusOf(other)).toBe(401)
    }
  })

  it('is as good as unknown after its secret has gone', async () => {
    const token = accessTokenOf(await signUp('alice'))
    const AUTH_SECRET = 'another secret for the tests, of 32 bytes and more'
    const rotated = () => clientOf({ AUTH_SECRET, AUTH_SECRET_PREVIOUS: env.AUTH_SECRET })
    expect([await statusOf(token), await statusOf(token, rotated()), await statusOf(token, rotated())]).toEqual([
      200, 200, 200,
    ])
    expect(await statusOf(token, clientOf({ AUTH_SECRET }))).toBe(401)
    expect(await statusOf(token)).toBe(200)
  })

  it('is valid in the same seconds as before', async () => {
    setClock(NOON)
    const alice = await signUp('alice')
    const early = await forgeAccessToken(alice, { claims: { exp: NOON / 1000 + 60 } })
    const late = await forgeAccessToken(alice, { claims: { exp: 1e99 } })
    const statuses = async () => [await statusOf(early), await statusOf(late)]
    expect(await statuses()).toEqual([200, 200])
    for (const [at, expected] of [
      [NOON - 5001, [401, 401]],
      [NOON - 5000, [200, 200]],
      [NOON + 59_999, [200, 200]],
      [NOON + 60_000, [401, 200]],
      [NOON + 600_999, [401, 200]],
      [NOON + 601_000, [401, 401]],
    ] as const) {
      setClock(at)
      expect({ at, statuses: await statuses() }).toEqual({ at, statuses: expected })
    }
  })

  it('still needs a session that lives', async () => {
    const { client } = await signUp('alice')
    expect((await client.get('/todos')).status).toBe(200)
    await env.DB.prepare('DELETE FROM sessions').run()
    expect((await client.get('/todos')).status).toBe(401)
  })
})

it('remembers no token that is not valid', async () => {
  const [, payload] = accessTokenOf(await signUp('alice')).split('.')
  const forged = `${accessTokenOf(await signUp('bob')).replace(/\.[^.]+\./, `.${payload}.`)}`
  for (const _ of [1, 2]) {
    expect(await verifications(async () => expect(await statusOf(forged)).toBe(401))).toBe(1)
  }
})

it(`remembers ${REMEMBERED_TOKENS} tokens, and forgets the oldest`, async () => {
  const { user, session } = await signUp('alice')
  const keys = { ...(await workerKeys()) }
  const now = Date.now()
  const about = { userId: user.id, sessionId: session.id, sessionEndsAt: now + 1e6, now }
  const sign = async () => (await signAccessToken(keys, about)).token
  const verify = (token: string) => verifyAccessToken(keys, token, { now })
  const first = await sign()
  expect(await verify(first)).toMatchObject({ userId: user.id, sessionId: session.id })
  for (let count = 1; count < REMEMBERED_TOKENS; count++) await verify(await sign())
  expect(await verifications(() => verify(first))).toBe(0)
  await verify(await sign())
  expect(await verifications(() => verify(first))).toBe(1)
})
