import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import * as oauth from 'oauth4webapi'
import { afterEach, describe, expect, it } from 'vitest'
import { beginToServe } from '../../scripts/serve.mjs'
import { CLIENT_ID, CLIENT_SECRET, newSigningKey, startTestProvider } from '../../scripts/test-provider.mjs'

const REDIRECT_URI = 'http://localhost:8787/api/v1/auth/social/test/callback'
const client = { client_id: CLIENT_ID, [oauth.clockTolerance]: 5 }
const insecure = { [oauth.allowInsecureRequests]: true }

const running = []
afterEach(() => Promise.all(running.splice(0).map(({ stop }) => stop())))

async function start(settings) {
  const provider = await startTestProvider({ port: 0, redirectUri: REDIRECT_URI, settings })
  running.push(provider)
  return provider.issuer
}

async function discover(issuer) {
  const url = new URL(issuer)
  return oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, insecure))
}

/** A browser that follows no redirects. */
function newBrowser() {
  /** @type {{ name: string, value: string, path: string }[]} */
  const jar = []
  return async (url, options = {}) => {
    const { pathname } = new URL(url)
    const sent = jar.filter(({ path }) => pathname.startsWith(path))
    const cookie = sent.map(({ name, value }) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { redirect: 'manual', ...options, headers: { ...options.headers, cookie } })
    for (const line of response.headers.getSetCookie()) {
      const [, name, value, path] = /^([^=]+)=([^;]*);.*?path=([^;]+)/i.exec(line)
      jar.push({ name, value, path })
    }
    return response
  }
}

/** Begins a log-in: what the app sends the browser to the provider with. */
async function begin(as, changes = {}) {
  const codeVerifier = oauth.generateRandomCodeVerifier()
  const parameters = {
    client_id: CLIENT_ID,
    redirect_uri: REDIRECT_URI,
    response_type: 'code',
    scope: 'openid email profile',
    state: 'the state',
    nonce: 'the nonce',
    code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    ...changes,
  }
  const url = new URL(as.authorization_endpoint)
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value)
  return { codeVerifier, url }
}

const locationOf = (response, base) => new URL(response.headers.get('location'), base)

/** Opens the page of the provider, and fills in its form. */
async function fillIn(browser, page, fields) {
  const submitted = await browser(page, { method: 'POST', body: new URLSearchParams(fields) })
  return submitted.status === 303 ? browser(locationOf(submitted, page)) : submitted
}

const ALICE = { email: 'alice@example.com', name: 'Alice', email_verified: 'on', action: 'continue' }

/** The whole way in the browser: the provider's last answer, which sends the browser back to the app. */
async function logInAs(as, person, changes) {
  const browser = newBrowser()
  const { codeVerifier, url } = await begin(as, changes)
  const page = locationOf(await browser(url), as.issuer)
  return { codeVerifier, answer: await fillIn(browser, page, person) }
}

async function redeem(as, { answer, codeVerifier }) {
  const parameters = oauth.validateAuthResponse(as, client, locationOf(answer), 'the state')
  const authentication = oauth.ClientSecretBasic(CLIENT_SECRET)
  return oauth.authorizationCodeGrantRequest(
    as,
    client,
    authentication,
    parameters,
    REDIRECT_URI,
    codeVerifier,
    insecure,
  )
}

/** The claims of the ID token, after everything about it has been checked. */
async function claimsOf(as, way) {
  const response = await redeem(as, way)
  const result = await oauth.processAuthorizationCodeResponse(as, client, response, {
    expectedNonce: 'the nonce',
    requireIdToken: true,
  })
  await oauth.validateApplicationLevelSignature(as, response, insecure)
  return oauth.getValidatedIdTokenClaims(result)
}

