import { createHash, verify } from 'node:crypto'
import { makeIdToken } from './id-tokens.mjs'
import { applePublicKey, clientAt, settings } from './settings.mjs'

/*
 * The token endpoints of the stand-ins: each checks a request as its provider does, and answers as documented.
 *
 * Google     https://developers.google.com/identity/openid-connect/openid-connect#exchangecode
 * Apple      https://developer.apple.com/documentation/signinwithapplerestapi/generate-and-validate-tokens
 * GitHub     https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
 * Microsoft  https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
 * Kakao      https://developers.kakao.com/docs/latest/en/kakaologin/rest-api#request-token
 * Naver      https://developers.naver.com/docs/login/devguide/devguide.md
 * LINE       https://developers.line.biz/en/reference/line-login/#issue-access-token
 */

/** What a code or an access token says: these servers remember nothing else. */
export const seal = (payload) => Buffer.from(JSON.stringify(payload)).toString('base64url')

/** @returns {Record<string, any> | undefined} */
export function open(text) {
  try {
    return JSON.parse(Buffer.from(text ?? '', 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

/** The codes that were redeemed: the one thing that is remembered. */
const redeemed = new Set()

const json = (status, body, headers) => ({ status, body, headers })

/** How each provider takes the client's secret, its errors, and what its answer has. */
const endpoints = {
  google: {
    authentication: ['post', 'basic'],
    refuse: (error) =>
      error === 'invalid_client'
        ? json(401, { error, error_description: 'Unauthorized' })
        : json(400, { error, error_description: 'Bad Request' }),
    answer: ({ scope }) => ({ expires_in: 3599, scope, token_type: 'Bearer' }),
  },
  apple: {
    authentication: ['apple'],
    ignoresVerifier: true,
    refuse: (error) => json(400, { error }),
    answer: () => ({ token_type: 'Bearer', expires_in: 3600, refresh_token: 'a refresh token of Apple' }),
  },
  github: {
    authentication: ['post'],
    refuse: (error) => json(200, { ...githubErrors[error], error_uri: GITHUB_ERRORS }),
    answer: ({ scope }) => ({ scope: scope.replaceAll(' ', ','), token_type: 'bearer' }),
  },
  microsoft: {
    authentication: ['post', 'basic'],
    refuse: (error) =>
      json(error === 'invalid_client' ? 401 : 400, {
        error,
        error_description: `AADSTS70008: ${error}`,
        error_codes: [70008],
        timestamp: '2026-01-01 00:00:00Z',
        trace_id: '255d1aef-8c98-452f-ac51-23d051240864',
        correlation_id: 'fb3d2015-bc17-4bb9-bb85-30c5cf1aaaa7',
        error_uri: 'https://login.microsoftonline.com/error?code=70008',
      }),
    answer: ({ scope }) => ({ token_type: 'Bearer', scope, expires_in: 3736, ext_expires_in: 3736 }),
  },
  kakao: {
    authentication: ['post'],
    refuse: (error) =>
      error === 'invalid_client'
        ? json(401, { error, error_description: 'Not exist client_id', error_code: 'KOE010' })
        : json(400, { error, error_description: 'authorization code not found for code=…', error_code: 'KOE320' }),
    answer: ({ scope }) => ({
      token_type: 'bearer',
      refresh_token: 'a refresh token of Kakao',
      expires_in: 21_599,
      scope,
      refresh_token_expires_in: 5_183_999,
    }),
  },
  naver: {
    authentication: ['post'],
    ignoresVerifier: true,
    ignoresRedirectUri: true, // it is no parameter there
    wantsState: true,
    refuse: (error) =>
      json(
        200,
        error === 'invalid_client'
          ? { error: 'invalid_request', error_description: 'client secret mis-matched.' }
          : { error: 'invalid_request', error_description: 'no valid data in session' },
      ),
    answer: () => ({ refresh_token: 'a refresh token of Naver', token_type: 'bearer', expires_in: '3600' }),
  },
  line: {
    authentication: ['post'],
    refuse: (error) => json(400, { error, error_description: 'invalid authorization code' }),
    answer: ({ scope }) => ({
      expires_in: 2_592_000,
      refresh_token: 'a refresh token of LINE',
      scope,
      token_type: 'Bearer',
    }),
  },
  oidc: {
    authentication: ['post', 'basic'],
    refuse: (error) => json(error === 'invalid_client' ? 401 : 400, { error }),
    answer: ({ scope }) => ({ token_type: 'Bearer', expires_in: 600, scope }),
  },
}
endpoints.test = { ...endpoints.oidc, authentication: ['basic'] }

const GITHUB_ERRORS =
  'https://docs.github.com/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors'
const githubErrors = {
  invalid_client: {
    error: 'incorrect_client_credentials',
    error_description: 'The client_id and/or client_secret passed are incorrect.',
  },
  invalid_grant: { error: 'bad_verification_code', error_description: 'The code passed is incorrect or expired.' },
  invalid_request: { error: 'bad_verification_code', error_description: 'The code passed is incorrect or expired.' },
}

function isClient(provider, { headers, form }) {
  const { id, secret } = clientAt(provider)
  const { authentication } = endpoints[provider]
  const [scheme, credentials = ''] = (headers.authorization ?? '').split(' ')
  if (scheme.toLowerCase() === 'basic') {
    if (!authentication.includes('basic') || form.has('client_secret')) return false
    const [user, password] = Buffer.from(credentials, 'base64').toString('utf8').split(':')
    // RFC 6749, 2.3.1: both are encoded as in a form.
    const [first, second] = [user, password].map((part = '') => new URLSearchParams(`v=${part}`).get('v'))
    return first === id && second === secret
  }
  if (form.get('client_id') !== id) return false
  if (authentication.includes('apple')) return isAppleSecret(form.get('client_secret') ?? '')
  return authentication.includes('post') && form.get('client_secret') === secret
}

/** https://developer.apple.com/documentation/accountorganizationaldatasharing/creating-a-client-secret */
function isAppleSecret(jwt) {
  const [head = '', body = '', signature = ''] = jwt.split('.')
  const [header, claims] = [open(head), open(body)]
  if (!header || !claims) return false
  const input = Buffer.from(`${head}.${body}`)
  const key = { key: applePublicKey, dsaEncoding: 'ieee-p1363' }
  // The test may have moved its clock, so `iat` is not compared with this one.
  return (
    header.alg === 'ES256' &&
    header.kid === settings.APPLE_KEY_ID &&
    claims.iss === settings.APPLE_TEAM_ID &&
    claims.sub === settings.APPLE_CLIENT_ID &&
    claims.aud === 'https://appleid.apple.com' &&
    claims.exp > claims.iat &&
    claims.exp - claims.iat <= 15_777_000 &&
    verify('sha256', input, key, Buffer.from(signature, 'base64url'))
  )
}

const challengeOf = (verifier) => createHash('sha256').update(verifier).digest('base64url')

/** The error of a request (RFC 6749, 5.2), or undefined. It spends the code. */
function faultOf(provider, { method, headers, form }) {
  const { ignoresVerifier, ignoresRedirectUri, wantsState } = endpoints[provider]
  const isForm = /^application\/x-www-form-urlencoded(;\s*charset=utf-8)?$/i.test(headers['content-type'] ?? '')
  if (method !== 'POST' || !isForm || form.get('grant_type') !== 'authorization_code') return 'invalid_request'
  if (!isClient(provider, { headers, form })) return 'invalid_client'
  const code = open(form.get('code'))
  if (code?.provider !== provider || code.clientId !== clientAt(provider).id || redeemed.has(code.id))
    return 'invalid_grant'
  redeemed.add(code.id)
  if (!ignoresRedirectUri && form.get('redirect_uri') !== code.redirectUri) return 'invalid_grant'
  if (wantsState && form.get('state') !== code.state) return 'invalid_request'
  if (!ignoresVerifier && code.codeChallenge !== undefined) {
    const verifier = form.get('code_verifier') ?? ''
    if (!/^[\w.~-]{43,128}$/.test(verifier) || challengeOf(verifier) !== code.codeChallenge) return 'invalid_grant'
  }
  return undefined
}

/** A good answer to a code. */
export function tokensFor(provider, code, issuer) {
  const { scope, fault, now } = code
  const hasIdToken =
    !['github', 'naver'].includes(provider) && (provider === 'apple' || scope.split(' ').includes('openid'))
  return {
    access_token: seal({ ...code, id: undefined, isAccessToken: true }),
    ...endpoints[provider].answer({ scope }),
    ...(hasIdToken && fault !== 'no_id_token' && { id_token: makeIdToken(provider, { ...code, issuer, now }) }),
    ...(fault === 'wrong_token_type' && { token_type: 'mac' }),
    ...(fault === 'no_access_token' && { access_token: undefined }),
  }
}

/**
 * @param {{ method: string, headers: Record<string, string>, body: string }} request
 * @returns {{ status: number, body: unknown, headers?: Record<string, string> }}
 */
export function answerToken(provider, { method, headers, body }, issuer) {
  const form = new URLSearchParams(body)
  const fault = faultOf(provider, { method, headers, form })
  const answer =
    fault === undefined
      ? json(200, tokensFor(provider, open(form.get('code')), issuer))
      : endpoints[provider].refuse(fault)
  // Without this header, GitHub answers with a form.
  if (provider !== 'github' || /\bapplication\/json\b/.test(headers.accept ?? '')) return answer
  const text = new URLSearchParams(answer.body).toString()
  return { status: 200, body: text, headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' } }
}
