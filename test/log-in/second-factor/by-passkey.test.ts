import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { eventsOf } from '../../activity/read-activity'
import { Authenticator as Passkey, type Wrong } from '../../helpers/authenticator'
import { interruptedD1 } from '../../helpers/bindings'
import { Client, type ProblemBody, withBindings } from '../../helpers/client'
import { advanceClock, DAY, MINUTE, setClock } from '../../helpers/clock'
import { allMessagesTo, askForCode, codeRequest, proveContact, rightGuess, stranger } from '../../helpers/codes'
import { signUpWithContacts } from '../../helpers/devices'
import { giveIdentity, identityOf } from '../../helpers/identities'
import { block } from '../../helpers/operator'
import { addPasskey, beginLogIn, logInByPasskey, passkeysOf } from '../../helpers/passkeys'
import { type Person, signUp, type Tokens, tally, together } from '../../helpers/people'
import { newPerson } from '../../helpers/providers'
import { prepareRequest } from '../../helpers/removal-requests'
import {
  type Asked,
  askedBy,
  countSessions,
  firstFactor,
  secondFactor,
  secondFactorByPasskey,
  turnOn,
  wrongCodeOf,
} from '../../helpers/second-factor'
import { goThrough } from '../../helpers/social-log-in'
import { expectNoChanges, rowsOf } from '../../helpers/storage'

/* A passkey of the same account, in the place of a code. */

const EMAIL = 'alice@example.com'
const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const ENDED = { status: 403, body: { code: 'invalid_second_factor_token' } }
const INVALID = { status: 403, body: { code: 'invalid_passkey' } }
const UNKNOWN = { status: 404, body: { code: 'unknown_passkey' } }

beforeEach(() => setClock(NOON))

async function aliceWithBoth(passkey: Passkey) {
  const alice = await signUpWithContacts('alice', [EMAIL])
  const { id } = await addPasskey(alice, passkey)
  const app = await turnOn(alice)
  advanceClock(MINUTE)
  return { alice, app, id }
}

/** A client that has a challenge, and the body with a right answer to it. */
async function answered({ secondFactorToken }: Pick<Asked, 'secondFactorToken'>, passkey: Passkey, wrong: Wrong = {}) {
  const client = new Client()
  const { publicKey } = await beginLogIn(client)
  return { client, body: { secondFactorToken, response: await passkey.get(publicKey, wrong) } }
}

const goOn = ({ client, body }: Awaited<ReturnType<typeof answered>>) =>
  client.post<Person & ProblemBody>('/auth/second-factor', body)

