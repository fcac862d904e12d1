import { createRoute } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { passkeySchema, toPasskey } from '../account-data/passkeys'
import type { AppEnv } from '../context'
import { AppError, isLost } from '../errors'
import { limitByAddress } from '../http/address-limit'
import { clientInfo } from '../http/client-info'
import { json, jsonBody, jsonOf, optionalJsonBody, problem, signedIn, writeProblems } from '../http/openapi'
import { createRouter } from '../http/router'
import { isoTime } from '../lib/time'
import { PROOF_REFUSALS } from '../log-in/fresh-proof/refusals'
import { requireFreshProof } from '../log-in/fresh-proof/require-fresh-proof'
import { freshProofSchema } from '../log-in/fresh-proof/schemas'
import { newRegistration, openRegistration, type Registration } from '../log-in/passkey/challenge'
import { creationOptions } from '../log-in/passkey/creation-options'
import { relyingPartyOf } from '../log-in/passkey/relying-party'
import { registrationOptionsAnswerSchema } from '../log-in/passkey/schemas'
import { challengeOf, verifyRegistration } from '../log-in/passkey/verify'
import { requireCallerForSetUp } from '../sessions/require-user'
import { addOwnPasskey, findAdded, newPasskeyRow, readForRegistration } from './new-passkey'
import { newPasskeySchema } from './schemas'
import { tellOfPasskey } from './tell-of-passkey'

const common = { tags: ['Account'], security: signedIn }

const begin = createRoute({
  ...common,
  method: 'post',
  path: '/me/passkeys/options',
  operationId: 'beginPasskey',
  summary: 'Begin to add a passkey',
  description:
    'Needs a fresh proof of who you are. Give `publicKey` to `PublicKeyCredential.parseCreationOptionsFromJSON`, and that to `navigator.credentials.create`. The challenge is good for five minutes, once, in this session.',
  middleware: [limitByAddress, requireCallerForSetUp, requireFreshProof] as const,
  request: { body: optionalJsonBody(freshProofSchema) },
  responses: {
    200: jsonOf(registrationOptionsAnswerSchema, 'What to ask the authenticator'),
    ...writeProblems,
    403: problem('cross_site_request', ...PROOF_REFUSALS),
    409: problem('too_many_passkeys'),
    429: problem('rate_limited', 'too_many_attempts'),
  },
})

const add = createRoute({
  ...common,
  method: 'post',
  path: '/me/passkeys',
  operationId: 'addPasskey',
  summary: 'Add a passkey',
  description: 'With what the authenticator answered. All contacts on file get a notice. An account can have ten.',
  middleware: [limitByAddress, requireCallerForSetUp] as const,
  request: { body: jsonBody(newPasskeySchema) },
  responses: {
    200: json(passkeySchema, 'You have it already'),
    201: json(passkeySchema, 'It is added, and logs you in from now on'),
    ...writeProblems,
    403: problem('cross_site_request', 'invalid_passkey'),
    409: problem('passkey_taken', 'too_many_passkeys'),
    429: problem('rate_limited'),
  },
})

export const newPasskeyRoutes = createRouter()
  .openapi(begin, async (c) => {
    const { caller, config, keys } = c.var
    const now = Date.now()
    const { user, own } = await readForRegistration(c.var, now)
    const about = { sessionId: caller.sessionId, userId: user.id, proofStamp: user.proofStamp }
    const { challenge, challengeToken, expiresAt } = await newRegistration(keys, about, now)
    const publicKey = creationOptions({ rpId: relyingPartyOf(config).id, user, own, challenge })
    return c.json({ publicKey, challengeToken, expiresAt: isoTime(expiresAt) }, 200)
  })
  .openapi(add, async (c) => {
    const { caller, config } = c.var
    const { response, challengeToken, name } = c.req.valid('json')
    const client = clientInfo(c)
    const now = Date.now()
    const registration = await requireRegistration(c, { challengeToken, challenge: challengeOf(response) }, now)
    const verified = await verifyRegistration(response, relyingPartyOf(config), registration.jti)
    const passkey = { ...verified, transports: response.response.transports }
    const row = newPasskeyRow(passkey, { userId: caller.userId, name, client, now })
    const adding = addOwnPasskey({ caller, config, db: c.var.db }, row, { registration, client, now })
    tellOfPasskey(c, 'passkey_added', () =>
      adding.then(
        (added) => added.user ?? undefined,
        (error: unknown) => (isLost(error) ? findAdded(c.var.primary(), row) : undefined),
      ),
    )
    const added = await adding
    return c.json(toPasskey({ ...added.row, effectiveAt: null }), added.user ? 201 : 200)
  })
// Without this, the other methods would be about a passkey with the id `options`.
newPasskeyRoutes.all('/me/passkeys/options', (c) => c.notFound())

/**
 * The challenge that was given to this session.
 * @throws {AppError} `invalid_passkey`
 */
async function requireRegistration(
  c: Context<AppEnv>,
  answered: { challengeToken: string; challenge: string },
  now: number,
): Promise<Registration> {
  const { caller, keys } = c.var
  const registration = await openRegistration(keys, answered, now)
  if (registration?.sessionId !== caller.sessionId || registration.userId !== caller.userId) {
    throw new AppError('invalid_passkey')
  }
  return registration
}
