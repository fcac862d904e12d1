import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { Authenticator as Passkey } from '../../helpers/authenticator'
import { type Client, clientOf, withBindings } from '../../helpers/client'
import { advanceClock, DAY, HOUR, MINUTE, setClock } from '../../helpers/clock'
import { askForCode, codeRequest, proveContact, rightGuess, stranger } from '../../helpers/codes'
import { signUpWithContacts } from '../../helpers/devices'
import { exchangeFor, giveIdentity, identityOf } from '../../helpers/identities'
import { OPERATOR, operator, withOperatorToken } from '../../helpers/operator'
import { addPasskey, logInByPasskey, passkeysOf } from '../../helpers/passkeys'
import { logIn, PASSWORD, type Person, signUp } from '../../helpers/people'
import { newPerson } from '../../helpers/providers'
import {
  askedBy,
  firstFactor,
  secondFactor,
  secondFactorByPasskey,
  secondFactorOf,
  turnOn,
} from '../../helpers/second-factor'
import { goThrough } from '../../helpers/social-log-in'
import { rowsOf } from '../../helpers/storage'

/*
 * People who have a passkey and no authenticator app, where a second factor is required of everybody. The passkey is their second factor:
 * otherwise, whoever knows the password could set up an app.
 */

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const EMAIL = 'alice@example.com'
const ALL = { REQUIRE_SECOND_FACTOR: 'all', SECOND_FACTOR_GRACE_DAYS: '0' }
const NOT_PROVEN = { status: 403, body: { code: 'fresh_proof_required', methods: ['passkey'] } }

beforeEach(() => setClock(NOON))

const newClient = () => clientOf(ALL)
const mayUse = async (client: Client) => (await client.get('/todos')).status === 200

/** Alice, who has added a passkey before everybody needed a second factor. */
async function aliceWith(passkey: Passkey): Promise<Person> {
  const alice = await signUpWithContacts('alice', [EMAIL])
  await addPasskey(alice, passkey)
  advanceClock(MINUTE)
  return { ...alice, client: withBindings(alice.client, ALL) }
}

describe('somebody who has a passkey only', () => {
  it('may do everything after a log-in by it, also once it was refreshed', async () => {
    const passkey = new Passkey()
    await aliceWith(passkey)
    const { client } = await logInByPasskey(passkey, newClient())
    expect(await mayUse(client)).toBe(true)
    expect((await client.post('/auth/refresh')).status).toBe(200)
    expect(await mayUse(client)).toBe(true)
  })

  it('is asked for it after each first factor, and a code is none', async () => {
    const passkey = new Passkey()
    const alice = await aliceWith(passkey)
    const person = newPerson()
    await giveIdentity(alice, identityOf(person.subject))
    const guess = rightGuess(await askForCode(stranger(), codeRequest(EMAIL, 'log_in')))
    const byExchange = await exchangeFor(identityOf(person.subject))
    for (const answer of [
      await newClient().post('/auth/log-in', { identifier: 'alice', password: PASSWORD }),
      await newClient().post('/auth/otp/log-in', guess),
      await newClient().post('/auth/social/exchange', byExchange),
    ]) {
      const asked = askedBy(answer)
      expect(asked.methods).toEqual(['passkey'])
      const sessions = await rowsOf('sessions')
      for (const code of ['000000', 'ZZZZ-ZZZZ-ZZZZ-ZZZZ']) {
        expect(await secondFactor(asked, code, newClient())).toMatchObject({ body: { code: 'invalid_code' } })
      }
      expect(await rowsOf('sessions')).toEqual(sessions)
      const client = newClient()
      expect((await secondFactorByPasskey(asked, passkey, { client })).status).toBe(200)
      expect(await mayUse(client)).toBe(true)
    }
  })

  it('is asked after a reset too, and the reset makes no device known', async () => {
    const passkey = new Passkey()
    await aliceWith(passkey)
    const thief = newClient()
    const verificationToken = await proveContact(EMAIL, 'reset_password')
    const reset = await thief.put('/auth/password', { newPassword: 'another horse battery staple', verificationToken })
    expect([reset.status, thief.cookies.get('__Host-device')]).toEqual([204, undefined])
    const identifier = { identifier: 'alice', password: 'another horse battery staple' }
    expect(askedBy(await thief.post('/auth/log-in', identifier)).methods).toEqual(['passkey'])
  })

  it('is not joined by the address that a provider runs', async () => {
    const alice = await signUpWithContacts('alice', ['alice@gmail.com'])
    await addPasskey(alice)
    const joined = await goThrough('google', newPerson({ email: 'alice@gmail.com' }), { client: newClient() })
    expect(joined.answer).toMatchObject({ status: 409, body: { code: 'identity_needs_proof' } })
  })

  it('sets no app up by the password alone, in a session from before that either', async () => {
    const alice = await aliceWith(new Passkey())
    for (const proof of [{}, { currentPassword: PASSWORD }]) {
      expect(await alice.client.post('/users/me/totp', proof)).toMatchObject(NOT_PROVEN)
      expect(await alice.client.post('/users/me/passkeys/options', proof)).toMatchObject(NOT_PROVEN)
      expect(await alice.client.delete('/users/me', proof)).toMatchObject(NOT_PROVEN)
    }
    // Nothing tells it from one of somebody who could only have set one up.
    expect(await alice.client.post('/auth/refresh')).toMatchObject({ status: 401 })
    expect(await rowsOf('second_factors')).toEqual([])
  })

  it('sets one up after a log-in by the passkey', async () => {
    const passkey = new Passkey()
    await aliceWith(passkey)
    const owner = await logInByPasskey(passkey, newClient())
    const app = await turnOn(owner)
    const asked = await firstFactor('alice', newClient())
    expect(asked.methods).toEqual(['totp', 'recovery_code', 'passkey'])
    expect((await secondFactor(asked, await app.code(), newClient())).status).toBe(200)
  })

  it('is asked for nothing where no second factor is required', async () => {
    await aliceWith(new Passkey())
    const { client } = await logIn('alice')
    expect((await client.post('/users/me/totp')).status).toBe(200)
  })
})

