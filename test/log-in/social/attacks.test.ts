import { env } from 'cloudflare:workers'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Client, clientOf } from '../../helpers/client'
import { advanceClock, DAY, MINUTE } from '../../helpers/clock'
import { logInByCode } from '../../helpers/codes'
import { PASSWORD, signUp, together } from '../../helpers/people'
import { authorize, newPerson } from '../../helpers/providers'
import { beginAt, comeBack, destinationOf, goThrough, logInWith, newVerifier } from '../../helpers/social-log-in'
import { expectNoChanges, rowsOf } from '../../helpers/storage'
import { verificationTokenFor } from '../../helpers/tokens'

/*
 * What an attacker has tried against log-ins by a provider, beyond the takeovers in takeover.test.ts. A fixed hole left its test here.
 */

const NONCE = 'a nonce of the app'

/** What providers of these tests publish, by address. Each provider has addresses of its own, because the Worker remembers them. */
const published = new Map<string, () => Response>()
/** The addresses that the Worker has asked. */
let asked: string[] = []
const send = globalThis.fetch

beforeEach(() => {
  asked = []
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const url = input instanceof Request ? input.url : String(input)
    asked.push(url)
    return published.get(url)?.() ?? send(input, init)
  })
})
afterEach(() => {
  vi.restoreAllMocks()
})

const publish = (url: string, document: unknown) => published.set(url, () => Response.json(document))

const seconds = () => Math.floor(Date.now() / 1000)

/** A key of a provider, and how to sign ID tokens with it. */
async function newKey(about: Record<string, unknown> = {}) {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  const kid = crypto.randomUUID()
  const sign = (claims: Record<string, unknown>, header: Record<string, unknown> = {}) =>
    new SignJWT({ iat: seconds(), exp: seconds() + 600, nonce: NONCE, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid, ...header })
      .sign(privateKey)
  return { jwk: { ...(await exportJWK(publicKey)), kid, use: 'sig', ...about }, kid, sign }
}

interface NativeAnswer {
  code?: string
  email?: string
  linkToken?: string
  user?: { id: string }
}

/** An OpenID provider with one key, and a Worker whose people log in there. */
async function newProvider() {
  const issuer = `https://idp.example/${crypto.randomUUID()}`
  const keysUrl = `${issuer}/jwks`
  const settings = { OIDC_ISSUER: issuer }
  const key = await newKey()
  publish(`${issuer}/.well-known/openid-configuration`, {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: keysUrl,
  })
  publish(keysUrl, { keys: [key.jwk] })
  const claimsOf = (about: Record<string, unknown> = {}) => ({
    iss: issuer,
    aud: env.OIDC_CLIENT_ID,
    sub: crypto.randomUUID(),
    ...about,
  })
  const logIn = (idToken: string) =>
    clientOf(settings).post<NativeAnswer>('/auth/social/oidc', { idToken, nonce: NONCE })
  return { key, keysUrl, claimsOf, logIn }
}

