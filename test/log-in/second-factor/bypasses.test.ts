import { describe, expect, it } from 'vitest'
import { Client } from '../../helpers/client'
import { advanceClock, DAY, MINUTE, setClock } from '../../helpers/clock'
import { askForCode, codeRequest, proveContact, rightGuess, stranger } from '../../helpers/codes'
import { signUpWithContacts } from '../../helpers/devices'
import { giveIdentity, identityOf, linkTokenFor } from '../../helpers/identities'
import { block } from '../../helpers/operator'
import { addPasskey, beginLogIn, newPasskey } from '../../helpers/passkeys'
import { logIn, PASSWORD, signUp, type Tokens, tally, together } from '../../helpers/people'
import { newPerson } from '../../helpers/providers'
import {
  Authenticator,
  ageFactor,
  askedBy,
  countSessions,
  firstFactor,
  logInWithBoth,
  type SetUp,
  secondFactor,
  secondFactorOf,
  turnOn,
} from '../../helpers/second-factor'
import { goThrough } from '../../helpers/social-log-in'
import { someOf } from '../../helpers/some-of'
import { rowsOf } from '../../helpers/storage'
import { verificationTokenFor } from '../../helpers/tokens'
import { put, undo, wayBackTokenFor } from '../../helpers/way-back'

/*
 * Known ways around a second factor, each tried by somebody who has the first factor: the password, the mailbox, or an identity.
 */

const EMAIL = 'alice@example.com'
const PHONE = '+821012345678'
const NEW_PASSWORD = 'another horse battery staple'
const NOON = Date.parse('2026-12-01T12:00:00.000Z')

const CREDENTIALS = { identifier: 'alice', password: PASSWORD }

const ENDED = { status: 403, body: { code: 'invalid_second_factor_token' } }
const NOT_PROVEN = { status: 403, body: { code: 'fresh_proof_required' } }

describe('another way in', () => {
  it('a reset of the password removes nothing, makes no device known, and its log-in asks', async () => {
    const alice = await signUpWithContacts('alice', [EMAIL])
    await turnOn(alice)
    const thief = stranger()
    const verificationToken = await proveContact(EMAIL, 'reset_password')
    const reset = await thief.put('/auth/password', { newPassword: NEW_PASSWORD, verificationToken })
    expect(reset.status).toBe(204)
    expect(thief.cookies.get('__Host-device')).toBeUndefined()
    askedBy(await thief.post('/auth/log-in', { identifier: 'alice', password: NEW_PASSWORD }))
    expect(await countSessions(alice)).toBe(0)
    expect(await rowsOf('second_factors')).toHaveLength(1)
  })

  it('a sign-up with a contact of the account begins no session', async () => {
    const alice = await signUpWithContacts('alice', [EMAIL])
    await turnOn(alice)
    const verificationTokens = [await verificationTokenFor({ channel: 'email', to: EMAIL })]
    expect((await stranger().post('/auth/sign-up', { verificationTokens })).status).toBeGreaterThanOrEqual(400)
    expect(await countSessions(alice)).toBe(1)
  })

  it('a known device is asked too', async () => {
    const alice = await signUp('alice')
    const authenticator = await turnOn(alice)
    await alice.client.post('/auth/log-out')
    expect(alice.client.cookies.get('__Host-device')).toBeDefined()
    const asked = await firstFactor('alice', alice.client)
    expect((await secondFactor(asked, await authenticator.code(), alice.client)).status).toBe(200)
  })

  it('a device token of an app is no second factor either', async () => {
    const alice = await signUp('alice')
    const first = await new Client().post<Tokens & { deviceToken: string }>('/auth/log-in', {
      ...CREDENTIALS,
      tokens: 'body',
    })
    await turnOn(alice)
    const { deviceToken } = first.body
    const answer = await new Client().post('/auth/log-in', { ...CREDENTIALS, tokens: 'body', deviceToken })
    expect(askedBy(answer).methods).toEqual(['totp', 'recovery_code'])
    const { secondFactorToken } = askedBy(answer)
    const reused = { secondFactorToken, code: '', deviceToken }
    expect(await new Client().post('/auth/second-factor', reused)).toMatchObject({ status: 422 })
    expect(await countSessions(alice)).toBe(2)
  })

  it.each(['verify', 'reset_password'] as const)('a verification token begins no session: %s', async (purpose) => {
    const alice = await signUpWithContacts('alice', [EMAIL])
    await turnOn(alice)
    const token = await proveContact(EMAIL, purpose)
    const client = stranger()
    for (const body of [
      { verificationTokens: [token] },
      { verificationTokens: [token], username: 'mallory', password: PASSWORD },
    ]) {
      expect((await client.post('/auth/sign-up', body)).status).toBeGreaterThanOrEqual(400)
    }
    for (const path of ['/auth/otp/log-in', '/auth/second-factor', '/auth/refresh', '/auth/social/exchange']) {
      const answers = [
        await client.post(path, { verificationToken: token }),
        await client.post(path, { secondFactorToken: token, code: '000000' }),
        await client.post(path, { refreshToken: token }),
        await client.post(path, { code: token, codeVerifier: 'a'.repeat(43) }),
      ]
      for (const { status } of answers) expect(status).toBeGreaterThanOrEqual(400)
    }
    expect(await countSessions(alice)).toBe(1)
    expect(await rowsOf('users')).toHaveLength(1)
  })

  it('a second-factor token opens nothing else', async () => {
    const alice = await signUp('alice')
    await turnOn(alice)
    const { secondFactorToken } = await firstFactor('alice')
    const { publicKey } = await beginLogIn(new Client())
    for (const answer of [
      await new Client({ Authorization: `Bearer ${secondFactorToken}` }).get('/users/me'),
      await new Client().post('/auth/refresh', { refreshToken: secondFactorToken }),
      await new Client().post('/auth/social/exchange', { code: secondFactorToken, codeVerifier: 'a'.repeat(43) }),
      await new Client().post('/auth/passkeys/log-in', { challengeToken: secondFactorToken, response: publicKey }),
      await new Client().put('/auth/password', { newPassword: NEW_PASSWORD, verificationToken: secondFactorToken }),
    ]) {
      expect(answer.status).toBeGreaterThanOrEqual(400)
    }
    expect(await countSessions(alice)).toBe(1)
  })

  it('an identity is not joined by the address that its provider runs', async () => {
    const alice = await signUpWithContacts('alice', ['alice@gmail.com'])
    await turnOn(alice)
    const { answer } = await goThrough('google', newPerson({ email: 'alice@gmail.com' }))
    expect(answer).toMatchObject({ status: 409, body: { code: 'identity_needs_proof' } })
    expect(await rowsOf('identities')).toEqual([])
    expect(await countSessions(alice)).toBe(1)
  })

  it('an identity that is linked needs the factor too, and an unlinked one ends the token', async () => {
    const person = newPerson()
    const alice = await signUpWithContacts('alice', [EMAIL])
    const id = await giveIdentity(alice, identityOf(person.subject))
    const authenticator = await turnOn(alice)
    const asked = askedBy((await goThrough('google', person)).answer)
    expect((await alice.client.delete(`/users/me/identities/${id}`)).status).toBe(204)
    expect(await secondFactor(asked, await authenticator.code())).toMatchObject(ENDED)
  })
})

