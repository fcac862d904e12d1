import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { Authenticator } from '../helpers/authenticator'
import { type Client, clientOf, withBindings } from '../helpers/client'
import { advanceClock, DAY, HOUR, MINUTE, setClock } from '../helpers/clock'
import { askForCode, codeRequest, logInByCode, rightGuess, type SentCode, stranger } from '../helpers/codes'
import { addPasskey, beginLogIn } from '../helpers/passkeys'
import { logIn, PASSWORD, type Person, signUp, type Tokens } from '../helpers/people'
import { authorize, newPerson } from '../helpers/providers'
import { stopTokenFor } from '../helpers/removal-requests'
import { beginAt, comeBack, destinationOf, newVerifier } from '../helpers/social-log-in'
import { rowsOf } from '../helpers/storage'
import { workerKeys } from '../helpers/tokens'
import { put, wayBackTokenFor } from '../helpers/way-back'
import { wrapD1 } from '../helpers/wrap-d1'
import { pepperId, storedHash } from '../log-in/password/hashes'

/*
 * A rotation of AUTH_SECRET and of PASSWORD_PEPPER, as `npm run rotate` does it, with everything that people may hold meanwhile.
 */

const REDIRECT = 'com.example.app:/signed-in'
const OLD = { AUTH_SECRET: env.AUTH_SECRET }
const NEW = 'another secret for the tests, of 32 bytes and more'

/** What is set, one after the other. While it spreads, one isolate may have the settings before and the next one those after. */
const common = { ALLOWED_REDIRECTS: REDIRECT }
const BEFORE = { ...common, ...OLD }
const ACCEPTING = { ...common, ...OLD, AUTH_SECRET_PREVIOUS: NEW }
const ROTATED = { ...common, AUTH_SECRET: NEW, AUTH_SECRET_PREVIOUS: env.AUTH_SECRET }
const FINISHED = { ...common, AUTH_SECRET: NEW }
type Settings = typeof BEFORE | typeof ACCEPTING | typeof ROTATED | typeof FINISHED

const START = Date.parse('2026-12-01T12:00:00.000Z')

/** What people hold that a deployment has given them. */
interface Held {
  browser: Client
  tokens: Tokens
  deviceToken: string
  codes: { verify: SentCode; logIn: SentCode }
  verificationToken: string
  wayBackToken: string
  stopToken: string
  cursor: string
  syncToken: string
  bookmark: string
  atProvider: { client: Client; start: string }
  exchange: { code: string; codeVerifier: string }
  linkToken: string
  /** The body of a log-in by a passkey, whose challenge was given before. */
  passkey: object
}

interface TokensAndDevice extends Tokens {
  deviceToken: string
}

/** Uses a deployment with these settings, and answers with what people hold then. */
async function hold(settings: Settings): Promise<Held> {
  setClock(START)
  const alice = await signUp('alice', clientOf(settings))
  await put(alice, 'email', 'alice@example.com')
  await put(alice, 'phone', '+821012345678')
  await logInByCode('carol@example.com', stranger(settings))
  setClock(START + 30 * DAY)
  await logIn('alice', alice.client)
  const { client } = alice
  const passkey = await holdOfPasskey(alice, settings)
  const makeAll = async () => {
    for (const contents of ['a', 'b', 'c']) expect((await client.post('/todos', { contents })).status).toBe(201)
    const page = await client.get<{ nextCursor: string }>('/todos?limit=1')
    const changes = await client.get<{ nextToken: string }>('/todos/changes')
    return {
      cursor: page.body.nextCursor,
      syncToken: changes.body.nextToken,
      bookmark: page.headers.get('X-D1-Bookmark') ?? '',
    }
  }
  const lists = await makeAll()
  expect((await client.patch('/users/me', { username: 'alicia' })).status).toBe(200)
  const wayBackToken = await wayBackTokenFor('alice@example.com')
  const thief = await logInByCode('+821012345678', stranger(settings))
  expect((await thief.client.delete('/users/me/email')).status).toBe(202)
  const answer = await clientOf(settings).post<TokensAndDevice>('/auth/log-in', {
    identifier: 'alicia',
    password: PASSWORD,
    tokens: 'body',
  })
  expect(answer.status).toBe(200)
  const proof = await askForCode(stranger(settings), codeRequest('other@example.com', 'verify'))
  const proven = await stranger(settings).post<{ verificationToken: string }>('/auth/otp/verify', rightGuess(proof))
  return {
    ...lists,
    passkey,
    browser: client,
    tokens: answer.body,
    deviceToken: answer.body.deviceToken,
    codes: {
      verify: await askForCode(stranger(settings), codeRequest('new@example.com', 'verify')),
      logIn: await askForCode(stranger(settings), codeRequest('carol@example.com', 'log_in')),
    },
    verificationToken: proven.body.verificationToken,
    wayBackToken,
    stopToken: await stopTokenFor('alice@example.com'),
    ...(await holdOfProviders(settings)),
  }
}

