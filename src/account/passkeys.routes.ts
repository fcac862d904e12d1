import { createRoute } from '@hono/zod-openapi'
import * as z from 'zod'
import { removalRequestSchema } from '../account-data/identities'
import { passkeySchema, toPasskey } from '../account-data/passkeys'
import { limitByAddress } from '../http/address-limit'
import { clientInfo } from '../http/client-info'
import {
  empty,
  json,
  jsonBody,
  jsonOf,
  optionalJsonBody,
  problem,
  readProblems,
  signedIn,
  writeProblems,
} from '../http/openapi'
import { createRouter } from '../http/router'
import { isoTime } from '../lib/time'
import { PROOF_REFUSALS } from '../log-in/fresh-proof/refusals'
import { requireFreshProof } from '../log-in/fresh-proof/require-fresh-proof'
import { freshProofSchema } from '../log-in/fresh-proof/schemas'
import { relyingPartyOf } from '../log-in/passkey/relying-party'
import { userHandleOf } from '../log-in/passkey/user-handle'
import { newLink } from '../notices/link'
import { requireCaller } from '../sessions/require-user'
import { listPasskeys, removePasskey, renamePasskey } from './passkeys'
import { passkeyListSchema, passkeyPatchSchema } from './schemas'
import { tellOfPasskey } from './tell-of-passkey'
import { tellOfRequest } from './tell-of-request'

const common = { tags: ['Account'], security: signedIn }
const params = z.object({ id: z.uuidv7().toLowerCase() })

const list = createRoute({
  ...common,
  method: 'get',
  path: '/me/passkeys',
  operationId: 'listPasskeys',
  summary: 'Your passkeys',
  middleware: requireCaller,
  responses: { 200: jsonOf(passkeyListSchema, 'Those that you can log in with'), ...readProblems },
})

const rename = createRoute({
  ...common,
  method: 'patch',
  path: '/me/passkeys/{id}',
  operationId: 'renamePasskey',
  summary: 'Rename a passkey',
  middleware: requireCaller,
  request: { params, body: jsonBody(passkeyPatchSchema) },
  responses: { 200: json(passkeySchema, 'It has the new name'), ...writeProblems, 404: problem('not_found') },
})

const remove = createRoute({
  ...common,
  method: 'delete',
  path: '/me/passkeys/{id}',
  operationId: 'removePasskey',
  summary: 'Remove a passkey',
  description:
    'Needs a fresh proof of who you are. All contacts on file get a notice. The last way to log in cannot be removed. If you proved neither the password nor an identity nor a passkey, this is a request: 202. Send it again once its time has come. A passkey that was added less than 72 hours ago needs no request.',
  middleware: [limitByAddress, requireCaller, requireFreshProof] as const,
  request: { params, body: optionalJsonBody(freshProofSchema) },
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

export const passkeysRoutes = createRouter()
  .openapi(list, async (c) => {
    const { caller, config, primary } = c.var
    const rows = await listPasskeys(primary(), caller, Date.now())
    const { id: rpId } = relyingPartyOf(config)
    return c.json({ rpId, userHandle: userHandleOf(caller.userId), passkeys: rows.map(toPasskey) }, 200)
  })
  .openapi(rename, async (c) => {
    const renamed = await renamePasskey(c.var, { ...c.req.valid('param'), ...c.req.valid('json') }, Date.now())
    return c.json(toPasskey(renamed), 200)
  })
  .openapi(remove, async (c) => {
    const { id } = c.req.valid('param')
    const link = await newLink(c.var.keys)
    const removing = removePasskey(c.var, id, { client: clientInfo(c), linkMac: link.linkMac, now: Date.now() })
    tellOfRequest(c, removing, { target: { passkey: id }, link })
    tellOfPasskey(c, 'passkey_removed', () =>
      removing.then(
        (outcome) => (outcome.kind === 'removed' ? outcome.user : undefined),
        () => undefined,
      ),
    )
    const outcome = await removing
    return outcome.kind === 'asked' ? c.json({ effectiveAt: isoTime(outcome.effectiveAt) }, 202) : c.body(null, 204)
  })
