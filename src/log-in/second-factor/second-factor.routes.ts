import { createRoute } from '@hono/zod-openapi'
import { AppError } from '../../errors'
import { limitByAddress } from '../../http/address-limit'
import { json, jsonBody, openProblems, problem } from '../../http/openapi'
import { createRouter } from '../../http/router'
import { logInAnswerSchema } from '../../sessions/schemas'
import { goOnByCode } from './go-on-by-code'
import { goOnByPasskey } from './go-on-by-passkey'
import { secondFactorLogInSchema } from './schemas'
import { openSecondFactorToken } from './token'

const logInBySecondFactor = createRoute({
  method: 'post',
  path: '/second-factor',
  operationId: 'logInBySecondFactor',
  tags: ['Log-in'],
  summary: 'Go on with a log-in that needs a second factor',
  description:
    'Any log-in to an account that has a second factor answers 403 `second_factor_required` and spends what it proved. This goes on with its `secondFactorToken`, within five minutes: with a `code`, of which a token takes at most five guesses, or with what a passkey of the same account answered to `POST /api/v1/auth/passkeys/options`. Each code of the app is accepted once, and so are each recovery code and each challenge.',
  security: [],
  middleware: limitByAddress,
  request: { body: jsonBody(secondFactorLogInSchema) },
  responses: {
    200: json(logInAnswerSchema, 'Signed in, in a new session'),
    ...openProblems,
    401: problem('invalid_code'),
    403: problem('cross_site_request', 'invalid_second_factor_token', 'invalid_passkey'),
    404: problem('unknown_passkey'),
    429: problem('rate_limited', 'too_many_attempts'),
  },
})

export const secondFactorRoutes = createRouter().openapi(logInBySecondFactor, async (c) => {
  const body = c.req.valid('json')
  const now = Date.now()
  const waiting = await openSecondFactorToken(c.var.keys, body.secondFactorToken, now)
  if (body.tokens !== undefined && body.tokens !== waiting.tokensIn) throw otherPlace()
  const answer =
    'code' in body ? await goOnByCode(c, waiting, body.code, now) : await goOnByPasskey(c, waiting, body, now)
  return c.json(answer, 200)
})

const otherPlace = () =>
  new AppError('invalid_fields', {
    errors: [
      { path: '/tokens', code: 'not_allowed', message: 'The log-in was begun with its tokens in another place' },
    ],
  })
