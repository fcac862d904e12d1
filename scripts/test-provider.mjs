// The test provider: a real OpenID provider on this computer, so that social log-in can be tried without an account anywhere.
// `npm run dev` starts it. It is never part of the deployed Worker.
//
//     node scripts/test-provider.mjs --port N --redirect-uri URI
//
// It listens on 127.0.0.1, and the app is at localhost: two sites, as in production. Everything is in memory.

import './call-this-node-lts.mjs'
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { interactionPolicy, Provider } from 'oidc-provider'
import { renderLogIn, renderProblem } from './test-provider-page.mjs'

export const CLIENT_ID = 'latchkey'
/** Worth nothing: the provider runs on loopback, and signs in anybody as anybody. */
export const CLIENT_SECRET = 'latchkey-test-provider'

/** How many ports after the first one are tried. */
const PORTS = 20
const BODY_LIMIT = 16_384

/** @typedef {{ email: string, email_verified: boolean, name?: string }} Person */

/** A new key for ID tokens, as a JWK with the private part. */
export const newSigningKey = () => ({
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
  alg: 'RS256',
  use: 'sig',
})

/**
 * Starts a provider on 127.0.0.1.
 * @param {{ port: number, redirectUri: string, settings?: import('oidc-provider').Configuration }} options `port`: the first one to
 *   try; 0 takes any free one. `settings` replace those of this file
 * @returns {Promise<{ issuer: string, stop: () => Promise<void> }>}
 */
export async function startTestProvider({ port, redirectUri, settings = {} }) {
  const server = await listenFrom(port)
  const issuer = `http://127.0.0.1:${server.address().port}`
  server.on('request', requestListener(issuer, redirectUri, settings))
  const stop = () =>
    new Promise((stopped) => {
      server.close(() => stopped())
      server.closeAllConnections()
    })
  return { issuer, stop }
}

/** Listens on `first`, or on the next port that is free. */
async function listenFrom(first) {
  for (let port = first; ; port++) {
    const server = createServer()
    const fault = await new Promise((settle) => {
      server.once('error', settle)
      server.listen({ port, host: '127.0.0.1' }, () => settle(undefined))
    })
    if (fault === undefined) return server
    if (fault.code !== 'EADDRINUSE' || port === first + PORTS) throw fault
  }
}

function requestListener(issuer, redirectUri, settings) {
  /** @type {Map<string, Person>} */
  const people = new Map()
  const provider = new Provider(issuer, { ...configuration(redirectUri, people), ...settings })
  // The library answers with the fault. In the terminal it helps more.
  provider.on('server_error', (_ctx, error) => console.error('test provider:', error))
  const answer = provider.callback()
  const { host } = new URL(issuer)
  return (request, response) => {
    // A page elsewhere can give this address a host name of its own (DNS rebinding).
    if (request.headers.host !== host) return send(response, 421, renderProblem('This provider has another address.'))
    forgetSession(request)
    const { pathname } = new URL(request.url ?? '/', issuer)
    if (!pathname.startsWith('/log-in/')) return answer(request, response)
    return logIn(provider, people, request, response).catch((error) => {
      const isGone = error.name === 'SessionNotFound'
      if (!isGone) console.error('test provider:', error)
      const text = isGone
        ? 'This page is no longer valid. Go back to the app and begin again.'
        : 'Something went wrong.'
      send(response, isGone ? 400 : 500, renderProblem(text))
    })
  }
}

/** Nobody stays signed in here, so that the page is shown each time, and everybody can be somebody else. */
function forgetSession(request) {
  const kept = request.headers.cookie?.split('; ').filter((cookie) => !/^_session(\.sig)?=/.test(cookie))
  if (kept) request.headers.cookie = kept.join('; ')
}