describe('the way back', () => {
  it('leaves a factor that is older than seven days', async () => {
    setClock(NOON)
    const alice = await signUpWithContacts('alice', [EMAIL])
    setClock(NOON + 20 * DAY)
    const { client } = await logIn('alice')
    const authenticator = await turnOn({ client })
    setClock(NOON + 40 * DAY)
    const owner = await logInWithBoth('alice', authenticator)
    expect((await put(owner, 'phone', PHONE)).status).toBe(200)
    const undone = await undo(await wayBackTokenFor(EMAIL), { password: PASSWORD })
    expect(undone.status).toBe(204)
    await firstFactor('alice')
    expect(await countSessions(alice)).toBe(0)
  })

  it('takes away the one that a thief has just turned on', async () => {
    setClock(NOON)
    const alice = await signUpWithContacts('alice', [EMAIL])
    setClock(NOON + 20 * DAY)
    const thief = await logIn('alice')
    await turnOn(thief)
    await firstFactor('alice')
    const undone = await undo(await wayBackTokenFor(EMAIL), { password: PASSWORD })
    expect(undone.status).toBe(204)
    expect(await countSessions(alice)).toBe(0)
    await logIn('alice')
  })

  it('of a change after it takes a young one away too', async () => {
    setClock(NOON)
    await signUpWithContacts('alice', [EMAIL])
    setClock(NOON + 20 * DAY)
    const thief = await logIn('alice')
    await turnOn(thief)
    advanceClock(MINUTE)
    expect((await put(thief, 'email', 'mallory@example.com')).status).toBe(200)
    expect((await undo(await wayBackTokenFor(EMAIL), { password: PASSWORD })).status).toBe(204)
    await logIn('alice')
  })
})

/** Logs in by a code to the mailbox, and nothing else. */
const logInByMailbox = async (client = stranger()) =>
  client.post('/auth/otp/log-in', rightGuess(await askForCode(client, codeRequest(EMAIL, 'log_in'))))

