import { afterEach, describe, expect, it, vi } from 'vitest'
import { PROVIDER_IDS, type ProviderId } from '../../../src/users/provider-ids'
import { type Answer, Client, clientOf, type ProblemBody } from '../../helpers/client'
import { advanceClock, MINUTE, setClock } from '../../helpers/clock'
import { authorize, type Fault, type IdTokenFault, newPerson, refuse, type ServerFault } from '../../helpers/providers'
import { beginAt, comeBack, goThrough } from '../../helpers/social-log-in'
import { someOf } from '../../helpers/some-of'
import { expectNoChanges } from '../../helpers/storage'
import { Timers } from '../../helpers/timers'

/*
 * Answers of providers that must lead to no log-in. None of them leaves a row: no session, no user, no identity, and no spent token.
 */

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
/** After all times at which other tests let the Worker read keys. */
const LATER = Date.parse('2027-12-01T12:00:00.000Z')
const timers = new Timers()
afterEach(() => {
  vi.unstubAllGlobals()
  timers.clear()
})

const FAILED = { status: 502, code: 'provider_failed' }
const UNAVAILABLE = { status: 503, code: 'provider_unavailable' }

/** What a client hears. Whatever it is, nobody is signed in. */
async function outcomeOf(client: Client, answer: Answer<ProblemBody>) {
  expect((await client.get('/auth/session')).status).toBe(401)
  return { status: answer.status, code: answer.body?.code }
}

/** Comes back with a fault. Nothing may change in D1. */
async function failWith(provider: ProviderId, fault: Fault, client = new Client()) {
  const cameBack = authorize(await beginAt(provider, client), newPerson(), fault)
  return outcomeOf(client, await expectNoChanges(() => comeBack(client, cameBack)))
}

/** Those that a log-in reads an ID token of. */
const WITH_ID_TOKEN = ['google', 'apple', 'microsoft', 'line', 'oidc', 'test'] as const
const WITH_API = ['github', 'kakao', 'naver'] as const

const ID_TOKEN_FAULTS: IdTokenFault[] = [
  'wrong_issuer',
  'wrong_audience',
  'second_audience',
  'wrong_nonce',
  'no_nonce',
  'no_subject',
  'no_expiry',
  'expired',
  'alg_none',
  'bad_signature',
  'hs256_with_public_key',
  'unknown_key',
  'clock_ahead_6s',
  'clock_behind_6s',
]

describe.each(someOf(WITH_ID_TOKEN, 3))('an ID token of %s', (provider) => {
  it.each<Fault>([...ID_TOKEN_FAULTS, 'no_id_token'])('is refused: %s', async (fault) => {
    setClock(NOON)
    expect(await failWith(provider, fault)).toEqual(FAILED)
  })

  it.each<Fault>(['clock_ahead_4s', 'clock_behind_4s'])('is good enough: %s', async (fault) => {
    setClock(NOON)
    const { answer } = await goThrough(provider, newPerson(), { fault })
    expect(answer.status).toBe(303)
  })
})

describe('the key of an ID token', () => {
  it.each(WITH_ID_TOKEN.filter((id) => id !== 'line'))('%s: is never the client secret', async (provider) => {
    expect(await failWith(provider, 'hs256_with_client_secret')).toEqual(FAILED)
  })

  it('is for LINE the channel secret, and never a published key', async () => {
    expect(await failWith('line', 'key_rotation')).toEqual(FAILED)
  })

  it.each(['google', 'oidc'] as const)('%s: may be new, a minute after the keys were read', async (provider) => {
    setClock(LATER)
    await goThrough(provider, newPerson())
    advanceClock(MINUTE)
    const { answer } = await goThrough(provider, newPerson(), { fault: 'key_rotation' })
    expect(answer.status).toBe(303)
  })
})

it('a token of Microsoft names one tenant', async () => {
  expect(await failWith('microsoft', 'wrong_tenant')).toEqual(FAILED)
})

/** What is answered to a fault of a server. */
const SERVER_FAULTS: [ServerFault, typeof FAILED][] = [
  ['malformed_json', FAILED],
  ['not_an_object', FAILED],
  ['empty', FAILED],
  ['wrong_content_type', FAILED],
  ['redirect', FAILED],
  ['huge', FAILED],
  ['status_403', FAILED],
  ['status_429', UNAVAILABLE],
  ['status_500', UNAVAILABLE],
  ['status_503', UNAVAILABLE],
  ['reset', UNAVAILABLE],
]

describe.each(someOf(PROVIDER_IDS, 3))('the token endpoint of %s', (provider) => {
  it.each([...SERVER_FAULTS, ['no_access_token', FAILED] as const, ['wrong_token_type', FAILED] as const])(
    'fails: %s',
    async (fault, expected) => {
      expect(await failWith(provider, fault)).toEqual(expected)
    },
  )

  it('refuses a code that was used', async () => {
    const client = new Client()
    const cameBack = authorize(await beginAt(provider, client), newPerson())
    const before = new Map(client.cookies)
    expect((await comeBack(client, cameBack)).status).toBe(303)
    const thief = new Client()
    for (const [name, value] of before) thief.cookies.set(name, value)
    expect(await outcomeOf(thief, await expectNoChanges(() => comeBack(thief, cameBack)))).toEqual(FAILED)
  })
})

