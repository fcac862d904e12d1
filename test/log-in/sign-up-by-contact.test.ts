import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { SessionAnswer } from '../../src/sessions/schemas'
import { Client } from '../helpers/client'
import { advanceClock, MINUTE, setClock } from '../helpers/clock'
import { askForCode, codeRequest, logInByCode, proveContact, rightGuess, stranger } from '../helpers/codes'
import { PASSWORD } from '../helpers/people'
import { expectNoChanges, rowsOf } from '../helpers/storage'

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const ALICE = 'alice@example.com'
const PHONE = '+821012345678'

const signUpWith = (body: Record<string, unknown>) => stranger().post('/auth/sign-up', body)
const logInAs = (identifier: string, password = PASSWORD) =>
  new Client().post<SessionAnswer>('/auth/log-in', { identifier, password })

const invalidToken = { status: 403, body: { code: 'invalid_verification_token' } }

describe('a verification token', () => {
  it('is given for a code, with the time when it expires', async () => {
    setClock(NOON + 999)
    const client = stranger()
    const asked = await askForCode(client, codeRequest(ALICE, 'verify'))
    const { status, body } = await client.post('/auth/otp/verify', rightGuess(asked))
    expect({ status, body }).toEqual({
      status: 200,
      body: { verificationToken: expect.any(String), expiresAt: '2026-12-01T12:10:00.000Z' },
    })
  })

  it('lives for ten minutes, and not a millisecond longer', async () => {
    setClock(NOON)
    const tokens = [await proveContact(ALICE), await proveContact(PHONE)]
    setClock(NOON + 10 * MINUTE - 1)
    expect((await signUpWith({ verificationTokens: [tokens[0]] })).status).toBe(201)
    setClock(NOON + 10 * MINUTE)
    expect(await signUpWith({ verificationTokens: [tokens[1]] })).toMatchObject(invalidToken)
  })

  it('is refused when it is not valid, and nothing changes', async () => {
    const [good, reset] = await Promise.all([
      proveContact(ALICE),
      logInByCode(PHONE).then(() => proveContact(PHONE, 'reset_password')),
    ])
    const { client, session } = await logInByCode('bob@example.com')
    const [header = '', payload = '', signature = ''] = good.split('.')
    const invalid = {
      empty: '',
      nonsense: 'nonsense',
      'of another purpose': reset,
      'an access token': client.cookies.get('__Host-access'),
      'a refresh token': client.cookies.get('__Secure-refresh'),
      'the id of a session': session.id,
      'signed by nobody': `${header}.${payload}.`,
      'with another signature': `${header}.${payload}.${signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))}`,
      'with the claims of another': `${header}.${reset.split('.')[1]}.${signature}`,
      'without an algorithm': `${btoa('{"alg":"none","typ":"verification+jwt"}').replaceAll('=', '')}.${payload}.`,
    }
    await expectNoChanges(async () => {
      for (const [name, token] of Object.entries(invalid)) {
        const { status, body } = await signUpWith({ verificationTokens: [token] })
        expect({ name, status, code: body.code }).toEqual({ name, status: 403, code: 'invalid_verification_token' })
      }
      const twice = await signUpWith({ verificationTokens: [good, good] })
      expect(twice).toMatchObject({
        status: 422,
        body: { errors: [{ path: '/verificationTokens/1', code: 'duplicate' }] },
      })
      const three = await signUpWith({ verificationTokens: [good, reset, good] })
      expect(three).toMatchObject({ status: 422, body: { errors: [{ path: '/verificationTokens' }] } })
    })
    // It is no other kind of token either.
    const bearer = new Client({ Authorization: `Bearer ${good}` })
    expect((await bearer.get('/users/me')).status).toBe(401)
    expect((await new Client({ Cookie: `__Secure-refresh=${good}` }).post('/auth/refresh')).status).toBe(401)
  })
})

