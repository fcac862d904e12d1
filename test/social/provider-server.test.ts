import { env } from 'cloudflare:workers'
import { createRemoteJWKSet, importPKCS8, jwtVerify, SignJWT } from 'jose'
import * as oauth from 'oauth4webapi'
import { describe, expect, inject, it } from 'vitest'
import type { ProviderId } from '../../src/users/provider-ids'
import { ORIGIN } from '../helpers/client'
import { authorize, type CameBack, type Fault, idTokenOf, newPerson, type Person, refuse } from '../helpers/providers'

/*
 * The stand-ins for the providers by themselves, with the library that the Worker uses, and with requests as a careless client sends them.
 */

interface Registration {
  server: oauth.AuthorizationServer
  clientId: string
  secret: () => Promise<string> | string
  scope: string
  more?: Record<string, string>
  isBasic?: boolean
}

const { GOOGLE_CLIENT_ID, APPLE_CLIENT_ID, GITHUB_CLIENT_ID, MICROSOFT_CLIENT_ID, KAKAO_CLIENT_ID } = env
const { NAVER_CLIENT_ID, LINE_CLIENT_ID, OIDC_CLIENT_ID } = env
const secretOf = (name: string): string => String(Object.entries(env).find(([key]) => key === name)?.[1])

async function appleSecret(claims: Record<string, unknown> = {}): Promise<string> {
  const key = await importPKCS8(secretOf('APPLE_PRIVATE_KEY'), 'ES256')
  return new SignJWT({ aud: 'https://appleid.apple.com', sub: APPLE_CLIENT_ID, iss: env.APPLE_TEAM_ID, ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: env.APPLE_KEY_ID })
    .setIssuedAt()
    .setExpirationTime('5 minutes')
    .sign(key)
}

const microsoft = 'https://login.microsoftonline.com/common'
const line = 'https://api.line.me/oauth2/v2.1'

const registrations: Record<ProviderId, Registration> = {
  google: {
    server: {
      issuer: 'https://accounts.google.com',
      authorization_endpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
      token_endpoint: 'https://oauth2.googleapis.com/token',
      jwks_uri: 'https://www.googleapis.com/oauth2/v3/certs',
    },
    clientId: GOOGLE_CLIENT_ID,
    secret: () => secretOf('GOOGLE_CLIENT_SECRET'),
    scope: 'openid email profile',
  },
  apple: {
    server: {
      issuer: 'https://appleid.apple.com',
      authorization_endpoint: 'https://appleid.apple.com/auth/authorize',
      token_endpoint: 'https://appleid.apple.com/auth/token',
      jwks_uri: 'https://appleid.apple.com/auth/keys',
    },
    clientId: APPLE_CLIENT_ID,
    secret: () => appleSecret(),
    scope: 'openid name email',
    more: { response_mode: 'form_post' },
  },
  github: {
    server: {
      issuer: 'https://github.com/login/oauth',
      authorization_endpoint: 'https://github.com/login/oauth/authorize',
      token_endpoint: 'https://github.com/login/oauth/access_token',
    },
    clientId: GITHUB_CLIENT_ID,
    secret: () => secretOf('GITHUB_CLIENT_SECRET'),
    scope: 'read:user user:email',
  },
  microsoft: {
    server: {
      issuer: 'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0',
      authorization_endpoint: `${microsoft}/oauth2/v2.0/authorize`,
      token_endpoint: `${microsoft}/oauth2/v2.0/token`,
      jwks_uri: `${microsoft}/discovery/v2.0/keys`,
    },
    clientId: MICROSOFT_CLIENT_ID,
    secret: () => secretOf('MICROSOFT_CLIENT_SECRET'),
    scope: 'openid email profile',
  },
  kakao: {
    server: {
      issuer: 'https://kauth.kakao.com',
      authorization_endpoint: 'https://kauth.kakao.com/oauth/authorize',
      token_endpoint: 'https://kauth.kakao.com/oauth/token',
      jwks_uri: 'https://kauth.kakao.com/.well-known/jwks.json',
    },
    clientId: KAKAO_CLIENT_ID,
    secret: () => secretOf('KAKAO_CLIENT_SECRET'),
    scope: 'openid account_email profile_nickname',
  },
  naver: {
    server: {
      issuer: 'https://nid.naver.com',
      authorization_endpoint: 'https://nid.naver.com/oauth2.0/authorize',
      token_endpoint: 'https://nid.naver.com/oauth2.0/token',
    },
    clientId: NAVER_CLIENT_ID,
    secret: () => secretOf('NAVER_CLIENT_SECRET'),
    scope: '',
  },
  line: {
    server: {
      issuer: 'https://access.line.me',
      authorization_endpoint: 'https://access.line.me/oauth2/v2.1/authorize',
      token_endpoint: `${line}/token`,
      jwks_uri: `${line}/certs`,
      id_token_signing_alg_values_supported: ['HS256'],
    },
    clientId: LINE_CLIENT_ID,
    secret: () => secretOf('LINE_CLIENT_SECRET'),
    scope: 'openid profile email',
  },
  oidc: {
    server: { issuer: env.OIDC_ISSUER },
    clientId: OIDC_CLIENT_ID,
    secret: () => secretOf('OIDC_CLIENT_SECRET'),
    scope: 'openid email profile',
    isBasic: true,
  },
  test: {
    server: { issuer: inject('providersUrl') },
    clientId: 'latchkey',
    secret: () => 'latchkey-test-provider',
    scope: 'openid email profile',
    isBasic: true,
  },
}