describe.each(someOf(WITH_API, 3))('the API of %s', (provider) => {
  it.each(SERVER_FAULTS)('fails: %s', async (fault, expected) => {
    expect(await failWith(provider, `profile_${fault}`)).toEqual(expected)
  })
})

/** Sends a request while the provider does not answer. Deadlines are fired instead of being waited for. */
async function waitFor(client: Client, act: () => Promise<Answer<ProblemBody>>) {
  timers.install()
  let isAnswered = false
  const answer = expectNoChanges(act).finally(() => {
    isAnswered = true
  })
  while (!isAnswered) {
    await scheduler.wait(100)
    timers.fireAll()
  }
  vi.unstubAllGlobals()
  return outcomeOf(client, await answer)
}

describe('a slow provider', () => {
  it.each<[ProviderId, Fault]>([
    ['google', 'slow'],
    ['google', 'slow_body'],
    ['github', 'slow'],
    ['github', 'profile_slow'],
    ['kakao', 'profile_slow_body'],
  ])('%s: is given up: %s', async (provider, fault) => {
    const client = new Client()
    const cameBack = authorize(await beginAt(provider, client), newPerson(), fault)
    expect(await waitFor(client, () => comeBack(client, cameBack))).toEqual(UNAVAILABLE)
  })

  it.each(['jwks-slow', 'jwks-slow-body'])('is given up while its keys are read: %s', async (host) => {
    const client = clientOf({ OIDC_ISSUER: `https://${host}.idp.example` })
    const cameBack = authorize(await beginAt('oidc', client), newPerson())
    expect(await waitFor(client, () => comeBack(client, cameBack))).toEqual(UNAVAILABLE)
  })

  it.each(['discovery-slow', 'discovery-slow-body'])('is given up at the beginning: %s', async (host) => {
    const client = clientOf({ OIDC_ISSUER: `https://${host}.idp.example` })
    expect(await waitFor(client, () => client.get('/auth/social/oidc'))).toEqual(UNAVAILABLE)
  })
})

describe('the discovery document', () => {
  it.each<[string, typeof FAILED]>([
    ['other-issuer', FAILED],
    ['http', FAILED],
    ['no-keys', FAILED],
    ['malformed-json', FAILED],
    ['redirect', FAILED],
    ['huge', FAILED],
    ['status-500', UNAVAILABLE],
    ['reset', UNAVAILABLE],
  ])('is no good: %s', async (label, expected) => {
    const client = clientOf({ OIDC_ISSUER: `https://discovery-${label}.idp.example` })
    expect(await outcomeOf(client, await expectNoChanges(() => client.get('/auth/social/oidc')))).toEqual(expected)
  })
})

describe('the published keys', () => {
  it.each<[string, typeof FAILED]>([
    ['malformed-json', FAILED],
    ['not-an-object', FAILED],
    ['redirect', FAILED],
    ['huge', FAILED],
    ['status-500', UNAVAILABLE],
    ['reset', UNAVAILABLE],
  ])('cannot be read: %s', async (label, expected) => {
    const client = clientOf({ OIDC_ISSUER: `https://jwks-${label}.idp.example` })
    const cameBack = authorize(await beginAt('oidc', client), newPerson())
    expect(await outcomeOf(client, await expectNoChanges(() => comeBack(client, cameBack)))).toEqual(expected)
  })
})

describe('the answer of the provider', () => {
  it.each(PROVIDER_IDS)('%s: the user pressed Cancel', async (provider) => {
    const client = new Client()
    const cameBack = refuse(await beginAt(provider, client))
    const answer = await expectNoChanges(() => comeBack(client, cameBack))
    expect(await outcomeOf(client, answer)).toEqual({ status: 403, code: 'log_in_cancelled' })
  })

  it.each(['server_error', 'temporarily_unavailable', 'unauthorized_client', '<script>'])(
    'is another error: %s',
    async (error) => {
      const client = new Client()
      const cameBack = refuse(await beginAt('google', client), error)
      expect(await outcomeOf(client, await expectNoChanges(() => comeBack(client, cameBack)))).toEqual(FAILED)
    },
  )

  it.each(['google', 'github', 'oidc', 'test'] as const)('%s: is not from another issuer', async (provider) => {
    expect(await failWith(provider, 'wrong_callback_iss')).toEqual(FAILED)
  })

  it.each(['oidc', 'test'] as const)(
    '%s: names the issuer, because the provider says that it does',
    async (provider) => {
      expect(await failWith(provider, 'no_callback_iss')).toEqual(FAILED)
    },
  )
})