describe('what the way back costs', () => {
  it.each([
    [14 * DAY - 2 * MINUTE, 200],
    [14 * DAY, 403],
  ])(
    'by a reset in its first seven days, mailbox and password take a factor away that is %i ms old: %i',
    async (age, status) => {
      setClock(NOON)
      await signUpWithContacts('alice', [EMAIL])
      setClock(NOON + 20 * DAY)
      await turnOn(await logIn('alice'))
      setClock(NOON + 27 * DAY - MINUTE)
      const verificationToken = await proveContact(EMAIL, 'reset_password')
      const reset = await stranger().put('/auth/password', { newPassword: NEW_PASSWORD, verificationToken })
      expect(reset.status).toBe(204)
      const link = await wayBackTokenFor(EMAIL)
      setClock(NOON + 20 * DAY + age)
      await undo(link, { password: PASSWORD })
      expect((await logInByMailbox()).status).toBe(status)
    },
  )

  it('the mailbox alone takes a young factor away, where the account has nothing else', async () => {
    setClock(NOON)
    const client = new Client()
    const verificationTokens = [await verificationTokenFor({ channel: 'email', to: EMAIL })]
    expect((await client.post('/auth/sign-up', { verificationTokens })).status).toBe(201)
    await turnOn({ client })
    setClock(NOON + DAY)
    askedBy(await logInByMailbox())
    expect((await undo(await wayBackTokenFor(EMAIL), {})).status).toBe(204)
    advanceClock(MINUTE)
    expect((await logInByMailbox()).status).toBe(200)
  })
})