describe('a passkey as the second factor', () => {
  it('is named where the account has one, and begins the session', async () => {
    const passkey = new Passkey()
    const { alice } = await aliceWithBoth(passkey)
    const client = new Client()
    const asked = await firstFactor('alice', client)
    expect(asked.methods).toEqual(['totp', 'recovery_code', 'passkey'])
    advanceClock(1000)
    const { status, body } = await secondFactorByPasskey(asked, passkey, { client })
    expect([status, body.user.id]).toEqual([200, alice.user.id])
    expect((await client.get('/users/me')).status).toBe(200)
    expect((await eventsOf({ client })).slice(0, 3).map(({ event, by, factor }) => [event, by, factor])).toEqual([
      ['new_device', undefined, undefined],
      ['log_in', 'password', 'passkey'],
      ['second_factor_asked', 'password', undefined],
    ])
  })

  it('is not named where the account has none', async () => {
    const [alice, bob] = [await signUp('alice'), await signUp('bob')]
    await addPasskey(bob)
    await turnOn(alice)
    expect((await firstFactor('alice')).methods).toEqual(['totp', 'recovery_code'])
  })

  it('works without cookies', async () => {
    const passkey = new Passkey()
    await aliceWithBoth(passkey)
    const client = new Client()
    const { secondFactorToken } = await firstFactor('alice', client, { tokens: 'body' })
    const { publicKey, challengeToken } = await beginLogIn(client, 'body')
    const body = { secondFactorToken, response: await passkey.get(publicKey), challengeToken, tokens: 'body' }
    const answer = await client.post<Tokens>('/auth/second-factor', body)
    expect([answer.status, answer.body.tokenType, client.setCookies]).toEqual([200, 'Bearer', []])
  })

  it.each(['code', 'identity'])('is asked after each first factor: %s', async (first) => {
    const passkey = new Passkey()
    const { alice } = await aliceWithBoth(passkey)
    const person = newPerson()
    await giveIdentity(alice, identityOf(person.subject))
    const client = stranger()
    const byCode = async () =>
      client.post('/auth/otp/log-in', rightGuess(await askForCode(client, codeRequest(EMAIL, 'log_in'))))
    const asked = askedBy(first === 'code' ? await byCode() : (await goThrough('google', person)).answer)
    expect(asked.methods).toContain('passkey')
    expect((await secondFactorByPasskey(asked, passkey)).body.user.id).toBe(alice.user.id)
  })

  it('is noted as a log-in by it is', async () => {
    const passkey = new Passkey()
    const { alice, id } = await aliceWithBoth(passkey)
    await prepareRequest(alice, id)
    await env.DB.prepare(
      "INSERT INTO removal_requests SELECT user_id, 'second_factor', effective_at, stamp, 'x' FROM removal_requests",
    ).run()
    expect((await secondFactorByPasskey(await firstFactor('alice'), passkey)).status).toBe(200)
    expect(await passkeysOf(alice)).toMatchObject([{ lastUsedAt: new Date(Date.now()).toISOString() }])
    expect((await rowsOf('passkeys')).map(({ counter }) => counter)).toEqual([passkey.passkey?.counter])
    expect((await rowsOf('removal_requests')).map(({ stamp }) => stamp)).toEqual([null, null])
    const again = await answered(await firstFactor('alice'), passkey, { counter: 1 })
    expect((await goOn(again)).status).toBe(200)
    expect((await eventsOf(alice)).map(({ event }) => event)).toContain('passkey_maybe_copied')
    expect((await allMessagesTo(EMAIL)).map(({ purpose }) => purpose)).toContain('passkey_maybe_copied')
  })

  it('counts as a fresh proof with the second factor', async () => {
    const passkey = new Passkey()
    await aliceWithBoth(passkey)
    const client = new Client()
    await secondFactorByPasskey(await firstFactor('alice', client), passkey, { client })
    expect((await client.delete('/users/me/totp')).status).toBe(204)
  })
})

