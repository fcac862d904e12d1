import { WorkerEntrypoint } from 'cloudflare:workers'
import { AppError } from './errors'
import { refuseCrossSite } from './http/csrf'
import { openContext } from './http/open-context'
import { answerProblem } from './http/problem'
import { createRouter } from './http/router'
import { noStore } from './http/security-headers'
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
    return response.ok ? { ok: true, ...sessionAnswerSchema.parse(await response.json()) } : { ok: false, response }
  }
}

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