const PROVIDERS = Object.keys(registrations).filter((id): id is ProviderId => id in registrations)
const WITH_ID_TOKEN = PROVIDERS.filter((id) => !['github', 'naver'].includes(id))

const insecure = { [oauth.allowInsecureRequests]: true }

/** The endpoints: of the table above, or by discovery. */
async function serverOf(provider: ProviderId, issuer = registrations[provider].server.issuer) {
  if (provider !== 'oidc' && provider !== 'test') return registrations[provider].server
  const response = await oauth.discoveryRequest(new URL(issuer), insecure)
  return oauth.processDiscoveryResponse(new URL(issuer), response)
}

const redirectUriOf = (provider: ProviderId) => `${ORIGIN}/api/v1/auth/social/${provider}/callback`

/** What the app sends the browser to a provider with. */
async function begin(provider: ProviderId, changes: Record<string, string> = {}) {
  const { clientId, scope, more } = registrations[provider]
  const server = await serverOf(provider)
  const codeVerifier = oauth.generateRandomCodeVerifier()
  const start = new URL(server.authorization_endpoint ?? '')
  start.search = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUriOf(provider),
    response_type: 'code',
    ...(scope && { scope }),
    state: 'the state',
    nonce: 'the nonce',
    code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    ...more,
    ...changes,
  }).toString()
  return { server, codeVerifier, start: start.href }
}

const answerOf = ({ path, form }: CameBack) => new URLSearchParams(form ?? new URL(path).search)

interface Changes {
  secret?: string
  codeVerifier?: string
  redirectUri?: string
  form?: Record<string, string>
  signal?: AbortSignal
}

/** Sends a code to the token endpoint, as the Worker does. */
async function redeem(
  provider: ProviderId,
  way: { cameBack: CameBack; codeVerifier: string },
  { secret, codeVerifier = way.codeVerifier, redirectUri = redirectUriOf(provider), form, signal }: Changes = {},
) {
  const { clientId, secret: rightSecret, isBasic } = registrations[provider]
  const server = await serverOf(provider)
  const client = { client_id: clientId }
  const value = secret ?? (await rightSecret())
  const authentication = isBasic ? oauth.ClientSecretBasic(value) : oauth.ClientSecretPost(value)
  const parameters = oauth.validateAuthResponse(server, client, answerOf(way.cameBack), 'the state')
  return oauth.authorizationCodeGrantRequest(server, client, authentication, parameters, redirectUri, codeVerifier, {
    ...insecure,
    ...(signal && { signal }),
    additionalParameters: { ...(provider === 'naver' && { state: 'the state' }), ...form },
  })
}

async function logInAt(provider: ProviderId, person: Person, fault?: Fault) {
  const { codeVerifier, start } = await begin(provider)
  return { codeVerifier, cameBack: authorize(start, person, fault) }
}

