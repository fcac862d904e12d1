import { describe, expect, it } from 'vitest'
import { eventsOf } from '../../activity/read-activity'
import { Client } from '../../helpers/client'
import { advanceClock, MINUTE, setClock } from '../../helpers/clock'
import { allMessagesTo, askForCode, codeRequest, rightGuess, stranger } from '../../helpers/codes'
import { signUpWithContacts } from '../../helpers/devices'
import { exchangeFor, giveIdentity, identityOf } from '../../helpers/identities'
import { logIn, signUp, tally, together } from '../../helpers/people'
import { idTokenOf, newPerson } from '../../helpers/providers'
import {
  type Asked,
  Authenticator,
  askedBy,
  countSessions,
  firstFactor,
  logInWithBoth,
  type SetUp,
  secondFactor,
  secondFactorOf,
  turnOn,
  wrongCodeOf,
} from '../../helpers/second-factor'
import { goThrough } from '../../helpers/social-log-in'
import { rowsOf } from '../../helpers/storage'

const EMAIL = 'alice@example.com'
const NONCE = 'a nonce of the app'

describe('setting a second factor up', () => {
  it('counts only once a code was typed', async () => {
    const alice = await signUp('alice')
    const { status, body } = await alice.client.post<SetUp>('/users/me/totp')
    expect(status).toBe(200)
    expect(body).toEqual({
      secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
      uri: `otpauth://totp/localhost%3A8787:alice?secret=${body.secret}&issuer=localhost%3A8787&algorithm=SHA1&digits=6&period=30`,
      qr: expect.stringMatching(/^<svg[^>]+>.*<\/svg>$/s),
      expiresAt: expect.any(String),
    })
    expect(await secondFactorOf(alice)).toBeNull()
    await logIn('alice')
    const authenticator = await turnOn(alice)
    expect(await secondFactorOf(alice)).toMatchObject({ recoveryCodesLeft: 10, erasureRequest: null })
    expect(new Set(authenticator.recoveryCodes).size).toBe(10)
    for (const code of authenticator.recoveryCodes)
      expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/)
    await firstFactor('alice')
  })

  it('keeps the secret sealed, and of the recovery codes only hashes', async () => {
    const alice = await signUp('alice')
    const { secret, recoveryCodes } = await turnOn(alice)
    const text = JSON.stringify(await rowsOf('second_factors'))
    expect(text).not.toContain(secret)
    for (const code of recoveryCodes) expect(text).not.toContain(code.replaceAll('-', ''))
  })

  it('refuses a wrong code, one of another session, and one that comes too late', async () => {
    const alice = await signUp('alice')
    const other = await logIn('alice')
    const { body } = await alice.client.post<SetUp>('/users/me/totp')
    const app = new Authenticator(body.secret)
    const put = (client: Client, code: string) => client.put('/users/me/totp', { code })
    expect(await put(alice.client, await wrongCodeOf(app))).toMatchObject({
      status: 403,
      body: { code: 'wrong_second_factor' },
    })
    expect(await put(other.client, await app.code())).toMatchObject({
      status: 403,
      body: { code: 'wrong_second_factor' },
    })
    advanceClock(10 * MINUTE)
    expect((await alice.client.post('/auth/refresh')).status).toBe(200)
    expect(await put(alice.client, await app.code())).toMatchObject({
      status: 403,
      body: { code: 'wrong_second_factor' },
    })
    expect(await secondFactorOf(alice)).toBeNull()
  })

  it('replaces a set-up that is pending', async () => {
    const alice = await signUp('alice')
    const first = await alice.client.post<SetUp>('/users/me/totp')
    await alice.client.post<SetUp>('/users/me/totp')
    const code = await new Authenticator(first.body.secret).code()
    expect((await alice.client.put('/users/me/totp', { code })).status).toBe(403)
  })

  it('is told, recorded, and asks the next log-in', async () => {
    const alice = await signUpWithContacts('alice', [EMAIL, '+821012345678'])
    await turnOn(alice)
    for (const to of [EMAIL, '+821012345678']) {
      expect((await allMessagesTo(to)).map(({ purpose }) => purpose)).toEqual(['second_factor_on'])
    }
    expect((await eventsOf(alice)).map(({ event }) => event)).toContain('second_factor_on')
  })

  it('confirms once in 50 requests at once', async () => {
    const alice = await signUp('alice')
    const { body } = await alice.client.post<SetUp>('/users/me/totp')
    const code = await new Authenticator(body.secret).code()
    const answers = await together(50, () => alice.client.put('/users/me/totp', { code }))
    expect(tally(answers.map(({ status }) => status))['200']).toBe(1)
  })
})

