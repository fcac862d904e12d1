import { once } from 'node:events'
import { createServer } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { accessCerts, makeAccessToken } from './access-tokens.mjs'
import { jwksOf, makeIdToken } from './id-tokens.mjs'
import { accessOf, githubEmails, githubUser, kakaoUser, naverUser } from './profiles.mjs'
import { answerToken, open, seal } from './token-endpoints.mjs'

/*
 * A stand-in for the providers that people log in with, on loopback and outside of the Workers runtime. Requests of the Worker to their
 * hosts come here by provider-router.mjs, with the URL in `X-Original-Url`. A request without it is for the test provider.
 *
 * Nothing is stored: a code says who logs in and which fault there is (test/helpers/providers.ts makes it), and so does an access token.
 *
 * POST /id-token       {provider, ...}: an ID token as an app gets it. For tests only
 * POST /access-token   {team, audience, ...}: a token of Cloudflare Access. For tests only
 */

const PROVIDER_OF_HOST = {
  'accounts.google.com': 'google',
  'oauth2.googleapis.com': 'google',
  'www.googleapis.com': 'google',
  'appleid.apple.com': 'apple',
  'github.com': 'github',
  'api.github.com': 'github',
  'login.microsoftonline.com': 'microsoft',
  'kauth.kakao.com': 'kakao',
  'kapi.kakao.com': 'kakao',
  'nid.naver.com': 'naver',
  'openapi.naver.com': 'naver',
  'access.line.me': 'line',
  'api.line.me': 'line',
}

/** https://idp.example, and https://jwks-slow.idp.example: the same with a fault. */
const OIDC_HOST = /^(?:(discovery|jwks)-([a-z0-9-]+)\.)?idp\.example$/

const TOKEN_PATHS = {
  google: /^\/token$/,
  apple: /^\/auth\/token$/,
  github: /^\/login\/oauth\/access_token$/,
  microsoft: /^\/[\w.-]+\/oauth2\/v2\.0\/token$/,
  kakao: /^\/oauth\/token$/,
  naver: /^\/oauth2\.0\/token$/,
  line: /^\/oauth2\/v2\.1\/token$/,
  oidc: /^\/token$/,
  test: /^\/token$/,
}

const JWKS_PATHS = {
  google: /^\/oauth2\/v3\/certs$/,
  apple: /^\/auth\/keys$/,
  microsoft: /^\/[\w.-]+\/discovery\/v2\.0\/keys$/,
  kakao: /^\/\.well-known\/jwks\.json$/,
  line: /^\/oauth2\/v2\.1\/certs$/,
  oidc: /^\/jwks$/,
  test: /^\/jwks$/,
}

const PROFILES = {
  'api.github.com/user': githubUser,
  'api.github.com/user/emails': githubEmails,
  'kapi.kakao.com/v2/user/me': kakaoUser,
  'openapi.naver.com/v1/nid/me': naverUser,
}

const json = (status, body) => ({ status, body })
const NOT_FOUND = json(404, { error: 'not_found' })

