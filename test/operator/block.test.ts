import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { MAX_WRONG_A_DAY } from '../../src/log-in/code/guess-limits'
import { Client, type ProblemBody, settleBackground } from '../helpers/client'
import { advanceClock, MINUTE } from '../helpers/clock'
import { askForCode, codeRequest, logInByCode, proveContact, rightGuess, stranger, wrongCode } from '../helpers/codes'
import { signUpWithContacts } from '../helpers/devices'
import { block, OPERATOR, operator } from '../helpers/operator'
import { logIn, logInForTokens, PASSWORD, type Person, signUp, tally, together, withBearer } from '../helpers/people'
import { authorize, idTokenOf, newPerson } from '../helpers/providers'
import { beginAt, comeBack, destinationOf, logInWith, newVerifier } from '../helpers/social-log-in'
import { rowsOf } from '../helpers/storage'
import { verificationTokenFor } from '../helpers/tokens'

/* What an account that is blocked cannot do any more. */

const EMAIL = 'alice@example.com'
const BLOCKED = { status: 403, code: 'account_blocked' }

const outcome = ({ status, body }: { status: number; body: ProblemBody }) => ({ status, code: body.code })
const unblock = ({ id }: { id: string }) => operator().post(`${OPERATOR}/accounts/${id}/unblock`)
const hasCopy = async ({ session }: Pick<Person, 'session'>) => (await env.KV.get(`session:${session.id}`)) !== null
const byPassword = (password = PASSWORD, client = new Client()) =>
  client.post('/auth/log-in', { identifier: 'alice', password })

describe('the sessions of an account that is blocked', () => {
  it('end at once, in D1 and in KV, for browsers and for apps', async () => {
    const alice = await signUp('alice')
    const tokens = await logInForTokens('alice')
    const bob = await signUp('bob')
    await settleBackground()
    expect(await hasCopy(alice)).toBe(true)
    await block(alice.user)
    expect(await hasCopy(alice)).toBe(false)
    expect((await rowsOf('sessions')).map(({ user_id: userId }) => userId)).toEqual([bob.user.id])
    expect(await alice.client.get('/todos')).toMatchObject({ status: 401 })
    expect(await alice.client.get('/users/me')).toMatchObject({ status: 401 })
    expect(await withBearer(tokens.accessToken).post('/todos', { contents: 'x' })).toMatchObject({ status: 401 })
    expect(await bob.client.get('/todos')).toMatchObject({ status: 200 })
  })

  it('get no new tokens', async () => {
    const alice = await signUp('alice')
    const { refreshToken } = await logInForTokens('alice')
    await block(alice.user)
    const refused = { status: 401, code: 'invalid_refresh_token' }
    expect(outcome(await alice.client.post('/auth/refresh'))).toEqual(refused)
    expect(outcome(await new Client().post('/auth/refresh', { refreshToken }))).toEqual(refused)
  })

  it('get no new tokens even if a row of one were still there', async () => {
    const alice = await signUp('alice')
    await env.DB.prepare('UPDATE users SET blocked_at = 1 WHERE id = ?').bind(alice.user.id).run()
    const before = await rowsOf('sessions')
    expect(outcome(await alice.client.post('/auth/refresh'))).toEqual({ status: 401, code: 'invalid_refresh_token' })
    expect(await rowsOf('sessions')).toEqual(before)
  })

  it('leave no known device behind, and no code or token that is out', async () => {
    const alice = await signUpWithContacts('alice', [EMAIL])
    const token = await proveContact(EMAIL, 'reset_password')
    const [before] = await rowsOf('users')
    await block(alice.user)
    const [after] = await rowsOf('users')
    expect(after?.['device_epoch']).toBe(Number(before?.['device_epoch']) + 1)
    const reset = await new Client().put('/auth/password', { newPassword: 'a better horse', verificationToken: token })
    expect(outcome(reset)).toEqual({ status: 403, code: 'invalid_verification_token' })
  })
})

