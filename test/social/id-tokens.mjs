import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { clientAt } from './settings.mjs'

/*
 * The ID tokens of the stand-ins, with the claims and the algorithms that each provider documents, and their faults.
 *
 * Google     https://developers.google.com/identity/openid-connect/reference#an-id-tokens-payload
 * Apple      https://developer.apple.com/documentation/signinwithapple/authenticating-users-with-sign-in-with-apple
 * Microsoft  https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
 * Kakao      https://developers.kakao.com/docs/latest/en/kakaologin/utilize#oidc-id-token
 * LINE       https://developers.line.biz/en/docs/line-login/verify-id-token/
 */

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** The tenant of personal accounts at Microsoft. */
const CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad'

const issuers = {
  google: 'https://accounts.google.com',
  apple: 'https://appleid.apple.com',
  kakao: 'https://kauth.kakao.com',
  line: 'https://access.line.me',
}

const scopeHas = (scope, name) => scope.split(/[ ,]/).includes(name)

/** Claims beside iss, aud, sub, iat, exp and nonce. A claim that is undefined is left out. */
const claimsOf = {
  google: ({ person, scope, audience }) => ({
    azp: audience,
    ...(person.hd && { hd: person.hd }),
    ...(scopeHas(scope, 'email') && { email: person.email, email_verified: person.emailVerified ?? true }),
    ...(scopeHas(scope, 'profile') && { name: person.name, picture: 'https://lh3.googleusercontent.com/a/photo' }),
  }),
  // Apple writes booleans as text, or as booleans.
  apple: ({ person, now }) => ({
    email: person.email,
    email_verified: String(person.emailVerified ?? true),
    ...(person.email?.endsWith('@privaterelay.appleid.com') && { is_private_email: 'true' }),
    auth_time: now,
    exp: now + 24 * lifetimeSeconds,
    nonce_supported: true,
  }),
  microsoft: ({ person, scope, now }) => ({
    ver: '2.0',
    tid: tenantOf(person),
    oid: person.oid ?? `00000000-0000-0000-${person.subject.padStart(16, '0').replace(/^(.{4})/, '$1-')}`,
    nbf: now,
    // Guests: where their account is.
    ...(person.idp !== undefined && { idp: person.idp }),
    ...(scopeHas(scope, 'profile') && { name: person.name, preferred_username: person.email ?? 'somebody' }),
    ...(scopeHas(scope, 'email') && { email: person.email, xms_edov: person.domainOwnerVerified }),
    rh: '0.AAAA',
    uti: 'AAAA',
    aio: 'AAAA',
  }),
  // Nothing says whether the address is verified.
  kakao: ({ person, scope, now }) => ({
    auth_time: now,
    ...(scopeHas(scope, 'profile_nickname') && { nickname: person.name }),
    ...(scopeHas(scope, 'account_email') && { email: person.email }),
  }),
  line: ({ person, scope }) => ({
    amr: ['linesso'],
    ...(scopeHas(scope, 'profile') && { name: person.name, picture: 'https://profile.line-scdn.net/photo' }),
    ...(scopeHas(scope, 'email') && { email: person.email }),
  }),
  oidc: ({ person, scope, now }) => ({
    auth_time: now,
    ...(scopeHas(scope, 'email') && { email: person.email, email_verified: person.emailVerified ?? true }),
    ...(scopeHas(scope, 'profile') && { name: person.name, preferred_username: person.email }),
  }),
}
claimsOf.test = claimsOf.oidc

const tenantOf = (person) => person.tenant ?? CONSUMERS

const issuerOf = (provider, { person, issuer }) =>
  provider === 'microsoft'
    ? `https://login.microsoftonline.com/${tenantOf(person)}/v2.0`
    : (issuers[provider] ?? issuer)

const subjectOf = (provider, { subject }) =>
  provider === 'line' ? `U${subject.padStart(32, '0')}` : provider === 'apple' ? `001234.${subject}.0001` : subject

/** @type {Map<string, { keys: ReturnType<typeof makeKey>[] }>} */
const keyrings = new Map()

