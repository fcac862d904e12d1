import { createRoute } from '@hono/zod-openapi'
import * as z from 'zod'
import { secondFactorSchema } from '../account-data/second-factor'
import { limitByAddress } from '../http/address-limit'
import {
  empty,
  jsonBody,
  jsonOf,
  optionalJsonBody,
  problem,
  readProblems,
  signedIn,
  writeProblems,
} from '../http/openapi'
import { PROOF_REFUSALS } from '../log-in/fresh-proof/refusals'
import { requireFreshProof } from '../log-in/fresh-proof/require-fresh-proof'
import { freshProofSchema } from '../log-in/fresh-proof/schemas'
import { totpCodeSchema } from '../log-in/second-factor/schemas'
import { requireCaller, requireCallerForSetUp } from '../sessions/require-user'

// These routes are for sessions too that may do nothing else.
const { 403: _, ...openReadProblems } = readProblems

const common = { tags: ['Account'], security: signedIn }
const proofProblems = {
  403: problem('cross_site_request', 'second_factor_setup_required', ...PROOF_REFUSALS),
  429: problem('rate_limited', 'too_many_attempts'),
}

const recoveryCodesSchema = () =>
  z
    .object({
      recoveryCodes: z.array(z.string().meta({ example: '7K2M-QX9D-40WJ-V6TA' })).meta({
        description: 'Ten codes, each for one log-in. They are shown only now.',
      }),
    })
    .meta({ id: 'RecoveryCodes' })

export const getSecondFactor = createRoute({
  ...common,
  method: 'get',
  path: '/me/second-factor',
  operationId: 'getSecondFactor',
  summary: 'Your second factor',
  middleware: requireCallerForSetUp,
  responses: {
    200: jsonOf(() => z.object({ secondFactor: secondFactorSchema().nullable() }), 'Null if there is none'),
    ...openReadProblems,
  },
})

export const beginTotp = createRoute({
  ...common,
  method: 'post',
  path: '/me/totp',
  operationId: 'beginTotp',
  summary: 'Set up an authenticator app',
  description:
    'Needs a fresh proof of who you are. Show `qr`, or `uri` as a link, or `secret` for typing. It counts once `PUT` has got a code of it, within ten minutes and in the same session. If there is one already, that works until then.',
  middleware: [limitByAddress, requireCallerForSetUp, requireFreshProof] as const,
  request: { body: optionalJsonBody(freshProofSchema) },
  responses: {
    200: jsonOf(
      () =>
        z
          .object({
            secret: z.string().meta({ description: 'Base32.', example: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' }),
            uri: z
              .string()
              .meta({ example: 'otpauth://totp/example.com:alice?secret=JBSWY3DPEHPK3PXP&issuer=example.com' }),
            qr: z.string().meta({ description: 'The address as a QR code: an SVG document.', example: '<svg></svg>' }),
            expiresAt: z.iso.datetime(),
          })
          .meta({ id: 'TotpSetUp' }),
      'The secret, for the app',
    ),
    ...writeProblems,
    ...proofProblems,
    403: problem('cross_site_request', ...PROOF_REFUSALS),
  },
})

export const confirmTotp = createRoute({
  ...common,
  method: 'put',
  path: '/me/totp',
  operationId: 'confirmTotp',
  summary: 'Turn the second factor on',
  description:
    'With a code of the app that was set up. From then on every log-in asks for a code. Sessions go on. All contacts on file get a notice, with a link that takes it back for seven days if there was no second factor before. Where this deployment requires one, refresh the session then.',
  middleware: [limitByAddress, requireCallerForSetUp] as const,
  request: { body: jsonBody(z.strictObject({ code: totpCodeSchema })) },
  responses: {
    200: jsonOf(recoveryCodesSchema, 'It is on'),
    ...writeProblems,
    403: problem('cross_site_request', 'wrong_second_factor'),
    429: problem('rate_limited', 'too_many_attempts'),
  },
})

export const deleteTotp = createRoute({
  ...common,
  method: 'delete',
  path: '/me/totp',
  operationId: 'deleteTotp',
  summary: 'Turn the second factor off',
  description:
    'Needs a fresh proof of who you are that includes the second factor: a log-in with it, or `currentPassword` and `secondFactorCode`, which may be a recovery code. All contacts on file get a notice.',
  middleware: [limitByAddress, requireCaller, requireFreshProof] as const,
  request: { body: optionalJsonBody(freshProofSchema) },
  responses: { 204: empty('It is off, or it was not on'), ...writeProblems, ...proofProblems },
})

export const createRecoveryCodes = createRoute({
  ...common,
  method: 'post',
  path: '/me/recovery-codes',
  operationId: 'createRecoveryCodes',
  summary: 'Make new recovery codes',
  description: 'Needs a fresh proof of who you are that includes the second factor. The codes before work no more.',
  middleware: [limitByAddress, requireCaller, requireFreshProof] as const,
  request: { body: optionalJsonBody(freshProofSchema) },
  responses: {
    200: jsonOf(recoveryCodesSchema, 'The new codes'),
    ...writeProblems,
    ...proofProblems,
    409: problem('no_second_factor'),
  },
})