describe('no session begins', () => {
  const refused = async (answer: Awaited<ReturnType<typeof answered>>, expected: object) =>
    expect(await expectNoChanges(() => goOn(answer))).toMatchObject(expected)

  it('by a passkey of another account', async () => {
    const [hers, theirs] = [new Passkey(), new Passkey()]
    await aliceWithBoth(hers)
    const mallory = await signUp('mallory')
    await addPasskey(mallory, theirs)
    await turnOn(mallory)
    const asked = await firstFactor('alice')
    const attempt = await answered(asked, theirs)
    await refused(attempt, INVALID)
    // Nothing was spent: neither the token, nor the challenge of the passkey.
    expect((await secondFactorByPasskey(asked, hers)).status).toBe(200)
    const { response } = attempt.body
    expect((await attempt.client.post('/auth/passkeys/log-in', { response })).status).toBe(200)
  })

  it('by one that was removed, or that nobody has', async () => {
    const [passkey, other] = [new Passkey(), new Passkey()]
    const { alice, id } = await aliceWithBoth(passkey)
    const asked = await firstFactor('alice')
    const attempt = await answered(asked, passkey)
    expect((await alice.client.delete(`/users/me/passkeys/${id}`)).status).toBe(204)
    await refused(attempt, UNKNOWN)
    await other.create({
      rp: { id: 'localhost' },
      user: { id: 'AAAA', name: '', displayName: '' },
      challenge: 'x',
      pubKeyCredParams: [],
      excludeCredentials: [],
    })
    await refused(await answered(asked, other), UNKNOWN)
  })

  it.each<[string, Wrong]>([
    ['another RP', { rpId: 'evil.example' }],
    ['another origin', { origin: 'https://evil.example' }],
    ['nobody verified', { flags: { uv: false } }],
    ['another challenge', { challenge: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
    ['a frame of another site', { clientData: { crossOrigin: true } }],
    ['the user handle of somebody else', { userHandle: 'AZyNLnpkfD-PHiudTGqOEA' }],
    ['a registration', { type: 'webauthn.create' }],
  ])('by an answer that is wrong: %s', async (_, wrong) => {
    const passkey = new Passkey()
    await aliceWithBoth(passkey)
    await refused(await answered(await firstFactor('alice'), passkey, wrong), INVALID)
  })

  it('by a challenge that was used, here or in a log-in by a passkey', async () => {
    const passkey = new Passkey()
    await aliceWithBoth(passkey)
    const used = await answered(await firstFactor('alice'), passkey)
    expect((await goOn(used)).status).toBe(200)
    const { secondFactorToken } = await firstFactor('alice')
    await refused({ ...used, body: { ...used.body, secondFactorToken } }, INVALID)
    const other = await answered({ secondFactorToken }, passkey)
    const { response } = other.body
    expect((await other.client.post('/auth/passkeys/log-in', { response })).status).toBe(200)
    await refused(other, INVALID)
    const { client: one } = await answered({ secondFactorToken }, passkey)
    await refused({ ...other, client: one }, INVALID)
  })

  it('by a token that was spent, by a code or by a passkey', async () => {
    const passkey = new Passkey()
    const { app } = await aliceWithBoth(passkey)
    const byCode = await firstFactor('alice')
    expect((await secondFactor(byCode, await app.code())).status).toBe(200)
    await refused(await answered(byCode, passkey), ENDED)
    const byPasskey = await firstFactor('alice')
    expect((await secondFactorByPasskey(byPasskey, passkey)).status).toBe(200)
    await refused(await answered(byPasskey, passkey), ENDED)
    expect(await secondFactor(byPasskey, await app.code())).toMatchObject(ENDED)
  })

  it('in another browser than the one with the challenge', async () => {
    const passkey = new Passkey()
    await aliceWithBoth(passkey)
    const { body } = await answered(await firstFactor('alice'), passkey)
    await refused({ client: new Client(), body }, INVALID)
  })

  it('by an answer that is late', async () => {
    const passkey = new Passkey()
    await aliceWithBoth(passkey)
    const early = await answered({ secondFactorToken: '' }, passkey)
    advanceClock(5 * MINUTE)
    const { secondFactorToken } = await firstFactor('alice')
    await refused({ ...early, body: { ...early.body, secondFactorToken } }, INVALID)
    const late = await answered({ secondFactorToken }, passkey)
    advanceClock(5 * MINUTE)
    await refused(late, ENDED)
  })

  const endings: [string, (alice: Person) => Promise<unknown>][] = [
    ['a new password', ({ client }) => client.put('/auth/password', { newPassword: 'another horse battery staple' })],
    [
      'a reset',
      async () =>
        stranger().put('/auth/password', {
          newPassword: 'another horse battery staple',
          verificationToken: await proveContact(EMAIL, 'reset_password'),
        }),
    ],
    ['the end of all sessions', ({ client }) => client.delete('/auth/sessions')],
    ['a block', ({ user }) => block(user)],
    ['another authenticator app', (alice) => turnOn(alice)],
    ['that the app is turned off', ({ client }) => client.delete('/users/me/totp')],
  ]

  it.each(endings)('after %s', async (_, end) => {
    const passkey = new Passkey()
    const { alice } = await aliceWithBoth(passkey)
    const attempt = await answered(await firstFactor('alice'), passkey)
    await end(alice)
    await refused(attempt, ENDED)
  })

  it('with both a code and an answer, or with neither', async () => {
    const passkey = new Passkey()
    const { app } = await aliceWithBoth(passkey)
    const attempt = await answered(await firstFactor('alice'), passkey)
    const { secondFactorToken } = attempt.body
    const both = { ...attempt.body, code: await app.code() }
    for (const body of [both, { secondFactorToken }]) {
      expect(await expectNoChanges(() => attempt.client.post('/auth/second-factor', body))).toMatchObject({
        status: 422,
      })
    }
  })
})

describe('between the check of an answer and the session', () => {
  const interrupted = async (act: (alice: Person, id: string) => Promise<unknown>) => {
    const passkey = new Passkey()
    const { alice, id } = await aliceWithBoth(passkey)
    const { client, body } = await answered(await firstFactor('alice'), passkey)
    return withBindings(client, { DB: interruptedD1(1, () => act(alice, id)) }).post('/auth/second-factor', body)
  }

  it('the passkey is removed', async () => {
    const removed = ({ client }: Person, id: string) => client.delete(`/users/me/passkeys/${id}`)
    expect(await interrupted(removed)).toMatchObject(UNKNOWN)
  })

  it('the password is changed', async () => {
    const changed = ({ client }: Person) =>
      client.put('/auth/password', { newPassword: 'another horse battery staple' })
    expect(await interrupted(changed)).toMatchObject(ENDED)
  })
})

describe('guesses at codes', () => {
  it('are neither counted, nor cleared, nor waited for', async () => {
    const passkey = new Passkey()
    const { app } = await aliceWithBoth(passkey)
    const asked = await firstFactor('alice')
    for (let n = 0; n < 5; n++) expect((await secondFactor(asked, await wrongCodeOf(app))).status).toBe(401)
    const counts = () => rowsOf('log_in_throttle')
    const before = await counts()
    for (let n = 0; n < 6; n++) {
      const attempt = await answered(asked, passkey, { flags: { uv: false } })
      expect(await goOn(attempt)).toMatchObject(INVALID)
    }
    expect((await secondFactor(await firstFactor('alice'), await app.code())).status).toBe(429)
    expect((await secondFactorByPasskey(await firstFactor('alice'), passkey)).status).toBe(200)
    expect(await counts()).toEqual(before)
    expect((await secondFactor(await firstFactor('alice'), await app.code())).status).toBe(429)
  })
})

describe('100 requests at once', () => {
  it('with one token, one challenge and one passkey begin one session', async () => {
    const passkey = new Passkey()
    const { alice } = await aliceWithBoth(passkey)
    const attempt = await answered(await firstFactor('alice'), passkey)
    const answers = await together(100, () => goOn(attempt))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 200: 1, 403: 99 })
    expect(await countSessions(alice)).toBe(2)
  })

  it('with one token and as many challenges begin one session', async () => {
    const passkey = new Passkey({ counts: false })
    const { alice } = await aliceWithBoth(passkey)
    const asked = await firstFactor('alice')
    const attempts = await together(100, () => answered(asked, passkey))
    const attemptOf = (n: number) => attempts[n] ?? expect.fail('There are 100')
    const answers = await together(100, (n) => goOn(attemptOf(n)))
    expect(tally(answers.map(({ body, status }) => body?.code ?? status))).toEqual({
      200: 1,
      invalid_second_factor_token: 99,
    })
    expect(await countSessions(alice)).toBe(2)
  })

  it('with one challenge and as many tokens begin one session', async () => {
    const passkey = new Passkey()
    const { alice } = await aliceWithBoth(passkey)
    const tokens: Asked[] = []
    for (let n = 0; n < 10; n++) tokens.push(await firstFactor('alice'))
    const attempt = await answered({ secondFactorToken: '' }, passkey)
    const answers = await together(100, (n) =>
      goOn({ ...attempt, body: { ...attempt.body, secondFactorToken: tokens[n % 10]?.secondFactorToken ?? '' } }),
    )
    expect(tally(answers.map(({ status }) => status))['200']).toBe(1)
    expect(await countSessions(alice)).toBe(2)
  })

  it('with one token, half with a code and half with a passkey, begin one session', async () => {
    const passkey = new Passkey()
    const { alice, app } = await aliceWithBoth(passkey)
    const asked = await firstFactor('alice')
    const attempt = await answered(asked, passkey)
    const code = await app.code()
    const answers = await together(100, async (n) =>
      n % 2 === 0 ? (await goOn(attempt)).status : (await secondFactor(asked, code)).status,
    )
    expect(tally(answers)['200']).toBe(1)
    expect(await countSessions(alice)).toBe(2)
  })
})

describe('a passkey that is younger than 72 hours', () => {
  it('is no proof to remove what is older, though the app is, and an older passkey is', async () => {
    const [old, young] = [new Passkey(), new Passkey()]
    const alice = await signUpWithContacts('alice', [EMAIL, '+821012345678'])
    const { id } = await addPasskey(alice, old)
    const app = await turnOn(alice)
    advanceClock(4 * DAY)
    await env.DB.prepare('UPDATE users SET created_at = created_at - 1').run()
    const owner = await logInByPasskey(old)
    await addPasskey(owner, young)
    const removePhone = async (goOnWith: (asked: Asked, client: Client) => Promise<unknown>) => {
      const client = stranger()
      advanceClock(MINUTE)
      const guess = rightGuess(await askForCode(client, codeRequest(EMAIL, 'log_in')))
      await goOnWith(askedBy(await client.post('/auth/otp/log-in', guess)), client)
      return (await client.delete(`/users/me/passkeys/${id}`)).status
    }
    expect(await removePhone((asked, client) => secondFactorByPasskey(asked, young, { client }))).toBe(202)
    expect(await removePhone(async (asked, client) => secondFactor(asked, await app.code(), client))).toBe(204)
  })
})
