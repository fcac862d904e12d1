import { and, eq } from 'drizzle-orm'
import type { Context } from 'hono'
import { setCookie } from 'hono/cookie'
import type { AppEnv } from '../../context'
import { AppError } from '../../errors'
import { HOST_COOKIE, IDENTITY_COOKIE } from '../../http/cookie-names'
import { prefersHtml } from '../../http/prefers-html'
import { answerProblem } from '../../http/problem'
import { traceOf } from '../../http/trace'
import { SECOND_MS } from '../../lib/time'
import { readDevice } from '../../sessions/known-device'
import type { ProviderId } from '../../users/provider-ids'
import { users } from '../../users/tables'
import { keepWaiting } from '../second-factor/waiting-cookie'
import { readAnswerOfProvider } from './authorization-code-flow'
import { linkIdentity } from './link-identity'
import { logInByIdentity } from './log-in-by-identity'
import { type PendingLogIn, takePendingLogIn } from './pending-log-ins'
import { openForm } from './posted-form'
import { toProvenIdentity } from './proven-identity'
import type { Provider } from './provider'
import { type Destination, readDestination, withQuery } from './return-to'
import { type IdentityProof, LIFE_MS, oneTimeToken, sealIdentity } from './sealed-identity'

/** Answers the browser that comes back from a provider. It is always sent on, to where the log-in was to lead. */
export async function answerCallback(c: Context<AppEnv>, provider: Provider): Promise<Response> {
  // This is a GET that decides something.
  c.set('db', c.get('primary')())
  const answer = await readAnswer(c)
  const pending = await takePendingLogIn(c, answer.get('state') ?? '', Date.now())
  if (pending?.provider !== provider.id) return answerUnknown(c, provider)
  const destination = readDestination(pending.returnTo, c.var.config)
  try {
    const profile = await readAnswerOfProvider(c, provider, { answer, pending })
    const proof = { identity: toProvenIdentity(provider.id, profile), token: oneTimeToken(pending.state, pending.exp) }
    return c.redirect(await finish(c, provider, { pending, destination, proof }), 303)
  } catch (error) {
    return answerFailure(c, provider, { pending, destination, error })
  }
}

/** The parameters of the answer. If the provider posted a form, they come sealed. */
async function readAnswer(c: Context<AppEnv>): Promise<URLSearchParams> {
  const { searchParams } = new URL(c.req.url)
  const sealed = searchParams.get('form')
  return sealed === null ? searchParams : openForm(c.var.keys, sealed)
}

interface Finishing {
  pending: PendingLogIn
  destination: Destination
  proof: IdentityProof
}

/** Does what the log-in was begun for. @returns where the browser goes */
async function finish(
  c: Context<AppEnv>,
  provider: Provider,
  { pending, destination, proof }: Finishing,
): Promise<string> {
  const { linkFor, codeChallenge } = pending
  const now = Date.now()
  const providerName = provider.name
  const target = destination.kind === 'console' ? destination.path : destination.url
  if (linkFor) {
    await linkIdentity(c, {
      caller: linkFor,
      proof,
      providerName,
      isProven: (whileLive) => and(eq(users.id, linkFor.userId), eq(users.proofStamp, linkFor.proofStamp), whileLive),
      unproven: async () => new AppError('invalid_state'),
      spentErrorCode: 'invalid_state',
      now,
    })
    return withQuery(target, { linked: provider.id })
  }
  if (codeChallenge !== null) {
    const { sealed } = await sealIdentity(c.var.keys, 'exchange_code', { ...proof, codeChallenge, now })
    return withQuery(target, { code: sealed })
  }
  const device = await readDevice(c, { tokens: 'cookie' }, now)
  await logInByIdentity(c, { proof, providerName, spentErrorCode: 'invalid_state', tokensIn: 'cookie', device, now })
  return target
}

/** For a browser that has no such pending log-in: it was begun in another browser, has expired or was used. */
const answerUnknown = (c: Context<AppEnv>, { id }: Provider): Response =>
  sendToErrorPage(c, answerProblem(c, new AppError('invalid_state')), { provider: id })

/** Answers a log-in that has failed. An app or a page of another origin always gets the error code. */
function answerFailure(
  c: Context<AppEnv>,
  provider: Provider,
  { pending, destination, error }: Omit<Finishing, 'proof'> & { error: unknown },
): Response {
  const problem = answerProblem(c, error)
  const errorCode = String(traceOf(c.req.raw).code)
  if (destination.kind === 'outside') return c.redirect(withQuery(destination.url, { error: errorCode }), 303)
  // The page that began a link or gave a challenge reads the error itself. Other log-ins have a page of the console for it.
  const isForPage = pending.linkFor !== null || pending.codeChallenge !== null
  if (isForPage && prefersHtml(c)) return c.redirect(withQuery(destination.path, { error: errorCode }), 303)
  if (error instanceof AppError && error.code === 'identity_needs_proof') keepIdentity(c, error.members)
  if (error instanceof AppError && error.code === 'second_factor_required') keepWaiting(c, error.members)
  return sendToErrorPage(c, problem, { provider: provider.id, returnTo: destination.path })
}

/**
 * Sends a browser to the page of the console that says what went wrong. A client that is no browser gets the problem itself.
 * @param problem made by `answerProblem`, which has also written it into the log
 */
export function sendToErrorPage(
  c: Context<AppEnv>,
  problem: Response,
  about: { provider: ProviderId; returnTo?: string },
): Response {
  if (!prefersHtml(c)) return problem
  const error = String(traceOf(c.req.raw).code)
  return c.redirect(withQuery('/console/social', { error, ...about }), 303)
}

/** Keeps what was proven in this browser, for the page that asks for a proof of the address. */
const keepIdentity = (c: Context<AppEnv>, { linkToken, email }: AppError['members']): void =>
  setCookie(c, IDENTITY_COOKIE, JSON.stringify({ linkToken, email }), {
    ...HOST_COOKIE,
    maxAge: LIFE_MS.link_token / SECOND_MS,
  })