describe('a log-in to an account that is blocked', () => {
  it('is refused by password, and only the right one is told why', async () => {
    const { user } = await signUp('alice')
    await block(user)
    expect(outcome(await byPassword())).toEqual(BLOCKED)
    expect(outcome(await byPassword('wrong'))).toEqual({ status: 401, code: 'invalid_credentials' })
    expect(await rowsOf('sessions')).toEqual([])
  })

  it('does not count as a wrong password, however often it is tried', async () => {
    const { user } = await signUp('alice')
    await block(user)
    for (let n = 0; n < 8; n++) expect(outcome(await byPassword())).toEqual(BLOCKED)
    expect(await rowsOf('log_in_throttle')).toEqual([])
    await unblock(user)
    expect(await byPassword()).toMatchObject({ status: 200 })
  })

  it('is refused by code, which only the right one is told, and the code stays good', async () => {
    const { user } = await signUpWithContacts('alice', [EMAIL])
    await block(user)
    const asked = await askForCode(stranger(), codeRequest(EMAIL, 'log_in'))
    const guess = (code = asked.code) => stranger().post('/auth/otp/log-in', { ...rightGuess(asked), code })
    expect(outcome(await guess(wrongCode(asked.code)))).toEqual({ status: 401, code: 'invalid_code' })
    for (let n = 0; n < 8; n++) expect(outcome(await guess())).toEqual(BLOCKED)
    expect(await rowsOf('sessions')).toEqual([])
    expect((await rowsOf('users')).length).toBe(1)
    await unblock(user)
    expect(await guess()).toMatchObject({ status: 200 })
  })

  it('is refused by a provider in a browser, which is sent to the page that says so', async () => {
    const person = newPerson()
    const { user } = await logInWith('google', person)
    await block(user)
    const client = new Client({ Accept: 'text/html' })
    const answer = await comeBack(client, authorize(await beginAt('google', client), person))
    const { at, query } = destinationOf(answer)
    expect({ at, error: query['error'] }).toEqual({ at: '/console/social', error: 'account_blocked' })
    const page = await client.get(new URL(answer.headers.get('Location') ?? '', 'http://localhost:8787').href)
    expect(page.text).toContain('This account is blocked')
    expect(client.cookies.has('__Host-access')).toBe(false)
  })

  it('is refused by an ID token and by an exchange code, and neither is spent', async () => {
    const person = newPerson()
    const { user } = await logInWith('google', person)
    await block(user)
    const nonce = crypto.randomUUID()
    const idToken = await idTokenOf('google', person, { nonce })
    const native = () => stranger().post('/auth/social/google', { idToken, nonce })
    const { codeVerifier, codeChallenge } = await newVerifier()
    const browser = new Client()
    const start = await beginAt('google', browser, { returnTo: 'https://app.example.com/done', codeChallenge })
    const { query } = destinationOf(await comeBack(browser, authorize(start, person)))
    const exchange = () => stranger().post('/auth/social/exchange', { code: query['code'], codeVerifier })
    expect([outcome(await native()), outcome(await exchange())]).toEqual([BLOCKED, BLOCKED])
    expect(await rowsOf('sessions')).toEqual([])
    await unblock(user)
    expect([(await native()).status, (await exchange()).status]).toEqual([200, 200])
  })

  it('links no identity by the address of the account', async () => {
    const email = 'alice@gmail.com'
    const { user } = await signUpWithContacts('alice', [email])
    await block(user)
    const nonce = crypto.randomUUID()
    const idToken = await idTokenOf('google', newPerson({ email }), { nonce })
    expect(outcome(await stranger().post('/auth/social/google', { idToken, nonce }))).toEqual(BLOCKED)
    expect(await rowsOf('identities')).toEqual([])
  })

  it('begins no session by a reset of the password', async () => {
    const { user } = await signUpWithContacts('alice', [EMAIL])
    await block(user)
    const client = stranger()
    const verificationToken = await proveContact(EMAIL, 'reset_password')
    expect(await client.put('/auth/password', { newPassword: 'a better horse', verificationToken })).toMatchObject({
      status: 204,
    })
    expect(client.cookies.has('__Host-access')).toBe(false)
    expect(outcome(await byPassword('a better horse', client))).toEqual(BLOCKED)
  })

  it.each([1, 25, 49])('begins no session that lives on, of 50 at once: blocked with number %i', async (which) => {
    const person = newPerson()
    const { user } = await logInWith('google', person)
    const nonces = await together(50, async () => crypto.randomUUID())
    const tokens = await together(50, (n) => idTokenOf('google', person, { nonce: nonces[n] ?? '' }))
    const clients = await together(50, async () => stranger())
    const answers = await together(50, async (n) => {
      if (n === which) await block(user)
      const body = { idToken: tokens[n], nonce: nonces[n] }
      return (await clients[n]?.post('/auth/social/google', body))?.status ?? 0
    })
    await settleBackground()
    const { 200: begun = 0, 403: refused = 0, ...others } = tally(answers)
    expect({ sum: begun + refused, others }).toEqual({ sum: 50, others: {} })
    expect(refused).toBeGreaterThan(0)
    expect(await rowsOf('sessions')).toEqual([])
    expect((await env.KV.list({ prefix: 'session:' })).keys).toEqual([])
    for (const client of clients) expect((await client.post('/auth/refresh')).status).toBe(401)
  })
})

