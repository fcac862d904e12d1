import { createRoute } from '@hono/zod-openapi'
import { eq } from 'drizzle-orm'
import type { Context } from 'hono'
import { generate } from 'lean-qr'
import { toSvgSource } from 'lean-qr/extras/svg'
import * as z from 'zod'
import { secondFactorSchema, selectSecondFactor, toSecondFactor } from '../account-data/second-factor'
import type { AppEnv } from '../context'
import { AppError } from '../errors'
import { limitByAddress } from '../http/address-limit'
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
import { seal, unsealWithAny } from '../lib/seal'
import { isoTime } from '../lib/time'
import { limits } from '../limits'
import { requireFreshProof } from '../log-in/fresh-proof/require-fresh-proof'
import { freshProofSchema } from '../log-in/fresh-proof/schemas'
import { recordFailure } from '../log-in/password/record-failure'
import { clearCount, countAttempt, requireAttempt } from '../log-in/password/throttle'
import { proofKey } from '../log-in/second-factor/guess-limits'
import { newRecoveryCodes } from '../log-in/second-factor/recovery-codes'
import { type TypedCode, totpCodeSchema } from '../log-in/second-factor/schemas'
import { ofSession, sealSecret } from '../log-in/second-factor/sealed-secret'
import { keyUri, newSecret, stepOf } from '../log-in/second-factor/totp'
import { contactsOf, notify } from '../notices/notify'
import { asCaller } from '../sessions/as-caller'
import { requireCaller, requireCallerForSetUp } from '../sessions/require-user'
import type { SecondFactorRow } from '../users/second-factors'
import { secondFactors } from '../users/tables'
import type { UserRow } from '../users/users'
import { makeAndTell, newChange } from './account-change'
import { confirmSetUp, keepPendingSecret, replaceRecoveryCodes, SET_UP_LIFE_MS, turnOff } from './second-factor'

// These routes are for sessions too that may do nothing else.
const { 403: _, ...openReadProblems } = readProblems

const common = { tags: ['Account'], security: signedIn }
const proofProblem = ['cross_site_request', 'fresh_proof_required', 'wrong_password', 'wrong_second_factor'] as const
const proofProblems = {
  403: problem(...proofProblem, 'second_factor_setup_required'),
  429: problem('rate_limited', 'too_many_attempts'),
}

const recoveryCodesSchema = z
  .object({
    recoveryCodes: z.array(z.string().meta({ example: '7K2M-QX9D-40WJ-V6TA' })).meta({
      description: 'Ten codes, each for one log-in. They are shown only now.',
    }),
  })
  .meta({ id: 'RecoveryCodes' })

const get = createRoute({
  ...common,
  method: 'get',
  path: '/me/second-factor',
  operationId: 'getSecondFactor',
  summary: 'Your second factor',
  middleware: requireCallerForSetUp,
  responses: {
    200: json(z.object({ secondFactor: secondFactorSchema.nullable() }), 'Null if there is none'),
    ...openReadProblems,
  },
})

const begin = createRoute({
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
    200: json(
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
    403: problem(...proofProblem),
  },
})

const confirm = createRoute({
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
    200: json(recoveryCodesSchema, 'It is on'),
    ...writeProblems,
    403: problem('cross_site_request', 'wrong_second_factor'),
    429: problem('rate_limited', 'too_many_attempts'),
  },
})