/** The page that asks who somebody is, and the answer to its form. */
async function logIn(provider, people, request, response) {
  const interaction = await provider.interactionDetails(request, response)
  if (request.method !== 'POST') return send(response, 200, renderLogIn())
  const form = await readForm(request)
  if (form.get('action') === 'cancel') {
    const refusal = { error: 'access_denied', error_description: 'The user pressed Cancel.' }
    return provider.interactionFinished(request, response, refusal)
  }
  const email = form.get('email')?.trim() ?? ''
  const name = form.get('name')?.trim() || undefined
  const isVerified = form.get('email_verified') === 'on'
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) {
    return send(response, 422, renderLogIn({ email, name, isVerified, fault: 'Write an e-mail address.' }))
  }
  const accountId = subjectOf(email)
  people.set(accountId, { email, email_verified: isVerified, ...(name && { name }) })
  const { client_id: clientId, scope = '' } = interaction.params
  const grant = new provider.Grant({ accountId, clientId })
  grant.addOIDCScope(String(scope))
  const grantId = await grant.save()
  return provider.interactionFinished(request, response, { login: { accountId }, consent: { grantId } })
}

/** The same address is the same person, after a restart too. */
const subjectOf = (email) => createHash('sha256').update(email.toLowerCase()).digest('hex').slice(0, 32)

/** @returns {import('oidc-provider').Configuration} */
function configuration(redirectUri, people) {
  return {
    adapter: memory(),
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    clientAuthMethods: ['client_secret_basic'],
    jwks: { keys: [newSigningKey()] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    responseTypes: ['code'],
    scopes: ['openid', 'email', 'profile'],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: false, // the claims are in the ID token, as with most providers
    pkce: { required: () => true },
    interactions: { policy: withoutConsent(), url: (_ctx, { uid }) => `/log-in/${uid}` },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
    findAccount: (_ctx, accountId) => {
      const person = people.get(accountId)
      return person && { accountId, claims: () => ({ sub: accountId, ...person }) }
    },
    renderError: (ctx, { error, error_description: description }) => {
      ctx.type = 'html'
      ctx.body = renderProblem(description ? `${error}: ${description}` : error)
    },
    // In seconds.
    ttl: { AuthorizationCode: 60, AccessToken: 600, IdToken: 600, Interaction: 3600, Session: 3600, Grant: 3600 },
  }
}

/** There is no page that asks for consent. */
function withoutConsent() {
  const policy = interactionPolicy.base()
  policy.remove('consent')
  return policy
}

/** What the provider stores, in memory: the library's own store warns that it is not for production. */
function memory() {
  /** @type {Map<string, { value: Record<string, unknown>, expiresAt: number }>} */
  const stored = new Map()
  const read = (key) => {
    const entry = stored.get(key)
    return entry && entry.expiresAt > Date.now() ? entry.value : undefined
  }
  const removeExpired = () => {
    for (const [key, { expiresAt }] of stored) if (expiresAt <= Date.now()) stored.delete(key)
  }
  return (model) => {
    const keyOf = (id) => `${model}:${id}`
    return {
      find: async (id) => read(keyOf(id)),
      findByUid: async (uid) => [...stored.values()].find(({ value }) => value.uid === uid)?.value,
      findByUserCode: async () => undefined, // no device flow here
      upsert: async (id, value, ttlSeconds) => {
        removeExpired()
        stored.set(keyOf(id), { value, expiresAt: Date.now() + (ttlSeconds ?? 3600) * 1000 })
      },
      consume: async (id) => {
        const value = read(keyOf(id))
        if (value) value.consumed = Math.floor(Date.now() / 1000)
      },
      destroy: async (id) => {
        stored.delete(keyOf(id))
      },
      revokeByGrantId: async (grantId) => {
        for (const [key, { value }] of stored) if (value.grantId === grantId) stored.delete(key)
      },
    }
  }
}

async function readForm(request) {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk
    if (text.length > BODY_LIMIT) throw new Error('the form is too long')
  }
  return new URLSearchParams(text)
}

function send(response, status, html) {
  response.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  })
  response.end(html)
}

/** As a process of its own: tells its parent the issuer, and ends with it. */
async function main() {
  const { values } = parseArgs({ options: { port: { type: 'string' }, 'redirect-uri': { type: 'string' } } })
  const { port = '0', 'redirect-uri': redirectUri } = values
  if (redirectUri === undefined) throw new Error('--redirect-uri is missing')
  const { issuer } = await startTestProvider({ port: Number(port), redirectUri })
  process.once('disconnect', () => process.exit())
  // Ctrl-C reaches the whole group of processes. The parent still needs this one until the Worker has stopped.
  if (process.connected) process.on('SIGINT', () => undefined)
  if (process.send === undefined) console.log(issuer)
  process.send?.({ issuer })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main()
