import { env } from 'cloudflare:workers'
import { base64url } from 'jose'
import { inject } from 'vitest'
import type { ProviderId } from '../../src/users/provider-ids'
import { ORIGIN } from './client'

/*
 * What people do at the providers that they log in with, for tests. test/social/provider-server.mjs answers the Worker as the providers do.
 */

declare module 'vitest' {
  interface ProvidedContext {
    /** The stand-in for the providers: test/social/provider-server.mjs. */
    providersUrl: string
  }
}

/** Somebody who has an account at a provider. */
export interface Person {
  /** The digits from which the provider's subject is made. */
  subject: string
  email?: string
  /** What the provider says about the address, if it says anything. It is true if not given. */
  emailVerified?: boolean
  name?: string
  /** Google: the domain of the organisation. */
  hd?: string
  /** Apple sends the name at the first log-in only. */
  isFirstTime?: boolean
  /** GitHub: all addresses, if there is not just the one, and the user name. */
  emails?: { email: string; primary: boolean; verified: boolean }[]
  login?: string
  /** Kakao: false where the address now belongs to another account. */
  emailValid?: boolean
  /** Microsoft: `tid`, `oid`, `idp` and `xms_edov`. */
  tenant?: string
  oid?: string
  idp?: unknown
  domainOwnerVerified?: unknown
}

/** A fault in an ID token. */
export type IdTokenFault =
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'second_audience'
  | 'wrong_nonce'
  | 'no_nonce'
  | 'no_subject'
  | 'no_expiry'
  | 'expired'
  | 'wrong_tenant'
  | 'no_tenant'
  /** Google: without `https://`, as some of its tokens have it. */
  | 'short_issuer'
  | 'no_object_id'
  | 'alg_none'
  | 'bad_signature'
  | 'hs256_with_public_key'
  | 'hs256_with_client_secret'
  /** Signed with a new key, which the provider publishes from now on. */
  | 'key_rotation'
  /** Signed with a key that the provider does not publish. */
  | 'unknown_key'
  /** The clock of the provider is some seconds ahead. */
  | `clock_ahead_${number}s`
  /** The token expired some seconds ago, by our clock. */
  | `clock_behind_${number}s`

/** A fault of the network or of a server. */
export type ServerFault =
  | 'malformed_json'
  | 'not_an_object'
  | 'empty'
  | 'wrong_content_type'
  | 'status_500'
  | 'status_503'
  | 'status_429'
  | 'status_403'
  | 'redirect'
  | 'reset'
  /** It never answers, or sends only the beginning of the body. */
  | 'slow'
  | 'slow_body'
  /** 10 MB. */
  | 'huge'

export type Fault =
  | IdTokenFault
  | ServerFault
  /** At the API that says who somebody is: GitHub, Kakao and Naver. */
  | `profile_${ServerFault}`
  | 'no_id_token'
  | 'no_access_token'
  | 'wrong_token_type'
  | 'wrong_callback_iss'
  | 'no_callback_iss'

/** How a browser comes back from a provider: to this path, or with this form. */
export interface CameBack {
  provider: ProviderId
  path: string
  form?: string
}

interface AuthorizationEndpoint {
  provider: ProviderId
  /** All that may be asked for. */
  scopes: string[]
  clientId: string | undefined
  /** `iss` in the answer (RFC 9207). */
  iss?: string
  /** Whether it knows PKCE. Apple and Naver do not. */
  hasPkce: boolean
  /** What else is in the answer. */
  more?: Record<string, string>
}

const OIDC_SCOPES = ['openid', 'email', 'profile']

function endpointAt({ host, pathname, origin, hostname }: URL): AuthorizationEndpoint | undefined {
  if (/^([a-z0-9-]+\.)?idp\.example$/.test(hostname) && pathname === '/authorize') {
    return { provider: 'oidc', scopes: OIDC_SCOPES, clientId: env.OIDC_CLIENT_ID, iss: origin, hasPkce: true }
  }
  if (origin === inject('providersUrl') && pathname === '/authorize') {
    return { provider: 'test', scopes: OIDC_SCOPES, clientId: 'latchkey', iss: origin, hasPkce: true }
  }
  const tenant = /^\/[\w.-]+\/oauth2\/v2\.0\/authorize$/
  if (host === 'login.microsoftonline.com' && tenant.test(pathname)) {
    return {
      provider: 'microsoft',
      scopes: [...OIDC_SCOPES, 'offline_access'],
      clientId: env.MICROSOFT_CLIENT_ID,
      hasPkce: true,
      more: { session_state: 'b433fe2b-6dc6-4a0b-a7b9-0c0a4ac43fd5' },
    }
  }
  return ENDPOINTS[host + pathname]
}

const ENDPOINTS: Record<string, AuthorizationEndpoint> = {
  'accounts.google.com/o/oauth2/v2/auth': {
    provider: 'google',
    scopes: OIDC_SCOPES,
    clientId: env.GOOGLE_CLIENT_ID,
    iss: 'https://accounts.google.com',
    hasPkce: true,
    more: { scope: 'email profile openid', authuser: '0', prompt: 'none' },
  },
  'appleid.apple.com/auth/authorize': {
    provider: 'apple',
    scopes: ['openid', 'name', 'email'],
    clientId: env.APPLE_CLIENT_ID,
    hasPkce: false,
  },
  'github.com/login/oauth/authorize': {
    provider: 'github',
    scopes: ['read:user', 'user:email'],
    clientId: env.GITHUB_CLIENT_ID,
    iss: 'https://github.com/login/oauth',
    hasPkce: true,
  },
  'kauth.kakao.com/oauth/authorize': {
    provider: 'kakao',
    scopes: ['openid', 'profile_nickname', 'account_email'],
    clientId: env.KAKAO_CLIENT_ID,
    hasPkce: true,
  },
  'nid.naver.com/oauth2.0/authorize': { provider: 'naver', scopes: [], clientId: env.NAVER_CLIENT_ID, hasPkce: false },
  'access.line.me/oauth2/v2.1/authorize': {
    provider: 'line',
    scopes: OIDC_SCOPES,
    clientId: env.LINE_CLIENT_ID,
    hasPkce: true,
    more: { friendship_status_changed: 'false' },
  },
}

