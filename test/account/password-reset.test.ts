import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { SessionAnswer } from '../../src/sessions/schemas'
import { interruptedD1 } from '../helpers/bindings'
import { Client } from '../helpers/client'
import { advanceClock, MINUTE, setClock } from '../helpers/clock'
import { allMessagesTo, logInByCode, proveContact, stranger } from '../helpers/codes'
import { logIn, logInForTokens, outliveFreshProof, PASSWORD, type Person, tally, together } from '../helpers/people'
import { expectNoChanges, rowsOf } from '../helpers/storage'
import { hashCalls } from '../log-in/password/hashes'

const ALICE = 'alice@example.com'
const PHONE = '+821012345678'
const NEW_PASSWORD = 'another horse battery staple'

const invalidToken = { status: 403, body: { code: 'invalid_verification_token' } }

const reset = (verificationToken: string, newPassword = NEW_PASSWORD, client = stranger()) =>
  client.put('/auth/password', { newPassword, verificationToken })

/** Somebody with a user name, a password and a proven e-mail address. */
async function signUpAlice(): Promise<Person> {
  const client = stranger()
  const { status, body } = await client.post<SessionAnswer>('/auth/sign-up', {
    username: 'alice',
    password: PASSWORD,
    verificationTokens: [await proveContact(ALICE)],
  })
  expect(status).toBe(201)
  return { client, username: 'alice', ...body }
}