describe('Microsoft', () => {
  const TENANT = '11111111-1111-4111-8111-111111111111'
  const CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad'

  // `xms_edov` is true of them too: https://learn.microsoft.com/entra/identity-platform/migrate-off-email-claim-authorization
  it.each([
    ['a personal account', { tenant: CONSUMERS }],
    ['a guest with a personal account', { tenant: TENANT, idp: 'live.com' }],
    ['a guest with a Google account', { tenant: TENANT, idp: 'google.com' }],
    ['a guest whose provider is no text', { tenant: TENANT, idp: ['google.com'] }],
  ])('does not run the mailbox of %s, which it has verified once', async (_, about) => {
    await logInByCode('recycled@company.example')
    const attacker = newPerson({ email: 'recycled@company.example', domainOwnerVerified: true, ...about })
    const { answer } = await goThrough('microsoft', attacker)
    expect(answer.body).toMatchObject({ code: 'identity_needs_proof', email: 'recycled@company.example' })
    expect(await rowsOf('identities')).toEqual([])
  })

  it.each([
    ['a personal account at Outlook', { tenant: CONSUMERS, email: 'owner@outlook.com' }],
    ['somebody of a tenant', { tenant: TENANT, email: 'owner@company.example' }],
    [
      'the same, whose provider is named',
      { tenant: TENANT, email: 'owner@company.example', idp: `https://login.microsoftonline.com/${TENANT}/v2.0` },
    ],
  ])('runs the mailbox of %s', async (_, about) => {
    const owner = await logInByCode(about.email)
    const { user } = await logInWith('microsoft', newPerson({ domainOwnerVerified: true, ...about }))
    expect(user.id).toBe(owner.user.id)
  })

  // A stolen key for personal accounts once signed tokens for organisations (Storm-0558).
  it('signs for a tenant only with a key of that tenant', async () => {
    const tenant = crypto.randomUUID()
    const issuerOf = (id: string) => `https://login.microsoftonline.com/${id}/v2.0`
    const [personal, another, own, common] = await Promise.all([
      newKey({ issuer: issuerOf(CONSUMERS) }),
      newKey({ issuer: issuerOf(TENANT) }),
      newKey({ issuer: issuerOf(tenant) }),
      newKey({ issuer: issuerOf('{tenantid}') }),
    ])
    const keys = [personal, another, own, common].map(({ jwk }) => jwk)
    publish(`https://login.microsoftonline.com/${tenant}/discovery/v2.0/keys`, { keys })
    const logIn = async ({ sign }: typeof own) => {
      const claims = { iss: issuerOf(tenant), aud: env.MICROSOFT_CLIENT_ID, oid: crypto.randomUUID() }
      const body = { idToken: await sign({ ...claims, sub: claims.oid, tid: tenant }), nonce: NONCE }
      return (await clientOf({ MICROSOFT_TENANT: tenant }).post('/auth/social/microsoft', body)).status
    }
    expect([await logIn(personal), await logIn(another)]).toEqual([403, 403])
    expect([await logIn(own), await logIn(common)]).toEqual([201, 201])
  })

  // It would be the name of one tenant, and tokens of every tenant were taken.
  it.each(['company.example', 'Common', 'Organizations', '..', '11111111-1111-4111-8111-111111111111.x'])(
    'has no tenant that is called %s',
    async (tenant) => {
      const { status, body } = await clientOf({ MICROSOFT_TENANT: tenant }).get('/auth/social')
      expect([status, body.detail]).toEqual([503, expect.stringContaining('MICROSOFT_TENANT')])
    },
  )
})

describe('the cookie', () => {
  const pathOf = (text: string) => ({ returnTo: `/console?${text.repeat(390)}` })

  it.each(['가', '"', '\u0001'])(
    'is never longer than browsers take, with three long addresses of %j',
    async (text) => {
      const browser = new Client()
      for (let tab = 0; tab < 3; tab++) {
        await beginAt('naver', browser, pathOf(text))
        const [pair = ''] = browser.setCookies.at(-1)?.split(';') ?? []
        expect(pair.length).toBeLessThanOrEqual(4096)
      }
      // Another site made the browser begin those. The owner can still log in.
      expect((await logInWith('naver', newPerson(), browser)).user.id).toBeDefined()
    },
  )

  it('has room for the longest pending link', async () => {
    const alice = await signUp('alice')
    const { returnTo } = pathOf('\u0001')
    expect((await alice.client.post('/auth/social/naver/link', { returnTo })).status).toBe(200)
    const [pair = ''] = alice.client.setCookies.at(-1)?.split(';') ?? []
    expect(pair.length).toBeLessThanOrEqual(4096)
  })

  it('keeps three log-ins with usual addresses', async () => {
    const browser = new Client()
    const starts = []
    for (let tab = 0; tab < 3; tab++)
      starts.push(await beginAt('naver', browser, { returnTo: `/console/todos?tab=${tab}` }))
    for (const [tab, start] of starts.entries()) {
      const answer = await comeBack(browser, authorize(start, newPerson()))
      expect(answer.headers.get('Location')).toBe(`/console/todos?tab=${tab}`)
    }
  })

  it('is accepted under the secret before, once, and as nothing else', async () => {
    const browser = new Client()
    const start = await beginAt('naver', browser)
    const rotated = clientOf({
      AUTH_SECRET: 'another secret, of at least 32 bytes, after it',
      AUTH_SECRET_PREVIOUS: env.AUTH_SECRET,
    })
    const cookie = browser.cookies.get('__Host-social') ?? ''
    const back = authorize(start, newPerson())
    for (const outcome of [303, 403]) {
      rotated.cookies.set('__Host-social', cookie)
      expect((await comeBack(rotated, { ...back, path: authorize(start, newPerson()).path })).status).toBe(outcome)
    }
    const { codeVerifier } = await newVerifier()
    const body = (code: string) => ({ code, codeVerifier })
    expect((await new Client().post('/auth/social/exchange', body(cookie))).body.code).toBe('invalid_exchange_code')
    const form = new Client()
    form.cookies.set('__Host-social', cookie)
    expect((await form.get(`/auth/social/naver/callback?form=${cookie}`)).body.code).toBe('invalid_state')
  })
})

