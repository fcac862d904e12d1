import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { SessionAnswer } from '../../../src/sessions/schemas'
import type { ProviderId } from '../../../src/users/provider-ids'
import { Client, clientOf } from '../../helpers/client'
import { advanceClock, MINUTE, setClock } from '../../helpers/clock'
import { type IdTokenFault, idTokenOf, newPerson } from '../../helpers/providers'
import { logInWith } from '../../helpers/social-log-in'
import { someOf } from '../../helpers/some-of'
import { expectNoChanges, rowsOf } from '../../helpers/storage'

/*
 * ID tokens that apps get from the SDKs of providers, and pages from One Tap.
 */

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
/** After all times at which other tests let the Worker read keys. */
const LATER = Date.parse('2027-12-01T12:00:00.000Z')
const NONCE = 'the nonce of the app'
const REFUSED = { status: 403, body: { code: 'invalid_id_token' } }

const WITH_APPS = ['google', 'apple', 'microsoft', 'kakao', 'line', 'oidc'] as const

const nativeIdsOf = (provider: ProviderId): string[] =>
  String(Object.entries(env).find(([name]) => name === `${provider.toUpperCase()}_NATIVE_CLIENT_IDS`)?.[1]).split(',')

const send = (provider: ProviderId, idToken: string, nonce = NONCE) =>
  new Client().post<SessionAnswer>(`/auth/social/${provider}`, { idToken, nonce })

const hexSha256 = async (text: string) => {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

describe.each(someOf(WITH_APPS, 2))('an ID token of %s', (provider) => {
  it('logs in: a new account the first time, and the same user after that', async () => {
    const person = newPerson()
    const first = await send(provider, await idTokenOf(provider, person, { nonce: NONCE }))
    const second = await send(
      provider,
      await idTokenOf(provider, person, { nonce: 'the nonce of the next time' }),
      'the nonce of the next time',
    )
    expect([first.status, second.status]).toEqual([201, 200])
    expect(second.body.user.id).toBe(first.body.user.id)
  })

  it('is of the same person as a log-in by a browser', async () => {
    const person = newPerson()
    const { user } = await logInWith(provider, person)
    const { status, body } = await send(provider, await idTokenOf(provider, person, { nonce: NONCE }))
    expect(status).toBe(200)
    expect(body.user.id).toBe(user.id)
  })

  it('may be for each of our apps, and for no other', async () => {
    for (const audience of nativeIdsOf(provider)) {
      expect((await send(provider, await idTokenOf(provider, newPerson(), { nonce: NONCE, audience }))).status).toBe(
        201,
      )
    }
    const token = await idTokenOf(provider, newPerson(), { nonce: NONCE, audience: 'com.example.another' })
    expect(await expectNoChanges(() => send(provider, token))).toMatchObject(REFUSED)
  })

  it('has our nonce, or its hash', async () => {
    const hashed = await idTokenOf(provider, newPerson(), { nonce: await hexSha256(NONCE) })
    expect((await send(provider, hashed)).status).toBe(201)
    const other = await idTokenOf(provider, newPerson(), { nonce: 'of another log-in' })
    expect(await expectNoChanges(() => send(provider, other))).toMatchObject(REFUSED)
  })

  it('is taken once', async () => {
    const token = await idTokenOf(provider, newPerson(), { nonce: NONCE })
    expect((await send(provider, token)).status).toBe(201)
    expect(await expectNoChanges(() => send(provider, token))).toMatchObject(REFUSED)
    expect(await rowsOf('sessions')).toHaveLength(1)
  })

  it.each<IdTokenFault>([
    'wrong_issuer',
    'wrong_audience',
    'second_audience',
    'wrong_nonce',
    'no_nonce',
    'no_subject',
    'no_expiry',
    'expired',
    'alg_none',
    'bad_signature',
    'hs256_with_public_key',
    'hs256_with_client_secret',
    'unknown_key',
    'clock_ahead_6s',
    'clock_behind_6s',
  ])('is refused: %s', async (fault) => {
    setClock(NOON)
    const token = await idTokenOf(provider, newPerson(), { nonce: NONCE, fault })
    expect(await expectNoChanges(() => send(provider, token))).toMatchObject(REFUSED)
  })

  it.each<IdTokenFault>(['clock_ahead_4s', 'clock_behind_4s'])('is good enough: %s', async (fault) => {
    setClock(NOON)
    expect((await send(provider, await idTokenOf(provider, newPerson(), { nonce: NONCE, fault }))).status).toBe(201)
  })

  it('is refused by all other providers', async () => {
    const token = await idTokenOf(provider, newPerson(), { nonce: NONCE })
    for (const other of WITH_APPS.filter((id) => id !== provider)) {
      expect(await expectNoChanges(() => send(other, token))).toMatchObject(REFUSED)
    }
  })
})

it.each(['apple', 'line'] as const)('%s: a new key is read, a minute after the keys were read', async (provider) => {
  setClock(LATER)
  await send(provider, await idTokenOf(provider, newPerson(), { nonce: NONCE }))
  advanceClock(MINUTE)
  const token = await idTokenOf(provider, newPerson(), { nonce: NONCE, fault: 'key_rotation' })
  expect((await send(provider, token)).status).toBe(201)
})

describe('MICROSOFT_TENANT', () => {
  const CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad'
  const OURS = '72f988bf-86f1-41af-91ab-2d7cd011db47'
  const OTHER = '31537af4-6d77-4bb9-a681-d2394888ea26'

  it.each([
    ['common', [CONSUMERS, OURS, OTHER]],
    ['organizations', [OURS, OTHER]],
    ['consumers', [CONSUMERS]],
    [OURS, [OURS]],
    [OURS.toUpperCase(), [OURS]],
  ])('%s: lets in people of %j', async (setting, allowed) => {
    const client = clientOf({ MICROSOFT_TENANT: setting })
    for (const tenant of [CONSUMERS, OURS, OTHER, 'contoso.onmicrosoft.com']) {
      const idToken = await idTokenOf('microsoft', newPerson({ tenant }), { nonce: NONCE })
      const { status } = await client.post('/auth/social/microsoft', { idToken, nonce: NONCE })
      expect([tenant, status]).toEqual([tenant, allowed.includes(tenant) ? 201 : 403])
    }
  })
})

it('an ID token of Kakao proves no address', async () => {
  const { body } = await send('kakao', await idTokenOf('kakao', newPerson(), { nonce: NONCE }))
  expect(body.user.email).toBeNull()
})

it.each(['github', 'naver'] as const)('%s has no ID tokens', async (provider) => {
  expect(await send(provider, await idTokenOf('google', newPerson(), { nonce: NONCE }))).toMatchObject({
    status: 404,
    body: { code: 'not_found' },
  })
})
