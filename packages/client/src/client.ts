import { hc } from 'hono/client'
import type { AppType } from '../../../src/app'
import type { ErrorCode } from '../../../src/errors'
import { createSessionState } from './session-state'
import { createRefreshKeys, type TokenStore, type Tokens, writeInOrder } from './tokens'

export { positionBetween } from './position'
export { keepInMemory, type TokenStore, type Tokens } from './tokens'

export interface ClientOptions {
  /**
   * Requests carry the access token of this store. Without a store they carry the cookies of the browser, which no script can
   * read.
   */
  tokens?: TokenStore
  fetch?: typeof globalThis.fetch
}

/** A typed client of `/api/v1`. */
export type Client = ReturnType<typeof createClient>

/** The routes under `auth` that begin, renew or end a session when something is posted to them. */
const CHANGES_SESSION =
  /\/auth\/(sign-up|log-in|otp\/log-in|passkeys\/log-in|second-factor|social\/[^/]+|refresh|log-out)$/

/**
 * A client of the API at `origin`. When a call is answered `unauthenticated`, the client gets new tokens and sends the call once
 * more. Calls at the same time share one refresh. If the refresh is answered 401, the client is signed out, and the calls get
 * their own 401. If the refresh fails in another way, the client stays signed in, and the calls get the answer or the rejection
 * of the refresh. So `unauthenticated` means that the user has to log in again.
 */
export function createClient(origin: string, { tokens, fetch: send = fetch }: ClientOptions = {}) {
  const store = tokens && writeInOrder(tokens)
  const sendWith = createSender(send, store ? 'bearer' : 'cookies')
  const keys = createRefreshKeys(store)
  const session = createSessionState(store)
  let currentRefresh: Promise<Response | null> | undefined

  /** @returns null if a call can be sent again, or the answer of the refresh if that failed */
  async function refresh(): Promise<Response | null> {
    const before = await session.read()
    const { tokens: used } = before
    if ((store && !used) || !session.isSameSession(before)) return null
    const key = await keys.keyFor(used)
    if (!session.isSameSession(before)) return null
    const answer = await sendWith(null, client.auth.refresh.$url(), refreshRequest(used, key))
    const next = answer.ok ? await readTokens(answer) : null
    // The rest of the answer got lost, or it came from somebody in between, such as the page of a hotel's network.
    if (store && answer.ok && !next) throw new TypeError('The answer to the refresh has no tokens')
    // If another session has begun meanwhile, or this one has ended, the answer is of no use. Another process may have done that too.
    const { tokens: kept } = await session.read()
    if (!session.isSameSession(before) || kept?.refreshToken !== used?.refreshToken) return null
    if (answer.ok || answer.status === 401) {
      await store?.set(next)
      keys.forget()
    }
    if (!answer.ok) return answer
    session.countRefresh()
    return null
  }

  async function call(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const before = await session.read()
    const answer = await sendWith(before.tokens, input, init)
    if (answer.ok && init?.method === 'POST' && CHANGES_SESSION.test(String(input))) {
      const tokens = await readTokens(answer.clone())
      keys.forget()
      await session.begin(tokens)
    }
    if (!(await isUnauthenticated(answer)) || !session.isSameSession(before)) return answer

    if (!session.wasRefreshedAfter(before)) {
      currentRefresh ??= refresh().finally(() => {
        currentRefresh = undefined
      })
      const failure = await currentRefresh
      if (failure) return failure.status === 401 ? answer : failure.clone()
    }
    const { tokens } = await session.read()
    const mayRepeat = session.isSameSession(before) && (tokens || !store)
    return mayRepeat ? sendWith(tokens, input, init) : answer
  }

  const client = hc<AppType>(origin, { fetch: call }).api.v1
  return client
}

const refreshRequest = (used: Tokens | null, key: string | undefined): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json', ...(key !== undefined && { 'Idempotency-Key': key }) },
  body: JSON.stringify({ refreshToken: used?.refreshToken }),
})

/** Sends requests with the access token, or with the cookies of the browser. */
function createSender(send: typeof globalThis.fetch, mode: 'bearer' | 'cookies') {
  // Spread into the options below, because the Workers types do not have `credentials`.
  const credentials = { credentials: mode === 'bearer' ? 'omit' : 'include' }
  let bookmark: string | null = null

  return async (tokens: Tokens | null, input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const headers = new Headers(init?.headers)
    if (tokens) headers.set('Authorization', `Bearer ${tokens.accessToken}`)
    // With the bookmark, reads show nothing older than this client has seen. In a browser, a cookie does the same.
    if (mode === 'bearer' && bookmark !== null) headers.set('X-D1-Bookmark', bookmark)
    const answer = await send(input, { ...init, ...credentials, headers })
    bookmark = answer.headers.get('X-D1-Bookmark') ?? bookmark
    return answer
  }
}

async function isUnauthenticated(answer: Response): Promise<boolean> {
  if (answer.status !== 401) return false
  const body = await readObject(answer.clone())
  return 'code' in body && body.code === ('unauthenticated' satisfies ErrorCode)
}

/** The tokens in an answer; null if it has none. */
async function readTokens(answer: Response): Promise<Tokens | null> {
  const body = await readObject(answer)
  if (!('accessToken' in body && 'refreshToken' in body)) return null
  const { accessToken, refreshToken } = body
  return typeof accessToken === 'string' && typeof refreshToken === 'string' ? { accessToken, refreshToken } : null
}

/** The JSON object in an answer. An empty object if there is none. */
async function readObject(answer: Response): Promise<object> {
  const body: unknown = await answer.json().catch(() => null)
  return typeof body === 'object' && body !== null ? body : {}
}