/** The claims of an ID token, after everything about it has been checked. */
async function claimsOf(provider: ProviderId, response: Response) {
  const { clientId } = registrations[provider]
  const server = await serverOf(provider)
  const tokens = await oauth.processAuthorizationCodeResponse(
    server,
    { client_id: clientId, [oauth.clockTolerance]: 5 },
    response,
    {
      expectedNonce: 'the nonce',
      requireIdToken: true,
    },
  )
  if (provider === 'line') {
    await jwtVerify(tokens.id_token ?? '', new TextEncoder().encode(secretOf('LINE_CLIENT_SECRET')), {
      algorithms: ['HS256'],
    })
  } else {
    await oauth.validateApplicationLevelSignature(server, response, insecure)
  }
  return oauth.getValidatedIdTokenClaims(tokens)
}

describe('logging in at a provider', () => {
  it.each(WITH_ID_TOKEN)('%s gives an ID token that the library accepts', async (provider) => {
    const person = newPerson()
    const claims = await claimsOf(provider, await redeem(provider, await logInAt(provider, person)))
    expect(claims).toMatchObject({
      nonce: 'the nonce',
      email: person.email,
      sub: expect.stringContaining(person.subject),
    })
  })

  it('has the claims that each provider documents', async () => {
    const read = async (provider: ProviderId, about: Partial<Person> = {}) =>
      claimsOf(provider, await redeem(provider, await logInAt(provider, newPerson(about))))
    expect(await read('google', { hd: 'example.com' })).toMatchObject({
      email_verified: true,
      hd: 'example.com',
      azp: GOOGLE_CLIENT_ID,
    })
    expect(await read('apple', { email: 'x@privaterelay.appleid.com' })).toMatchObject({
      email_verified: 'true',
      is_private_email: 'true',
    })
    expect(await read('microsoft', { domainOwnerVerified: '1' })).toMatchObject({
      ver: '2.0',
      tid: '9188040d-6c67-4c5b-b112-36a304b66dad',
      oid: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      xms_edov: '1',
      nbf: expect.any(Number),
    })
    expect(await read('kakao')).toMatchObject({ nickname: 'Jane Doe' })
    expect(await read('kakao')).not.toHaveProperty('email_verified')
    expect(await read('line')).toMatchObject({ sub: expect.stringMatching(/^U[0-9a-f]{32}$/) })
    expect(await read('line')).not.toHaveProperty('email_verified')
    expect(await read('oidc', { emailVerified: false })).toMatchObject({ email_verified: false })
  })

  it('sends `iss` back where the provider does, and what else it sends', async () => {
    const answers = await Promise.all(
      PROVIDERS.map(async (provider) => {
        const { iss, code, state, ...more } = Object.fromEntries(
          answerOf((await logInAt(provider, newPerson())).cameBack),
        )
        expect({ code, state }).toEqual({ code: expect.stringMatching(/^[\w-]+$/), state: 'the state' })
        return [provider, iss, Object.keys(more).sort().join(' ')]
      }),
    )
    expect(answers).toEqual([
      ['google', 'https://accounts.google.com', 'authuser prompt scope'],
      ['apple', undefined, ''],
      ['github', 'https://github.com/login/oauth', ''],
      ['microsoft', undefined, 'session_state'],
      ['kakao', undefined, ''],
      ['naver', undefined, ''],
      ['line', undefined, 'friendship_status_changed'],
      ['oidc', 'https://idp.example', ''],
      ['test', inject('providersUrl'), ''],
    ])
  })

  it('sends the name in the form of Apple the first time', async () => {
    const { start } = await begin('apple')
    const cameBack = authorize(start, newPerson({ name: 'Jane van Doe', isFirstTime: true }))
    expect(cameBack).toMatchObject({ path: redirectUriOf('apple') })
    expect(JSON.parse(answerOf(cameBack).get('user') ?? '')).toMatchObject({
      name: { firstName: 'Jane', lastName: 'van Doe' },
    })
  })

  it.each(PROVIDERS)('%s says in its own words that the user pressed Cancel', async (provider) => {
    const answer = answerOf(refuse((await begin(provider)).start))
    expect(answer.get('state')).toBe('the state')
    expect(answer.get('error')).toBe(provider === 'apple' ? 'user_cancelled_authorize' : 'access_denied')
  })

  it.each([
    { redirect_uri: `${ORIGIN}/api/v1/auth/social/google/callback/` },
    { client_id: 'another' },
    { response_type: 'token' },
    { scope: 'openid https://www.googleapis.com/auth/drive' },
    { code_challenge_method: 'plain' },
    { state: '' },
  ])('refuses a request with %j', async (changes) => {
    const { start } = await begin('google', changes)
    expect(() => authorize(start, newPerson())).toThrow('google: ')
  })
})