describe('every way in asks for the second factor', () => {
  it('a password', async () => {
    const alice = await signUp('alice')
    const authenticator = await turnOn(alice)
    const client = new Client()
    const asked = await firstFactor('alice', client)
    expect(asked).toEqual({
      type: '/problems/second_factor_required',
      title: expect.any(String),
      status: 403,
      code: 'second_factor_required',
      requestId: expect.any(String),
      secondFactorToken: expect.any(String),
      methods: ['totp', 'recovery_code'],
      expiresAt: expect.any(String),
    })
    expect(await countSessions(alice)).toBe(1)
    const { status, body } = await secondFactor(asked, await authenticator.code(), client)
    expect(status).toBe(200)
    expect(body).toEqual({ session: expect.any(Object), user: expect.objectContaining({ username: 'alice' }) })
    expect((await client.get('/users/me')).status).toBe(200)
    expect(await countSessions(alice)).toBe(2)
    expect((await eventsOf({ client })).slice(0, 3).map(({ event, by, factor }) => [event, by, factor])).toEqual([
      ['new_device', undefined, undefined],
      ['log_in', 'password', 'totp'],
      ['second_factor_asked', 'password', undefined],
    ])
  })

  it('a code, which is spent', async () => {
    const alice = await signUpWithContacts('alice', [EMAIL])
    const authenticator = await turnOn(alice)
    const client = stranger()
    const guess = rightGuess(await askForCode(client, codeRequest(EMAIL, 'log_in')))
    const asked = askedBy(await client.post('/auth/otp/log-in', guess))
    expect(await client.post('/auth/otp/log-in', guess)).toMatchObject({ status: 401, body: { code: 'invalid_code' } })
    expect(await secondFactor(asked, await authenticator.code(), client)).toMatchObject({ status: 200 })
  })

  it('an ID token and an exchange code, which are spent', async () => {
    const person = newPerson()
    const alice = await signUp('alice')
    await giveIdentity(alice, identityOf(person.subject))
    const authenticator = await turnOn(alice)
    const idToken = await idTokenOf('google', person, { nonce: NONCE })
    const native = () => new Client().post('/auth/social/google', { idToken, nonce: NONCE, tokens: 'body' })
    const asked = askedBy(await native())
    expect(await native()).toMatchObject({ status: 403, body: { code: 'invalid_id_token' } })
    const answer = await secondFactor(asked, await authenticator.code())
    expect(answer).toMatchObject({ status: 200, body: { tokenType: 'Bearer', deviceToken: expect.any(String) } })

    const exchange = await exchangeFor(identityOf(person.subject))
    askedBy(await new Client().post('/auth/social/exchange', exchange))
    expect(await new Client().post('/auth/social/exchange', exchange)).toMatchObject({
      status: 403,
      body: { code: 'invalid_exchange_code' },
    })
  })

  it('a browser that comes back from a provider, whose state is spent', async () => {
    const person = newPerson()
    const alice = await signUp('alice')
    await giveIdentity(alice, identityOf(person.subject))
    const authenticator = await turnOn(alice)
    const { client, answer } = await goThrough('google', person)
    const asked = askedBy(answer)
    expect(client.cookies.get('__Host-access')).toBeUndefined()
    expect(await secondFactor(asked, await authenticator.code(), client)).toMatchObject({ status: 200 })
  })

  it('and sessions that are there go on', async () => {
    const alice = await signUp('alice')
    const other = await logIn('alice')
    await turnOn(alice)
    for (const { client } of [alice, other]) {
      expect((await client.post('/auth/refresh')).status).toBe(200)
      expect((await client.get('/todos')).status).toBe(200)
    }
  })
})

