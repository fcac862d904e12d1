import { describe, expect, it } from 'vitest'
import { interruptedD1 } from '../../helpers/bindings'
import { Client } from '../../helpers/client'
import { advanceClock, MINUTE } from '../../helpers/clock'
import { askForCode, codeRequest, proveContact, rightGuess, type SentCode, stranger } from '../../helpers/codes'
import { signUpWithContacts } from '../../helpers/devices'
import { logIn, PASSWORD, type Person } from '../../helpers/people'
import { expectChangesOnlyIn } from '../../helpers/storage'
import { verificationTokenFor } from '../../helpers/tokens'

/*
 * Codes and verification tokens that are out when the owner changes how people get in: somebody else may have asked for them.
 */

const EMAIL = 'alice@example.com'
const PHONE = '+821012345678'
const OTHER_EMAIL = 'alice.liddell@example.org'
const NEW_PASSWORD = 'another horse battery staple'
const THIEFS_PASSWORD = 'yet another horse battery'

const invalidToken = { status: 403, body: { code: 'invalid_verification_token' } }
const invalidCode = { status: 401, body: { code: 'invalid_code' } }

const verify = (asked: SentCode) => stranger().post('/auth/otp/verify', rightGuess(asked))
const reset = (verificationToken: string, newPassword = THIEFS_PASSWORD, client: Client = stranger()) =>
  client.put('/auth/password', { newPassword, verificationToken })

/** What the owner does, by which everything that is out ends. */
const changes: Record<string, (alice: Person) => Promise<{ status: number }>> = {
  'a new password': ({ client }) =>
    client.put('/auth/password', { newPassword: NEW_PASSWORD, currentPassword: PASSWORD }),
  'a reset by e-mail': async () =>
    reset(await verificationTokenFor({ channel: 'email', to: EMAIL }, 'reset_password'), NEW_PASSWORD),
  'a reset by SMS': async () =>
    reset(await verificationTokenFor({ channel: 'sms', to: PHONE }, 'reset_password'), NEW_PASSWORD),
  'another e-mail address': async ({ client }) =>
    client.put('/users/me/email', {
      verificationToken: await verificationTokenFor({ channel: 'email', to: OTHER_EMAIL }),
    }),
  'an e-mail address that is replaced and comes back': async ({ client }) => {
    for (const to of [OTHER_EMAIL, EMAIL]) {
      await client.put('/users/me/email', { verificationToken: await verificationTokenFor({ channel: 'email', to }) })
    }
    return client.get('/users/me')
  },
  'no e-mail address': ({ client }) => client.delete('/users/me/email'),
  'no phone number': ({ client }) => client.delete('/users/me/phone'),
  'the end of all sessions': ({ client }) => client.delete('/auth/sessions'),
  'the end of the account': ({ client }) => client.delete('/users/me'),
}

/** All that a thief can have in hand of one contact. The result tells what becomes of each. */
async function takeProofs(to: string): Promise<() => Promise<unknown>> {
  const contact = { channel: to === EMAIL ? ('email' as const) : ('sms' as const), to }
  const [resetToken, verifyToken] = [
    await verificationTokenFor(contact, 'reset_password'),
    await verificationTokenFor(contact),
  ]
  const resetCode = await askForCode(stranger(), codeRequest(to, 'reset_password'))
  const verifyCode = await askForCode(stranger(), codeRequest(to, 'verify'))
  const logInCode = await askForCode(stranger(), codeRequest(to, 'log_in'))
  const { client: mallory } = await signUpWithContacts(to === EMAIL ? 'mallory' : 'mallet', [])
  const path = to === EMAIL ? '/users/me/email' : '/users/me/phone'
  return () =>
    expectChangesOnlyIn([], async () => {
      expect(await reset(resetToken)).toMatchObject(invalidToken)
      expect(await stranger().post('/users/availability', { verificationToken: verifyToken })).toMatchObject(
        invalidToken,
      )
      const asContact = await mallory.put(path, { verificationToken: verifyToken })
      const asSignUp = await stranger().post('/auth/sign-up', { verificationTokens: [verifyToken] })
      // Taken while the account still has it, and else ended.
      expect([asContact.status, asSignUp.status].map((status) => [403, 409].includes(status))).toEqual([true, true])
      expect(await verify(resetCode)).toMatchObject(invalidCode)
      expect(await verify(verifyCode)).toMatchObject(invalidCode)
      expect(await stranger().post('/auth/otp/log-in', rightGuess(logInCode))).toMatchObject(invalidCode)
    })
}

it.each(Object.entries(changes))('%s ends every code and token, on either channel', async (_, change) => {
  const alice = await signUpWithContacts('alice', [EMAIL, PHONE])
  const ended = [await takeProofs(EMAIL), await takeProofs(PHONE)]
  expect((await change(alice)).status).toBeLessThan(300)
  for (const expectEnded of ended) await expectEnded()
})

