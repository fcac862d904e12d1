import { createRoute } from '@hono/zod-openapi'
import { limitByAddress } from '../../http/address-limit'
import { json, jsonBody, jsonOf, openProblems, optionalJsonBody, problem } from '../../http/openapi'
import { createRouter } from '../../http/router'
import { isoTime } from '../../lib/time'
import { readDevice } from '../../sessions/known-device'
import { logInAnswerSchema } from '../../sessions/schemas'
import { CHALLENGE_LIFE_MS, issueLogInChallenge } from './challenge'
import { logInByPasskey } from './log-in-by-passkey'
import { relyingPartyOf } from './relying-party'
import { logInOptionsAnswerSchema, logInOptionsSchema, passkeyLogInSchema } from './schemas'

const common = { method: 'post' as const, tags: ['Log-in'], security: [], middleware: limitByAddress }

const options = createRoute({
  ...common,
  path: '/passkeys/options',
  operationId: 'beginPasskeyLogIn',
  summary: 'Begin a log-in with a passkey',
  description:
    'Give `publicKey` to `PublicKeyCredential.parseRequestOptionsFromJSON`, and that to `navigator.credentials.get`. No account is named: the person chooses a passkey. The challenge is good for five minutes, once, in the browser that asked for it.',
  request: { body: optionalJsonBody(logInOptionsSchema) },
  responses: { 200: jsonOf(logInOptionsAnswerSchema, 'What to ask the authenticator'), ...openProblems },
})

const logIn = createRoute({
  ...common,
  path: '/passkeys/log-in',
  operationId: 'logInByPasskey',
  summary: 'Log in with a passkey',
  description:
    '`unknown_passkey` says for certain that nobody has this passkey: pages may then call `PublicKeyCredential.signalUnknownCredential`. Whatever else is wrong is `invalid_passkey`. The log-in counts as a fresh proof for ten minutes.',
  request: { body: jsonBody(passkeyLogInSchema) },
  responses: {
    200: json(logInAnswerSchema, 'Signed in, in a new session'),
    ...openProblems,
    403: problem('cross_site_request', 'invalid_passkey', 'account_blocked'),
    404: problem('unknown_passkey'),
  },
})

export const passkeyLogInRoutes = createRouter()
  .openapi(options, async (c) => {
    const { tokens = 'cookie' } = c.req.valid('json')
    const { challenge, challengeToken, expiresAt } = await issueLogInChallenge(c, tokens, Date.now())
    const publicKey = {
      challenge,
      rpId: relyingPartyOf(c.var.config).id,
      timeout: CHALLENGE_LIFE_MS,
      userVerification: 'required' as const,
      allowCredentials: [],
    }
    return c.json({ publicKey, ...(tokens === 'body' && { challengeToken }), expiresAt: isoTime(expiresAt) }, 200)
  })
  .openapi(logIn, async (c) => {
    const { response, challengeToken, tokens, deviceToken } = c.req.valid('json')
    const now = Date.now()
    const device = await readDevice(c, { deviceToken, tokens }, now)
    return c.json(await logInByPasskey(c, { response, challengeToken, tokensIn: tokens, device, now }), 200)
  })
