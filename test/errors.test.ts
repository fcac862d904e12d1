import { env } from 'cloudflare:workers'
import { base64url } from 'jose'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { type ErrorCode, errorCodes } from '../src/errors'
import { MAX_GUESSES } from '../src/limits'
import { SYNC_TOKEN_LIFE_MS } from '../src/todos/changes'
import { MAX_IDENTITIES } from '../src/users/identities'
import { MAX_PASSKEYS } from '../src/users/passkeys'
import { aliceAndBob } from './helpers/alice-and-bob'
import { Authenticator } from './helpers/authenticator'
import { failingKv, failingLimit, recordingLimit } from './helpers/bindings'
import { type Answer, Client, clientOf, ORIGIN, type ProblemBody } from './helpers/client'
import { setClock } from './helpers/clock'
import { askForCode, codeRequest, stranger, wrongCode } from './helpers/codes'
import { compileSchema, documentedProblems, readDocument } from './helpers/document'
import { exchangeFor, giveIdentity, identityOf } from './helpers/identities'
import { block } from './helpers/operator'
import { addPasskey, beginPasskey } from './helpers/passkeys'
import { logIn, outliveFreshProof, PASSWORD, together } from './helpers/people'
import { prepareSecondFactor } from './helpers/prepare-second-factor'
import { authorize, type Fault, newPerson, refuse } from './helpers/providers'
import { accessTokenOf, verificationTokenFor } from './helpers/tokens'

/* Every error code, as a client gets it. */

const { alice, bob } = aliceAndBob()

const json = { 'Content-Type': 'application/json' }
const ISO_TIME = /^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/
const credentials = { identifier: 'alice', password: PASSWORD }

/** Sends six wrong passwords at once, one more than the limit. */
async function oneTooMany(): Promise<Answer<ProblemBody>> {
  const answers = await together(6, () => new Client().post('/auth/log-in', { ...credentials, password: 'wrong' }))
  const refused = answers.find(({ status }) => status === 429)
  if (!refused) throw new Error('None of six wrong passwords was refused')
  return refused
}

/** Signs up with the phone number that Bob has just set. */
async function withPhoneOfBob(): Promise<Answer<ProblemBody>> {
  const bobs = await bob().client.put('/users/me/phone', { verificationToken: bob().proofs.phone })
  expect(bobs.status).toBe(200)
  const proof = await verificationTokenFor({ channel: 'sms', to: '+821020000002' })
  return stranger().post('/auth/sign-up', { verificationTokens: [proof] })
}

/** Signs up with an e-mail address that Alice had until now. */
async function withPastContact(): Promise<Answer<ProblemBody>> {
  const verificationToken = await verificationTokenFor({ channel: 'email', to: 'alicia@example.com' })
  const before = alice().user.email ?? ''
  expect((await alice().client.put('/users/me/email', { verificationToken })).status).toBe(200)
  const proof = await verificationTokenFor({ channel: 'email', to: before })
  return stranger().post('/auth/sign-up', { verificationTokens: [proof] })
}

/** Removes the only contact that a user can log in with. */
async function removeOnlyContact(): Promise<Answer<ProblemBody>> {
  const client = stranger()
  expect((await client.post('/auth/otp/log-in', alice().codes.firstLogIn)).status).toBe(201)
  return client.delete('/users/me/email')
}

/** Deletes an account ten minutes after the log-in, without the current password. */
async function withoutFreshProof(): Promise<Answer<ProblemBody>> {
  const owner = alice()
  await outliveFreshProof(owner)
  return owner.client.delete('/users/me')
}

/** Asks for changes since so long ago that deleted to-dos may be gone. */
async function useOldSyncToken(): Promise<Answer<ProblemBody>> {
  const { body } = await alice().client.get<{ nextToken: string }>('/todos/changes')
  setClock(Date.now() + SYNC_TOKEN_LIFE_MS)
  const { client } = await logIn('alice')
  return client.get(`/todos/changes?since=${body.nextToken}`)
}