describe('the token endpoint', () => {
  /** What a refusal says. */
  async function refusalOf(response: Response) {
    const { status, headers } = response
    expect(headers.get('Content-Type')).toBe('application/json;charset=utf-8')
    const { error } = await response.json<{ error: string }>()
    return `${status} ${error}`
  }

  it.each(PROVIDERS)('%s takes a code once', async (provider) => {
    const way = await logInAt(provider, newPerson())
    expect((await redeem(provider, way)).status).toBe(200)
    const second = await refusalOf(await redeem(provider, way))
    const own: Partial<Record<ProviderId, string>> = {
      github: '200 bad_verification_code',
      naver: '200 invalid_request',
    }
    expect(second).toBe(own[provider] ?? '400 invalid_grant')
  })

  it.each(PROVIDERS)('%s wants the right secret', async (provider) => {
    const refused = await refusalOf(await redeem(provider, await logInAt(provider, newPerson()), { secret: 'wrong' }))
    const own: Partial<Record<ProviderId, string>> = {
      apple: '400 invalid_client',
      github: '200 incorrect_client_credentials',
      naver: '200 invalid_request',
      line: '400 invalid_client',
    }
    expect(refused).toBe(own[provider] ?? '401 invalid_client')
  })

  it.each(PROVIDERS.filter((id) => !['apple', 'naver'].includes(id)))(
    '%s wants the right code verifier',
    async (provider) => {
      const way = await logInAt(provider, newPerson())
      const refused = await refusalOf(await redeem(provider, way, { codeVerifier: oauth.generateRandomCodeVerifier() }))
      expect(refused).toBe(provider === 'github' ? '200 bad_verification_code' : '400 invalid_grant')
    },
  )

  it.each(PROVIDERS.filter((id) => id !== 'naver'))('%s wants the same redirect URI', async (provider) => {
    const way = await logInAt(provider, newPerson())
    const refused = await refusalOf(await redeem(provider, way, { redirectUri: `${ORIGIN}/` }))
    expect(refused).toBe(provider === 'github' ? '200 bad_verification_code' : '400 invalid_grant')
  })

  it('does not take the code of another provider', async () => {
    const { cameBack, codeVerifier } = await logInAt('google', newPerson())
    const code = answerOf(cameBack).get('code') ?? ''
    const other = { codeVerifier, cameBack: { ...cameBack, form: `code=${code}&state=the+state` } }
    expect(await refusalOf(await redeem('kakao', other))).toBe('400 invalid_grant')
  })

  it.each([{ iss: 'another team' }, { sub: 'another client' }, { aud: 'https://apple.com' }, { exp: 4_102_444_800 }])(
    'of Apple wants a client secret of the key, not with %j',
    async (claims) => {
      const key = await importPKCS8(secretOf('APPLE_PRIVATE_KEY'), 'ES256')
      const now = Math.floor(Date.now() / 1000)
      const right = {
        iss: env.APPLE_TEAM_ID,
        sub: APPLE_CLIENT_ID,
        aud: 'https://appleid.apple.com',
        iat: now,
        exp: now + 300,
      }
      const sign = (payload: object) =>
        new SignJWT({ ...right, ...payload }).setProtectedHeader({ alg: 'ES256', kid: env.APPLE_KEY_ID }).sign(key)
      const attempt = async (secret: string) =>
        (await redeem('apple', await logInAt('apple', newPerson()), { secret })).status
      expect([await attempt(await sign({})), await attempt(await sign(claims))]).toEqual([200, 400])
    },
  )

  it('of GitHub answers with a form where no JSON is asked for', async () => {
    const { cameBack, codeVerifier } = await logInAt('github', newPerson())
    const response = await fetch('https://github.com/login/oauth/access_token', {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: GITHUB_CLIENT_ID,
        client_secret: secretOf('GITHUB_CLIENT_SECRET'),
        code: answerOf(cameBack).get('code') ?? '',
        redirect_uri: redirectUriOf('github'),
        code_verifier: codeVerifier,
      }),
    })
    expect(response.headers.get('Content-Type')).toContain('application/x-www-form-urlencoded')
    expect(Object.fromEntries(await response.formData())).toMatchObject({
      scope: 'read:user,user:email',
      token_type: 'bearer',
    })
  })

  it('of Naver writes the number of seconds as text, and wants the state', async () => {
    const response = await redeem('naver', await logInAt('naver', newPerson()))
    expect(await response.json()).toMatchObject({ expires_in: '3600', token_type: 'bearer' })
    const without = await redeem('naver', await logInAt('naver', newPerson()), { form: { state: '' } })
    expect(await refusalOf(without)).toBe('200 invalid_request')
  })
})

