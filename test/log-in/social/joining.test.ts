import { describe, expect, it } from 'vitest'
import { MAX_IDENTITIES } from '../../../src/users/identities'
import { Client } from '../../helpers/client'
import { advanceClock, MINUTE } from '../../helpers/clock'
import { allMessagesTo, logInByCode, messagesTo } from '../../helpers/codes'
import { signUp } from '../../helpers/people'
import { authorize, idTokenOf, newPerson } from '../../helpers/providers'
import { accountOf, beginAt, comeBack, destinationOf, goThrough, logInWith } from '../../helpers/social-log-in'
import { expectNoChanges, rowsOf } from '../../helpers/storage'

/* The rules of joining, row by row as in the table of `src/log-in/social/joining.ts`. */

const TENANT = '11111111-1111-4111-8111-111111111111'

const OWNED = [
  ['google', { email: 'alice@gmail.com' }],
  ['google', { email: 'alice@company.example', hd: 'company.example' }],
  ['apple', { email: 'alice@icloud.com' }],
  ['microsoft', { email: 'alice@company.example', domainOwnerVerified: true, tenant: TENANT }],
  ['microsoft', { email: 'alice@outlook.com', domainOwnerVerified: '1' }],
  ['test', { email: 'alice@owned.example' }],
] as const

const ELSEWHERE = [
  ['google', { email: 'alice@example.com' }],
  ['google', { email: 'alice@example.com', hd: 'company.example' }],
  ['apple', { email: 'alice@example.com' }],
  ['github', { email: 'alice@example.com' }],
  ['microsoft', { email: 'alice@company.example', domainOwnerVerified: true }],
  ['kakao', { email: 'alice@example.com' }],
  ['oidc', { email: 'alice@example.com' }],
  ['test', { email: 'alice@example.com' }],
] as const

const UNVERIFIED = [
  ['google', { email: 'alice@gmail.com', emailVerified: false }],
  ['apple', { email: 'alice@icloud.com', emailVerified: false }],
  ['github', { email: 'alice@example.com', emailVerified: false }],
  ['microsoft', { email: 'alice@company.example' }],
  ['microsoft', { email: 'alice@company.example', domainOwnerVerified: false }],
  ['kakao', { email: 'alice@example.com', emailVerified: false }],
  ['kakao', { email: 'alice@example.com', emailValid: false }],
  ['naver', { email: 'alice@example.com' }],
  ['line', { email: 'alice@example.com' }],
  ['oidc', { email: 'alice@example.com', emailVerified: false }],
] as const

describe('row 1: an identity that is known', () => {
  it.each(['google', 'apple', 'github', 'microsoft', 'kakao', 'naver', 'line', 'oidc', 'test'] as const)(
    'logs in its user again, with %s',
    async (provider) => {
      const person = newPerson()
      const first = await logInWith(provider, person)
      const again = await logInWith(provider, person)
      expect(again.user.id).toBe(first.user.id)
      expect(await rowsOf('users')).toHaveLength(1)
      expect(await rowsOf('identities')).toHaveLength(1)
    },
  )

  it('logs in its user whatever the address is now', async () => {
    const person = newPerson({ email: 'alice@gmail.com' })
    const { user } = await logInWith('google', person)
    const bob = await logInByCode('bob@gmail.com')
    const changed = await logInWith('google', { ...person, email: 'bob@gmail.com' })
    expect(changed.user).toMatchObject({ id: user.id, email: 'alice@gmail.com' })
    expect(bob.user.id).not.toBe(user.id)
  })
})

describe('row 2: an address that the provider runs, of an account that has it', () => {
  it.each(OWNED)('is joined, with %s and %o', async (provider, about) => {
    const { user } = await logInByCode(about.email)
    const joined = await logInWith(provider, newPerson(about))
    expect(joined.user).toEqual(user)
    expect(await messagesTo(about.email, 2)).toContainEqual(expect.objectContaining({ purpose: 'identity_linked' }))
    const { body } = await joined.client.get<{ activity: unknown[] }>('/users/me/activity')
    expect(body.activity).toContainEqual(expect.objectContaining({ event: 'identity_linked', provider }))
  })

  it('keeps what the owner has set, and both ways to log in', async () => {
    const owner = await logInByCode('alice@gmail.com')
    await owner.client.patch('/users/me', { name: 'Alice', nickname: 'Al' })
    const joined = await logInWith('google', newPerson({ email: 'ALICE@gmail.com', name: 'Somebody Else' }))
    expect(joined.user).toMatchObject({ id: owner.user.id, name: 'Alice', nickname: 'Al', email: 'alice@gmail.com' })
    expect(await accountOf(owner.client)).toMatchObject({ user: { id: owner.user.id } })
  })

  it('is refused when the account has as many identities as it can have', async () => {
    const owner = await logInByCode('alice@gmail.com')
    for (let n = 0; n < MAX_IDENTITIES; n++) {
      const nonce = `a nonce of the app ${n}`
      const idToken = await idTokenOf('google', newPerson(), { nonce })
      const { status } = await owner.client.post('/users/me/identities', { provider: 'google', idToken, nonce })
      expect(status).toBe(201)
    }
    const { answer } = await goThrough('google', newPerson({ email: 'alice@gmail.com' }))
    expect(answer.body).toMatchObject({ code: 'too_many_identities' })
    expect(await rowsOf('identities')).toHaveLength(MAX_IDENTITIES)
  })
})