/** A log-in at a provider that is under way, one that an app has to exchange, and one that needs a proof. */
async function holdOfProviders(settings: Settings): Promise<Pick<Held, 'atProvider' | 'exchange' | 'linkToken'>> {
  const waiting = clientOf(settings)
  const start = await beginAt('google', waiting)
  const app = clientOf(settings)
  const { codeChallenge, codeVerifier } = await newVerifier()
  const challenge = { codeChallenge }
  const appStart = await beginAt('google', app, { returnTo: REDIRECT, ...challenge })
  const { code = '' } = destinationOf(await comeBack(app, authorize(appStart, newPerson()))).query
  const other = clientOf(settings)
  const known = newPerson({ email: 'alice@example.com' })
  const { body } = await comeBack(other, authorize(await beginAt('github', other), known))
  return { atProvider: { client: waiting, start }, exchange: { code, codeVerifier }, linkToken: tokenIn(body) }
}

async function holdOfPasskey(owner: Person, settings: Settings): Promise<object> {
  const authenticator = new Authenticator()
  await addPasskey(owner, authenticator)
  const { publicKey, challengeToken } = await beginLogIn(clientOf(settings), 'body')
  return { response: await authenticator.get(publicKey), challengeToken, tokens: 'body' }
}

const tokenIn = (body: object): string => z.object({ linkToken: z.string() }).parse(body).linkToken

/** Uses all of it at a deployment with other settings. */
async function useAll(held: Held, settings: Settings): Promise<void> {
  const browser = withBindings(held.browser, settings)
  const other = () => stranger(settings)
  const statuses: Record<string, number> = {}
  const note = async (name: string, answer: Promise<{ status: number }>) => {
    statuses[name] = (await answer).status
  }
  await note('a read', browser.get('/users/me'))
  await note('a write', browser.post('/todos', { contents: 'd' }))
  await note('the next page', browser.get(`/todos?limit=1&cursor=${held.cursor}`))
  await note('the changes', browser.get(`/todos/changes?since=${held.syncToken}`))
  await note('a refresh', browser.post('/auth/refresh'))
  await note('a refresh without cookies', other().post('/auth/refresh', { refreshToken: held.tokens.refreshToken }))
  await note('a code', other().post('/auth/otp/verify', rightGuess(held.codes.verify)))
  await note('a log-in by code', other().post('/auth/otp/log-in', rightGuess(held.codes.logIn)))
  const proofs = { verificationToken: held.verificationToken }
  await note('a verification token', other().post('/users/availability', proofs))
  await note('an exchange code', other().post('/auth/social/exchange', held.exchange))
  await note('a log-in by a passkey', other().post('/auth/passkeys/log-in', held.passkey))
  const linking = { linkToken: held.linkToken }
  await note('an link token', (await freshly(browser)).post('/users/me/identities', linking))
  await note('a link that stops a request', other().post('/users/removal-requests/stop', { token: held.stopToken }))
  const undo = { token: held.wayBackToken, password: PASSWORD }
  const atProvider = withBindings(held.atProvider.client, settings)
  await note('a log-in at a provider', comeBack(atProvider, authorize(held.atProvider.start, newPerson())))
  expect(atProvider.cookies.has('__Host-access')).toBe(true)
  await note('a way back', other().post('/auth/way-back', undo))
  expect(statuses).toEqual({
    'a read': 200,
    'a write': 201,
    'the next page': 200,
    'the changes': 200,
    'a refresh': 200,
    'a refresh without cookies': 200,
    'a code': 200,
    'a log-in by code': 200,
    'a verification token': 200,
    'an exchange code': 201,
    'a log-in by a passkey': 200,
    'an link token': 201,
    'a link that stops a request': 204,
    'a log-in at a provider': 303,
    'a way back': 204,
  })
}

const freshly = async (browser: Client): Promise<Client> => {
  await logIn('alicia', browser)
  return browser
}

const newDevices = async () => (await rowsOf('activity')).filter(({ event }) => event === 'new_device').length

it('goes by names of the secrets that `npm run rotate` knows too', async () => {
  // test/node/rotate.test.mjs has the same.
  expect((await workerKeys()).current.kid).toBe('z-911YQlBjo')
  expect(await pepperId(env.PASSWORD_PEPPER)).toBe('6VfUhOxs')
})

