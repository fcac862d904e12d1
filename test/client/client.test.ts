import { describe, expect, it } from 'vitest'
import { createClient, keepInMemory, type TokenStore } from '../../packages/client/src/client'
import { MINUTE_MS } from '../../src/lib/time'
import { ORIGIN } from '../helpers/client'
import { setClock } from '../helpers/clock'
import { logInForTokens, PASSWORD, signUp, tally, together } from '../helpers/people'
import { type Intercept, openNetwork, problemAnswer } from './network'

const LIST = 'GET /todos'
const REFRESH = 'POST /auth/refresh'
const credentials = { username: 'alice', password: PASSWORD, tokens: 'body' } as const

/** An app in which Alice has just signed up. It keeps its own tokens. The network has recorded nothing yet. */
async function startApp(intercept?: Intercept) {
  const network = openNetwork(intercept)
  const tokens: TokenStore = keepInMemory()
  const api = createClient(ORIGIN, { tokens, fetch: network.fetch })
  expect((await api.auth['sign-up'].$post({ json: credentials })).status).toBe(201)
  network.sent.length = 0
  return { ...network, api, tokens }
}

const expireAccessToken = () => setClock(Date.now() + 11 * MINUTE_MS)

/** A gate that lets through once it is opened. */
function closedGate() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { passed: promise, open: resolve }
}

/** An app whose refresh gets no answer until `finishRefresh` is called. */
async function startAppWithSlowRefresh() {
  const started = closedGate()
  const finished = closedGate()
  const app = await startApp(async (call) => {
    if (call !== REFRESH) return undefined
    started.open()
    return finished.passed.then(() => undefined)
  })
  return { ...app, refreshStarted: started.passed, finishRefresh: finished.open }
}

it('signs up, makes to-dos, lists them and logs out, with the tokens of the answers', async () => {
  const { fetch } = openNetwork()
  const tokens = keepInMemory()
  const { auth, todos, users } = createClient(ORIGIN, { tokens, fetch })
  const signedUp = await auth['sign-up'].$post({ json: credentials })
  expect(signedUp.status).toBe(201)
  expect(tokens.get()).toEqual({ accessToken: expect.any(String), refreshToken: expect.any(String) })

  const made = await todos.$post({ json: { contents: 'Buy milk', priority: 'high' } })
  expect({ status: made.status, body: await made.json() }).toMatchObject({
    status: 201,
    body: { contents: 'Buy milk', priority: 'high', isDone: false, version: 1 },
  })
  await todos.$post({ json: { contents: 'Buy bread', labels: ['home'] } })
  const page = await todos.$get({ query: { limit: '1', order: 'DESC' } })
  expect({ status: page.status, body: await page.json() }).toMatchObject({
    status: 200,
    body: { todos: [{ contents: 'Buy bread', labels: ['home'] }], nextCursor: expect.any(String) },
  })
  const renamed = await users.me.$patch({ json: { nickname: 'Al' } })
  expect({ status: renamed.status, body: await renamed.json() }).toMatchObject({
    status: 200,
    body: { nickname: 'Al' },
  })

  expect((await auth['log-out'].$post({ json: {} })).status).toBe(204)
  expect(tokens.get()).toBeNull()
  const refused = await todos.$post({ json: { contents: 'Too late' } })
  expect({ status: Number(refused.status), body: await refused.json() }).toMatchObject({
    status: 401,
    body: { code: 'unauthenticated' },
  })
})

it('refreshes once for fifty calls with an expired access token', async () => {
  const { api, calls } = await startApp()
  expireAccessToken()
  const answers = await together(50, () => api.todos.$get({ query: {} }))
  expect(tally(answers.map(({ status }) => status))).toEqual({ 200: 50 })
  expect(tally(calls())).toEqual({ [LIST]: 100, [REFRESH]: 1 })
})

