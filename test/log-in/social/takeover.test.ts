import { describe, expect, it } from 'vitest'
import { Client, clientOf, type ProblemBody } from '../../helpers/client'
import { allMessagesTo, logInByCode } from '../../helpers/codes'
import { signUp } from '../../helpers/people'
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
import { expectNoChanges, rowsOf } from '../../helpers/storage'

/*
 * Fourteen ways in which somebody could get at the account of somebody else by an identity. Each is tried here.
 *
 * | # | the way | what stops it |
 * |---|---|---|
 * | 1 | pre-made account | an account has no address that its owner has not proven |
 * | 2 | unverified address | it is looked up nowhere |
 * | 3 | recycled address | only the provider that runs the mailbox joins by it |
 * | 4 | changed address at the provider | the key is issuer and subject |
 * | 5 | same subject at another issuer | the key is issuer and subject |
 * | 6 | state of another browser | the sealed cookie |
 * | 7 | log-in CSRF | the same |
 * | 8 | link CSRF | a POST of our own site, and the session that began it |
 * | 9 | mix-up | a callback for each provider, `iss`, and the state names its provider |
 * | 10 | code injection | PKCE and the nonce |
 * | 11 | downgrade of PKCE | the challenge is sealed in the cookie, and always needed |
 * | 12 | token of another app | the audience |
 * | 13 | open redirect | paths and origins compared whole |
 * | 14 | app link of another app | links compared whole, and the verifier |
 */

const REDIRECT = 'com.example.app:/signed-in'
const APPS = { ALLOWED_REDIRECTS: REDIRECT }
const NONCE = 'a nonce of the app'

/** Nobody is signed in by an answer, and it changes no row. */
async function expectRefused(client: Client, code: string, act: () => Promise<{ body: ProblemBody }>): Promise<void> {
  const { body } = await expectNoChanges(act)
  expect(body.code).toBe(code)
  expect(client.cookies.has('__Host-access')).toBe(false)
}

describe('an account of somebody else', () => {
  it('1. cannot wait for its victim: an account gets an address only by a proof', async () => {
    // The attacker makes an account and names the victim's address wherever text goes.
    const attacker = await signUp('mallory')
    await attacker.client.patch('/users/me', { name: 'victim@gmail.com', nickname: 'victim@gmail.com' })
    const premade = await logInWith('line', newPerson({ email: 'victim@gmail.com' }))
    const victim = await logInWith('google', newPerson({ email: 'victim@gmail.com' }))
    expect(victim.user.id).not.toBe(attacker.user.id)
    expect(victim.user.id).not.toBe(premade.user.id)
    expect(victim.user.email).toBe('victim@gmail.com')
  })

  it('2. is not found by an address that nobody has verified, and nothing tells whether it is there', async () => {
    const victim = await logInByCode('victim@gmail.com')
    const attempt = async (email: string) => {
      const { client, answer } = await goThrough('google', newPerson({ email, emailVerified: false }))
      const { user } = await accountOf(client)
      expect(user.id).not.toBe(victim.user.id)
      return { status: answer.status, location: answer.headers.get('Location'), email: user.email }
    }
    expect(await attempt('victim@gmail.com')).toEqual(await attempt('nobody@gmail.com'))
    expect(await allMessagesTo('victim@gmail.com')).toHaveLength(1)
  })

  it('3. is not joined by a former owner of its address', async () => {
    // The attacker had verified the address at GitHub, and then lost it. Its new owner has an account here.
    await logInByCode('recycled@example.com')
    const attacker = new Client()
    const start = await beginAt('github', attacker)
    const back = authorize(start, newPerson({ email: 'recycled@example.com' }))
    await expectRefused(attacker, 'identity_needs_proof', () => comeBack(attacker, back))
  })

  it('4. is not reached by changing the address at the provider', async () => {
    const attackersAccount = newPerson({ email: 'mallory@gmail.com' })
    const attacker = await logInWith('google', attackersAccount)
    const victim = await logInByCode('victim@gmail.com')
    const again = await logInWith('google', { ...attackersAccount, email: 'victim@gmail.com' })
    expect(again.user.id).toBe(attacker.user.id)
    expect(again.user.id).not.toBe(victim.user.id)
    expect(again.user.email).toBe('mallory@gmail.com')
  })

  it('5. is not reached by the same subject at another issuer', async () => {
    const person = newPerson({ subject: '123456789012345' })
    const users = new Set<string>()
    for (const provider of ['google', 'github', 'kakao', 'oidc', 'test'] as const) {
      users.add((await logInWith(provider, { ...person, email: `${provider}@example.com` })).user.id)
    }
    const tenants = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222']
    for (const tenant of tenants) {
      users.add(
        (await logInWith('microsoft', newPerson({ tenant, oid: '33333333-3333-4333-8333-333333333333' }))).user.id,
      )
    }
    expect(users.size).toBe(7)
    const subjects = (await rowsOf('identities')).map(({ subject }) => subject)
    expect(new Set(subjects).size).toBeLessThan(subjects.length)
  })
})