/** Asks for two codes for one recipient at the same moment. */
async function askTwice(): Promise<Answer<ProblemBody>> {
  setClock(Date.now())
  expect((await stranger().post('/auth/otp', codeRequest('carol@example.com', 'log_in'))).status).toBe(202)
  return stranger().post('/auth/otp', codeRequest('carol@example.com', 'log_in'))
}

/** Guesses five times at a code, and then once more. */
async function guessTooOften(): Promise<Answer<ProblemBody>> {
  const { challengeId, code } = await askForCode(stranger(), codeRequest('carol@example.com', 'verify'))
  const guess = (digits: string) => stranger().post('/auth/otp/verify', { challengeId, code: digits })
  for (let n = 0; n < MAX_GUESSES; n++) await guess(wrongCode(code))
  return guess(code)
}

/** Comes back from Google with something wrong. */
const comeBackWith = (fault: Fault): Promise<Answer<ProblemBody>> =>
  alice().client.get(authorize(alice().atProvider, newPerson(), fault).path)

/** Logs in by an identity whose address is Alice's, by a provider that does not run its mailbox. */
async function withAddressOfAlice(): Promise<Answer<ProblemBody>> {
  const email = { address: 'alice@example.com', isOwned: false }
  return stranger().post('/auth/social/exchange', await exchangeFor(identityOf('a-stranger', { email })))
}

/** Links one identity more than an account can have. */
async function withTooManyIdentities(): Promise<Answer<ProblemBody>> {
  const { client, identities } = alice()
  for (let n = 1; n < MAX_IDENTITIES; n++) await giveIdentity(alice(), identityOf(`number-${n}`))
  return client.post('/users/me/identities', { linkToken: identities.other.linkToken })
}

/** Logs in with the right password to an account that is blocked. */
async function logInBlocked(): Promise<Answer<ProblemBody>> {
  await block(alice().user)
  return new Client().post('/auth/log-in', credentials)
}

/** Logs in to an account that has a second factor. */
async function logInWithSecondFactor(): Promise<Answer<ProblemBody>> {
  await prepareSecondFactor(alice())
  return new Client().post('/auth/log-in', credentials)
}

/** Proves the password, and a code of the second factor that is wrong. */
async function withWrongSecondFactor(): Promise<Answer<ProblemBody>> {
  await prepareSecondFactor(alice())
  return alice().client.delete('/users/me', { currentPassword: PASSWORD, secondFactorCode: '7K2M-QX9D-40WJ-V6TB' })
}

/** Uses a session of a deployment that requires a second factor, without any days to set one up. */
async function withoutSetUp(): Promise<Answer<ProblemBody>> {
  await env.DB.prepare('DELETE FROM passkeys').run()
  const client = clientOf({ REQUIRE_SECOND_FACTOR: 'all', SECOND_FACTOR_GRACE_DAYS: '0' })
  expect((await client.post('/auth/log-in', credentials)).status).toBe(200)
  return client.get('/users/me')
}