describe('the test provider', () => {
  it('signs somebody in, with the claims in the ID token', async () => {
    const as = await discover(await start())
    expect(as).toMatchObject({
      authorization_response_iss_parameter_supported: true,
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['client_secret_basic'],
    })
    const way = await logInAs(as, ALICE)
    expect(locationOf(way.answer).searchParams.get('iss')).toBe(as.issuer)
    expect(await claimsOf(as, way)).toMatchObject({
      iss: as.issuer,
      aud: CLIENT_ID,
      nonce: 'the nonce',
      sub: expect.stringMatching(/^[0-9a-f]{32}$/),
      email: 'alice@example.com',
      email_verified: true,
      name: 'Alice',
    })
  })

  it('takes the same address for the same person, after a restart too', async () => {
    const subjects = []
    for (const email of ['alice@example.com', 'Alice@Example.com', 'bob@example.com']) {
      const as = await discover(await start())
      subjects.push((await claimsOf(as, await logInAs(as, { ...ALICE, email }))).sub)
    }
    expect(subjects[1]).toBe(subjects[0])
    expect(subjects[2]).not.toBe(subjects[0])
  })

  it('says that an address is not verified', async () => {
    const as = await discover(await start())
    const claims = await claimsOf(as, await logInAs(as, { email: 'mallory@example.com', action: 'continue' }))
    expect(claims).toMatchObject({ email: 'mallory@example.com', email_verified: false })
    expect(claims).not.toHaveProperty('name')
  })

  it('asks each time, and in two tabs for two people', async () => {
    const as = await discover(await start())
    const browser = newBrowser()
    const tabs = await Promise.all(
      ['alice@example.com', 'bob@example.com'].map(async (email) => {
        const { codeVerifier, url } = await begin(as)
        return { email, codeVerifier, page: locationOf(await browser(url), as.issuer) }
      }),
    )
    for (const { email, codeVerifier, page } of tabs.toReversed()) {
      const answer = await fillIn(browser, page, { ...ALICE, email })
      expect(await claimsOf(as, { answer, codeVerifier })).toMatchObject({ email })
    }
    const again = await browser((await begin(as)).url)
    expect(again.headers.get('location')).toMatch(/^\/log-in\//)
  })

  it('sends back access_denied for Cancel', async () => {
    const as = await discover(await start())
    const { answer } = await logInAs(as, { action: 'cancel' })
    expect(Object.fromEntries(locationOf(answer).searchParams)).toEqual({
      error: 'access_denied',
      error_description: 'The user pressed Cancel.',
      state: 'the state',
      iss: as.issuer,
    })
  })

  it('posts the answer as a form, where the app asks for form_post', async () => {
    const as = await discover(await start())
    const { answer } = await logInAs(as, ALICE, { response_mode: 'form_post' })
    const html = await answer.text()
    expect(html).toContain(`<form method="post" action="${REDIRECT_URI}">`)
    expect(html).toMatch(/name="code" value="[\w-]+"/)
    expect(html).toContain('name="state" value="the state"')
  })

  it('refuses a redirect URI that is not exactly the registered one, and does not redirect', async () => {
    const as = await discover(await start())
    for (const redirectUri of [`${REDIRECT_URI}/`, `${REDIRECT_URI}?a=b`, 'http://evil.example/']) {
      const response = await fetch((await begin(as, { redirect_uri: redirectUri })).url, { redirect: 'manual' })
      expect(response.status).toBe(400)
      expect(await response.text()).toContain('invalid_redirect_uri')
    }
  })

  it.each([{ code_challenge: undefined, code_challenge_method: undefined }, { code_challenge_method: 'plain' }])(
    'wants PKCE with S256: %j',
    async (changes) => {
      const as = await discover(await start())
      const response = await fetch((await begin(as, changes)).url, { redirect: 'manual' })
      expect(locationOf(response).searchParams.get('error')).toBe('invalid_request')
    },
  )

  it('takes a code once, with its verifier and the secret', async () => {
    const as = await discover(await start())
    const way = await logInAs(as, ALICE)
    const refusal = async (response) => ({ status: response.status, error: (await response.json()).error })
    const wrongVerifier = { ...(await logInAs(as, ALICE)), codeVerifier: oauth.generateRandomCodeVerifier() }
    expect(await refusal(await redeem(as, wrongVerifier))).toEqual({ status: 400, error: 'invalid_grant' })
    expect((await redeem(as, way)).status).toBe(200)
    expect(await refusal(await redeem(as, way))).toEqual({ status: 400, error: 'invalid_grant' })

    const body = { grant_type: 'authorization_code', code: 'code', redirect_uri: REDIRECT_URI }
    const headers = { Authorization: `Basic ${btoa(`${CLIENT_ID}:wrong`)}` }
    const response = await fetch(as.token_endpoint, { method: 'POST', headers, body: new URLSearchParams(body) })
    expect(await refusal(response)).toEqual({ status: 401, error: 'invalid_client' })
  })

  it('can be given other settings, such as the next key', async () => {
    const [first, second] = [newSigningKey(), newSigningKey()]
    const as = await discover(await start({ jwks: { keys: [second, first] } }))
    const { keys } = await (await fetch(as.jwks_uri)).json()
    expect(keys.map(({ n }) => n)).toEqual([second.n, first.n])
    expect(keys[0]).not.toHaveProperty('d')
    expect(await claimsOf(as, await logInAs(as, ALICE))).toMatchObject({ email: ALICE.email })
  })
})

describe('the page of the test provider', () => {
  it('shows what is wrong, and what was filled in, as text', async () => {
    const as = await discover(await start())
    const { answer } = await logInAs(as, { ...ALICE, email: '"><script>alert(1)</script>' })
    expect(answer.status).toBe(422)
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
    const html = await answer.text()
    expect(html).toContain('role="alert"')
    expect(html).toContain('value="&quot;&gt;&lt;script&gt;')
  })

  it('says that it is no longer valid', async () => {
    const response = await fetch(`${await start()}/log-in/unknown`)
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('begin again')
  })

  it('answers under no other host name', async () => {
    const issuer = await start()
    const { port } = new URL(issuer)
    const response = await fetch(`http://localhost:${port}/.well-known/openid-configuration`).catch(() => undefined)
    expect(response?.status ?? 421).toBe(421)
  })
})

describe('the port of the test provider', () => {
  it('is the next one that is free', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address()
    const provider = await startTestProvider({ port, redirectUri: REDIRECT_URI })
    running.push(provider, { stop: () => new Promise((closed) => taken.close(closed)) })
    expect(Number(new URL(provider.issuer).port)).toBeGreaterThan(port)
  })
})