describe('others', () => {
  it('cannot take the contacts and the user name of an account that is blocked', async () => {
    const { user } = await signUpWithContacts('alice', [EMAIL])
    await block(user)
    const verificationTokens = [await verificationTokenFor({ channel: 'email', to: EMAIL })]
    expect(outcome(await new Client().post('/auth/sign-up', { verificationTokens }))).toEqual({
      status: 409,
      code: 'email_taken',
    })
    expect(outcome(await new Client().post('/auth/sign-up', { username: 'alice', password: PASSWORD }))).toEqual({
      status: 409,
      code: 'username_taken',
    })
  })

  it('are not told that an account is blocked: a code is asked for as before', async () => {
    const { user } = await signUpWithContacts('alice', [EMAIL])
    await block(user)
    expect(await stranger().post('/auth/otp', codeRequest(EMAIL, 'log_in'))).toMatchObject({ status: 202 })
  })
})

describe('unblocking', () => {
  it('lets the owner in again, and blocking twice keeps the first time', async () => {
    const { user } = await signUp('alice')
    const blockAgain = () =>
      operator().post<{ blockedAt: string }>(`${OPERATOR}/accounts/${user.id}/block`, { reason: 'Again' })
    const { body: first } = await blockAgain()
    advanceClock(MINUTE)
    const { body: second } = await blockAgain()
    expect(second).toEqual(first)
    expect(await unblock(user)).toMatchObject({ status: 200, body: { blockedAt: null } })
    await logIn('alice')
  })
})

describe('unlocking', () => {
  it('lets the owner try again after too many wrong passwords', async () => {
    const { user } = await signUp('alice')
    await together(6, () => byPassword('wrong'))
    expect(await byPassword()).toMatchObject({ status: 429 })
    expect(await operator().post(`${OPERATOR}/accounts/${user.id}/unlock`)).toMatchObject({
      status: 200,
      body: { passwords: 1, codes: 0 },
    })
    expect(await byPassword()).toMatchObject({ status: 200 })
  })

  it('lets the owner ask for a code again after too many codes or wrong guesses, and spends those that are out', async () => {
    const { user } = await signUpWithContacts('alice', [EMAIL])
    const asked = await askForCode(stranger(), codeRequest(EMAIL, 'log_in'))
    await env.DB.prepare('UPDATE otp_codes SET wrong = ?').bind(MAX_WRONG_A_DAY).run()
    advanceClock(2 * MINUTE)
    expect(await stranger().post('/auth/otp', codeRequest(EMAIL, 'log_in'))).toMatchObject({ status: 429 })
    expect(await operator().post(`${OPERATOR}/accounts/${user.id}/unlock`)).toMatchObject({
      status: 200,
      body: { passwords: 0, codes: 1 },
    })
    const old = await stranger().post('/auth/otp/log-in', rightGuess(asked))
    expect(outcome(old)).toEqual({ status: 401, code: 'invalid_code' })
    expect((await logInByCode(EMAIL)).status).toBe(200)
  })

  it('leaves what others are counted by: other accounts, and the address that asked for the codes', async () => {
    const { user } = await signUpWithContacts('alice', [EMAIL])
    await signUpWithContacts('bob', ['bob@example.com'])
    const flooder = stranger()
    for (let n = 0; n < 10; n++) {
      const to = n === 0 ? EMAIL : `${n}@example.com`
      expect(await flooder.post('/auth/otp', codeRequest(to, 'verify'))).toMatchObject({ status: 202 })
    }
    await new Client().post('/auth/log-in', { identifier: 'bob', password: 'wrong' })
    await operator().post(`${OPERATOR}/accounts/${user.id}/unlock`)
    expect(await flooder.post('/auth/otp', codeRequest('new@example.com', 'verify'))).toMatchObject({ status: 429 })
    expect((await rowsOf('log_in_throttle')).length).toBe(1)
  })
})