describe('somebody who has none yet', () => {
  it('may only set one up again once it has removed that passkey', async () => {
    const { client } = await signUp('carol', newClient())
    const { id } = await addPasskey({ client })
    await client.post('/auth/refresh')
    expect(await mayUse(client)).toBe(true)
    expect((await client.delete(`/users/me/passkeys/${id}`, {})).status).toBe(204)
    expect((await client.post('/auth/refresh')).status).toBe(200)
    expect(await mayUse(client)).toBe(false)
  })

  it('may add a passkey instead of an app, and goes on after a refresh', async () => {
    const passkey = new Passkey()
    const carol = await signUp('carol', newClient())
    expect(await mayUse(carol.client)).toBe(false)
    await addPasskey(carol, passkey)
    expect((await carol.client.post('/auth/refresh')).status).toBe(200)
    expect(await mayUse(carol.client)).toBe(true)
    expect((await firstFactor('carol', newClient())).methods).toEqual(['passkey'])
    expect(await mayUse((await logInByPasskey(passkey, newClient())).client)).toBe(true)
  })
})

describe('somebody who has lost it', () => {
  const erase = async ({ user }: Person) => {
    const client = clientOf(ALL, withOperatorToken())
    return client.post<{ effectiveAt?: string }>(`${OPERATOR}/accounts/${user.id}/erase-second-factor`)
  }

  it('is helped by an operator after 72 hours, and then sets up another one', async () => {
    const passkey = new Passkey()
    const alice = await aliceWith(passkey)
    expect((await erase(alice)).status).toBe(202)
    advanceClock(72 * HOUR)
    expect((await erase(alice)).status).toBe(204)
    expect(await rowsOf('passkeys')).toEqual([])
    const { client } = await logIn('alice', newClient())
    expect(await mayUse(client)).toBe(false)
    await turnOn({ client })
    expect(await erase(alice)).toMatchObject({ status: 202 })
  })

  it('loses the app and the passkeys, because either would still be asked for', async () => {
    const passkey = new Passkey()
    await aliceWith(passkey)
    const owner = await logInByPasskey(passkey, newClient())
    await turnOn(owner)
    await erase(owner)
    advanceClock(72 * HOUR)
    expect((await erase(owner)).status).toBe(204)
    expect([await rowsOf('passkeys'), await rowsOf('second_factors')]).toEqual([[], []])
  })

  it('who comes back by it stops that', async () => {
    const passkey = new Passkey()
    const alice = await aliceWith(passkey)
    await erase(alice)
    const asked = await firstFactor('alice', newClient())
    expect((await secondFactorByPasskey(asked, passkey, { client: newClient() })).status).toBe(200)
    advanceClock(72 * HOUR)
    expect((await erase(alice)).status).toBe(202)
    expect(await rowsOf('passkeys')).toHaveLength(1)
  })

  it('keeps passkeys that are the only way to log in', async () => {
    const alice = await aliceWith(new Passkey())
    await env.DB.prepare('UPDATE users SET email = NULL, password_hash = NULL').run()
    expect(await erase(alice)).toMatchObject({ status: 409, body: { code: 'no_second_factor' } })
  })

  it('loses only the app if passkeys are the only way to log in', async () => {
    const passkey = new Passkey()
    await aliceWith(passkey)
    const owner = await logInByPasskey(passkey, newClient())
    await turnOn(owner)
    await env.DB.prepare('UPDATE users SET email = NULL, password_hash = NULL').run()
    expect((await erase(owner)).status).toBe(202)
    advanceClock(72 * HOUR)
    expect((await erase(owner)).status).toBe(204)
    expect(await rowsOf('second_factors')).toEqual([])
    expect(await mayUse((await logInByPasskey(passkey, newClient())).client)).toBe(true)
  })

  it('keeps passkeys where they are not asked for', async () => {
    const alice = await signUpWithContacts('alice', [EMAIL])
    await addPasskey(alice)
    await turnOn(alice)
    const path = `${OPERATOR}/accounts/${alice.user.id}/erase-second-factor`
    expect((await operator().post(path)).status).toBe(202)
    advanceClock(72 * HOUR)
    expect((await operator().post(path)).status).toBe(204)
    advanceClock(DAY)
    const owner = await logIn('alice')
    expect([await secondFactorOf(owner), await passkeysOf(owner)]).toMatchObject([null, [{}]])
  })
})
