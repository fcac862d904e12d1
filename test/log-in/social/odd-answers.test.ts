import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Identity } from '../../../src/account-data/identities'
import { seal } from '../../../src/lib/seal'
import { PENDING_USE } from '../../../src/log-in/social/pending-log-ins'
import { PROVIDER_IDS } from '../../../src/users/provider-ids'
import { interruptedD1 } from '../../helpers/bindings'
import { Client, clientOf, withBindings } from '../../helpers/client'
import { exchangeFor, giveIdentity, identityOf } from '../../helpers/identities'
import { PASSWORD, signUp } from '../../helpers/people'
import { authorize, idTokenOf, newPerson } from '../../helpers/providers'
import {
  accountOf,
  beginAt,
  comeBack,
  destinationOf,
  goThrough,
  logInWith,
  newVerifier,
} from '../../helpers/social-log-in'
import { rowsOf } from '../../helpers/storage'
import { workerKeys } from '../../helpers/tokens'
import { wrapD1 } from '../../helpers/wrap-d1'

/* What providers and people rarely do. */

const NONCE = 'a nonce of an app'

afterEach(() => {
  vi.restoreAllMocks()
})

/** Answers requests to these URLs in place of the provider. */
function answerInstead(answers: Record<string, () => Response | Promise<Response>>): void {
  const { fetch } = globalThis
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const answer = answers[input instanceof Request ? input.url : String(input)]
    return answer ? answer() : fetch(input, init)
  })
}

const GOOGLE_TOKENS = 'https://oauth2.googleapis.com/token'
const failed = { status: 502, body: { code: 'provider_failed' } }

describe('a token endpoint', () => {
  it.each([
    ['nothing at all', () => new Response(null)],
    ['a list', () => Response.json([])],
    [
      'an ID token that is too long to be one',
      () => Response.json({ access_token: 'a', token_type: 'Bearer', id_token: 'x'.repeat(8193) }),
    ],
  ])('that answers %s is refused', async (_, answer) => {
    answerInstead({ [GOOGLE_TOKENS]: answer })
    expect((await goThrough('google', newPerson())).answer).toMatchObject(failed)
  })
})

describe('a key of a provider', () => {
  const ISSUER = 'https://weak.idp.example'
  const OIDC = { OIDC_ISSUER: ISSUER }
  const url64 = (bytes: Uint8Array) =>
    btoa(String.fromCharCode(...bytes))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replace(/=+$/, '')
  const encode = (value: unknown) => url64(new TextEncoder().encode(JSON.stringify(value)))

  /** A provider whose key has so many bits, and an ID token that it has signed for an app. */
  async function issuerWith(modulusLength: number): Promise<string> {
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
    const made = await crypto.subtle.generateKey(
      { ...algorithm, modulusLength, publicExponent: new Uint8Array([1, 0, 1]) },
      true,
      ['sign', 'verify'],
    )
    if (!('privateKey' in made)) throw new Error('No pair of keys')
    const jwk = await crypto.subtle.exportKey('jwk', made.publicKey)
    answerInstead({
      [`${ISSUER}/.well-known/openid-configuration`]: () =>
        Response.json({
          issuer: ISSUER,
          authorization_endpoint: `${ISSUER}/authorize`,
          token_endpoint: `${ISSUER}/token`,
          jwks_uri: `${ISSUER}/jwks-${modulusLength}`,
        }),
      [`${ISSUER}/jwks-${modulusLength}`]: () => Response.json({ keys: [{ ...jwk, kid: 'one', alg: 'RS256' }] }),
    })
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: ISSUER, aud: 'latchkey', sub: 'somebody', iat: now, exp: now + 600, nonce: NONCE }
    const input = `${encode({ alg: 'RS256', kid: 'one' })}.${encode(claims)}`
    const signature = await crypto.subtle.sign(algorithm.name, made.privateKey, new TextEncoder().encode(input))
    return `${input}.${url64(new Uint8Array(signature))}`
  }

  it.each([
    [2048, 201],
    [1024, 403],
  ])('of RSA with %i bits gets %i', async (bits, status) => {
    const idToken = await issuerWith(bits)
    expect((await clientOf(OIDC).post('/auth/social/oidc', { idToken, nonce: NONCE })).status).toBe(status)
  })
})

describe('what a provider does not say', () => {
  it.each(['no_tenant', 'no_object_id'] as const)('of a person at Microsoft is needed: %s', async (fault) => {
    expect((await goThrough('microsoft', newPerson(), { fault })).answer).toMatchObject(failed)
  })

  it.each(PROVIDER_IDS)('of the name and the address is not needed: %s', async (provider) => {
    const { subject } = newPerson()
    const { client, user } = await logInWith(provider, { subject })
    expect(user).toMatchObject({ name: null, email: null })
    expect((await client.get('/users/me/identities')).status).toBe(200)
  })

  it.each(['kakao', 'test'] as const)('in the ID token of an app is not needed: %s', async (provider) => {
    const idToken = await idTokenOf(provider, { subject: newPerson().subject }, { nonce: NONCE })
    expect((await new Client().post(`/auth/social/${provider}`, { idToken, nonce: NONCE })).status).toBe(201)
  })

  it('in the form of Apple that is no JSON, or has no name, is left out', async () => {
    for (const user of ['no JSON', '{}', '{"name":{}}', '{"name":{"firstName":"\\u0000"}}']) {
      const client = new Client()
      const back = authorize(await beginAt('apple', client), newPerson())
      const form = `${back.form}&${new URLSearchParams({ user })}`
      expect((await comeBack(client, { ...back, form })).status).toBe(303)
      expect((await client.get('/users/me')).body).toMatchObject({ name: null })
    }
  })
})