describe('an ID token that was used', () => {
  // The purge walks along the rows in the order in which they were made. Those of a year would hold it up.
  it.each([
    ['24 hours, as those of Apple', 24 * 3600],
    ['hundreds of years', 1e10],
    ['for ever', 1e99],
  ])('is noted for little more than the hour in which it is accepted, if it lives %s', async (_, life) => {
    const { key, claimsOf, logIn } = await newProvider()
    expect((await logIn(await key.sign(claimsOf({ exp: seconds() + life })))).status).toBe(201)
    const [spent] = await rowsOf('spent_tokens')
    expect(spent?.['expires_at']).toBeLessThan(Date.now() + 90 * MINUTE)
  })

  it('is noted for as long as what it has proven is accepted', async () => {
    const { user } = await logInByCode('alice@example.com')
    const { key, claimsOf, logIn } = await newProvider()
    const claims = claimsOf({ email: 'alice@example.com', email_verified: true, exp: seconds() + 1 })
    const { body } = await logIn(await key.sign(claims))
    const provenAt = Date.now()
    advanceClock(MINUTE)
    const alice = await logInByCode('alice@example.com', new Client())
    expect(alice.user.id).toBe(user.id)
    expect((await alice.client.post('/users/me/identities', { linkToken: body.linkToken })).status).toBe(201)
    const [spent] = await rowsOf('spent_tokens')
    expect(spent?.['expires_at']).toBeGreaterThanOrEqual(provenAt + 10 * MINUTE)
  })
})

describe('a pending link', () => {
  const begin = async (client: Client, body = {}) => {
    const answer = await client.post<{ authorizationUrl: string }>('/auth/social/naver/link', body)
    expect(answer.status).toBe(200)
    return authorize(answer.body.authorizationUrl, newPerson())
  }

  it.each([
    [
      'the password',
      async ({ client }: { client: Client }) => {
        const body = { currentPassword: PASSWORD, newPassword: 'another horse battery staple' }
        expect((await client.put('/auth/password', body)).status).toBe(204)
      },
    ],
    [
      'the session',
      async ({ client }: { client: Client }) => {
        const others = new Client().copyCookies(client)
        expect((await others.post('/auth/log-out')).status).toBeLessThan(300)
      },
    ],
    [
      'the account',
      async ({ client }: { client: Client }) => {
        const others = new Client().copyCookies(client)
        expect((await others.delete('/users/me', { currentPassword: PASSWORD })).status).toBe(204)
      },
    ],
  ])('ends with %s that proved it', async (_, end) => {
    const alice = await signUp('alice')
    const back = await begin(alice.client, { currentPassword: PASSWORD })
    await end(alice)
    const answer = await comeBack(alice.client, back)
    expect(answer.body.code).toMatch(/^(invalid_state|unauthenticated)$/)
    expect(await rowsOf('identities')).toEqual([])
  })
})