it('sends a call again as it was: the same body, headers and query', async () => {
  const { api, sent } = await startApp()
  expireAccessToken()
  const json = { contents: '우유 사기 🥛', description: 'x'.repeat(10_000) }
  const made = await api.todos.$post({ json }, { headers: { 'Idempotency-Key': 'milk' } })
  expect({ status: made.status, body: await made.json() }).toMatchObject({ status: 201, body: json })

  const [first, , again] = sent
  expect(again?.body).toBe(first?.body)
  expect(again?.headers.get('Idempotency-Key')).toBe('milk')
  const list = await api.todos.$get({ query: { q: '우유' } })
  expect(await list.json()).toMatchObject({ todos: [json] })
})

it('sends a call again only once: a second 401 is the answer', async () => {
  const { api, calls } = await startApp((call) => (call === LIST ? problemAnswer(401, 'unauthenticated') : undefined))
  expect((await api.todos.$get({ query: {} })).status).toBe(401)
  expect(calls()).toEqual([LIST, REFRESH, LIST])
})

it('does not refresh for a 401 that is not about the access token', async () => {
  const { api, calls, tokens } = await startApp()
  const before = await tokens.get()
  const answer = await api.auth['log-in'].$post({ json: { identifier: 'alice', password: 'a wrong password' } })
  expect(await answer.json()).toMatchObject({ code: 'invalid_credentials' })
  const code = await api.auth.otp['log-in'].$post({ json: { challengeId: 'none', code: '123456' } })
  expect(await code.json()).toMatchObject({ code: 'invalid_code' })
  expect(calls()).toEqual(['POST /auth/log-in', 'POST /auth/otp/log-in'])
  expect(await tokens.get()).toEqual(before)
})

it('signs out when the refresh token is refused, and the call gets its own 401', async () => {
  const { api, calls, tokens } = await startApp()
  const elsewhere = await logInForTokens('alice')
  const other = createClient(ORIGIN, { tokens: keepInMemory(elsewhere), fetch: openNetwork().fetch })
  expect((await other.auth.sessions.$delete({ json: {} })).status).toBe(204)
  expireAccessToken()

  const answer = await api.todos.$get({ query: {} })
  expect({ status: answer.status, body: await answer.json() }).toMatchObject({
    status: 401,
    body: { code: 'unauthenticated' },
  })
  expect(await tokens.get()).toBeNull()
  expect((await api.todos.$get({ query: {} })).status).toBe(401)
  expect(calls(), 'without tokens there is nothing to refresh').toEqual([LIST, REFRESH, LIST])
})

it('stays signed in when a refresh fails, and gives its answer to every call that needed it', async () => {
  let isDown = true
  const { api, calls, tokens } = await startApp((call) =>
    isDown && call === REFRESH ? problemAnswer(503, 'unavailable') : undefined,
  )
  const before = await tokens.get()
  expireAccessToken()
  const answers = await together(3, () => api.todos.$get({ query: {} }))
  expect(await Promise.all(answers.map(async (answer) => [answer.status, await answer.json()]))).toEqual(
    Array(3).fill([503, { code: 'unavailable' }]),
  )
  expect(await tokens.get()).toEqual({ ...before, refreshKey: expect.any(String) })

  // The Worker did refresh the session, but its answer got lost. The same refresh token still gets the new one.
  isDown = false
  expect((await api.todos.$get({ query: {} })).status).toBe(200)
  expect(tally(calls())).toEqual({ [LIST]: 5, [REFRESH]: 2 })
})

it('stays signed in when a refresh finds no network, and rejects the calls that needed it', async () => {
  const { api, tokens } = await startApp((call) => {
    if (call === REFRESH) throw new TypeError('fetch failed')
    return undefined
  })
  const before = await tokens.get()
  expireAccessToken()
  const outcomes = await Promise.allSettled([api.todos.$get({ query: {} }), api.users.me.$get()])
  expect(outcomes).toEqual(Array(2).fill({ status: 'rejected', reason: new TypeError('fetch failed') }))
  expect(await tokens.get()).toEqual({ ...before, refreshKey: expect.any(String) })
})