describe('signing up with proven contacts', () => {
  it.each<[string, string[], Record<string, string>]>([
    ['an e-mail address alone', [ALICE], {}],
    ['a phone number alone', [PHONE], {}],
    ['both', [ALICE, PHONE], {}],
    ['both in the other order, and a user name', [PHONE, ALICE], { username: 'alice', nickname: 'Al' }],
    ['an e-mail address and a password', [ALICE], { password: PASSWORD }],
    ['all', [ALICE, PHONE], { username: 'alice', password: PASSWORD, name: 'Alice Liddell' }],
  ])('makes an account with %s', async (_, contacts, given) => {
    const verificationTokens = await Promise.all(contacts.map((to) => proveContact(to)))
    const { password, ...shown } = given
    const client = stranger()
    const { status, body } = await client.post<SessionAnswer>('/auth/sign-up', { ...given, verificationTokens })
    expect({ status, user: body.user }).toEqual({
      status: 201,
      user: {
        id: expect.any(String),
        username: null,
        name: null,
        nickname: null,
        timeZone: null,
        ...shown,
        email: contacts.includes(ALICE) ? ALICE : null,
        phone: contacts.includes(PHONE) ? PHONE : null,
        hasPassword: password !== undefined,
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
      },
    })
    expect((await client.get('/users/me')).body).toEqual(body.user)
    expect(await rowsOf('spent_tokens')).toHaveLength(contacts.length)

    for (const to of contacts) expect(await logInByCode(to)).toMatchObject({ status: 200, user: { id: body.user.id } })
    const identifiers = [...contacts, ...(shown['username'] === undefined ? [] : [shown['username']])]
    for (const identifier of identifiers) {
      expect((await logInAs(identifier)).status).toBe(password === undefined ? 401 : 200)
    }
  })

  it('needs a user name and a password when no contact is proven', async () => {
    for (const [given, missing] of [
      [{}, ['/username', '/password']],
      [{ username: 'alice' }, ['/password']],
      [{ password: PASSWORD }, ['/username']],
      [{ verificationTokens: [] }, ['/username', '/password']],
    ] as const) {
      const { status, body } = await signUpWith(given)
      expect({ status, paths: body.errors?.map(({ path }) => path) }).toEqual({ status: 422, paths: missing })
    }
  })

  it('refuses the own contact as a password', async () => {
    const verificationTokens = [await proveContact(ALICE)]
    const refused = await expectNoChanges(() => signUpWith({ verificationTokens, password: ALICE.toUpperCase() }))
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ path: '/password', code: 'own_name' }] } })
    expect((await signUpWith({ verificationTokens, password: PASSWORD })).status).toBe(201)
  })

  it('spends the token for good', async () => {
    const token = await proveContact(ALICE)
    const { body } = await stranger().post<SessionAnswer>('/auth/sign-up', { verificationTokens: [token] })
    const again = () => signUpWith({ verificationTokens: [token] })
    expect(await expectNoChanges(again)).toMatchObject(invalidToken)
    // It stays spent when the contact is free again.
    await env.DB.prepare('DELETE FROM users WHERE id = ?').bind(body.user.id).run()
    expect(await expectNoChanges(again)).toMatchObject(invalidToken)
    expect(await rowsOf('users')).toEqual([])
  })

  it.each([
    ['email_taken', ALICE, PHONE],
    ['phone_taken', PHONE, ALICE],
  ])('answers %s, and spends no token', async (code, taken, free) => {
    const holder = await logInByCode(taken)
    const tokens = [await proveContact(taken), await proveContact(free)]
    const refused = () => signUpWith({ username: 'carol', verificationTokens: tokens })
    expect(await expectNoChanges(refused)).toMatchObject({ status: 409, body: { code } })
    expect((await signUpWith({ verificationTokens: tokens.slice(0, 1) })).body).toMatchObject({ code })

    expect((await signUpWith({ username: 'carol', verificationTokens: tokens.slice(1) })).status).toBe(201)
    // The token was for the account that had the contact. Without that account it proves nothing.
    await env.DB.prepare('DELETE FROM users WHERE id = ?').bind(holder.user.id).run()
    expect(await expectNoChanges(() => signUpWith({ verificationTokens: tokens.slice(0, 1) }))).toMatchObject(
      invalidToken,
    )
  })

  it('answers username_taken before it checks the contacts, and spends no token', async () => {
    const token = await proveContact(ALICE)
    expect((await signUpWith({ username: 'alice', password: PASSWORD })).status).toBe(201)
    const refused = () => signUpWith({ username: 'Alice', verificationTokens: [token] })
    expect(await expectNoChanges(refused)).toMatchObject({ status: 409, body: { code: 'username_taken' } })
    expect((await signUpWith({ username: 'alice-2', verificationTokens: [token] })).status).toBe(201)
  })
})