describe('what is out', () => {
  it('goes on where the owner changes nothing about getting in', async () => {
    const alice = await signUpWithContacts('alice', [EMAIL, PHONE])
    const token = await proveContact(EMAIL, 'reset_password')
    const { session } = await logIn('alice')
    expect((await alice.client.patch('/users/me', { username: 'alicia', name: 'Alice' })).status).toBe(200)
    expect((await alice.client.delete(`/auth/sessions/${session.id}`)).status).toBe(204)
    expect((await alice.client.post('/auth/log-out')).status).toBe(204)
    expect((await reset(token)).status).toBe(204)
  })

  it('does not end with what another user changes', async () => {
    await signUpWithContacts('alice', [EMAIL])
    const token = await proveContact(EMAIL, 'reset_password')
    const bob = await signUpWithContacts('bob', ['bob@example.com'])
    expect((await bob.client.put('/auth/password', { newPassword: NEW_PASSWORD })).status).toBe(204)
    expect((await bob.client.delete('/auth/sessions')).status).toBe(204)
    expect((await reset(token)).status).toBe(204)
  })

  it('ends for a contact that nobody had, once somebody has it', async () => {
    const log = await askForCode(stranger(), codeRequest(EMAIL, 'log_in'))
    const token = await proveContact(EMAIL)
    await signUpWithContacts('alice', [EMAIL])
    expect(await stranger().post('/auth/otp/log-in', rightGuess(log))).toMatchObject(invalidCode)
    expect(await stranger().post('/users/availability', { verificationToken: token })).toMatchObject(invalidToken)
    expect(await stranger().post('/auth/sign-up', { verificationTokens: [token] })).toMatchObject({ status: 409 })
  })

  it('is answered like a wrong code, and the guess is not counted', async () => {
    const { client } = await signUpWithContacts('alice', [EMAIL])
    const asked = await askForCode(stranger(), codeRequest(EMAIL, 'verify'))
    expect((await client.delete('/auth/sessions')).status).toBe(204)
    const ended = await expectChangesOnlyIn([], () => verify(asked))
    const nonsense = await stranger().post('/auth/otp/verify', { challengeId: asked.challengeId, code: '' })
    const withoutId = ({ requestId, ...body }: typeof ended.body) => body
    expect(withoutId(ended.body)).toEqual(withoutId(nonsense.body))
    advanceClock(MINUTE)
    expect((await verify(await askForCode(stranger(), codeRequest(EMAIL, 'verify')))).status).toBe(200)
  })
})

describe('in a race', () => {
  it('a reset that is being hashed while the owner changes the password does nothing', async () => {
    const alice = await signUpWithContacts('alice', [EMAIL])
    const token = await proveContact(EMAIL, 'reset_password')
    const DB = interruptedD1(1, async () => {
      expect((await alice.client.put('/auth/password', { newPassword: NEW_PASSWORD })).status).toBe(204)
    })
    expect(await reset(token, THIEFS_PASSWORD, stranger({ DB }))).toMatchObject(invalidToken)
    await logIn('alice', new Client(), NEW_PASSWORD)
  })

  it('a reset that is being hashed while the owner ends all sessions does nothing', async () => {
    const alice = await signUpWithContacts('alice', [EMAIL])
    const token = await proveContact(EMAIL, 'reset_password')
    const DB = interruptedD1(1, async () => {
      expect((await alice.client.delete('/auth/sessions')).status).toBe(204)
    })
    expect(await reset(token, THIEFS_PASSWORD, stranger({ DB }))).toMatchObject(invalidToken)
    await logIn('alice')
  })

  it('of two resets with tokens of their own one is done', async () => {
    await signUpWithContacts('alice', [EMAIL, PHONE])
    const tokens = [await proveContact(EMAIL, 'reset_password'), await proveContact(PHONE, 'reset_password')]
    const answers = await Promise.all(tokens.map((token, n) => reset(token, `${THIEFS_PASSWORD} ${n}`)))
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 403])
    const winner = answers.findIndex(({ status }) => status === 204)
    await logIn('alice', new Client(), `${THIEFS_PASSWORD} ${winner}`)
  })

  it('a log-in whose code is compared while the owner ends all sessions begins nothing', async () => {
    const alice = await signUpWithContacts('alice', [EMAIL])
    const asked = await askForCode(stranger(), codeRequest(EMAIL, 'log_in'))
    const DB = interruptedD1(1, async () => {
      expect((await alice.client.delete('/auth/sessions')).status).toBe(204)
    })
    expect(await stranger({ DB }).post('/auth/otp/log-in', rightGuess(asked))).toMatchObject(invalidCode)
  })
})
