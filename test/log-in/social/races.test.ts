import { describe, expect, it } from 'vitest'
import { Client, clientOf } from '../../helpers/client'
import { askForCode, codeRequest, logInByCode, rightGuess } from '../../helpers/codes'
import { signUp, tally, together } from '../../helpers/people'
import { authorize, idTokenOf, newPerson } from '../../helpers/providers'
import {
  beginAt,
  comeBack,
  countRows,
  destinationOf,
  goThrough,
  logInWith,
  newVerifier,
} from '../../helpers/social-log-in'
import { rowsOf } from '../../helpers/storage'

const REDIRECT = 'com.example.app:/signed-in'
const NONCE = 'a nonce of the app'

/** What a code is worth in each answer: its error, or that a session has begun. */
const outcomes = (answers: { status: number; body: { code?: string } | undefined }[]) =>
  tally(answers.map(({ status, body }) => body?.code ?? status))

/** Callbacks with one state. Each has a code of its own, as if the provider gave out many. */
async function callbacks(count: number, isKnown: boolean) {
  const person = newPerson()
  if (isKnown) await logInWith('test', person)
  const client = new Client()
  const start = await beginAt('test', client)
  const cookie = client.cookies.get('__Host-social') ?? ''
  const before = await countRows()
  const answers = await together(count, async () => {
    const browser = new Client()
    browser.cookies.set('__Host-social', cookie)
    return comeBack(browser, authorize(start, person))
  })
  const after = await countRows()
  return { answers, began: (after['sessions'] ?? 0) - (before['sessions'] ?? 0), after }
}

describe('one state', () => {
  it.each([
    ['new', false],
    ['known', true],
  ] as const)('begins one session in 50 callbacks at once, with an identity that is %s', async (_, isKnown) => {
    const { answers, began, after } = await callbacks(50, isKnown)
    expect(outcomes(answers)).toEqual({ 303: 1, invalid_state: 49 })
    expect(began).toBe(1)
    expect(after).toMatchObject({ users: 1, identities: 1, spent_tokens: isKnown ? 2 : 1 })
  })

  it('begins one session in 50 exchanges at once of one code, and none of another code of that state', async () => {
    const app = clientOf({ ALLOWED_REDIRECTS: REDIRECT })
    const { codeVerifier, codeChallenge } = await newVerifier()
    const start = await beginAt('test', app, { returnTo: REDIRECT, codeChallenge })
    const cookie = app.cookies.get('__Host-social') ?? ''
    const person = newPerson()
    const codes = await together(5, async () => {
      app.cookies.set('__Host-social', cookie)
      return destinationOf(await comeBack(app, authorize(start, person))).query['code']
    })
    const answers = await together(50, (n) =>
      new Client().post('/auth/social/exchange', { code: codes[n % 5], codeVerifier }),
    )
    expect(outcomes(answers)).toEqual({ 201: 1, invalid_exchange_code: 49 })
    expect(await countRows()).toEqual({ users: 1, identities: 1, sessions: 1, spent_tokens: 1 })
  })

  it('begins one session in 50 log-ins at once with one ID token', async () => {
    const idToken = await idTokenOf('google', newPerson(), { nonce: NONCE })
    const answers = await together(50, () => new Client().post('/auth/social/google', { idToken, nonce: NONCE }))
    expect(outcomes(answers)).toEqual({ 201: 1, invalid_id_token: 49 })
    expect(await countRows()).toEqual({ users: 1, identities: 1, sessions: 1, spent_tokens: 1 })
  })
})

describe('one identity', () => {
  it.each(['google', 'naver'] as const)('makes one user in 50 first log-ins at once, with %s', async (provider) => {
    const person = newPerson({ email: 'alice@gmail.com' })
    const answers = await together(50, () => goThrough(provider, person))
    expect(tally(answers.map(({ answer }) => answer.status))).toEqual({ 303: 50 })
    expect(await countRows()).toEqual({ users: 1, identities: 1, sessions: 50, spent_tokens: 50 })
  })

  it('is joined once in 20 first log-ins at once', async () => {
    const owner = await logInByCode('alice@gmail.com')
    const person = newPerson({ email: 'alice@gmail.com' })
    const answers = await together(20, () => goThrough('google', person))
    expect(tally(answers.map(({ answer }) => answer.status))).toEqual({ 303: 20 })
    expect(await countRows()).toMatchObject({ users: 1, identities: 1, sessions: 21 })
    expect(await rowsOf('identities')).toEqual([expect.objectContaining({ user_id: owner.user.id })])
  })

  it('is linked to one of ten accounts that want it at once', async () => {
    const person = newPerson()
    const people = await together(10, (n) => signUp(`person${n}`))
    const answers = await Promise.all(
      people.map(async ({ client }, n) => {
        const nonce = `${NONCE} ${n}`
        const idToken = await idTokenOf('google', person, { nonce })
        return client.post('/users/me/identities', { provider: 'google', idToken, nonce })
      }),
    )
    expect(outcomes(answers)).toEqual({ 201: 1, identity_taken: 9 })
    expect(await rowsOf('identities')).toHaveLength(1)
  })

  it.each([0, 2, 5])(
    'gives an address to one user when a code for it comes in at the same time, after %i log-ins',
    async (n) => {
      const client = new Client()
      const code = await askForCode(client, codeRequest('alice@gmail.com', 'log_in'))
      const byGoogle = () => goThrough('google', newPerson({ email: 'alice@gmail.com' }))
      await together(n, byGoogle)
      const [byCode] = await Promise.all([
        client.post('/auth/otp/log-in', rightGuess(code)),
        ...Array.from({ length: 5 - n }, byGoogle),
      ])
      // A code that was asked for when nobody had the address is worth nothing once somebody has it.
      expect(byCode).toMatchObject(n === 0 ? {} : { status: 401 })
      expect((await rowsOf('users')).map(({ email }) => email)).toEqual(['alice@gmail.com'])
      expect(await rowsOf('identities')).toHaveLength(5)
    },
  )
})

it('of two last ways, removed at once, one stays', async () => {
  const { client } = await logInWith('naver', newPerson())
  const nonce = NONCE
  const idToken = await idTokenOf('google', newPerson(), { nonce })
  expect((await client.post('/users/me/identities', { provider: 'google', idToken, nonce })).status).toBe(201)
  const { body } = await client.get<{ identities: { id: string }[] }>('/users/me/identities')
  const answers = await Promise.all(body.identities.map(({ id }) => client.delete(`/users/me/identities/${id}`)))
  expect(outcomes(answers)).toEqual({ 204: 1, last_way_to_log_in: 1 })
  expect(await rowsOf('identities')).toHaveLength(1)
})