it('does not refresh again for a 401 that arrives during a refresh or after it', async () => {
  const during = closedGate()
  const after = closedGate()
  const refreshed = closedGate()
  const { api, calls } = await startApp(async (call) => {
    if (call === 'GET /users/me') await during.passed
    if (call === 'GET /auth/sessions') await after.passed
    if (call === REFRESH) {
      during.open()
      await refreshed.passed
    }
    return undefined
  })
  expireAccessToken()
  const early = api.todos.$get({ query: {} })
  const late = api.users.me.$get()
  const latest = api.auth.sessions.$get()
  await during.passed
  await new Promise((resolve) => setTimeout(resolve, 20))
  refreshed.open()
  expect([(await early).status, (await late).status]).toEqual([200, 200])
  after.open()
  expect((await latest).status).toBe(200)
  expect(tally(calls())).toEqual({ [LIST]: 2, 'GET /users/me': 2, 'GET /auth/sessions': 2, [REFRESH]: 1 })
})

it('stays logged out after a log-out during a refresh', async () => {
  const { api, calls, tokens, refreshStarted, finishRefresh } = await startAppWithSlowRefresh()
  expireAccessToken()
  const list = api.todos.$get({ query: {} })
  await refreshStarted
  expect((await api.auth['log-out'].$post({ json: {} })).status).toBe(204)
  finishRefresh()
  expect((await list).status).toBe(401)
  expect(await tokens.get()).toBeNull()
  expect(calls()).toEqual([LIST, REFRESH, 'POST /auth/log-out'])
})

it('never repeats the call of one user as the next user', async () => {
  const { api, calls, tokens, refreshStarted, finishRefresh } = await startAppWithSlowRefresh()
  await signUp('bob')
  expireAccessToken()
  const made = api.todos.$post({ json: { contents: "Alice's secret" } })
  await refreshStarted
  const json = { identifier: 'bob', password: PASSWORD, tokens: 'body' } as const
  expect((await api.auth['log-in'].$post({ json })).status).toBe(200)
  const bobs = await tokens.get()
  finishRefresh()
  expect(Number((await made).status)).toBe(401)
  expect(calls()).toEqual(['POST /todos', REFRESH, 'POST /auth/log-in'])
  expect(await tokens.get()).toEqual(bobs)
})

/** A store that answers as late as somebody wants. What it answers is what it held when it was asked. */
function slowStore(tokens: TokenStore) {
  let wait: { get?: Promise<void>; set?: Promise<void> } = {}
  const once = async (name: 'get' | 'set') => {
    const { [name]: waiting, ...others } = wait
    wait = others
    await waiting
  }
  const store: TokenStore = {
    get: async () => {
      const held = await tokens.get()
      await once('get')
      return held
    },
    set: async (next) => {
      await tokens.set(next)
      await once('set')
    },
  }
  /** Makes the next call of this method wait until the function that this gives is called. */
  const hold = (name: 'get' | 'set') => {
    const { passed, open } = closedGate()
    wait = { ...wait, [name]: passed }
    return open
  }
  return { store, hold }
}