describe('codes', () => {
  it('accepts each of the app once, in 100 log-ins at once', async () => {
    const alice = await signUp('alice')
    const authenticator = await turnOn(alice)
    const tokens: Asked[] = []
    for (let n = 0; n < 10; n++) tokens.push(await firstFactor('alice'))
    const code = await authenticator.code()
    const answers = await together(100, (n) => secondFactor(tokens[n % 10] ?? { secondFactorToken: '' }, code))
    expect(tally(answers.map(({ status }) => status))['200']).toBe(1)
    expect(await countSessions(alice)).toBe(2)
  })

  it('accepts each recovery code once, in 100 log-ins at once', async () => {
    const alice = await signUpWithContacts('alice', [EMAIL])
    const authenticator = await turnOn(alice)
    const tokens: Asked[] = []
    for (let n = 0; n < 10; n++) tokens.push(await firstFactor('alice'))
    const [code = ''] = authenticator.recoveryCodes
    const answers = await together(100, (n) => secondFactor(tokens[n % 10] ?? { secondFactorToken: '' }, code))
    expect(tally(answers.map(({ status }) => status))['200']).toBe(1)
    expect(await countSessions(alice)).toBe(2)
    expect(await secondFactorOf(alice)).toMatchObject({ recoveryCodesLeft: 9 })
  })

  it('says when few recovery codes are left', async () => {
    const alice = await signUpWithContacts('alice', [EMAIL])
    const { recoveryCodes } = await turnOn(alice)
    for (const code of recoveryCodes) {
      const typed = code.toLowerCase().replaceAll('-', ' ')
      expect((await secondFactor(await firstFactor('alice'), typed)).status).toBe(200)
    }
    const purposes = (await allMessagesTo(EMAIL))
      .map(({ purpose }) => purpose)
      .filter((one) => one.startsWith('recovery'))
    // No more than five notices of a kind go out in a day.
    expect(tally(purposes)).toEqual({ recovery_codes_few: 4, recovery_code_used: 5 })
    expect((await firstFactor('alice')).methods).toEqual(['totp'])
  })

  it('replaces recovery codes', async () => {
    const alice = await signUp('alice')
    const { recoveryCodes } = await turnOn(alice)
    const made = await alice.client.post<{ recoveryCodes: string[] }>('/users/me/recovery-codes')
    expect(made.status).toBe(200)
    expect((await secondFactor(await firstFactor('alice'), recoveryCodes[0] ?? '')).status).toBe(401)
    expect((await secondFactor(await firstFactor('alice'), made.body.recoveryCodes[0] ?? '')).status).toBe(200)
  })

  it('has no recovery codes without a second factor', async () => {
    const { client } = await signUp('alice')
    const refused = { status: 409, body: { code: 'no_second_factor' } }
    expect(await client.post('/users/me/recovery-codes')).toMatchObject(refused)
    expect((await client.delete('/users/me/totp')).status).toBe(204)
  })
})

describe('turning it off', () => {
  it('needs it', async () => {
    const alice = await signUpWithContacts('alice', [EMAIL])
    const authenticator = await turnOn(alice)
    const bob = await logInWithBoth('alice', authenticator)
    expect((await bob.client.delete('/users/me/totp')).status).toBe(204)
    expect(await secondFactorOf(bob)).toBeNull()
    await logIn('alice')
    expect((await allMessagesTo(EMAIL)).map(({ purpose }) => purpose)).toContain('second_factor_off')
    expect((await eventsOf(bob)).map(({ event }) => event)).toContain('second_factor_off')
  })

  it('a new authenticator works once it is confirmed, and the old one until then', async () => {
    setClock(Date.now())
    const alice = await signUpWithContacts('alice', [EMAIL])
    const old = await turnOn(alice)
    await alice.client.post('/users/me/totp')
    await logInWithBoth('alice', old)
    const fresh = await turnOn(alice)
    expect((await secondFactor(await firstFactor('alice'), await old.code())).status).toBe(401)
    await logInWithBoth('alice', fresh)
    expect((await allMessagesTo(EMAIL)).map(({ purpose }) => purpose)).toContain('second_factor_changed')
  })
})