describe('a session that began without the factor', () => {
  const dangerous: [string, (client: Client) => Promise<unknown>][] = [
    ['its password', (client) => client.put('/auth/password', { newPassword: NEW_PASSWORD })],
    [
      'its password, by the current one',
      (client) => client.put('/auth/password', { newPassword: NEW_PASSWORD, currentPassword: PASSWORD }),
    ],
    [
      'its e-mail address',
      async (client) =>
        client.put('/users/me/email', {
          verificationToken: await verificationTokenFor({ channel: 'email', to: 'mallory@example.com' }),
        }),
    ],
    [
      'its phone number',
      async (client) =>
        client.put('/users/me/phone', { verificationToken: await verificationTokenFor({ channel: 'sms', to: PHONE }) }),
    ],
    ['that it has an e-mail address', (client) => client.delete('/users/me/email')],
    ['its user name', (client) => client.patch('/users/me', { username: 'mallory' })],
    [
      'its identities',
      async (client) => client.post('/users/me/identities', { linkToken: await linkTokenFor(identityOf('mallory')) }),
    ],
    ['its identities, by a browser', (client) => client.post('/auth/social/google/link', {})],
    ['its passkeys', (client) => client.post('/users/me/passkeys/options')],
    [
      'its passkeys, by the current password',
      (client) => client.post('/users/me/passkeys/options', { currentPassword: PASSWORD }),
    ],
    ['that it is there', (client) => client.delete('/users/me')],
    [
      'that it is there, by the current password',
      (client) => client.delete('/users/me', { currentPassword: PASSWORD }),
    ],
    ['that others are signed in', (client) => client.delete('/auth/sessions')],
    ['its second factor', (client) => client.delete('/users/me/totp')],
    [
      'its second factor, by the current password',
      (client) => client.delete('/users/me/totp', { currentPassword: PASSWORD }),
    ],
    ['its authenticator', (client) => client.post('/users/me/totp')],
    [
      'its authenticator, by the current password',
      (client) => client.post('/users/me/totp', { currentPassword: PASSWORD }),
    ],
    ['its passkeys: another one', (client) => client.post('/users/me/passkeys/options')],
    [
      'its passkeys: another one, by the current password',
      (client) => client.post('/users/me/passkeys/options', { currentPassword: PASSWORD }),
    ],
    [
      'its passkeys: one that is there',
      async (client) => client.delete(`/users/me/passkeys/${(await rowsOf('passkeys'))[0]?.['id']}`),
    ],
    [
      'that another one is signed in',
      async (client) => client.delete(`/auth/sessions/${(await rowsOf('sessions'))[0]?.['id']}`),
    ],
    ['its recovery codes', (client) => client.post('/users/me/recovery-codes', { currentPassword: PASSWORD })],
  ]

  it.each(someOf(dangerous, 3))('cannot change: %s', async (_, act) => {
    const alice = await signUpWithContacts('alice', [EMAIL])
    await addPasskey(alice)
    const old = await logIn('alice')
    await turnOn(alice)
    const tables = ['users', 'second_factors', 'identities', 'passkeys', 'sessions', 'removal_requests']
    const before = await Promise.all(tables.map(rowsOf))
    expect(await act(old.client)).toMatchObject(NOT_PROVEN)
    expect(await Promise.all(tables.map(rowsOf))).toEqual(before)
  })

  it.each(someOf(dangerous, 3))('cannot change after ten minutes: %s', async (_, act) => {
    const alice = await signUpWithContacts('alice', [EMAIL])
    await addPasskey(alice)
    const old = await logIn('alice')
    await turnOn(alice)
    advanceClock(10 * MINUTE)
    expect((await old.client.post('/auth/refresh')).status).toBe(200)
    expect(await act(old.client)).toMatchObject(NOT_PROVEN)
  })

  it('adds no passkey by a challenge, and no app by a set-up, from before', async () => {
    const alice = await signUpWithContacts('alice', [EMAIL])
    const old = await logIn('alice')
    const body = await newPasskey(old)
    const begun = await old.client.post<SetUp>('/users/me/totp')
    await turnOn(alice)
    const before = await rowsOf('second_factors')
    expect(await old.client.post('/users/me/passkeys', body)).toMatchObject({ body: { code: 'invalid_passkey' } })
    const code = await new Authenticator(begun.body.secret).code()
    expect(await old.client.put('/users/me/totp', { code })).toMatchObject({ body: { code: 'wrong_second_factor' } })
    expect([await rowsOf('passkeys'), await rowsOf('second_factors')]).toEqual([[], before])
  })

  it('does not include the factor after a refresh, and one that has it keeps it', async () => {
    const alice = await signUpWithContacts('alice', [EMAIL])
    const old = await logIn('alice')
    await turnOn(alice)
    for (const { client } of [old, alice]) expect((await client.post('/auth/refresh')).status).toBe(200)
    expect(await old.client.delete('/auth/sessions')).toMatchObject(NOT_PROVEN)
    expect((await alice.client.delete('/auth/sessions')).status).toBe(204)
  })

  it('can with the current password and a code, which is spent', async () => {
    const alice = await signUpWithContacts('alice', [EMAIL])
    const old = await logIn('alice')
    const authenticator = await turnOn(alice)
    const code = await authenticator.code()
    const wrong = { currentPassword: 'not it at all', secondFactorCode: code }
    expect(await old.client.delete('/users/me/email', wrong)).toMatchObject({
      status: 403,
      body: { code: 'wrong_password' },
    })
    const proof = { currentPassword: PASSWORD, secondFactorCode: code }
    expect((await old.client.patch('/users/me', { username: 'alicia', ...proof })).status).toBe(200)
    expect(await old.client.delete('/users/me', proof)).toMatchObject({
      status: 403,
      body: { code: 'wrong_second_factor' },
    })
    expect(await secondFactor(await firstFactor('alicia'), code)).toMatchObject({ status: 401 })
    const [recovery] = authenticator.recoveryCodes
    expect(
      (await old.client.delete('/users/me/totp', { currentPassword: PASSWORD, secondFactorCode: recovery })).status,
    ).toBe(204)
  })
})