describe('the API that says who somebody is', () => {
  async function accessTokenOf(provider: ProviderId, person: Person): Promise<string> {
    const tokens = await (await redeem(provider, await logInAt(provider, person))).json<{ access_token: string }>()
    return tokens.access_token
  }
  const ask = async (url: string, accessToken: string, headers: Record<string, string> = {}) => {
    const response = await fetch(url, { headers: { Authorization: `Bearer ${accessToken}`, ...headers } })
    return {
      status: response.status,
      body: await (response.headers.get('Content-Type')?.includes('json') ? response.json() : response.text()),
    }
  }

  it('of GitHub wants a User-Agent, and gives the addresses apart', async () => {
    const person = newPerson({ login: 'octocat' })
    const token = await accessTokenOf('github', person)
    expect((await ask('https://api.github.com/user', token)).status).toBe(403)
    const agent = { 'User-Agent': 'latchkey' }
    expect((await ask('https://api.github.com/user', token, agent)).body).toMatchObject({
      id: Number(person.subject),
      login: 'octocat',
      email: null,
    })
    expect((await ask('https://api.github.com/user/emails', token, agent)).body).toEqual([
      { email: person.email, primary: true, verified: true, visibility: 'private' },
    ])
    expect(await ask('https://api.github.com/user', 'wrong', agent)).toMatchObject({
      status: 401,
      body: { message: 'Bad credentials' },
    })
  })

  it('of Kakao says whether the address is valid and verified', async () => {
    const person = newPerson({ emailValid: false })
    const url = 'https://kapi.kakao.com/v2/user/me'
    expect((await ask(url, await accessTokenOf('kakao', person))).body).toMatchObject({
      id: Number(person.subject),
      kakao_account: {
        is_email_valid: false,
        is_email_verified: true,
        email: person.email,
        profile: { nickname: person.name },
      },
    })
    expect(await ask(url, 'wrong')).toMatchObject({ status: 401, body: { code: -401 } })
  })

  it('of Naver says nothing about the address', async () => {
    const person = newPerson()
    const url = 'https://openapi.naver.com/v1/nid/me'
    const { body } = await ask(url, await accessTokenOf('naver', person))
    expect(body).toMatchObject({
      resultcode: '00',
      response: { id: person.subject, email: person.email, name: person.name },
    })
    expect(await ask(url, 'wrong')).toMatchObject({ status: 401, body: { resultcode: '024' } })
  })
})