describe('one number', () => {
  it('is not the account: whoever has it does not remove the identity of its owner at once', async () => {
    // The owner logs in with Google, and has a phone number that later has another owner.
    const identity = newPerson({ email: 'alice@example.com', emailVerified: false })
    const owner = await logInWith('google', identity)
    const verificationToken = await verificationTokenFor({ channel: 'sms', to: '+821012345678' })
    expect((await owner.client.put('/users/me/phone', { verificationToken })).status).toBe(200)
    advanceClock(30 * DAY)
    const stranger = await logInByCode('+821012345678', new Client())
    expect(stranger.user.id).toBe(owner.user.id)
    const { body } = await stranger.client.get<{ identities: { id: string }[] }>('/users/me/identities')
    await stranger.client.delete(`/users/me/identities/${body.identities[0]?.id}`)
    // The owner has not lost the account.
    expect((await logInWith('google', identity)).user.id).toBe(owner.user.id)
  })
})

describe('an identity that was removed', () => {
  const identityIdsOf = async (client: Client) => {
    const { body } = await client.get<{ identities: { id: string }[] }>('/users/me/identities')
    return body.identities.map(({ id }) => id)
  }

  it.each([
    [202, true],
    [204, false],
  ])('is no proof for a session that it began: %i', async (status, isRemoved) => {
    const owner = await logInByCode('alice@gmail.com')
    const verificationToken = await verificationTokenFor({ channel: 'sms', to: '+821012345678' })
    expect((await owner.client.put('/users/me/phone', { verificationToken })).status).toBe(200)
    const identity = newPerson({ email: 'alice@gmail.com' })
    await logInWith('google', identity)
    advanceClock(4 * DAY)
    const thief = await logInWith('google', identity)
    expect(thief.user.id).toBe(owner.user.id)
    const alice = await logInWith('google', identity)
    const [id] = await identityIdsOf(alice.client)
    if (isRemoved) expect((await alice.client.delete(`/users/me/identities/${id}`)).status).toBe(204)
    expect((await thief.client.delete('/users/me/phone')).status).toBe(status)
  })

  it('logs nobody in by a code that was given out before', async () => {
    const app = clientOf({ ALLOWED_REDIRECTS: 'com.example.app:/' })
    const { codeVerifier, codeChallenge } = await newVerifier()
    const identity = newPerson()
    const owner = await logInWith('naver', identity)
    const start = await beginAt('naver', app, { returnTo: 'com.example.app:/', codeChallenge })
    const { code } = destinationOf(await comeBack(app, authorize(start, identity))).query
    expect((await owner.client.delete('/users/me')).status).toBe(204)
    const { body } = await app.post<{ user: { id: string } }>('/auth/social/exchange', { code, codeVerifier })
    expect(body.user.id).not.toBe(owner.user.id)
  })
})

describe('the keys of a provider', () => {
  /** Tokens that name a key which the provider does not have. Everybody can make them. */
  const newTokens = async (count: number, claims: Record<string, unknown>) =>
    Promise.all(Array.from({ length: count }, async () => (await newKey()).sign(claims)))

  it('are read again once for many tokens with keys that nobody knows', async () => {
    const { key, keysUrl, claimsOf, logIn } = await newProvider()
    expect((await logIn(await key.sign(claimsOf()))).status).toBe(201)
    advanceClock(2 * MINUTE)
    const idTokens = await newTokens(20, claimsOf())
    asked = []
    const answers = await together(20, (n) => logIn(idTokens[n] ?? ''))
    expect(new Set(answers.map(({ body }) => body.code))).toEqual(new Set(['invalid_id_token']))
    expect(asked).toEqual([keysUrl])
  })

  it('are not asked for by each of them while the provider is down, and those that are known still work', async () => {
    const { key, keysUrl, claimsOf, logIn } = await newProvider()
    expect((await logIn(await key.sign(claimsOf()))).status).toBe(201)
    advanceClock(2 * MINUTE)
    published.set(keysUrl, () => new Response(null, { status: 503 }))
    asked = []
    for (const idToken of await newTokens(10, claimsOf())) await logIn(idToken)
    expect(asked).toEqual([keysUrl])
    expect((await logIn(await key.sign(claimsOf()))).status).toBe(201)
    // The provider is back, with another key.
    const rotated = await newKey()
    publish(keysUrl, { keys: [rotated.jwk] })
    advanceClock(10_000)
    expect((await logIn(await rotated.sign(claimsOf()))).status).toBe(201)
  })
})

