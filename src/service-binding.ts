import { WorkerEntrypoint } from 'cloudflare:workers'
import { AppError } from './errors'
import { refuseCrossSite } from './http/csrf'
import { openContext } from './http/open-context'
import { answerProblem } from './http/problem'
import { createRouter } from './http/router'
import { noStore } from './http/security-headers'
import { DAY_MS, SECOND_MS } from './lib/time'
import { readFreshLogIn } from './log-in/fresh-proof/fresh-log-in'
import { FRESH_FOR_MS } from './log-in/fresh-proof/require-fresh-proof'
import { authenticate, requireSession } from './sessions/require-user'
import { type SessionAnswer, sessionAnswerSchema } from './sessions/schemas'
import { toSession } from './sessions/session-copy'
import { findLiveSession } from './sessions/sessions'
import { toUser } from './users/users'

/*
 * Other Workers of the same account ask here who made a request, over a service binding and without HTTP: docs/clients.md. What they
 * get is checked as in the API itself.
 */

/** How sure the answer must be. */
export interface SessionOptions {
  /**
   * Asks D1 whether the session lives at this moment, as every change in Latchkey does. Otherwise the answer comes from KV, near the
   * request: a session that was ended elsewhere may still be found for up to 60 s.
   */
  now?: boolean
}

/** How lately somebody must have logged in. */
export interface FreshOptions {
  /** In seconds: 600 by default, and a day at most. */
  maxAge?: number
}

/**
 * What is asked about: a request without its body. A Request itself would do, but a call to another Worker takes its body along, and the
 * caller could not read it any more.
 */
export type RequestHead = Pick<Request, 'url' | 'method' | 'headers'> & { body?: null }

/** The user of a request and their session; or the answer that refuses it. */
export type RequiredUser = ({ ok: true } & SessionAnswer) | { ok: false; response: Response }

/** What a service binding to `entrypoint = "Latchkey"` can call. */
export class Latchkey extends WorkerEntrypoint<Env> {
  /**
   * The session of a request and its user; null if it carries no valid access token, if its session has ended, or if it may change
   * something (it is no GET, HEAD or OPTIONS) and another site made a browser send it. The token may be in the `Authorization` header or
   * in the cookie.
   * @throws {Error} when D1 and KV do not answer, or a setting is wrong
   */
  async getSession(request: RequestHead, options: SessionOptions = {}): Promise<SessionAnswer | null> {
    const found = await this.requireUser(request, options)
    if (found.ok) return { session: found.session, user: found.user }
    if (found.response.status >= 500) throw new Error(await found.response.text())
    return null
  }

  /**
   * The same, for requests that only a signed-in user may make. If there is none, `response` is what to answer: a problem (RFC 9457),
   * most often 401 `unauthenticated`.
   */
  async requireUser(request: RequestHead, { now = false }: SessionOptions = {}): Promise<RequiredUser> {
    const { url, headers } = request
    // The answer to a HEAD would have no body, and the user is in it.
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const response = await (now ? askD1 : askKv).fetch(new Request(url, { method, headers }), this.env, this.ctx)
    return toRequired(response)
  }

  /**
   * The same, for what is dangerous: the user must have logged in within the last ten minutes and, if the account has a second factor, with
   * it. Otherwise `response` is 403 `fresh_proof_required`, whose `methods` say by what the user can log in again. D1 is asked each time.
   * @throws {RangeError} if `maxAge` is not a whole number of seconds from 1 to 86,400
   */
  async requireFresh({ url, method, headers }: RequestHead, { maxAge }: FreshOptions = {}): Promise<RequiredUser> {
    const maxAgeMs = maxAge === undefined ? FRESH_FOR_MS : maxAge * SECOND_MS
    if (!Number.isInteger(maxAge ?? 1) || maxAgeMs <= 0 || maxAgeMs > DAY_MS) {
      throw new RangeError('maxAge is a whole number of seconds from 1 to 86400')
    }
    const request = new Request(url, { method: method === 'HEAD' ? 'GET' : method, headers })
    return toRequired(await askFresh(maxAgeMs).fetch(request, this.env, this.ctx))
  }
}

const toRequired = async (response: Response): Promise<RequiredUser> =>
  response.ok ? { ok: true, ...sessionAnswerSchema.parse(await response.json()) } : { ok: false, response }

const createAsker = () => {
  const router = createRouter()
  router.onError((error, c) => answerProblem(c, error))
  router.use('*', noStore, openContext, refuseCrossSite)
  return router
}

const askKv = createAsker()
askKv.all('*', requireSession, async (c) => c.json(await c.var.session))

const askD1 = createAsker()
askD1.all('*', async (c) => {
  const now = Date.now()
  const caller = await authenticate(c, c.var.keys)
  const found = await findLiveSession(c.var.primary(), caller, now)
  if (!found) throw new AppError('unauthenticated')
  return c.json({ session: toSession(found.session), user: toUser(found.user) })
})

const askFresh = (maxAgeMs: number) => {
  const asker = createAsker()
  asker.all('*', async (c) => {
    const caller = await authenticate(c, c.var.keys)
    return c.json(await readFreshLogIn(c.var, caller, { maxAgeMs, now: Date.now() }))
  })
  return asker
}