/** For every error code: what provokes it, and an operation that documents it. */
const provocations: Record<ErrorCode, [operationId: string | null, provoke: () => Promise<Answer<ProblemBody>>]> = {
  malformed_json: ['logIn', () => new Client().post('/auth/log-in', '{', { headers: json })],
  ambiguous_credentials: [
    'getMe',
    () => alice().client.get('/users/me', { headers: { Authorization: `Bearer ${accessTokenOf(bob())}` } }),
  ],
  unauthenticated: ['getMe', () => new Client().get('/users/me')],
  invalid_credentials: ['logIn', () => new Client().post('/auth/log-in', { ...credentials, password: 'wrong' })],
  invalid_refresh_token: ['refresh', () => new Client().post('/auth/refresh')],
  invalid_code: ['verifyCode', () => stranger().post('/auth/otp/verify', { challengeId: uuidv7(), code: '000000' })],
  code_attempts_exceeded: ['verifyCode', guessTooOften],
  invalid_verification_token: [
    'putEmail',
    () => alice().client.put('/users/me/email', { verificationToken: alice().proofs.phone }),
  ],
  account_blocked: ['logIn', logInBlocked],
  misdirected_request: [null, () => clientOf({ PUBLIC_ORIGIN: 'https://latchkey.example.com' }).get('/users/me')],
  cross_site_request: [
    'createTodo',
    () => alice().client.post('/todos', { contents: 'x' }, { headers: { 'Sec-Fetch-Site': 'cross-site' } }),
  ],
  fresh_proof_required: ['deleteMe', withoutFreshProof],
  wrong_password: ['deleteMe', () => alice().client.delete('/users/me', { currentPassword: 'wrong' })],
  second_factor_required: ['logIn', logInWithSecondFactor],
  invalid_second_factor_token: [
    'logInBySecondFactor',
    () => new Client().post('/auth/second-factor', { secondFactorToken: 'nobody-has-this', code: '000000' }),
  ],
  wrong_second_factor: ['deleteMe', withWrongSecondFactor],
  second_factor_setup_required: ['getMe', withoutSetUp],
  no_second_factor: ['createRecoveryCodes', () => alice().client.post('/users/me/recovery-codes')],
  quota_exceeded: [
    'createTodo',
    async () => {
      const client = clientOf({ TODO_QUOTA_ROWS: '0' }, { Authorization: `Bearer ${accessTokenOf(alice())}` })
      return client.post('/todos', { contents: 'x' })
    },
  ],
  not_found: ['getTodo', () => alice().client.get(`/todos/${uuidv7()}`)],
  method_not_allowed: [null, () => new Client().get('/auth/log-in')],
  invalid_link: [
    'stopRemovalRequest',
    () => new Client().post('/users/removal-requests/stop', { token: 'nobody-has-this' }),
  ],
  invalid_state: ['finishSocialLogIn', () => new Client().get('/auth/social/google/callback?state=x&code=x')],
  log_in_cancelled: ['finishSocialLogIn', () => alice().client.get(refuse(alice().atProvider).path)],
  provider_failed: ['finishSocialLogIn', () => comeBackWith('bad_signature')],
  provider_unavailable: ['finishSocialLogIn', () => comeBackWith('status_503')],
  invalid_exchange_code: [
    'exchangeSocialCode',
    () => {
      const { code, codeVerifier } = alice().identities.own.exchange
      return stranger().post('/auth/social/exchange', { code, codeVerifier: `${codeVerifier}-` })
    },
  ],
  invalid_id_token: [
    'logInByIdToken',
    () => stranger().post('/auth/social/google', { idToken: 'no.id.token', nonce: 'a nonce of the app' }),
  ],
  invalid_link_token: [
    'linkIdentity',
    () => alice().client.post('/users/me/identities', { linkToken: 'nobody-has-this' }),
  ],
  invalid_passkey: [
    'logInByPasskey',
    () => stranger().post('/auth/passkeys/log-in', { ...alice().passkeys.logIn, challengeToken: 'nobody-made-this' }),
  ],
  unknown_passkey: [
    'logInByPasskey',
    async () => {
      const { client, passkeys } = alice()
      expect((await client.delete(`/users/me/passkeys/${passkeys.id}`)).status).toBe(204)
      return stranger().post('/auth/passkeys/log-in', passkeys.logIn)
    },
  ],
  passkey_taken: [
    'addPasskey',
    async () => {
      const { publicKey, challengeToken } = await beginPasskey(bob())
      const credentialId = base64url.decode(alice().passkeys.logIn.response.id)
      const response = await new Authenticator().create(publicKey, { credentialId })
      return bob().client.post('/users/me/passkeys', { response, challengeToken })
    },
  ],
  too_many_passkeys: [
    'addPasskey',
    async () => {
      const owner = alice()
      for (let n = 1; n < MAX_PASSKEYS; n++) await addPasskey(owner)
      return owner.client.post('/users/me/passkeys', owner.passkeys.another)
    },
  ],
  identity_needs_proof: ['exchangeSocialCode', withAddressOfAlice],
  identity_taken: [
    'linkIdentity',
    () => alice().client.post('/users/me/identities', { linkToken: bob().identities.own.linkToken }),
  ],
  too_many_identities: ['linkIdentity', withTooManyIdentities],
  username_taken: ['signUp', () => new Client().post('/auth/sign-up', { username: 'alice', password: PASSWORD })],
  email_taken: [
    'putEmail',
    async () => {
      const verificationToken = await verificationTokenFor({ channel: 'email', to: 'bob@example.com' })
      return alice().client.put('/users/me/email', { verificationToken })
    },
  ],
  phone_taken: ['signUp', withPhoneOfBob],
  identifier_reserved: ['signUp', withPastContact],
  last_way_to_log_in: ['deleteEmail', removeOnlyContact],
  precondition_failed: [
    'updateTodo',
    () => alice().client.patch(`/todos/${alice().todo.id}`, { isDone: true }, { headers: { 'If-Match': '"2"' } }),
  ],
  list_not_empty: [
    'deleteList',
    async () => {
      const { client, list } = alice()
      expect((await client.post('/todos', { contents: 'Buy milk', listId: list.id })).status).toBe(201)
      return client.delete(`/lists/${list.id}`)
    },
  ],
  sync_token_expired: ['listTodoChanges', useOldSyncToken],
  content_too_large: ['createTodo', () => alice().client.post('/todos', new Uint8Array(65_537))],
  unsupported_media_type: ['createTodo', () => alice().client.post('/todos', 'contents=Buy+bread')],
  invalid_fields: ['createTodo', () => alice().client.post('/todos', {})],
  too_many_attempts: ['logIn', oneTooMany],
  too_many_codes: ['requestCode', askTwice],
  channel_not_configured: [
    'requestCode',
    () => stranger({ DELIVERY: '' }).post('/auth/otp', codeRequest('carol@example.com', 'log_in')),
  ],
  sms_budget_spent: [
    'requestCode',
    () => stranger({ SMS_DAILY_BUDGET: '0' }).post('/auth/otp', codeRequest('010-1234-5678', 'log_in')),
  ],
  email_budget_spent: [
    'requestCode',
    () => stranger({ EMAIL_DAILY_BUDGET: '0' }).post('/auth/otp', codeRequest('carol@example.com', 'log_in')),
  ],
  rate_limited: ['logIn', () => clientOf(recordingLimit(false)).post('/auth/log-in', credentials)],
  internal_error: ['logIn', () => clientOf(failingLimit()).post('/auth/log-in', credentials)],
  misconfigured: ['logIn', () => clientOf({ AUTH_SECRET: 'too short' }).post('/auth/log-in', credentials)],
  unavailable: ['health', () => clientOf({ KV: failingKv() }).get(`${ORIGIN}/health`)],
}