describe('a rotation of AUTH_SECRET', () => {
  it.each([
    ['before it began, while it begins', BEFORE, ACCEPTING],
    ['while it begins, once the new secret signs', ACCEPTING, ROTATED],
    ['under the new secret, where its settings have not arrived', ROTATED, ACCEPTING],
    ['before it began, once the new secret signs', BEFORE, ROTATED],
    ['under the new secret, once the old one is gone', ROTATED, FINISHED],
  ] as const)('leaves all that people hold good: given %s', async (_, given, used) => {
    await useAll(await hold(given), used)
  })

  it('lets known devices stay known, and replaces their tokens at the next log-in', async () => {
    await signUp('alice', clientOf(BEFORE))
    const first = await logIn('alice', clientOf(BEFORE))
    const known = await newDevices()
    const second = await logIn('alice', withBindings(first.client, ROTATED))
    await logIn('alice', withBindings(second.client, FINISHED))
    expect(await newDevices()).toBe(known)
    await logIn('alice', withBindings(first.client, FINISHED))
    expect(await newDevices()).toBe(known + 1)
  })

  it('lets a read start at the bookmark from before', async () => {
    const { browser } = await hold(BEFORE)
    const starts: unknown[] = []
    const DB = wrapD1({ onSession: (start) => starts.push(start) })
    await withBindings(browser, { ...ROTATED, DB }).get('/todos')
    expect(starts).not.toContain('first-unconstrained')
  })

  it('lets a device whose sync token is from a secret that is gone start its sync anew', async () => {
    const { syncToken, browser } = await hold(BEFORE)
    const { client } = await logIn('alicia', withBindings(browser, FINISHED))
    const answer = await client.get(`/todos/changes?since=${syncToken}`)
    expect(answer).toMatchObject({ status: 410, body: { code: 'sync_token_expired' } })
  })

  it('ends when the old secret is gone: what it has signed is void', async () => {
    const held = await hold(BEFORE)
    const browser = withBindings(held.browser, FINISHED)
    expect((await browser.get('/users/me')).status).toBe(401)
    expect((await browser.post('/auth/refresh')).status).toBe(401)
    const other = stranger(FINISHED)
    expect((await other.post('/auth/otp/verify', rightGuess(held.codes.verify))).status).toBe(401)
    expect((await other.post('/auth/way-back', { token: held.wayBackToken, password: PASSWORD })).status).toBe(403)
  })

  it('begins the counts of messages and guesses again, once; the budget goes on', async () => {
    setClock(START)
    const ask = (settings: Settings) => stranger(settings).post('/auth/otp', codeRequest('dora@example.com', 'log_in'))
    for (const settings of [BEFORE, ACCEPTING, ROTATED]) await ask(settings)
    expect((await ask(BEFORE)).status).toBe(429)
    expect((await ask(FINISHED)).status).toBe(429)
    const sends = (await rowsOf('message_days')).map(({ sends }) => sends)
    expect(sends).toEqual([2])
  })
})

describe('a rotation of PASSWORD_PEPPER', () => {
  const OTHER = 'another pepper for the tests, of 32 bytes and more'
  const accepting = { PASSWORD_PEPPER_PREVIOUS: OTHER }
  const rotated = { PASSWORD_PEPPER: OTHER, PASSWORD_PEPPER_PREVIOUS: env.PASSWORD_PEPPER }
  const finished = { PASSWORD_PEPPER: OTHER }

  it('lets every password work all the time, and replaces its hash at the log-in', async () => {
    const { user } = await signUp('alice')
    await logIn('alice', clientOf(accepting))
    expect(await storedHash(user.id)).toContain(`,p=${await pepperId(env.PASSWORD_PEPPER)}$`)
    await logIn('alice', clientOf(rotated))
    expect(await storedHash(user.id)).toContain(`,p=${await pepperId(OTHER)}$`)
    // An isolate that does not have the new settings yet.
    await logIn('alice', clientOf(accepting))
    await logIn('alice', clientOf(rotated))
    await logIn('alice', clientOf(finished))
  })

  it('lets a password prove a change that is taken back', async () => {
    setClock(START)
    const alice = await signUp('alice')
    await put(alice, 'email', 'alice@example.com')
    advanceClock(8 * DAY)
    await logIn('alice', alice.client)
    const newPassword = 'a better horse and another staple'
    expect((await alice.client.put('/auth/password', { newPassword })).status).toBe(204)
    const token = await wayBackTokenFor('alice@example.com')
    advanceClock(HOUR + MINUTE)
    expect((await stranger(rotated).post('/auth/way-back', { token, password: PASSWORD })).status).toBe(204)
  })
})