describe('a second-factor token', () => {
  it('is accepted once', async () => {
    const alice = await signUp('alice')
    const authenticator = await turnOn(alice)
    const asked = await firstFactor('alice')
    expect((await secondFactor(asked, await authenticator.code())).status).toBe(200)
    expect(await secondFactor(asked, await authenticator.code())).toMatchObject(ENDED)
    expect(await countSessions(alice)).toBe(2)
  })

  it('begins one session in 100 requests at once with two codes', async () => {
    const alice = await signUp('alice')
    const authenticator = await turnOn(alice)
    advanceClock(2 * MINUTE)
    const asked = await firstFactor('alice')
    const codes = [await authenticator.code(), await authenticator.code()]
    const answers = await together(100, (n) => secondFactor(asked, codes[n % 2] ?? ''))
    expect(tally(answers.map(({ status }) => status))['200']).toBe(1)
    expect(await countSessions(alice)).toBe(2)
  })

  it('of each of two first factors needs a code of its own', async () => {
    const alice = await signUp('alice')
    const authenticator = await turnOn(alice)
    const [one, other] = [await firstFactor('alice'), await firstFactor('alice')]
    const code = await authenticator.code()
    const answers = await Promise.all([secondFactor(one, code), secondFactor(other, code)])
    expect(tally(answers.map(({ status }) => status))).toEqual({ 200: 1, 401: 1 })
    const left = answers[0].status === 200 ? other : one
    expect((await secondFactor(left, await authenticator.code())).status).toBe(200)
  })

  it('takes no code of another account', async () => {
    const [alice, mallory] = [await signUp('alice'), await signUp('mallory')]
    const [hers, theirs] = [await turnOn(alice), await turnOn(mallory)]
    const asked = await firstFactor('alice')
    for (const code of [await theirs.code(), theirs.recoveryCodes[0] ?? '']) {
      expect(await secondFactor(asked, code)).toMatchObject({ status: 401, body: { code: 'invalid_code' } })
    }
    const own = await secondFactor(await firstFactor('mallory'), await theirs.code())
    expect(own.body.user.username).toBe('mallory')
    expect((await secondFactor(asked, await hers.code())).status).toBe(200)
  })

  it('lives for five minutes', async () => {
    setClock(NOON)
    const alice = await signUp('alice')
    const authenticator = await turnOn(alice)
    const [one, other] = [await firstFactor('alice'), await firstFactor('alice')]
    expect(one.expiresAt).toBe('2026-12-01T12:05:00.000Z')
    setClock(NOON + 5 * MINUTE - 1)
    expect((await secondFactor(one, await authenticator.code())).status).toBe(200)
    setClock(NOON + 5 * MINUTE)
    expect(await secondFactor(other, await authenticator.code())).toMatchObject(ENDED)
  })

  const endings: [string, (alice: Awaited<ReturnType<typeof signUp>>) => Promise<unknown>][] = [
    ['a new password', ({ client }) => client.put('/auth/password', { newPassword: NEW_PASSWORD })],
    [
      'a reset',
      async () =>
        stranger().put('/auth/password', {
          newPassword: NEW_PASSWORD,
          verificationToken: await proveContact(EMAIL, 'reset_password'),
        }),
    ],
    ['a new contact', (alice) => put(alice, 'phone', PHONE)],
    ['the end of all sessions', ({ client }) => client.delete('/auth/sessions')],
    ['a block', ({ user }) => block(user)],
    ['another authenticator', (alice) => turnOn(alice)],
    ['that it is turned off', ({ client }) => client.delete('/users/me/totp')],
    ['an erasure', ({ client }) => client.delete('/users/me')],
  ]

  it.each(endings)('is ended by: %s', async (_, end) => {
    const alice = await signUpWithContacts('alice', [EMAIL])
    const authenticator = await turnOn(alice)
    const client = stranger()
    const guess = rightGuess(await askForCode(client, codeRequest(EMAIL, 'log_in')))
    const tokens = [await firstFactor('alice'), askedBy(await client.post('/auth/otp/log-in', guess))]
    await end(alice)
    const sessions = await rowsOf('sessions')
    for (const token of tokens) expect(await secondFactor(token, await authenticator.code())).toMatchObject(ENDED)
    expect(await rowsOf('sessions')).toEqual(sessions)
  })

  it('is no other text', async () => {
    const alice = await signUp('alice')
    await turnOn(alice)
    const { secondFactorToken } = await firstFactor('alice')
    const device = alice.client.cookies.get('__Host-device') ?? ''
    for (const token of [device, 'x', `${secondFactorToken}A`, secondFactorToken.slice(0, -1), 'A'.repeat(3000)]) {
      expect(await secondFactor({ secondFactorToken: token }, '123456')).toMatchObject(ENDED)
    }
    expect((await secondFactor({ secondFactorToken: 'A'.repeat(13_000) }, '123456')).status).toBe(422)
  })

  it('keeps its tokens where the log-in asked for them', async () => {
    const alice = await signUp('alice')
    const authenticator = await turnOn(alice)
    const { secondFactorToken } = await firstFactor('alice')
    const body = { secondFactorToken, code: await authenticator.code(), tokens: 'body' }
    expect(await new Client().post('/auth/second-factor', body)).toMatchObject({ status: 422 })
  })
})

describe('a factor that is old', () => {
  it('is as good a proof as a password, to remove a contact', async () => {
    const alice = await signUpWithContacts('alice', [EMAIL, PHONE])
    const authenticator = await turnOn(alice)
    await ageFactor(alice, 3 * DAY)
    advanceClock(4 * DAY)
    const client = stranger()
    const guess = rightGuess(await askForCode(client, codeRequest(EMAIL, 'log_in')))
    const asked = askedBy(await client.post('/auth/otp/log-in', guess))
    expect((await secondFactor(asked, await authenticator.code(), client)).status).toBe(200)
    expect((await client.delete('/users/me/phone')).status).toBe(204)
    expect(await secondFactorOf({ client })).not.toBeNull()
  })
})