/** The headers by which a 429 names the limit and the seconds to wait (draft-ietf-httpapi-ratelimit-headers-10). */
const limitHeaders = (name: string, { quota, window, wait }: { quota: number; window: number; wait: number }) => ({
  'retry-after': String(wait),
  'ratelimit-policy': `"${name}";q=${quota};w=${window}`,
  ratelimit: `"${name}";r=0;t=${wait}`,
})

/** Members and headers that only some errors have. */
const also: Partial<Record<ErrorCode, { body?: Record<string, unknown>; headers?: Record<string, unknown> }>> = {
  unauthenticated: { headers: { 'www-authenticate': 'Bearer realm="latchkey"' } },
  invalid_credentials: { headers: { 'www-authenticate': 'Bearer realm="latchkey"' } },
  invalid_refresh_token: { headers: { 'www-authenticate': 'Bearer realm="latchkey", error="invalid_token"' } },
  invalid_code: { headers: { 'www-authenticate': 'Bearer realm="latchkey"' } },
  code_attempts_exceeded: { headers: { 'www-authenticate': 'Bearer realm="latchkey"' } },
  too_many_codes: { headers: limitHeaders('codes', { quota: 10, window: 86_400, wait: 60 }) },
  sms_budget_spent: { headers: { 'retry-after': expect.stringMatching(/^[1-9]\d*$/) } },
  email_budget_spent: { headers: { 'retry-after': expect.stringMatching(/^[1-9]\d*$/) } },
  method_not_allowed: { headers: { allow: 'POST, OPTIONS' } },
  content_too_large: { body: { detail: 'At most 65536 bytes.' } },
  invalid_fields: { body: { errors: [{ path: '/contents', code: 'required', message: 'This field is required' }] } },
  too_many_attempts: { headers: limitHeaders('log_in_failures', { quota: 5, window: 900, wait: 1 }) },
  rate_limited: { headers: limitHeaders('address', { quota: 300, window: 60, wait: 60 }) },
  quota_exceeded: {
    body: {
      detail: 'At most 0 to-dos. A deleted to-do counts for 30 days.',
      errors: [{ path: '', code: 'too_many_todos', message: 'At most 0 to-dos' }],
    },
  },
  identity_needs_proof: {
    body: { linkToken: expect.any(String), email: 'alice@example.com', expiresAt: expect.stringMatching(ISO_TIME) },
  },
  second_factor_required: {
    body: {
      secondFactorToken: expect.any(String),
      methods: ['totp', 'recovery_code', 'passkey'],
      expiresAt: expect.stringMatching(ISO_TIME),
    },
  },
  fresh_proof_required: { body: { methods: ['password', 'code', 'identity', 'passkey'] } },
  misconfigured: { body: { detail: 'AUTH_SECRET is shorter than 32 bytes.' } },
  unavailable: { body: { detail: 'KV does not answer.' } },
}