describe('a provider that this deployment no longer has', () => {
  it.each(PROVIDER_IDS)('still has its name in the list of identities, and can be removed: %s', async (provider) => {
    const { client } = await logInWith(provider, newPerson({ email: 'alice@example.com' }))
    const settings = ['CLIENT_ID', 'CLIENT_SECRET', 'ISSUER', 'NAME', 'TEAM_ID', 'KEY_ID', 'PRIVATE_KEY']
    const without = Object.fromEntries(settings.map((name) => [`${provider.toUpperCase()}_${name}`, '']))
    const later = withBindings(client, { ...without, TEST_PROVIDER_ISSUER: '' })
    const { body } = await later.get<{ identities: Identity[] }>('/users/me/identities')
    expect(body.identities).toMatchObject([{ provider, name: expect.stringMatching(/^\w/) }])
    expect((await later.get(`/auth/social/${provider}`)).status).toBe(404)
  })
})

it('Google may write its issuer in two ways, and means the same person', async () => {
  const person = newPerson()
  const { user } = await logInWith('google', person)
  const { client } = await goThrough('google', person, { fault: 'short_issuer' })
  expect((await accountOf(client)).user.id).toBe(user.id)
})

describe('a browser with a cookie', () => {
  it('that nobody has sealed, or an older version, has begun nothing', async () => {
    const client = new Client()
    client.cookies.set('__Host-social', 'bm90aGluZw')
    expect((await client.get('/auth/social/google/callback?state=x&code=x')).body.code).toBe('invalid_state')
    const sealed = await seal((await workerKeys()).current.social, '[{"jti":"of an older version"}]', PENDING_USE)
    client.cookies.set('__Host-social', sealed)
    const { status, body } = await client.get('/auth/social/google/callback?state=x&code=x')
    expect({ status, code: body.code }).toEqual({ status: 403, code: 'invalid_state' })
  })
})

describe('an account that changes just then', () => {
  it('is looked for again, and not for ever', async () => {
    const identity = identityOf('of alice', { email: { address: 'alice@gmail.com', isOwned: true } })
    const owner = await signUp('alice')
    await giveIdentity(owner, identity)
    // Before each try is decided, the account that it has found is not the right one any more.
    const changes = [
      'DELETE FROM identities',
      "UPDATE users SET email = 'alice@gmail.com'",
      "UPDATE users SET email = 'other@gmail.com'",
    ]
    let batches = 0
    const DB = wrapD1({
      onCall: async (run, { isBatch }) => {
        batches += isBatch ? 1 : 0
        if (isBatch && batches % 2 === 0) await env.DB.prepare(changes[batches / 2 - 1] ?? 'SELECT 1').run()
        return run()
      },
    })
    const { status, body } = await clientOf({ DB }).post('/auth/social/exchange', await exchangeFor(identity))
    expect({ status, code: body.code, batches }).toEqual({ status: 503, code: 'unavailable', batches: 6 })
    expect(await rowsOf('identities')).toEqual([])
    expect(await rowsOf('users')).toHaveLength(1)
  })

  it('begins no link when its password changes just after it was checked', async () => {
    const owner = await signUp('alice')
    const change = () => env.DB.prepare('UPDATE users SET password_version = password_version + 1').run()
    const later = withBindings(owner.client, { DB: interruptedD1(2, change) })
    const { status, body } = await later.post('/auth/social/google/link', { currentPassword: PASSWORD })
    expect({ status, code: body.code }).toEqual({ status: 403, code: 'wrong_password' })
  })
})

describe('a page of another origin', () => {
  const PAGE = 'https://app.example.com/signed-in?x=1'

  it('gets a code, or the error code', async () => {
    const { codeVerifier, codeChallenge } = await newVerifier()
    const query = { returnTo: PAGE, codeChallenge }
    const good = destinationOf((await goThrough('google', newPerson(), { query })).answer)
    expect(good).toEqual({ at: 'https://app.example.com/signed-in', query: { x: '1', code: expect.any(String) } })
    const exchange = { code: good.query['code'], codeVerifier }
    expect((await new Client().post('/auth/social/exchange', exchange)).status).toBe(201)
    const bad = destinationOf((await goThrough('google', newPerson(), { query, fault: 'bad_signature' })).answer)
    expect(bad.query).toEqual({ x: '1', error: 'provider_failed' })
  })

  it.each(['https://', 'http://[', '//app.example.com', 'https://app.example.com@evil.example/', '', 'console'])(
    'must be one that is allowed: %j',
    async (returnTo) => {
      const { codeChallenge } = await newVerifier()
      const { status, body } = await new Client().get(
        `/auth/social/google?${new URLSearchParams({ returnTo, codeChallenge })}`,
      )
      expect({ status, path: body.errors?.[0]?.path }).toEqual({ status: 422, path: '/returnTo' })
    },
  )
})