const discoveryOf = (provider, issuer) => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/jwks`,
  response_types_supported: ['code'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
  scopes_supported: ['openid', 'email', 'profile'],
  token_endpoint_auth_methods_supported:
    provider === 'test' ? ['client_secret_basic'] : ['client_secret_basic', 'client_secret_post'],
  code_challenge_methods_supported: ['S256'],
  authorization_response_iss_parameter_supported: true,
})

/** What a fault in the discovery document is. */
const DISCOVERY_FAULTS = {
  other_issuer: { issuer: 'https://evil.example' },
  http: { token_endpoint: 'http://idp.example/token' },
  no_keys: { jwks_uri: undefined },
}

/** A team of Cloudflare Access. That of `down` has a fault. */
const ACCESS_HOST = /^([a-z0-9-]+)\.cloudflareaccess\.com$/

/** The answer to a request, and the fault with which it is sent. */
function route(request, url, own) {
  const [, place, label] = OIDC_HOST.exec(url.hostname) ?? []
  const provider =
    url.host === own ? 'test' : (PROVIDER_OF_HOST[url.hostname] ?? (OIDC_HOST.test(url.hostname) ? 'oidc' : ''))
  const fault = label?.replaceAll('-', '_')
  const issuer = url.origin
  const [, team] = ACCESS_HOST.exec(url.hostname) ?? []
  if (team !== undefined && url.pathname === '/cdn-cgi/access/certs') {
    return { answer: json(200, accessCerts()), fault: team === 'down' ? 'status_500' : undefined }
  }
  if (url.pathname === '/followed') return { answer: open(url.searchParams.get('answer')) }
  if (TOKEN_PATHS[provider]?.test(url.pathname)) {
    const code = open(new URLSearchParams(request.body).get('code'))
    return { answer: answerToken(provider, request, issuer), fault: code?.fault }
  }
  if (JWKS_PATHS[provider]?.test(url.pathname)) {
    return { answer: json(200, jwksOf(provider)), fault: place === 'jwks' ? fault : undefined }
  }
  const profile = PROFILES[url.host + url.pathname]
  if (profile) {
    const [, profileFault] = /^profile_(.+)$/.exec(accessOf(provider, request.headers)?.fault ?? '') ?? []
    return { answer: profile(request.headers), fault: profileFault }
  }
  if (url.pathname === '/.well-known/openid-configuration' && ['oidc', 'test'].includes(provider)) {
    const changes = place === 'discovery' ? DISCOVERY_FAULTS[fault] : undefined
    return {
      answer: json(200, { ...discoveryOf(provider, issuer), ...changes }),
      fault: place === 'discovery' ? fault : undefined,
    }
  }
  return { answer: NOT_FOUND }
}

const HUGE_BYTES = 10 * 1024 * 1024
const PADDING = 'x'.repeat(64 * 1024)

/** Ways to answer badly. Each gets the good answer, with which a careless client would go on. */
const FAULTS = {
  malformed_json: (response, answer) => send(response, { ...answer, body: textOf(answer).slice(0, -1) }),
  not_an_object: (response, answer) => send(response, { ...answer, body: [answer.body] }),
  empty: (response, answer) => send(response, { ...answer, body: '' }),
  wrong_content_type: (response) =>
    send(response, {
      status: 200,
      body: '<!doctype html><p>Log in to this network',
      headers: { 'Content-Type': 'text/html' },
    }),
  status_500: (response) => send(response, { status: 500, body: 'Internal Server Error' }),
  status_503: (response) => send(response, { status: 503, body: 'Service Unavailable' }),
  status_429: (response) => send(response, json(429, { error: 'slow_down' })),
  status_403: (response) => send(response, json(403, { error: 'forbidden' })),
  redirect: (response, answer) =>
    send(response, { status: 302, body: '', headers: { Location: `/followed?answer=${seal(answer)}` } }),
  reset: (response) => response.destroy(),
  slow: () => undefined,
  slow_body: (response, answer) => {
    begin(response, answer)
    response.write(textOf(answer).slice(0, 10))
  },
  huge: (response, answer) => {
    begin(response, answer)
    return pipeline(padded(textOf(answer)), response).catch(() => undefined) // the client may have enough before the end
  },
}

/** The same JSON object, with a member of 10 MB before the others. */
function* padded(text) {
  yield '{"padding":"'
  for (let sent = 0; sent < HUGE_BYTES; sent += PADDING.length) yield PADDING
  yield `",${text.slice(1)}`
}

const textOf = ({ body }) => (typeof body === 'string' ? body : JSON.stringify(body))

const begin = (response, { status, headers, body }) =>
  response.writeHead(status, {
    'Content-Type': typeof body === 'string' ? 'text/plain' : 'application/json;charset=utf-8',
    'Cache-Control': 'no-store',
    ...headers,
  })

const send = (response, answer) => {
  begin(response, answer)
  response.end(textOf(answer))
}

async function readBody(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

async function handle(request, response) {
  const own = request.headers.host
  const url = new URL(request.headers['x-original-url'] ?? `http://${own}${request.url}`)
  const received = { method: request.method, headers: request.headers, body: await readBody(request) }
  if (url.host === own && url.pathname === '/id-token') {
    const { provider, ...about } = JSON.parse(received.body)
    const issuer = provider === 'test' ? url.origin : 'https://idp.example'
    return send(response, { status: 200, body: makeIdToken(provider, { issuer, ...about, isNative: true }) })
  }
  if (url.host === own && url.pathname === '/access-token') {
    return send(response, { status: 200, body: makeAccessToken(JSON.parse(received.body)) })
  }
  const { answer, fault } = route(received, url, own)
  return (FAULTS[fault] ?? send)(response, answer)
}

/** @param {import('vitest/node').TestProject} project */
export default async function setup(project) {
  const server = createServer((request, response) => {
    handle(request, response).catch((error) => {
      if (!response.headersSent) send(response, { status: 500, body: String(error.stack) })
    })
  })
  // Otherwise a request could go out on a connection that is just being closed.
  server.keepAliveTimeout = 0
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  project.provide('providersUrl', `http://127.0.0.1:${server.address().port}`)
  return () => {
    server.closeAllConnections()
    server.close()
  }
}