describe('row 3: an address that the provider has verified elsewhere, of an account that has it', () => {
  it.each(ELSEWHERE)('needs a proof, with %s and %o', async (provider, about) => {
    await logInByCode(about.email)
    const client = new Client()
    const start = await beginAt(provider, client)
    const back = authorize(start, newPerson(about))
    const answer = await expectNoChanges(() => comeBack(client, back))
    expect(answer).toMatchObject({
      status: 409,
      body: { code: 'identity_needs_proof', email: about.email, linkToken: expect.any(String) },
    })
    expect(client.cookies.has('__Host-access')).toBe(false)
  })

  it('is linked after a log-in by a code to the address', async () => {
    const { user } = await logInByCode('alice@example.com')
    const person = newPerson({ email: 'alice@example.com' })
    const { answer } = await goThrough('github', person)
    const { linkToken } = answer.body as unknown as { linkToken: string }
    advanceClock(MINUTE)
    const proven = await logInByCode('alice@example.com', new Client())
    const linked = await proven.client.post('/users/me/identities', { linkToken })
    expect(linked).toMatchObject({ status: 201, body: { provider: 'github', name: 'GitHub' } })
    expect((await logInWith('github', person)).user.id).toBe(user.id)
    // A client that has lost the answer asks again. For everybody else, the token is spent.
    const again = await proven.client.post('/users/me/identities', { linkToken })
    expect(again).toMatchObject({ status: 200, body: linked.body })
    const other = await signUp('mallory')
    expect((await other.client.post('/users/me/identities', { linkToken })).body.code).toBe('invalid_link_token')
  })

  it('sends a browser to the page that asks for the proof, with nothing secret in the address', async () => {
    await logInByCode('alice@example.com')
    const client = new Client({ Accept: 'text/html,application/xhtml+xml' })
    const { answer } = await goThrough('github', newPerson({ email: 'alice@example.com' }), { client })
    expect(destinationOf(answer)).toEqual({
      at: '/console/social',
      query: { error: 'identity_needs_proof', provider: 'github', returnTo: '/console' },
    })
    const cookie = client.setCookies.find((line) => line.startsWith('__Host-identity='))
    expect(cookie).toMatch(/Path=\/; HttpOnly; Secure; SameSite=Lax/)
  })
})

describe('row 4: an address that the provider has verified, and nobody has', () => {
  it.each([...OWNED, ...ELSEWHERE])('makes an account that has it, with %s and %o', async (provider, about) => {
    const { user } = await logInWith(provider, newPerson(about))
    expect(user).toMatchObject({ email: about.email, username: null, phone: null, hasPassword: false })
  })

  it('does not make one with an address that is kept for another user', async () => {
    const owner = await logInByCode('alice@gmail.com')
    expect((await owner.client.patch('/users/me', { username: 'alice' })).status).toBe(200)
    expect((await owner.client.put('/auth/password', { newPassword: 'correct horse battery staple' })).status).toBe(204)
    expect((await owner.client.delete('/users/me/email')).status).toBe(204)
    const { answer } = await goThrough('google', newPerson({ email: 'alice@gmail.com' }))
    expect(answer).toMatchObject({ status: 409, body: { code: 'identifier_reserved' } })
    expect(await rowsOf('identities')).toEqual([])
    expect(await rowsOf('users')).toHaveLength(1)
  })
})

describe('row 5: an address that is not verified, or none', () => {
  it.each(UNVERIFIED)('is looked up nowhere, with %s and %o', async (provider, about) => {
    const owner = await logInByCode(about.email)
    const { user } = await logInWith(provider, newPerson(about))
    expect(user.id).not.toBe(owner.user.id)
    expect(user.email).toBeNull()
    expect(await allMessagesTo(about.email)).toHaveLength(1)
  })

  it('makes an account that only the provider logs in to', async () => {
    const { client, user } = await logInWith('naver', newPerson())
    const { body } = await client.get<{ identities: { id: string }[] }>('/users/me/identities')
    const answer = await client.delete(`/users/me/identities/${body.identities[0]?.id}`)
    expect(answer).toMatchObject({ status: 409, body: { code: 'last_way_to_log_in' } })
    expect(user.email).toBeNull()
  })
})

it('an account with a user name and a password is nobody who could be joined', async () => {
  const alice = await signUp('alice')
  const { user } = await logInWith('google', newPerson({ email: 'alice@gmail.com' }))
  expect(user.id).not.toBe(alice.user.id)
})