describe('a password', () => {
  it('logs in with e-mail address, phone number or user name, in any spelling', async () => {
    const verificationTokens = [await proveContact(ALICE), await proveContact(PHONE)]
    const { body } = await stranger().post<SessionAnswer>('/auth/sign-up', {
      username: 'alice',
      password: PASSWORD,
      verificationTokens,
    })
    for (const identifier of [
      ' Alice@EXAMPLE.com',
      '010-1234-5678',
      '+82 10 1234 5678',
      '０１０１２３４５６７８',
      'ALICE',
    ]) {
      const answer = await logInAs(identifier)
      expect({ identifier, status: answer.status, id: answer.body.user?.id }).toEqual({
        identifier,
        status: 200,
        id: body.user.id,
      })
    }
    // Guesses at all of them are counted for one account.
    for (const identifier of ['alice', ALICE, '01012345678']) await logInAs(identifier, 'a wrong password')
    const { results } = await env.DB.prepare('SELECT key, failures FROM log_in_throttle').all()
    expect(results).toEqual([{ key: body.user.id, failures: 3 }])
  })
})

describe('availability', () => {
  const isAvailable = (body: Record<string, unknown>, client = stranger()) =>
    client.post<{ available: boolean }>('/users/availability', body)

  it('is public for a user name', async () => {
    expect((await signUpWith({ username: 'alice', password: PASSWORD })).status).toBe(201)
    for (const [username, available] of [
      ['alice', false],
      ['Alice', false],
      ['alicia', true],
    ] as const) {
      const { status, body } = await isAvailable({ username })
      expect({ username, status, body }).toEqual({ username, status: 200, body: { available } })
    }
    expect(await isAvailable({ username: '0101234567' })).toMatchObject({ status: 422 })
  })

  it('is answered for a contact to anybody who has proven it, as often as they ask', async () => {
    await logInByCode(ALICE)
    advanceClock(MINUTE)
    for (const [to, available] of [
      [ALICE, false],
      [PHONE, true],
    ] as const) {
      const verificationToken = await proveContact(to)
      for (const _ of [1, 2]) expect((await isAvailable({ verificationToken })).body).toEqual({ available })
    }
    expect(await rowsOf('spent_tokens')).toEqual([])
    expect(await isAvailable({ verificationToken: await proveContact(ALICE, 'reset_password') })).toMatchObject(
      invalidToken,
    )
    expect(await isAvailable({ verificationToken: 'nonsense' })).toMatchObject(invalidToken)
  })

  it('is asked for one thing at a time, and never for an unproven contact', async () => {
    for (const body of [{}, { username: 'alice', verificationToken: 'x' }]) {
      expect(await isAvailable(body)).toMatchObject({ status: 422, body: { errors: [{ path: '/username' }] } })
    }
    for (const contact of [{ email: ALICE }, { phone: PHONE }, { username: ALICE }, { username: PHONE }]) {
      expect((await isAvailable(contact)).status).toBe(422)
    }
  })
})
