import { createRoute } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { AppEnv } from '../../context'
import { hasOutbox } from '../../delivery/channels'
import { AppError } from '../../errors'
import { limitByAddress } from '../../http/address-limit'
import { empty, json, jsonBody, openProblems, problem } from '../../http/openapi'
import { answerProblem } from '../../http/problem'
import { createRouter } from '../../http/router'
import { readDevice } from '../../sessions/known-device'
import { logInAnswerSchema } from '../../sessions/schemas'
import type { ProviderId } from '../../users/provider-ids'
import { beginAtProvider } from './authorization-code-flow'
import { answerCallback, sendToErrorPage } from './callback'
import { logInByIdentity } from './log-in-by-identity'
import { readNativeToken } from './native'
import { listProviders, nameOfProvider, openProvider } from './providers'
import { readDestination } from './return-to'
import {
  beginQuery,
  exchangeSchema,
  nativeLogInSchema,
  providerListSchema,
  providerParams,
  providerProblems,
} from './schemas'
import { openExchangeCode } from './sealed-identity'

const common = { tags: ['Log-in by a provider'], security: [], middleware: limitByAddress }

const list = createRoute({
  ...common,
  method: 'get',
  path: '/social',
  operationId: 'listProviders',
  summary: 'The providers that people can log in with',
  responses: {
    200: json(providerListSchema, 'The providers, in the order in which to show them'),
    422: problem('invalid_fields'),
    429: problem('rate_limited'),
    500: problem('internal_error'),
    503: problem('misconfigured'),
  },
})

const begin = createRoute({
  ...common,
  method: 'get',
  path: '/social/{provider}',
  operationId: 'beginSocialLogIn',
  summary: 'Send a browser to a provider',
  description:
    'A link for browsers. It sets a cookie for ten minutes, so only this browser can come back. Without `codeChallenge` the browser comes back signed in by cookies. With it, it comes back with `?code=`, for `social/exchange`. If something goes wrong it comes back with `?error=` and an error code.',
  request: { params: providerParams, query: beginQuery },
  responses: {
    303: empty('To the provider'),
    422: problem('invalid_fields'),
    429: problem('rate_limited'),
    500: problem('internal_error'),
    ...providerProblems,
  },
})

const callback = createRoute({
  ...common,
  method: 'get',
  path: '/social/{provider}/callback',
  operationId: 'finishSocialLogIn',
  summary: 'Where the provider sends the browser back to',
  description:
    'Register this address at the provider. Browsers are always sent on. Other clients get an error as it is, unless it goes to an app or to another origin.',
  request: { params: providerParams },
  responses: {
    303: empty('To `returnTo`, or to the page that says what went wrong'),
    401: problem('unauthenticated'),
    403: problem('invalid_state', 'log_in_cancelled', 'account_blocked', 'second_factor_required'),
    409: problem('identity_needs_proof', 'identity_taken', 'identifier_reserved', 'too_many_identities'),
    422: problem('invalid_fields'),
    429: problem('rate_limited'),
    500: problem('internal_error'),
    ...providerProblems,
  },
})

const accountProblems = {
  409: problem('identity_needs_proof', 'identifier_reserved', 'too_many_identities'),
  429: problem('rate_limited'),
}

const native = createRoute({
  ...common,
  method: 'post',
  path: '/social/{provider}',
  operationId: 'logInByIdToken',
  summary: "Log in with an ID token of a provider's SDK",
  description:
    'For apps, and for One Tap. Somebody whom nobody knows gets an account. `identity_needs_proof` says that an account has the address: ask for a code of purpose `log_in` to `email`, log in with it, and send `linkToken` to `users/me/identities`.',
  request: { params: providerParams, body: jsonBody(nativeLogInSchema) },
  responses: {
    200: json(logInAnswerSchema, 'Signed in, in a new session'),
    201: json(logInAnswerSchema, 'The account is made, and its session has begun'),
    ...openProblems,
    403: problem('cross_site_request', 'invalid_id_token', 'account_blocked', 'second_factor_required'),
    ...accountProblems,
    ...providerProblems,
  },
})

const exchange = createRoute({
  ...common,
  method: 'post',
  path: '/social/exchange',
  operationId: 'exchangeSocialCode',
  summary: 'Trade the code that came back with the browser',
  description: 'Within 60 seconds, once, and only with the verifier of the challenge that the log-in began with.',
  request: { body: jsonBody(exchangeSchema) },
  responses: {
    200: json(logInAnswerSchema, 'Signed in, in a new session'),
    201: json(logInAnswerSchema, 'The account is made, and its session has begun'),
    ...openProblems,
    403: problem('cross_site_request', 'invalid_exchange_code', 'account_blocked', 'second_factor_required'),
    ...accountProblems,
  },
})

const open = (c: Context<AppEnv>, id: ProviderId) => {
  const { config } = c.var
  return openProvider(config, id, hasOutbox(config, c.req.url))
}

const ownPaths = createRouter()
  .openapi(list, (c) => {
    const { config } = c.var
    return c.json({ providers: listProviders(config, hasOutbox(config, c.req.url)) }, 200)
  })
  .openapi(exchange, async (c) => {
    const { code, codeVerifier, tokens, deviceToken } = c.req.valid('json')
    const now = Date.now()
    const proof = await openExchangeCode(c.var.keys, { code, codeVerifier, now })
    const { answer, isNewUser } = await logInByIdentity(c, {
      proof,
      providerName: nameOfProvider(c.var.config, proof.identity.provider),
      spentErrorCode: 'invalid_exchange_code',
      tokensIn: tokens,
      device: await readDevice(c, { deviceToken, tokens }, now),
      now,
    })
    return c.json(answer, isNewUser ? 201 : 200)
  })
// Without this, another method of this path would be taken for that of a provider called `exchange`.
ownPaths.all('/social/exchange', (c) => c.notFound())

export const socialRoutes = ownPaths
  .openapi(begin, async (c) => {
    const { provider } = c.req.valid('param')
    const { returnTo, codeChallenge = null } = c.req.valid('query')
    const destination = readDestination(returnTo, c.var.config)
    if (destination.kind === 'outside' && codeChallenge === null) throw challengeNeeded()
    try {
      return c.redirect(await beginAtProvider(c, open(c, provider), { returnTo, codeChallenge, linkFor: null }), 303)
    } catch (error) {
      return sendToErrorPage(c, answerProblem(c, error), {
        provider,
        ...(destination.kind === 'console' && { returnTo: destination.path }),
      })
    }
  })
  .openapi(callback, (c) => answerCallback(c, open(c, c.req.valid('param').provider)))
  .openapi(native, async (c) => {
    const provider = open(c, c.req.valid('param').provider)
    const { idToken, nonce, name, tokens, deviceToken } = c.req.valid('json')
    const now = Date.now()
    const { identity, token } = await readNativeToken(provider, { idToken, nonce, now })
    const { answer, isNewUser } = await logInByIdentity(c, {
      proof: { identity: { ...identity, name: identity.name ?? name ?? null }, token },
      providerName: provider.name,
      spentErrorCode: 'invalid_id_token',
      tokensIn: tokens,
      device: await readDevice(c, { deviceToken, tokens }, now),
      now,
    })
    return c.json(answer, isNewUser ? 201 : 200)
  })

const challengeNeeded = () =>
  new AppError('invalid_fields', {
    errors: [{ path: '/codeChallenge', code: 'required', message: 'Needed unless returnTo is a path of the console' }],
  })
