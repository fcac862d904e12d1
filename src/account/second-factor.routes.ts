import { and, eq, gt, sql } from 'drizzle-orm'
import type { Context } from 'hono'
import { generate } from 'lean-qr'
import { toSvgSource } from 'lean-qr/extras/svg'
import { selectSecondFactor, toSecondFactor } from '../account-data/second-factor'
import type { AppEnv } from '../context'
import { existsRow } from '../db/exists'
import { AppError } from '../errors'
import { afterAnswer } from '../http/after-answer'
import { clientInfo } from '../http/client-info'
import { createRouter } from '../http/router'
import { seal, unsealWithAny } from '../lib/seal'
import { isoTime } from '../lib/time'
import { limits } from '../limits'
import { recordFailure } from '../log-in/password/record-failure'
import { clearCount, countAttempt, requireAttempt } from '../log-in/password/throttle'
import { factorProofKey } from '../log-in/second-factor/guess-limits'
import { newRecoveryCodes } from '../log-in/second-factor/recovery-codes'
import type { TypedCode } from '../log-in/second-factor/schemas'
import { ofSession, sealSecret } from '../log-in/second-factor/sealed-secret'
import { keyUri, newSecret, stepOf } from '../log-in/second-factor/totp'
import { contactsOf, sendNotice } from '../notices/notify'
import { asCaller } from '../sessions/as-caller'
import { stayKnown } from '../sessions/known-device'
import type { SecondFactorRow } from '../users/second-factors'
import { secondFactors } from '../users/tables'
import type { UserRow } from '../users/users'
import { makeAndTell, newChange } from './account-change'
import { confirmSetUp, keepPendingSecret, replaceRecoveryCodes, SET_UP_LIFE_MS, turnOff } from './second-factor'
import { beginTotp, confirmTotp, createRecoveryCodes, deleteTotp, getSecondFactor } from './second-factor.openapi'

export const secondFactorRoutes = createRouter()
  .openapi(getSecondFactor, async (c) => {
    const { caller, primary } = c.var
    const db = primary()
    const now = Date.now()
    const { rows } = await asCaller(db, caller, now, () => ({ rows: selectSecondFactor(db, caller.userId, now) }))
    return c.json({ secondFactor: toSecondFactor(rows) }, 200)
  })
  .openapi(beginTotp, async (c) => {
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
  .openapi(confirmTotp, async (c) => {
    const { caller, db, keys } = c.var
    const { row, secret, step } = await readSetUp(c, c.req.valid('json').code)
    const { codes, hashes } = await newRecoveryCodes(caller.userId)
    const change = await newChange(keys, 'second_factor', Date.now())
    const sealed = await sealSecret(keys, secret, caller.userId)
    const set = { ...sealed, lastStep: step, recoveryHashes: hashes, passedBy: crypto.randomUUID() }
    const confirming = confirmSetUp({ caller, db, row, set, change, client: clientInfo(c) })
    const making = makeAndTell(c, change, { purpose: 'second_factor_on' }, confirming)
    if (row.confirmedAt !== null) tell(c, async () => (await confirming).user, 'second_factor_changed')
    const { user } = await making
    // The factor is younger than the last log-in on this device.
    const epoch = user.deviceEpoch
    await stayKnown(c, { userId: user.id, before: epoch, epoch, now: change.now })
    c.var.background(clearCount(db, factorProofKey(user.id)).then(undefined, () => undefined))
    return c.json({ recoveryCodes: codes }, 200)
  })
  .openapi(deleteTotp, async (c) => {
    const turningOff = turnOff(c.var, { client: clientInfo(c), now: Date.now() })
    tell(c, () => turningOff, 'second_factor_off')
    await turningOff
    return c.body(null, 204)
  })
  .openapi(createRecoveryCodes, async (c) => {
    const { codes, hashes } = await newRecoveryCodes(c.var.caller.userId)
    const by = { client: clientInfo(c), now: Date.now() }
    const replacing = replaceRecoveryCodes(c.var, hashes, by)
    tell(c, () => replacing, 'second_factor_changed')
    if (!(await replacing)) throw new AppError('no_second_factor')
    return c.json({ recoveryCodes: codes }, 200)
  })

/** What an authenticator app shows beside the code. */
const accountOf = ({ username, email, phone }: UserRow): string => username ?? email ?? phone ?? 'account'

/**
 * Tells the owner, even if the client hangs up.
 * @param readOwner waits for the change, and gives the owner
 */
function tell(
  c: Context<AppEnv>,
  readOwner: () => Promise<UserRow | undefined>,
  purpose: 'second_factor_changed' | 'second_factor_off',
): void {
  afterAnswer(c, async () => {
    const owner = await readOwner().catch(() => undefined)
    if (owner) await sendNotice(c, { to: contactsOf(owner), purpose })
  })
}

/**
 * Reads the set-up that this session has begun, and compares a code with it. The guess is counted first, if a set-up waits for one.
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
  const isOwn = eq(secondFactors.userId, userId)
  const isWaiting = existsRow(db, secondFactors, and(isOwn, gt(secondFactors.pendingUntil, now)))
  const { attempt, rows } = await asCaller(db, caller, now, (whileLive) => ({
    attempt: countAttempt(db, factorProofKey(userId), now, {
      onlyIf: sql`${isWaiting} AND ${whileLive}`,
      limit: limits.second_factor_failures,
    }),
    rows: db.select().from(secondFactors).where(isOwn),
  }))
  const [row] = rows
  // There is nothing to guess. A stolen session must not use up what its owner may guess at a proof.
  if ((row?.pendingUntil ?? 0) <= now) throw new AppError('wrong_second_factor')
  requireAttempt('second_factor_failures', attempt, now)
  const sealed = kind === 'totp' ? row?.pendingSecret : null
  const totpKeys = keys.all.map(({ totp }) => totp)
  const secret = sealed ? await unsealWithAny(totpKeys, sealed, ofSession(userId, sessionId)) : null
  const step = secret === null ? null : await stepOf(secret, code, now)
  if (row && secret !== null && step !== null) return { row, secret, step }
  recordFailure(c, { userId, sessionId, event: 'second_factor_failed' }, 'codes')
  throw new AppError('wrong_second_factor')
}
