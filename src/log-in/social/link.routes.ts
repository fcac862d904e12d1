import { createRoute } from '@hono/zod-openapi'
import { hasOutbox } from '../../delivery/channels'
import { limitByAddress } from '../../http/address-limit'
import { json, jsonBody, problem, signedIn, writeProblems } from '../../http/openapi'
import { createRouter } from '../../http/router'
import { requireCaller } from '../../sessions/require-user'
import { PROOF_REFUSALS } from '../fresh-proof/refusals'
import { readProofStamp, requireFreshProof } from '../fresh-proof/require-fresh-proof'
import { beginAtProvider } from './authorization-code-flow'
import { openProvider } from './providers'
import { readDestination } from './return-to'
import { linkAnswerSchema, linkSchema, providerParams, providerProblems } from './schemas'

const link = createRoute({
  method: 'post',
  path: '/social/{provider}/link',
  operationId: 'beginLink',
  summary: 'Link an identity by a browser',
  description:
    'Needs a fresh proof of who you are. Send the browser to `authorizationUrl`. It comes back to `returnTo`, with `?linked=` and the provider, or with `?error=`.',
  tags: ['Log-in by a provider'],
  security: signedIn,
  middleware: [limitByAddress, requireCaller, requireFreshProof] as const,
  request: { params: providerParams, body: jsonBody(linkSchema) },
  responses: {
    200: json(linkAnswerSchema, 'Where to send the browser'),
    ...writeProblems,
    403: problem('cross_site_request', 'second_factor_setup_required', ...PROOF_REFUSALS),
    429: problem('rate_limited', 'too_many_attempts'),
    ...providerProblems,
  },
})

export const linkRoutes = createRouter().openapi(link, async (c) => {
  const { caller, config } = c.var
  const { returnTo } = c.req.valid('json')
  const provider = openProvider(config, c.req.valid('param').provider, hasOutbox(config, c.req.url))
  readDestination(returnTo, config)
  const authorizationUrl = await beginAtProvider(c, provider, {
    returnTo,
    codeChallenge: null,
    linkFor: { ...caller, proofStamp: await readProofStamp(c.var, Date.now()) },
  })
  return c.json({ authorizationUrl }, 200)
})