describe('a browser of somebody else', () => {
  it('6. cannot finish a log-in that it has not begun', async () => {
    const victim = new Client()
    const back = authorize(await beginAt('google', victim), newPerson())
    const attacker = new Client()
    // The attacker has a pending log-in of their own.
    await beginAt('google', attacker)
    await expectRefused(attacker, 'invalid_state', () => comeBack(attacker, back))
    expect(destinationOf(await comeBack(victim, back)).at).toBe('/console')
  })

  it('7. cannot be made to log in to the account of the attacker', async () => {
    const attacker = new Client()
    const back = authorize(await beginAt('google', attacker), newPerson())
    // The victim is lured to the attacker's callback, with or without a pending log-in of their own.
    const victim = new Client()
    await expectRefused(victim, 'invalid_state', () => comeBack(victim, back))
    await beginAt('google', victim)
    await expectRefused(victim, 'invalid_state', () => comeBack(victim, back))
  })

  it('8. cannot be made to link the identity of the attacker', async () => {
    const victim = await signUp('victim')
    const path = '/auth/social/google/link'
    const crossSite = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }
    const forged = await victim.client.post(path, {}, { headers: crossSite })
    expect(forged.body).toMatchObject({ code: 'cross_site_request' })
    // The victim is lured to a callback that the attacker began for their own account.
    const attacker = await signUp('mallory')
    const { body } = await attacker.client.post<{ authorizationUrl: string }>(path, {})
    const back = authorize(body.authorizationUrl, newPerson())
    const lured = await expectNoChanges(() => comeBack(victim.client, back))
    expect(lured.body).toMatchObject({ code: 'invalid_state' })
    // A cookie of the attacker's, planted in the victim's browser, links the identity to the attacker.
    victim.client.cookies.set('__Host-social', attacker.client.cookies.get('__Host-social') ?? '')
    expect(destinationOf(await comeBack(victim.client, back)).query).toEqual({ linked: 'google' })
    expect(await rowsOf('identities')).toEqual([expect.objectContaining({ user_id: attacker.user.id })])
  })
})