const isAlive = (issuer) =>
  fetch(`${issuer}/jwks`).then(
    () => true,
    () => false,
  )

describe('as a process of its own', () => {
  const script = fileURLToPath(new URL('../../scripts/test-provider.mjs', import.meta.url))

  it('ends with its parent, and not before at Ctrl-C', async () => {
    const child = spawn(process.execPath, [script, '--redirect-uri', REDIRECT_URI], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const [{ issuer }] = await once(child, 'message')
    child.kill('SIGINT')
    expect(await isAlive(issuer)).toBe(true)
    child.disconnect() // as when the parent is killed
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(await isAlive(issuer)).toBe(false)
  })

  it('starts with npm run dev, logs in there, and stops with it', async () => {
    const server = await beginToServe()
    const first = Number(new URL(server.origin).port) + 1
    try {
      await server.ready
      const issuer = await findIssuer(first)
      const users = [await logInToDev(server.origin, ALICE), await logInToDev(server.origin, ALICE)]
      expect(users[0]).toMatchObject({ email: ALICE.email, name: ALICE.name })
      expect(users[1]).toEqual(users[0])
      await server.stop()
      expect(await isAlive(issuer)).toBe(false)
    } finally {
      await server.stop()
    }
  })
})

/** The whole way of a new browser through the pages: to the provider, back, and to who is signed in. */
async function logInToDev(origin, person) {
  const browser = newBrowser()
  const toProvider = await browser(`${origin}/api/v1/auth/social/test`)
  const page = locationOf(await browser(locationOf(toProvider)), locationOf(toProvider))
  const back = locationOf(await fillIn(browser, page, person))
  expect(back.origin).toBe(origin)
  const signedIn = await browser(back)
  expect({ status: signedIn.status, location: signedIn.headers.get('location') }).toEqual({
    status: 303,
    location: '/console',
  })
  return (await browser(`${origin}/api/v1/users/me`)).json()
}

/** The first of some ports where a test provider answers. */
async function findIssuer(first) {
  for (let port = first; port < first + 5; port++) {
    const issuer = `http://127.0.0.1:${port}`
    if (await isAlive(issuer)) return issuer
  }
  throw new Error('There is no test provider.')
}