const remove = createRoute({
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

const renewCodes = createRoute({
  ...common,
  method: 'post',
  path: '/me/recovery-codes',
  operationId: 'createRecoveryCodes',
  summary: 'Make new recovery codes',
  description: 'Needs a fresh proof of who you are that includes the second factor. The codes before work no more.',
  middleware: [limitByAddress, requireCaller, requireFreshProof] as const,
  request: { body: optionalJsonBody(freshProofSchema) },
  responses: {
    200: json(recoveryCodesSchema, 'The new codes'),
    ...writeProblems,
    ...proofProblems,
    409: problem('no_second_factor'),
  },
})

export const secondFactorRoutes = createRouter()
  .openapi(get, async (c) => {
    const { caller, primary } = c.var
    const db = primary()
    const now = Date.now()
    const { rows } = await asCaller(db, caller, now, () => ({ rows: selectSecondFactor(db, caller.userId, now) }))
    return c.json({ secondFactor: toSecondFactor(rows) }, 200)
  })
  .openapi(begin, async (c) => {
    const { caller, config, keys } = c.var
    const { userId, sessionId } = caller
    const now = Date.now()
    const secret = newSecret()
    const user = await keepPendingSecret(
      c.var,
      await seal(keys.current.totp, secret, ofSession(userId, sessionId)),
      now,
    )
    const uri = keyUri(secret, { issuer: new URL(config.PUBLIC_ORIGIN).host, account: accountOf(user) })
    const qr = toSvgSource(generate(uri))
    return c.json({ secret, uri, qr, expiresAt: isoTime(now + SET_UP_LIFE_MS) }, 200)
  })
  .openapi(confirm, async (c) => {
    const { caller, db, keys } = c.var
    const { row, secret, step } = await readSetUp(c, c.req.valid('json').code)
    const { codes, hashes } = await newRecoveryCodes(caller.userId)
    const change = await newChange(keys, 'second_factor', Date.now())
    const sealed = await sealSecret(keys, secret, caller.userId)
    const set = { ...sealed, lastStep: step, recoveryHashes: hashes, passedBy: crypto.randomUUID() }
    const confirming = confirmSetUp({ caller, db, row, set, change, client: clientInfo(c) })
    const { user } = await makeAndTell(c, change, { purpose: 'second_factor_on' }, confirming)
    if (row.confirmedAt !== null) tell(c, user, 'second_factor_changed')
    c.var.background(clearCount(db, proofKey(user.id)).then(undefined, () => undefined))
    return c.json({ recoveryCodes: codes }, 200)
  })
  .openapi(remove, async (c) => {
    const owner = await turnOff(c.var, { client: clientInfo(c), now: Date.now() })
    if (owner) tell(c, owner, 'second_factor_off')
    return c.body(null, 204)
  })
  .openapi(renewCodes, async (c) => {
    const { codes, hashes } = await newRecoveryCodes(c.var.caller.userId)
    const by = { client: clientInfo(c), now: Date.now() }
    const owner = await replaceRecoveryCodes(c.var, hashes, by)
    if (!owner) throw new AppError('no_second_factor')
    tell(c, owner, 'second_factor_changed')
    return c.json({ recoveryCodes: codes }, 200)
  })

/** What an authenticator app shows beside the code. */
const accountOf = ({ username, email, phone }: UserRow): string => username ?? email ?? phone ?? 'account'

const tell = (c: Context<AppEnv>, user: UserRow, purpose: 'second_factor_changed' | 'second_factor_off'): void =>
  notify(c, { to: contactsOf(user), purpose })

/**
 * Reads the set-up that this session has begun, and compares a code with it. The guess is counted first.
 * @returns the row, the secret, and the time step of the code
 * @throws {AppError} `wrong_second_factor`, `too_many_attempts`, `unauthenticated`
 */
async function readSetUp(
  c: Context<AppEnv>,
  { kind, code }: TypedCode,
): Promise<{ row: SecondFactorRow; secret: string; step: number }> {
  const { caller, db, keys } = c.var
  const { userId, sessionId } = caller
  const now = Date.now()
  const { attempt, rows } = await asCaller(db, caller, now, (whileLive) => ({
    attempt: countAttempt(db, proofKey(userId), now, { onlyIf: whileLive, limit: limits.second_factor_failures }),
    rows: db.select().from(secondFactors).where(eq(secondFactors.userId, userId)),
  }))
  requireAttempt('second_factor_failures', attempt, now)
  const [row] = rows
  const isPending = kind === 'totp' && row?.pendingSecret && (row.pendingUntil ?? 0) > now
  const totpKeys = keys.all.map(({ totp }) => totp)
  const secret = isPending ? await unsealWithAny(totpKeys, row.pendingSecret ?? '', ofSession(userId, sessionId)) : null
  const step = secret === null ? null : await stepOf(secret, code, now)
  if (row && secret !== null && step !== null) return { row, secret, step }
  recordFailure(c, { userId, sessionId, event: 'second_factor_failed' }, 'codes')
  throw new AppError('wrong_second_factor')
}