let people = 0

/** Somebody whom no provider has seen before. */
export function newPerson(about: Partial<Person> = {}): Person {
  const subject = `${Date.now()}${String(people++).padStart(3, '0')}`.slice(-15)
  return { subject, email: `person-${subject}@example.com`, name: 'Jane Doe', ...about }
}

/**
 * Opens the page of the provider to which the app sends the browser, and checks the request as the provider would.
 * @throws if the provider would show an error instead of its page
 */
function readRequest(start: string) {
  const url = new URL(start)
  const endpoint = endpointAt(url)
  if (!endpoint) throw new Error(`No provider is at ${url.origin}${url.pathname}`)
  const { provider, scopes, clientId, hasPkce } = endpoint
  const request = Object.fromEntries(url.searchParams)
  const scope = request['scope'] ?? ''
  const redirectUri = `${env.PUBLIC_ORIGIN || ORIGIN}/api/v1/auth/social/${provider}/callback`
  const expectSame = (name: string, expected: string | undefined) => {
    if (request[name] !== expected) throw new Error(`${provider}: ${name} is ${request[name]}, and not ${expected}`)
  }
  if (url.searchParams.size !== Object.keys(request).length) throw new Error(`${provider}: a parameter comes twice`)
  expectSame('client_id', clientId)
  expectSame('redirect_uri', redirectUri)
  expectSame('response_type', 'code')
  // Apple insists on a form where it is asked for a name or an address.
  expectSame('response_mode', provider === 'apple' && /name|email/.test(scope) ? 'form_post' : undefined)
  if (!request['state']) throw new Error(`${provider}: there is no state`)
  if (provider !== 'naver' && scope.split(' ').some((name) => !scopes.includes(name))) {
    throw new Error(`${provider}: invalid_scope ${scope}`)
  }
  if (hasPkce) {
    expectSame('code_challenge_method', 'S256')
    if (!/^[\w-]{43}$/.test(request['code_challenge'] ?? '')) throw new Error(`${provider}: bad code_challenge`)
  }
  return {
    endpoint,
    scope,
    redirectUri,
    state: request['state'],
    nonce: request['nonce'],
    codeChallenge: request['code_challenge'],
  }
}

function answerWith(
  { provider }: AuthorizationEndpoint,
  redirectUri: string,
  answer: Record<string, string>,
): CameBack {
  const text = new URLSearchParams(answer).toString()
  return provider === 'apple'
    ? { provider, path: redirectUri, form: text }
    : { provider, path: `${redirectUri}?${text}` }
}

/** Lets somebody log in at the provider. Gives how the browser comes back. */
export function authorize(start: string, person: Person, fault?: Fault): CameBack {
  const { endpoint, redirectUri, state, ...asked } = readRequest(start)
  const { provider, clientId } = endpoint
  const id = crypto.randomUUID()
  const code = {
    id,
    provider,
    person,
    fault,
    clientId,
    redirectUri,
    state,
    now: Date.now(),
    ...asked,
  }
  const iss =
    fault === 'wrong_callback_iss' ? 'https://evil.example' : fault === 'no_callback_iss' ? undefined : endpoint.iss
  const [firstName = '', ...rest] = (person.name ?? '').split(' ')
  const user = JSON.stringify({ name: { firstName, lastName: rest.join(' ') }, email: person.email })
  return answerWith(endpoint, redirectUri, {
    code: base64url.encode(JSON.stringify(code)),
    state,
    ...(iss && { iss }),
    ...endpoint.more,
    ...(person.hd && { hd: person.hd }),
    ...(provider === 'apple' && person.isFirstTime && { user }),
  })
}

/** Lets somebody press Cancel at the provider, or the provider refuse with another error. */
export function refuse(start: string, error?: string): CameBack {
  const { endpoint, redirectUri, state } = readRequest(start)
  const { provider, iss } = endpoint
  return answerWith(endpoint, redirectUri, {
    error: error ?? (provider === 'apple' ? 'user_cancelled_authorize' : 'access_denied'),
    state,
    ...(iss && { iss }),
    ...(provider !== 'apple' && { error_description: 'The user has denied the request' }),
  })
}

interface NativeLogIn {
  /** What the app gave to the SDK. Apps of Apple give a hash of it. */
  nonce: string
  audience?: string
  fault?: IdTokenFault | undefined
}

/** The ID token that an app gets from the SDK of a provider. */
export async function idTokenOf(provider: ProviderId, person: Person, about: NativeLogIn): Promise<string> {
  const body = JSON.stringify({ provider, person, now: Date.now(), ...about })
  const response = await fetch(`${inject('providersUrl')}/id-token`, { method: 'POST', body })
  if (!response.ok) throw new Error(await response.text())
  return response.text()
}