describe('an ID token', () => {
  it.each([
    ['of another type (RFC 9068)', { typ: 'at+jwt' }],
    ['of another type (Back-Channel Logout)', { typ: 'logout+jwt' }],
    ['with a kid that is no text', { kid: '__proto__' }],
    ['that says where its key is', { jku: 'https://evil.example/keys', x5u: 'https://evil.example/x5u', kid: 'evil' }],
  ])('is refused %s', async (_, header) => {
    const { key, claimsOf, logIn } = await newProvider()
    const idToken = await key.sign(claimsOf(), header)
    const { body } = await expectNoChanges(() => logIn(idToken))
    expect(body.code).toBe('invalid_id_token')
    expect(asked.filter((url) => url.includes('evil'))).toEqual([])
  })

  it('is refused with a key of its own', async () => {
    const { key, claimsOf, logIn } = await newProvider()
    const evil = await newKey()
    const idToken = await evil.sign(claimsOf(), { kid: key.kid, jwk: evil.jwk })
    expect((await expectNoChanges(() => logIn(idToken))).body.code).toBe('invalid_id_token')
  })

  it.each([
    ['for two parties, one of which is us', { aud: [env.OIDC_CLIENT_ID, 'another'] }],
    ['for two parties, asked for by the other', { aud: [env.OIDC_CLIENT_ID, 'another'], azp: 'another' }],
    ['of the year 2100', { iat: 4_102_444_800, exp: 4_102_444_900 }],
    ['of 1970', { iat: 1 }],
    ['by an issuer with a slash', { iss: 'https://idp.example/' }],
    ['with a long subject', { sub: 'x'.repeat(256) }],
    ['with a subject that is a number', { sub: 5 }],
    ['with a list of nonces', { nonce: [NONCE] }],
  ])('is refused %s', async (_, about) => {
    const { key, claimsOf, logIn } = await newProvider()
    const idToken = await key.sign(claimsOf(about))
    expect((await expectNoChanges(() => logIn(idToken))).body.code).toBe('invalid_id_token')
  })

  it('may have claims that are of no type', async () => {
    const { key, claimsOf, logIn } = await newProvider()
    const claims = JSON.parse('{"__proto__": {"email": "x"}, "constructor": 1, "email": {}, "name": [], "azp": 5}')
    expect((await logIn(await key.sign({ ...claims, ...claimsOf() }))).status).toBe(201)
  })

  it.each([
    ['no number', { kty: 'RSA', n: '!!!', e: 'AQAB' }],
    ['too small', { kty: 'RSA', n: 'AQAB', e: 'AQAB' }],
    ['for something else', { kty: 'oct', k: 'AAAA' }],
  ])('is refused when the provider has no such key, but one that is %s', async (_, jwk) => {
    const { key, keysUrl, claimsOf, logIn } = await newProvider()
    publish(keysUrl, { keys: [key.jwk, { ...jwk, kid: 'broken', use: 'sig' }] })
    const idToken = await key.sign(claimsOf(), { kid: 'broken' })
    expect((await logIn(idToken)).body.code).toBe('invalid_id_token')
    expect((await logIn(await key.sign(claimsOf()))).status).toBe(201)
  })
})

describe('a place to return to', () => {
  // The origin of such an address is that of the page which made it.
  it.each(['blob:https://app.example.com/x', 'blob:http://localhost:8787/console'])('is not %s', async (returnTo) => {
    const { codeChallenge } = await newVerifier()
    const answer = await new Client().get(`/auth/social/naver?${new URLSearchParams({ returnTo, codeChallenge })}`)
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: '/returnTo' }] } })
  })
})

