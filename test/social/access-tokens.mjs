import { createHmac, generateKeyPairSync, sign } from 'node:crypto'

/*
 * The tokens that Cloudflare Access adds to requests, and their faults
 * (https://developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/application-token/).
 */

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')

function makeKey() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const kid = crypto.randomUUID().replaceAll('-', '')
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }
  return { kid, privateKey, publicKey, jwk }
}

const published = [makeKey()]

/** What a team publishes at /cdn-cgi/access/certs. */
export const accessCerts = () => ({
  keys: published.map(({ jwk }) => jwk),
  public_cert: { kid: published[0].kid, cert: '' },
  public_certs: published.map(({ kid }) => ({ kid, cert: '' })),
})

/** The key to sign with: for `key_rotation` a new one, published from now on; for `unknown_key` one that never is. */
function signingKey(fault) {
  if (fault !== 'key_rotation' && fault !== 'unknown_key') return published[0]
  const key = makeKey()
  if (fault === 'key_rotation') published.push(key)
  return key
}

/**
 * @param {{ team: string, audience: string, email?: string, commonName?: string, now: number, claims?: object, fault?: string }} about
 *   `now` is the time of the test in ms; `claims` are changed, and one that is null is left out
 */
export function makeAccessToken({ team, audience, email, commonName, now, claims: changed, fault }) {
  const seconds = Math.floor(now / 1000)
  const all = {
    aud: commonName === undefined ? [audience] : audience,
    ...(commonName === undefined ? { email } : { common_name: commonName }),
    exp: seconds + 3600,
    iat: seconds,
    nbf: seconds,
    iss: `https://${team}`,
    type: 'app',
    sub: commonName === undefined ? '7335d417-61da-459d-899c-0a01c76a2f94' : '',
    country: 'KR',
    ...changed,
  }
  const claims = Object.fromEntries(Object.entries(all).filter(([, claim]) => claim !== null))
  const key = signingKey(fault)
  const alg = { alg_none: 'none', hs256_with_public_key: 'HS256' }[fault] ?? 'RS256'
  const input = `${base64url({ alg, kid: key.kid, typ: 'JWT' })}.${base64url(claims)}`
  return `${input}.${signatureOf(input, key, fault)}`
}

function signatureOf(input, key, fault) {
  if (fault === 'alg_none') return ''
  if (fault === 'hs256_with_public_key') {
    const pem = key.publicKey.export({ type: 'spki', format: 'pem' })
    return createHmac('sha256', pem).update(input).digest('base64url')
  }
  const signed = fault === 'bad_signature' ? `${input}x` : input
  return sign('sha256', Buffer.from(signed), key.privateKey).toString('base64url')
}