const codes = Object.entries(provocations)

it('covers every error code', () => {
  expect(codes.map(([code]) => code).sort()).toEqual(Object.keys(errorCodes).sort())
})

describe.each(codes)('%s', (name, [operationId, provoke]) => {
  it('is a problem of RFC 9457, explained at the URL of its type and documented for its operation', async () => {
    const { status, headers, body } = await provoke()
    const [, expected] = Object.entries(errorCodes).find(([code]) => code === name) ?? []
    const [, more] = Object.entries(also).find(([code]) => code === name) ?? []
    expect({ status, body }).toEqual({
      status: expected?.status,
      body: {
        type: `/problems/${name}`,
        title: expected?.title,
        status: expected?.status,
        code: name,
        requestId: headers.get('X-Request-Id'),
        ...more?.body,
      },
    })
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'application/problem+json',
      'x-content-type-options': 'nosniff',
      ...more?.headers,
    })
    const meant = {
      'WWW-Authenticate': status === 401,
      Allow: status === 405,
      'Retry-After': status === 429,
      RateLimit: status === 429,
      'RateLimit-Policy': status === 429,
    }
    if (['provider_unavailable', 'sms_budget_spent', 'email_budget_spent', 'unavailable'].includes(name))
      meant['Retry-After'] = true
    for (const [header, there] of Object.entries(meant)) {
      expect({ header, there: headers.has(header) }).toEqual({ header, there })
    }

    const explained = await new Client().get(new URL(body.type, ORIGIN).href)
    expect({ status: explained.status, body: explained.body }).toEqual({
      status: 200,
      body: { code: name, status, title: body.title },
    })

    if (operationId === null) return
    const { document, operations } = await readDocument()
    const operation = operations.find((candidate) => candidate.operationId === operationId)
    expect(operation && documentedProblems(operation)).toContain(`${status} ${name}`)
    const schema = operation?.responses[status]?.content?.['application/problem+json']?.schema ?? { not: {} }
    expect(compileSchema(document, schema).safeParse(body).error).toBeUndefined()
  })
})