describe('an answer of somebody else', () => {
  it('9. is not taken from another provider than the one that was asked', async () => {
    const client = new Client()
    const back = authorize(await beginAt('google', client), newPerson())
    const mixedUp = { ...back, path: back.path.replace('/google/', '/github/') }
    await expectRefused(client, 'invalid_state', () => comeBack(client, mixedUp))
    const other = new Client()
    const wrongIssuer = authorize(await beginAt('google', other), newPerson(), 'wrong_callback_iss')
    await expectRefused(other, 'provider_failed', () => comeBack(other, wrongIssuer))
    // Only a provider that says so in its discovery document must send `iss`.
    const third = new Client()
    const noIssuer = authorize(await beginAt('oidc', third), newPerson(), 'no_callback_iss')
    await expectRefused(third, 'provider_failed', () => comeBack(third, noIssuer))
  })

  it.each(['google', 'github', 'microsoft', 'kakao', 'line', 'oidc', 'apple'] as const)(
    '10. a code that was stolen from the victim is worth nothing in the log-in of the attacker, with %s',
    async (provider) => {
      const victim = authorize(await beginAt(provider, new Client()), newPerson())
      const attacker = new Client()
      const own = authorize(await beginAt(provider, attacker), newPerson())
      const parametersOf = ({ path, form }: typeof own) => new URLSearchParams(form ?? path.split('?')[1])
      const injected = parametersOf(own)
      injected.set('code', parametersOf(victim).get('code') ?? '')
      const back =
        own.form === undefined
          ? { ...own, path: `${own.path.split('?')[0]}?${injected}` }
          : { ...own, form: injected.toString() }
      await expectRefused(attacker, 'provider_failed', () => comeBack(attacker, back))
    },
  )

  it('11. is not exchanged without the verifier of the challenge that it began with', async () => {
    const app = clientOf(APPS)
    const { codeChallenge, codeVerifier } = await newVerifier()
    const without = await app.get(`/auth/social/google?returnTo=${encodeURIComponent(REDIRECT)}`)
    expect(without).toMatchObject({ status: 422, body: { errors: [{ path: '/codeChallenge', code: 'required' }] } })
    const query = new URLSearchParams({ returnTo: REDIRECT, codeChallenge, codeChallengeMethod: 'plain' })
    expect((await app.get(`/auth/social/google?${query}`)).status).toBe(422)
    const start = await beginAt('google', app, { returnTo: REDIRECT, codeChallenge })
    // The challenge at the provider is ours, and S256. A client cannot choose another method.
    expect(new URL(start).searchParams.get('code_challenge_method')).toBe('S256')
    const { code = '' } = destinationOf(await comeBack(app, authorize(start, newPerson()))).query
    const thief = clientOf(APPS)
    const exchange = (verifier?: string) => thief.post('/auth/social/exchange', { code, codeVerifier: verifier })
    const { codeVerifier: another } = await newVerifier()
    await expectRefused(thief, 'invalid_exchange_code', () => exchange(another))
    await expectRefused(thief, 'invalid_exchange_code', () => exchange(codeChallenge))
    await expectRefused(thief, 'invalid_fields', () => exchange())
    await expectRefused(thief, 'invalid_fields', () => exchange(''))
    expect((await app.post('/auth/social/exchange', { code, codeVerifier })).status).toBe(201)
  })

  it.each(['google', 'apple', 'microsoft', 'kakao', 'line', 'oidc'] as const)(
    '12. an ID token that was made for another app is not taken, with %s',
    async (provider) => {
      const client = new Client()
      const logIn = async (audience?: string) => {
        const about = audience === undefined ? { nonce: NONCE } : { nonce: NONCE, audience }
        const idToken = await idTokenOf(provider, newPerson(), about)
        return client.post(`/auth/social/${provider}`, { idToken, nonce: NONCE })
      }
      await expectRefused(client, 'invalid_id_token', () => logIn('com.evil.app'))
      expect((await logIn()).status).toBe(201)
    },
  )
})

describe('a place of somebody else', () => {
  it.each([
    'https://evil.example',
    'https://evil.example/console',
    '//evil.example/console',
    '/\\evil.example/console',
    '/\t/evil.example/console',
    '\\/evil.example',
    'https:evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    '/api/v1/auth/log-out',
    '/consolexyz',
    '/console/../api/v1/auth/session',
    '/console/%2e%2e/api/v1/auth/session',
    'console',
    'https://app.example.com.evil.example/',
    'https://app.example.com@evil.example/',
    'https://evil@app.example.com/',
    'https://app.example.com:8443/',
    'http://app.example.com/',
    'http://localhost:8787/console',
  ])('13. %s is nowhere to return to', async (returnTo) => {
    const client = new Client()
    const { codeChallenge } = await newVerifier()
    const query = new URLSearchParams({ returnTo, codeChallenge })
    const answer = await client.get(`/auth/social/google?${query}`)
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: '/returnTo' }] } })
    const owner = await signUp('alice')
    const linking = await owner.client.post('/auth/social/google/link', { returnTo })
    expect(linking).toMatchObject({ status: 422, body: { errors: [{ path: '/returnTo' }] } })
  })

  it.each([
    'com.example.app:/signed-in/',
    'com.example.app:/signed-in?x=1',
    'com.example.app:/signed-in#x',
    'COM.EXAMPLE.APP:/signed-in',
    'com.example.app:/',
    'com.example.app2:/signed-in',
    'com.example.app:/signed-in ',
  ])('14. %s is not the link of the app, and a code that another app catches is worth nothing', async (returnTo) => {
    const app = clientOf(APPS)
    const { codeChallenge } = await newVerifier()
    const query = new URLSearchParams({ returnTo, codeChallenge })
    const answer = await app.get(`/auth/social/google?${query}`)
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: '/returnTo' }] } })
    // Another app on the phone takes the same link, and so catches the code. It does not have the verifier.
    const start = await beginAt('google', app, { returnTo: REDIRECT, codeChallenge })
    const { at, query: caught } = destinationOf(await comeBack(app, authorize(start, newPerson())))
    expect(at).toBe(REDIRECT)
    const thief = clientOf(APPS)
    const { codeVerifier } = await newVerifier()
    await expectRefused(thief, 'invalid_exchange_code', () =>
      thief.post('/auth/social/exchange', { code: caught['code'], codeVerifier }),
    )
  })
})
