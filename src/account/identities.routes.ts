import { createRoute } from '@hono/zod-openapi'
import type { Context } from 'hono'
import * as z from 'zod'
import { identitySchema, removalRequestSchema, toIdentity } from '../account-data/identities'
import type { AppEnv } from '../context'
import { hasOutbox } from '../delivery/channels'
import type { ErrorCode } from '../errors'
import { limitByAddress } from '../http/address-limit'
import { afterAnswer } from '../http/after-answer'
import { clientInfo } from '../http/client-info'
import {
  empty,
  json,
  jsonBody,
  optionalJsonBody,
  problem,
  readProblems,
  signedIn,
  writeProblems,
} from '../http/openapi'
import { createRouter } from '../http/router'
import { isoTime } from '../lib/time'
import { PROOF_REFUSALS } from '../log-in/fresh-proof/refusals'
import { requireFreshProof, unproven, whileProven } from '../log-in/fresh-proof/require-fresh-proof'
import { freshProofSchema } from '../log-in/fresh-proof/schemas'
import { linkIdentity } from '../log-in/social/link-identity'
import { readNativeToken } from '../log-in/social/native'
import { nameOfProvider, openProvider } from '../log-in/social/providers'
import { type IdentityProof, openExchangeCode, openLinkToken } from '../log-in/social/sealed-identity'
import { newLink } from '../notices/link'
import { contactsOf, sendNotice } from '../notices/notify'
import { requireCaller } from '../sessions/require-user'
import { listIdentities, unlinkIdentity } from './identities'
import { identityListSchema, linkIdentitySchema } from './schemas'
import { tellOfRequest } from './tell-of-request'

const listMine = createRoute({
  method: 'get',
  path: '/me/identities',
  operationId: 'listIdentities',
  tags: ['Account'],
  summary: 'Your identities at providers',
  security: signedIn,
  middleware: requireCaller,
  responses: { 200: json(identityListSchema, 'Those that you can log in with'), ...readProblems },
})

const linkMine = createRoute({
  method: 'post',
  path: '/me/identities',
  operationId: 'linkIdentity',
  tags: ['Account'],
  summary: 'Link an identity at a provider',
  description:
    'Needs a fresh proof of who you are, and one of three proofs of the identity: `linkToken` from the error `identity_needs_proof`; `code` and `codeVerifier` of a log-in by a browser; or `provider`, `idToken` and `nonce` from an SDK. All contacts on file get a notice.',
  security: signedIn,
  middleware: [limitByAddress, requireCaller, requireFreshProof] as const,
  request: { body: jsonBody(linkIdentitySchema) },
  responses: {
    200: json(identitySchema, 'You have it already'),
    201: json(identitySchema, 'It is linked, and logs you in from now on'),
    ...writeProblems,
    403: problem(
      'cross_site_request',
      'second_factor_setup_required',
      ...PROOF_REFUSALS,
      'invalid_link_token',
      'invalid_id_token',
      'invalid_exchange_code',
    ),
    404: problem('not_found'),
    409: problem('identity_taken', 'too_many_identities'),
    429: problem('rate_limited', 'too_many_attempts'),
    502: problem('provider_failed'),
    503: problem('misconfigured', 'provider_unavailable', 'unavailable'),
  },
})

const unlinkMine = createRoute({
  method: 'delete',
  path: '/me/identities/{id}',
  operationId: 'unlinkIdentity',
  tags: ['Account'],
  summary: 'Remove an identity',
  description:
    'Needs a fresh proof of who you are. All contacts on file get a notice. The last way to log in cannot be removed. If you proved neither the password nor an identity, this is a request: 202. Send it again once its time has come. An identity that was linked less than 72 hours ago needs no request.',
  security: signedIn,
  middleware: [limitByAddress, requireCaller, requireFreshProof] as const,
  request: { params: z.object({ id: z.uuidv7() }), body: optionalJsonBody(freshProofSchema) },
  responses: {
    202: json(removalRequestSchema, 'Asked for. Your other contacts are told, and can stop it until then'),
    204: empty('It no longer logs you in'),
    ...writeProblems,
    403: problem('cross_site_request', 'second_factor_setup_required', ...PROOF_REFUSALS),
    404: problem('not_found'),
    409: problem('last_way_to_log_in'),
    429: problem('rate_limited', 'too_many_attempts'),
  },
})

export const identitiesRoutes = createRouter()
  .openapi(listMine, async (c) => {
    const { caller, config, primary } = c.var
    const rows = await listIdentities(primary(), caller, Date.now())
    return c.json({ identities: rows.map((row) => toIdentity(row, config)) }, 200)
  })
  .openapi(linkMine, async (c) => {
    const { caller, config } = c.var
    const now = Date.now()
    const { proof, spentErrorCode } = await readProof(c, c.req.valid('json'), now)
    const { row, isNew } = await linkIdentity(c, {
      caller,
      proof,
      providerName: nameOfProvider(config, proof.identity.provider),
      isProven: (whileLive) => whileProven(c.var, whileLive),
      unproven: () => unproven(c.var),
      spentErrorCode,
      now,
    })
    return c.json(toIdentity({ ...row, effectiveAt: null }, config), isNew ? 201 : 200)
  })
  .openapi(unlinkMine, async (c) => {
    const { id } = c.req.valid('param')
    const link = await newLink(c.var.keys)
    const unlinking = unlinkIdentity(c.var, id, { client: clientInfo(c), linkMac: link.linkMac, now: Date.now() })
    tellOfRequest(c, unlinking, { target: { identity: id }, link })
    tellOfRemoval(c, unlinking)
    const outcome = await unlinking
    return outcome.kind === 'asked' ? c.json({ effectiveAt: isoTime(outcome.effectiveAt) }, 202) : c.body(null, 204)
  })

/** Tells the owner that an identity was removed, even if the client hangs up. */
function tellOfRemoval(c: Context<AppEnv>, unlinking: ReturnType<typeof unlinkIdentity>): void {
  afterAnswer(c, async () => {
    const outcome = await unlinking.catch(() => null)
    if (outcome?.kind !== 'removed') return
    const provider = nameOfProvider(c.var.config, outcome.provider)
    await sendNotice(c, { to: contactsOf(outcome.user), purpose: 'identity_unlinked', provider })
  })
}

/** What the body proves, and the error if it was used before. */
async function readProof(
  c: Context<AppEnv>,
  body: z.output<typeof linkIdentitySchema>,
  now: number,
): Promise<{ proof: IdentityProof; spentErrorCode: ErrorCode }> {
  const { config, keys } = c.var
  if ('linkToken' in body) {
    return {
      proof: await openLinkToken(keys, body.linkToken, now),
      spentErrorCode: 'invalid_link_token',
    }
  }
  if ('code' in body) {
    return {
      proof: await openExchangeCode(keys, { code: body.code, codeVerifier: body.codeVerifier, now }),
      spentErrorCode: 'invalid_exchange_code',
    }
  }
  const provider = openProvider(config, body.provider, hasOutbox(config, c.req.url))
  return { proof: await readNativeToken(provider, { ...body, now }), spentErrorCode: 'invalid_id_token' }
}