function makeKey(provider) {
  const isEc = provider === 'line'
  const { privateKey } = isEc
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('rsa', { modulusLength: 2048 })
  const publicKey = createPublicKey(privateKey)
  const kid = `${provider}-${crypto.randomUUID()}`
  const alg = isEc ? 'ES256' : 'RS256'
  return { kid, alg, privateKey, publicKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' } }
}

function keyringOf(provider) {
  const known = keyrings.get(provider) ?? { keys: [makeKey(provider)] }
  keyrings.set(provider, known)
  return known
}

/** The keys that a provider publishes. */
export const jwksOf = (provider) => ({ keys: keyringOf(provider).keys.map(({ jwk }) => jwk) })

/** The key to sign with: the provider's; for `key_rotation` a new one, published from now on; for `unknown_key` one that never is. */
function signingKey(provider, fault) {
  if (fault !== 'key_rotation' && fault !== 'unknown_key') return keyringOf(provider).keys[0]
  const key = makeKey(provider)
  if (fault === 'key_rotation') keyringOf(provider).keys.push(key)
  return key
}

const signed = (header, claims, signature) => {
  const input = `${base64url(header)}.${base64url(claims)}`
  return `${input}.${signature(input)}`
}

const byKey = (key, claims) =>
  signed({ typ: 'JWT', alg: key.alg, kid: key.kid }, claims, (input) =>
    sign('sha256', Buffer.from(input), { key: key.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url'),
  )

const bySecret = (header, claims, secret) =>
  signed(header, claims, (input) => createHmac('sha256', secret).update(input).digest('base64url'))

const lifetimeSeconds = 3600

/** What a fault changes in the claims. */
function faultyClaims(fault, now) {
  const [, direction, seconds] = /^clock_(ahead|behind)_(\d+)s$/.exec(fault ?? '') ?? []
  if (direction === 'ahead') {
    const iat = now + Number(seconds)
    return { iat, nbf: iat, exp: iat + lifetimeSeconds }
  }
  // It expired so many seconds ago, by our clock.
  if (direction === 'behind') return { iat: now - Number(seconds) - 600, nbf: undefined, exp: now - Number(seconds) }
  const faults = {
    wrong_issuer: { iss: 'https://evil.example' },
    wrong_audience: { aud: 'another-client' },
    second_audience: { aud: ['another-client', 'a-third-client'] },
    wrong_nonce: { nonce: 'the nonce of another log-in' },
    no_nonce: { nonce: undefined },
    no_subject: { sub: undefined },
    no_expiry: { exp: undefined },
    expired: { iat: now - 2 * lifetimeSeconds, nbf: undefined, exp: now - lifetimeSeconds },
    short_issuer: { iss: 'accounts.google.com' },
    no_tenant: { tid: undefined },
    no_object_id: { oid: undefined },
    wrong_tenant: { tid: '72f988bf-86f1-41af-91ab-2d7cd011db47' },
  }
  return faults[fault] ?? {}
}

/**
 * @param {string} provider
 * @param {{ person: object, audience?: string, nonce?: string, scope?: string, issuer?: string, now: number, fault?: string, isNative?: boolean }}
 *   about `now` is the time of the test in milliseconds; `isNative`: for an app instead of a code
 */
export function makeIdToken(provider, about) {
  const { fault, isNative = false, nonce } = about
  const now = Math.floor(about.now / 1000)
  const client = clientAt(provider)
  const audience = about.audience ?? (isNative ? (client.nativeIds[0] ?? client.id) : client.id)
  const scope = about.scope ?? 'openid email profile profile_nickname account_email'
  const claims = {
    iss: issuerOf(provider, about),
    aud: audience,
    sub: subjectOf(provider, about.person),
    iat: now,
    exp: now + lifetimeSeconds,
    nonce,
    ...claimsOf[provider]({ ...about, audience, scope, now }),
    ...faultyClaims(fault, now),
  }
  // LINE signs by the channel secret for web log-in, and by its key for apps.
  const isBySecret = provider === 'line' && !isNative
  if (fault === 'alg_none') return signed({ typ: 'JWT', alg: 'none' }, claims, () => '')
  const key = signingKey(provider, fault)
  if (fault === 'hs256_with_public_key') {
    const pem = key.publicKey.export({ type: 'spki', format: 'pem' })
    return bySecret({ typ: 'JWT', alg: 'HS256', kid: key.kid }, claims, pem)
  }
  if (fault === 'hs256_with_client_secret') return bySecret({ typ: 'JWT', alg: 'HS256' }, claims, client.secret ?? '')
  const isRotated = fault === 'key_rotation' || fault === 'unknown_key'
  const token =
    isBySecret && !isRotated ? bySecret({ typ: 'JWT', alg: 'HS256' }, claims, client.secret) : byKey(key, claims)
  if (fault !== 'bad_signature') return token
  const [header, payload] = token.split('.')
  const other = byKey(key, { ...claims, sub: 'somebody else' })
  return `${header}.${payload}.${other.split('.')[2]}`
}
