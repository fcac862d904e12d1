import { eq, sql } from 'drizzle-orm'
import type { Config } from '../../config'
import type { Variables } from '../../context'
import type { Db } from '../../db/client'
import { existsRow } from '../../db/exists'
import { AppError, type FieldError, PROOF_METHODS, type ProofMethod } from '../../errors'
import { asCaller } from '../../sessions/as-caller'
import { hasSecondFactor, isConfirmedOf } from '../../users/second-factors'
import { identities, passkeys, secondFactors, users } from '../../users/tables'

/*
 * How an account can prove again who its owner is: `fresh_proof_required` names it, so that an app asks for that.
 *
 * | the account | `methods` | `secondFactorCodes` |
 * |---|---|---|
 * | has no second factor | whatever it can log in with | – |
 * | has an authenticator app | the same | `totp`, and `recovery_code` while there are some |
 * | has only a passkey as its second factor | `passkey` | – |
 */

/** What an account has to prove it by. */
export interface ProofWays {
  email: string | null
  phone: string | null
  passwordHash: string | null
  hasIdentity: 0 | 1
  hasPasskey: 0 | 1
  hasApp: 0 | 1
  hasRecoveryCodes: 0 | 1
  /** The account has a second factor, which a proof must include. */
  needsFactor: 0 | 1
}

/** The query of what a user has to prove it by. */
export function selectProofWays(db: Db, userId: string, config: Config) {
  const flag = (name: string, has: ReturnType<typeof existsRow>) => sql<0 | 1>`${has}`.as(name)
  const hasCodes = sql`${isConfirmedOf(users.id)} AND json_array_length(${secondFactors.recoveryHashes}) > 0`
  return db
    .select({
      email: users.email,
      phone: users.phone,
      passwordHash: users.passwordHash,
      hasIdentity: flag('has_identity', existsRow(db, identities, eq(identities.userId, users.id))),
      hasPasskey: flag('has_passkey', existsRow(db, passkeys, eq(passkeys.userId, users.id))),
      hasApp: flag('has_app', existsRow(db, secondFactors, isConfirmedOf(users.id))),
      hasRecoveryCodes: flag('has_recovery_codes', existsRow(db, secondFactors, hasCodes)),
      needsFactor: flag('needs_factor', hasSecondFactor(db, users.id, config)),
    })
    .from(users)
    .where(eq(users.id, userId))
}

/** Which methods an account can use. */
function canUse(has: ProofWays, { PASSWORDS }: Pick<Config, 'PASSWORDS'>): Record<ProofMethod, boolean> {
  const onlyPasskey = has.needsFactor === 1 && has.hasApp === 0
  return {
    password: has.passwordHash !== null && PASSWORDS !== 'off' && !onlyPasskey,
    code: (has.email !== null || has.phone !== null) && !onlyPasskey,
    identity: has.hasIdentity === 1 && !onlyPasskey,
    passkey: has.hasPasskey === 1,
  }
}

/**
 * The error that names them.
 * @param ways the row of `selectProofWays`
 * @param errors which field is missing, if the rest was right
 */
export function proofError(
  ways: readonly ProofWays[],
  config: Pick<Config, 'PASSWORDS'>,
  errors?: FieldError[],
): AppError {
  const methods = PROOF_METHODS.filter((method) => ways.some((has) => canUse(has, config)[method]))
  const codes = [
    ...(ways.some((has) => has.hasApp === 1) ? ['totp'] : []),
    ...(ways.some((has) => has.hasRecoveryCodes === 1) ? ['recovery_code'] : []),
  ]
  return new AppError('fresh_proof_required', {
    ...(errors && { errors }),
    members: { methods, ...(codes.length > 0 && { secondFactorCodes: codes }) },
  })
}

/**
 * The error for a caller who has to prove again who they are.
 * @param errors which field is missing, if the rest was right
 * @throws {AppError} `unauthenticated` or `unavailable`
 */
export async function freshProofRequired(
  { caller, config, primary }: Pick<Variables, 'caller' | 'config' | 'primary'>,
  errors?: FieldError[],
): Promise<AppError> {
  const db = primary()
  const { account } = await asCaller(db, caller, Date.now(), () => ({
    account: selectProofWays(db, caller.userId, config),
  }))
  return proofError(account, config, errors)
}
