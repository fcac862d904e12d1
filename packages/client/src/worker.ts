import type { InferResponseType } from 'hono/client'
import type { Client } from './client.js'

/*
 * For other Workers of the same Cloudflare account: the type of a service binding to Latchkey, with `entrypoint = "Latchkey"`.
 */

/** A session and its user. */
export type SignedIn = InferResponseType<Client['auth']['session']['$get'], 200>

/** How sure an answer must be. */
export interface SessionOptions {
  /**
   * Asks the database whether the session lives at this moment. Otherwise the answer comes from KV, near the request: a session that was
   * ended elsewhere may still be found for up to 60 s.
   */
  now?: boolean
}

/** How lately somebody must have logged in. */
export interface FreshOptions {
  /** In seconds: 600 by default, and a day at most. */
  maxAge?: number
}

/** The user of a request and their session; or the answer that refuses it. */
export type RequiredUser = ({ ok: true } & SignedIn) | { ok: false; response: Response }

/** A request without its body. */
type RequestHead = Pick<Request, 'url' | 'method' | 'headers'> & { body?: null }

/** A service binding to Latchkey. Call it through `openLatchkey`. */
export interface LatchkeyBinding {
  getSession(request: RequestHead, options?: SessionOptions): Promise<SignedIn | null>
  requireUser(request: RequestHead, options?: SessionOptions): Promise<RequiredUser>
  requireFresh(request: RequestHead, options?: FreshOptions): Promise<RequiredUser>
}

/** What Latchkey tells about requests. */
export interface Latchkey {
  /**
   * The session of a request and its user; null if it carries no valid access token, if its session has ended, or if it may change
   * something (it is no GET, HEAD or OPTIONS) and another site made a browser send it. The token may be in the `Authorization` header or
   * in the cookie.
   * @throws {Error} when Latchkey's database does not answer
   */
  getSession(request: Request, options?: SessionOptions): Promise<SignedIn | null>
  /**
   * The same, for requests that only a signed-in user may make. If there is none, `response` is what to answer: a problem (RFC 9457),
   * most often 401 `unauthenticated`.
   */
  requireUser(request: Request, options?: SessionOptions): Promise<RequiredUser>
  /**
   * The same, for what is dangerous: the user must have logged in within the last ten minutes and, if the account has a second factor, with
   * it. Otherwise `response` is 403 `fresh_proof_required`, whose `methods` say by what the user can log in again: answer it, and let your
   * page send them there. The database is asked each time.
   * @throws {RangeError} if `maxAge` is not a whole number of seconds from 1 to 86,400
   */
  requireFresh(request: Request, options?: FreshOptions): Promise<RequiredUser>
}

/** Asks over a service binding. Latchkey gets no bodies, so you can still read them. */
export const openLatchkey = (binding: LatchkeyBinding): Latchkey => ({
  getSession: (request, options) => binding.getSession(headOf(request), options),
  requireUser: (request, options) => binding.requireUser(headOf(request), options),
  requireFresh: (request, options) => binding.requireFresh(headOf(request), options),
})

const headOf = ({ url, method, headers }: Request): RequestHead => ({ url, method, headers })
