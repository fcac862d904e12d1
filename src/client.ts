import { hc } from 'hono/client'
import type { AppType } from './app'
import type { ErrorCode } from './errors'

/** What an app that is no page of a browser is signed in with. */
export interface Tokens {
  accessToken: string
  refreshToken: string
}

/** Where an app keeps its tokens; null while it is signed out. Read before each request, so processes may share one. */
export interface TokenStore {
  get(): Tokens | null | Promise<Tokens | null>
  set(tokens: Tokens | null): void | Promise<void>
}

export interface ClientOptions {
  /** Bearer mode: these sign the requests. Without a store, the browser's cookies do, and no script sees a token. */
  tokens?: TokenStore
  fetch?: typeof globalThis.fetch
}

/** A typed client of `/api/v1`. */
export type Client = ReturnType<typeof createClient>

/** Tokens that are gone when the program ends. */
export const keepInMemory = (tokens: Tokens | null = null): TokenStore => ({
  get: () => tokens,
  set: (next) => {
    tokens = next
  },
})

const CHANGES_SESSION = /\/auth\/(sign-up|log-in|otp\/log-in|refresh|log-out)$/

/**
 * A client of the API at `origin`. What is answered `unauthenticated` waits for new tokens and is sent once more; calls at the
 * same time share one refresh. A refresh that is answered 401 signs out, and its calls get their own 401. One that fails in any
 * other way signs nobody out, and its calls get its answer or rejection: so `unauthenticated` means that a log-in is needed.
 */
export function createClient(origin: string, { tokens: store, fetch: send = fetch }: ClientOptions = {}) {
  const credentials = { credentials: store ? 'omit' : 'include' } as const
  /** How many sessions have begun or ended here: what was sent in one is not repeated in the next, maybe somebody else's. */
  let session = 0
  /** How many refreshes there were: what was sent before the last needs no other. */
  let renewal = 0
  let renewing: Promise<Response | null> | undefined
  let bookmark: string | null = null

  // The tokens first: they are set before the numbers go up, so none is ever older than its number says.
  const state = async () => ({ tokens: (await store?.get()) ?? null, session, renewal })

  async function sendWith(tokens: Tokens | null, input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const headers = new Headers(init?.headers)
    if (tokens) headers.set('Authorization', `Bearer ${tokens.accessToken}`)
    // What a cookie does in a browser: no read shows anything older than what was seen.
    if (store && bookmark !== null) headers.set('X-D1-Bookmark', bookmark)
    const answer = await send(input, { ...init, ...credentials, headers })
    bookmark = answer.headers.get('X-D1-Bookmark') ?? bookmark
    return answer
  }

  /** @returns null when there is something new to sign with, or else the answer that brought nothing */
  async function renew(): Promise<Response | null> {
    const { tokens: used } = await state()
    if (store && !used) return null
    const answer = await sendWith(null, client.auth.refresh.$url(), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ refreshToken: used?.refreshToken }),
    })
    const next = answer.ok ? await readTokens(answer) : null
    // Another session may have begun meanwhile, or this one ended.
    if ((await state()).tokens?.refreshToken !== used?.refreshToken) return null
    if (answer.ok || answer.status === 401) await store?.set(next)
    if (!answer.ok) return answer
    renewal++
    return null
  }

  async function signed(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const before = await state()
    const answer = await sendWith(before.tokens, input, init)
    if (answer.ok && CHANGES_SESSION.test(String(input))) {
      await store?.set(await readTokens(answer.clone()))
      session++
    }
    if (!(await isUnauthenticated(answer))) return answer

    if (before.renewal === renewal) {
      renewing ??= renew().finally(() => {
        renewing = undefined
      })
      const failure = await renewing
      if (failure) return failure.status === 401 ? answer : failure.clone()
    }
    const { tokens, session: current } = await state()
    return current === before.session && (tokens || !store) ? sendWith(tokens, input, init) : answer
  }

  const client = hc<AppType>(origin, { fetch: signed }).api.v1
  return client
}

async function isUnauthenticated(answer: Response): Promise<boolean> {
  if (answer.status !== 401) return false
  const body = await readObject(answer.clone())
  return 'code' in body && body.code === ('unauthenticated' satisfies ErrorCode)
}

/** The tokens of an answer; null where it has none. */
async function readTokens(answer: Response): Promise<Tokens | null> {
  const body = await readObject(answer)
  if (!('accessToken' in body && 'refreshToken' in body)) return null
  const { accessToken, refreshToken } = body
  return typeof accessToken === 'string' && typeof refreshToken === 'string' ? { accessToken, refreshToken } : null
}

/** The object that an answer holds; an empty one where it holds none. */
async function readObject(answer: Response): Promise<object> {
  const body: unknown = await answer.json().catch(() => null)
  return typeof body === 'object' && body !== null ? body : {}
}