describe('a fault', () => {
  const failWith = async (provider: ProviderId, fault: Fault) =>
    claimsOf(provider, await redeem(provider, await logInAt(provider, newPerson(), fault)))

  it.each<Fault>([
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
    'hs256_with_client_secret',
    'unknown_key',
    'clock_ahead_6s',
    'clock_behind_6s',
    'no_id_token',
    'no_access_token',
    'wrong_token_type',
    'wrong_callback_iss',
    'no_callback_iss',
    'malformed_json',
    'not_an_object',
    'empty',
    'wrong_content_type',
    'status_500',
    'status_503',
    'status_429',
    'redirect',
    'reset',
  ])('%s is noticed', async (fault) => {
    await expect(failWith('oidc', fault)).rejects.toThrow()
  })

  it.each<Fault>(['clock_ahead_4s', 'clock_behind_4s'])('%s is within what clocks may differ', async (fault) => {
    expect(await failWith('oidc', fault)).toMatchObject({ iss: 'https://idp.example' })
  })

  it('key_rotation: the new key is published', async () => {
    await failWith('oidc', 'unknown_key').catch(() => undefined) // so that the keys have been read
    const tokens = await (await redeem('oidc', await logInAt('oidc', newPerson(), 'key_rotation'))).json<{
      id_token: string
    }>()
    const keys = createRemoteJWKSet(new URL('https://idp.example/jwks'))
    expect((await jwtVerify(tokens.id_token, keys)).payload).toMatchObject({ iss: 'https://idp.example' })
  })

  it.each<Fault>(['slow', 'slow_body'])('%s: the answer never ends', async (fault) => {
    const signal = AbortSignal.timeout(200)
    const way = await logInAt('oidc', newPerson(), fault)
    const answer = redeem('oidc', way, { signal }).then((response) => response.text())
    await expect(answer).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it('huge: 10 MB, which end in a good answer', async () => {
    const response = await redeem('oidc', await logInAt('oidc', newPerson(), 'huge'))
    const text = await response.text()
    expect(text.length).toBeGreaterThan(10 * 1024 * 1024)
    expect(JSON.parse(text)).toMatchObject({ id_token: expect.any(String) })
  })

  it('redirect: who follows it gets a good answer', async () => {
    const response = await redeem('oidc', await logInAt('oidc', newPerson(), 'redirect'))
    expect(response.status).toBe(302)
    const followed = await fetch(new URL(response.headers.get('Location') ?? '', 'https://idp.example'))
    expect(await followed.json()).toMatchObject({ id_token: expect.any(String) })
  })

  it('profile_*: at the API', async () => {
    const { access_token: token } = await (
      await redeem('kakao', await logInAt('kakao', newPerson(), 'profile_status_500'))
    ).json<{
      access_token: string
    }>()
    const response = await fetch('https://kapi.kakao.com/v2/user/me', { headers: { Authorization: `Bearer ${token}` } })
    expect(response.status).toBe(500)
  })

  it.each([
    ['https://discovery-status-500.idp.example', 500],
    ['https://discovery-redirect.idp.example', 302],
    ['https://discovery-other-issuer.idp.example', 200],
  ])('%s: in the discovery document', async (issuer, status) => {
    const response = await oauth.discoveryRequest(new URL(issuer))
    expect(response.status).toBe(status)
    await expect(oauth.processDiscoveryResponse(new URL(issuer), response)).rejects.toThrow()
  })

  it('https://jwks-status-500.idp.example: in the keys', async () => {
    const server = await serverOf('oidc', 'https://jwks-status-500.idp.example')
    expect((await fetch(server.jwks_uri ?? '')).status).toBe(500)
  })
})

describe('the ID token of an app', () => {
  it.each(WITH_ID_TOKEN)('%s: is for the app, and signed by a key that is published', async (provider) => {
    const server = await serverOf(provider)
    const person = newPerson()
    const token = await idTokenOf(provider, person, { nonce: 'the nonce' })
    const keys = createRemoteJWKSet(new URL(server.jwks_uri ?? ''))
    const { payload, protectedHeader } = await jwtVerify(token, keys, { issuer: server.issuer })
    expect(payload).toMatchObject({ nonce: 'the nonce', sub: expect.stringContaining(person.subject) })
    expect(protectedHeader.alg).toBe(provider === 'line' ? 'ES256' : 'RS256')
    expect(payload.aud === registrations[provider].clientId).toBe(provider === 'test')
  })
})

it('goes everywhere else unchanged', async () => {
  const response = await fetch(`${inject('twilioUrl')}/control/AC1`)
  expect(await response.json()).toEqual({ requests: [], accepted: 0 })
})