describe('a store that is slow', () => {
  const bob = { identifier: 'bob', password: PASSWORD, tokens: 'body' } as const
  const logInAsBob = async (api: ReturnType<typeof createClient>) =>
    expect((await api.auth['log-in'].$post({ json: bob })).status).toBe(200)
  const turn = () => new Promise((resolve) => setTimeout(resolve, 20))
  const listOfBob = async () => {
    const api = createClient(ORIGIN, { tokens: keepInMemory(await logInForTokens('bob')), fetch: openNetwork().fetch })
    return (await api.todos.$get({ query: {} })).json()
  }

  it('never makes the call of one user that of the next one: read before, sent after', async () => {
    const { tokens, fetch, calls } = await startApp()
    const { store, hold } = slowStore(tokens)
    const api = createClient(ORIGIN, { tokens: store, fetch })
    await signUp('bob')
    expireAccessToken()
    const release = hold('get')
    const made = api.todos.$post({ json: { contents: "Alice's secret" } })
    await turn()
    await logInAsBob(api)
    release()
    expect(Number((await made).status)).toBe(401)
    expect(calls()).toEqual(['POST /auth/log-in', 'POST /todos'])
    expect(await listOfBob()).toMatchObject({ todos: [] })
  })

  it('never makes the call of one user that of the next one: repeated while it writes', async () => {
    const { tokens, fetch, refreshStarted, finishRefresh } = await startAppWithSlowRefresh()
    const { store, hold } = slowStore(tokens)
    const api = createClient(ORIGIN, { tokens: store, fetch })
    await signUp('bob')
    expireAccessToken()
    const made = api.todos.$post({ json: { contents: "Alice's secret" } })
    await refreshStarted
    const release = hold('set')
    const loggedIn = logInAsBob(api)
    await turn()
    finishRefresh()
    expect(Number((await made).status)).toBe(401)
    release()
    await loggedIn
    expect(await listOfBob()).toMatchObject({ todos: [] })
  })

  it('does not let the refresh of one user replace the tokens of the next one', async () => {
    const { tokens, fetch, refreshStarted, finishRefresh } = await startAppWithSlowRefresh()
    const { store, hold } = slowStore(tokens)
    const api = createClient(ORIGIN, { tokens: store, fetch })
    await signUp('bob')
    expireAccessToken()
    const list = api.todos.$get({ query: {} })
    await refreshStarted
    // The refresh asks once more what the store holds. That answer is late.
    const release = hold('get')
    finishRefresh()
    await turn()
    await logInAsBob(api)
    const bobs = await tokens.get()
    release()
    expect((await list).status).toBe(401)
    expect(await tokens.get()).toEqual(bobs)
  })
})

it('can share its store of tokens with another process', async () => {
  const { api, tokens, fetch } = await startApp()
  const kept: TokenStore = { get: async () => tokens.get(), set: async (next) => tokens.set(next) }
  const other = createClient(ORIGIN, { tokens: kept, fetch })
  for (const one of [api, other, api, other]) {
    expireAccessToken()
    expect((await one.todos.$get({ query: {} })).status).toBe(200)
  }
})

it('sends the bookmark of the last answer, so that it reads its own writes', async () => {
  const { api, sent } = await startApp()
  const made = await api.todos.$post({ json: { contents: 'Buy milk' } })
  await api.todos.$get({ query: {} })
  expect(sent.at(-1)?.headers.get('X-D1-Bookmark')).toBe(made.headers.get('X-D1-Bookmark'))
  expect(made.headers.get('X-D1-Bookmark')).not.toBeNull()
})

it('uses the cookies of the browser when it has no store, so that no script sees a token', async () => {
  const { fetch, sent, calls, browser } = openNetwork()
  const api = createClient(ORIGIN, { fetch })
  const signedUp = await api.auth['sign-up'].$post({ json: { username: 'alice', password: PASSWORD } })
  expect(Object.keys(await signedUp.json())).toEqual(['session', 'user'])
  expireAccessToken()
  const answers = await together(50, () => api.todos.$get({ query: {} }))
  expect(tally(answers.map(({ status }) => status))).toEqual({ 200: 50 })
  expect(tally(calls())).toEqual({ 'POST /auth/sign-up': 1, [LIST]: 100, [REFRESH]: 1 })
  expect(sent.filter(({ headers }) => headers.has('Authorization'))).toEqual([])

  expect((await api.auth['log-out'].$post({ json: {} })).status).toBe(204)
  expect([...browser.cookies.keys()]).not.toContain('__Host-access')
  expect((await api.todos.$get({ query: {} })).status).toBe(401)
})