describe('the callback', () => {
  it('takes a sealed form in the browser that began, once, and at the provider that it began at', async () => {
    const browser = new Client()
    const back = authorize(await beginAt('apple', browser), newPerson())
    const posted = await new Client().post(back.path, back.form, {
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: 'https://evil.example' },
    })
    const sealed = posted.headers.get('Location') ?? ''
    expect(sealed).toMatch(/^\/api\/v1\/auth\/social\/apple\/callback\?form=[\w-]+$/)
    const path = sealed.replace('/api/v1', '')
    const cookie = browser.cookies.get('__Host-social') ?? ''
    expect((await new Client().get(path)).body.code).toBe('invalid_state')
    const other = new Client()
    await beginAt('apple', other)
    expect((await other.get(path)).body.code).toBe('invalid_state')
    expect((await browser.get(path.replace('apple', 'google'))).body.code).toBe('invalid_state')
    browser.cookies.set('__Host-social', cookie)
    // What comes beside the sealed form does not count.
    expect((await browser.get(`${path}&state=x&code=x&error=access_denied`)).status).toBe(303)
    browser.cookies.set('__Host-social', cookie)
    expect((await browser.get(path)).status).toBeGreaterThanOrEqual(400)
    expect(await rowsOf('users')).toHaveLength(1)
  })

  it.each([
    '',
    '?state=&code=x',
    '?form=',
    '?form=AAAA',
    '?state=%00&code=x',
    `?state=${'x'.repeat(5000)}&code=x`,
    '?state=%FF%FE',
    '?state[]=x&code[]=x',
    '?__proto__=x&constructor=x',
  ])('answers %s as any that nobody has begun', async (query) => {
    const browser = new Client()
    await beginAt('naver', browser)
    const { body } = await expectNoChanges(() => browser.get(`/auth/social/naver/callback${query}`))
    expect(body.code).toBe('invalid_state')
    expect(asked).toEqual([])
  })

  it.each(['state', 'code', 'error', 'iss'])('refuses two of %s', async (name) => {
    const browser = new Client()
    const { path } = authorize(await beginAt('google', browser), newPerson())
    const value = new URL(path).searchParams.get(name) ?? 'x'
    const again = new URLSearchParams({ [name]: value })
    asked = []
    const { body } = await expectNoChanges(() => browser.get(`${path}&${name === 'error' ? `${again}&` : ''}${again}`))
    expect(body.code).toBe('provider_failed')
    expect(asked).toEqual([])
  })
})

describe('what an answer gives away', () => {
  const EVIL = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' }

  it('nothing to pages of other sites, and nothing to caches', async () => {
    for (const path of ['/auth/social', '/auth/social/naver', '/auth/social/naver/callback?state=x']) {
      const { headers } = await new Client(EVIL).get(path)
      expect(headers.get('Access-Control-Allow-Origin')).toBeNull()
      expect(headers.get('Cache-Control')).toBe('no-store')
      expect(headers.get('Referrer-Policy')).toBe('no-referrer')
    }
    for (const path of ['/auth/social/google', '/auth/social/exchange', '/auth/social/google/link']) {
      expect((await new Client(EVIL).post(path, {})).body.code).toBe('cross_site_request')
    }
  })

  it('no cookie with `tokens: body`', async () => {
    const app = clientOf({ ALLOWED_REDIRECTS: 'com.example.app:/' })
    const { codeVerifier, codeChallenge } = await newVerifier()
    const start = await beginAt('naver', app, { returnTo: 'com.example.app:/', codeChallenge })
    const { code } = destinationOf(await comeBack(app, authorize(start, newPerson()))).query
    const other = new Client()
    const { status } = await other.post('/auth/social/exchange', { code, codeVerifier, tokens: 'body' })
    expect([status, other.setCookies]).toEqual([201, []])
  })
})

it('an address makes twenty accounts an hour, by whatever provider', async () => {
  const client = () => new Client({ 'CF-Connecting-IP': '198.51.100.77' })
  for (let n = 0; n < 20; n++) await logInWith(n % 2 === 0 ? 'naver' : 'github', newPerson(), client())
  const { answer } = await goThrough('naver', newPerson(), { client: client() })
  expect(answer.body.code).toBe('rate_limited')
  expect(await rowsOf('users')).toHaveLength(20)
  expect(await rowsOf('spent_tokens')).toHaveLength(20)
})