describe('resetting the password by code', () => {
  it('ends every session, and then only the new password works', async () => {
    const alice = await signUpAlice()
    const other = await logInForTokens(ALICE)
    expect((await new Client().post('/auth/log-in', { identifier: 'alice', password: 'wrong' })).status).toBe(401)

    const browser = alice.client
    const { status, text } = await reset(await proveContact(ALICE, 'reset_password'), NEW_PASSWORD, browser)
    expect({ status, text }).toEqual({ status: 204, text: '' })
    expect([browser.cookies.has('__Host-access'), browser.cookies.has('__Secure-refresh')]).toEqual([false, false])
    expect(await rowsOf('sessions')).toEqual([])
    expect((await env.KV.list({ prefix: 'session:' })).keys).toEqual([])
    expect((await new Client().post('/auth/refresh', { refreshToken: other.refreshToken })).status).toBe(401)
    expect((await new Client({ Authorization: `Bearer ${other.accessToken}` }).get('/auth/session')).status).toBe(401)

    expect((await new Client().post('/auth/log-in', { identifier: ALICE, password: PASSWORD })).status).toBe(401)
    expect((await logIn(ALICE, new Client(), NEW_PASSWORD)).user.id).toBe(alice.user.id)
  })

  it('makes its browser a known device, so that wrong passwords of strangers do not delay the new one there', async () => {
    const alice = await signUpAlice()
    setClock(Date.now())
    const guess = (password: string) => new Client().post('/auth/log-in', { identifier: 'alice', password })
    await together(6, () => guess('wrong'))
    expect(await guess(PASSWORD)).toMatchObject({ status: 429, body: { code: 'too_many_attempts' } })
    const browser = new Client()
    expect((await reset(await proveContact(ALICE, 'reset_password'), NEW_PASSWORD, browser)).status).toBe(204)
    expect((await logIn('alice', browser, NEW_PASSWORD)).user.id).toBe(alice.user.id)
    // The count of strangers does not show them that the owner was here.
    expect(await guess(NEW_PASSWORD)).toMatchObject({ status: 429, body: { code: 'too_many_attempts' } })
  })

  it('sets a first password for a user who only used codes', async () => {
    const { user } = await logInByCode(PHONE)
    expect(user.hasPassword).toBe(false)
    const wrong = await new Client().post('/auth/log-in', { identifier: PHONE, password: NEW_PASSWORD })
    expect(wrong).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } })
    advanceClock(MINUTE)
    expect((await reset(await proveContact(PHONE, 'reset_password'))).status).toBe(204)
    expect((await logIn('010-1234-5678', new Client(), NEW_PASSWORD)).user).toMatchObject({
      id: user.id,
      hasPassword: true,
    })
  })

  it('is not needed for a first password right after a log-in, and the password shows at once', async () => {
    const { client } = await logInByCode(PHONE)
    expect((await client.put('/auth/password', { newPassword: NEW_PASSWORD })).status).toBe(204)
    const { body } = await client.get<{ user: { hasPassword: boolean } }>('/auth/session')
    expect(body.user.hasPassword).toBe(true)
  })

  it('refuses a token for another purpose, a spent token and nonsense', async () => {
    await signUpAlice()
    advanceClock(MINUTE)
    const [verify, good] = [await proveContact(ALICE), await proveContact(ALICE, 'reset_password')]
    const calls = await hashCalls(async () => {
      for (const token of [verify, 'nonsense', '']) {
        expect(await expectNoChanges(() => reset(token))).toMatchObject(invalidToken)
      }
      // The refusal did not spend the token for another purpose.
      expect((await stranger().post('/users/availability', { verificationToken: verify })).status).toBe(200)
    })
    expect(calls).toEqual([])
    expect((await reset(good)).status).toBe(204)
    expect(await expectNoChanges(() => reset(good, 'yet another horse battery'))).toMatchObject(invalidToken)
    await logIn('alice', new Client(), NEW_PASSWORD)
    // A token to prove a contact ends with the old password, too.
    expect(await stranger().post('/users/availability', { verificationToken: verify })).toMatchObject(invalidToken)
  })

  it('refuses a contact that no longer belongs to the account', async () => {
    const alice = await signUpAlice()
    const token = await proveContact(ALICE, 'reset_password')
    expect((await alice.client.delete('/users/me/email')).status).toBe(204)
    expect(await expectNoChanges(() => reset(token))).toMatchObject(invalidToken)
    await logIn('alice')
  })

  it('refuses a contact that is removed from the account during the request', async () => {
    const alice = await signUpAlice()
    const token = await proveContact(ALICE, 'reset_password')
    const DB = interruptedD1(1, async () => {
      expect((await alice.client.delete('/users/me/email')).status).toBe(204)
    })
    expect(await reset(token, NEW_PASSWORD, stranger({ DB }))).toMatchObject(invalidToken)
    await logIn('alice')
    expect(await rowsOf('spent_tokens')).toHaveLength(1)
  })

  it('does not spend the token when the new password is not good enough', async () => {
    await signUpAlice()
    const token = await proveContact(ALICE, 'reset_password')
    for (const [newPassword, code] of [
      ['short', 'too_short'],
      ['football1', 'too_common'],
      [ALICE, 'own_name'],
      ['Alice', 'too_short'],
    ] as const) {
      const answer = await expectNoChanges(() => reset(token, newPassword))
      expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: '/newPassword', code }] } })
    }
    expect((await reset(token)).status).toBe(204)
  })

  it('refuses two proofs at once', async () => {
    const { client } = await signUpAlice()
    const verificationToken = await proveContact(ALICE, 'reset_password')
    const proofs = { verificationToken, currentPassword: PASSWORD }
    const answer = await expectNoChanges(() => client.put('/auth/password', { newPassword: NEW_PASSWORD, ...proofs }))
    expect(answer).toMatchObject({
      status: 422,
      body: { errors: [{ path: '/currentPassword', code: 'not_allowed', message: expect.any(String) }] },
    })
    expect((await reset(verificationToken)).status).toBe(204)
  })

  it('needs a proof, and a log-in counts as one for ten minutes', async () => {
    const alice = await signUpAlice()
    await outliveFreshProof(alice)
    const change = () => alice.client.put('/auth/password', { newPassword: NEW_PASSWORD })
    expect(await expectNoChanges(change)).toMatchObject({ status: 403, body: { code: 'fresh_proof_required' } })
    setClock(Date.now() - 1)
    expect((await change()).status).toBe(204)
    await logIn('alice', new Client(), NEW_PASSWORD)
    const nobody = () => stranger().put('/auth/password', { newPassword: PASSWORD })
    expect(await expectNoChanges(nobody)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
  })

  it('works once when five requests race with one token', async () => {
    await signUpAlice()
    const token = await proveContact(ALICE, 'reset_password')
    const answers = await together(5, (n) => reset(token, `${NEW_PASSWORD} ${n}`))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 204: 1, 403: 4 })
    const winner = answers.findIndex(({ status }) => status === 204)
    await logIn('alice', new Client(), `${NEW_PASSWORD} ${winner}`)
    // This token, and the token of the sign-up.
    expect(await rowsOf('spent_tokens')).toHaveLength(2)
  })

  it('leaves no session to log-ins with the old password that race with it', async () => {
    await signUpAlice()
    const token = await proveContact(ALICE, 'reset_password')
    const [changed, ...logIns] = await Promise.all([
      reset(token),
      ...Array.from({ length: 3 }, () =>
        new Client().post('/auth/log-in', { identifier: 'alice', password: PASSWORD, tokens: 'body' }),
      ),
    ])
    expect(changed?.status).toBe(204)
    for (const { status, body } of logIns) {
      if (status !== 200) continue
      const refreshed = await new Client().post('/auth/refresh', { refreshToken: Reflect.get(body, 'refreshToken') })
      expect(refreshed.status).toBe(401)
    }
    expect(await rowsOf('sessions')).toEqual([])
  })

  it('sends a code only to a contact that has an account', async () => {
    await signUpAlice()
    const { status } = await stranger().post('/auth/otp', { channel: 'sms', to: PHONE, purpose: 'reset_password' })
    expect(status).toBe(202)
    await proveContact(ALICE, 'reset_password')
    expect(await allMessagesTo(PHONE)).toEqual([])
  })
})
