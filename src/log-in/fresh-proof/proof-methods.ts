import { eq, sql } from 'drizzle-orm'
import type { Context } from 'hono'
import type { AppEnv } from '../../context'
import { existsRow } from '../../db/exists'
import { AppError, type ProofMethod } from '../../errors'
import { asCaller } from '../../sessions/as-caller'
import { identities, passkeys, users } from '../../users/tables'

/**
 * The error for a caller who has to prove again who they are. It names what the account can use, so that an app asks for that.
 * @throws {AppError} `unauthenticated` or `unavailable`
 */
export async function freshProofRequired(c: Context<AppEnv>): Promise<AppError> {
  const { caller, config, primary } = c.var
  const db = primary()
  const { account } = await asCaller(db, caller, Date.now(), () => ({
    account: db
      .select({
        email: users.email,
        phone: users.phone,
        passwordHash: users.passwordHash,
        identity: sql<0 | 1>`${existsRow(db, identities, eq(identities.userId, users.id))}`.as('has_identity'),
        passkey: sql<0 | 1>`${existsRow(db, passkeys, eq(passkeys.userId, users.id))}`.as('has_passkey'),
      })
      .from(users)
      .where(eq(users.id, caller.userId)),
  }))
  const [has] = account
  if (!has) return new AppError('unauthenticated')
  const can: [method: ProofMethod, can: boolean][] = [
    ['password', has.passwordHash !== null && config.PASSWORDS !== 'off'],
    ['code', has.email !== null || has.phone !== null],
    ['identity', has.identity === 1],
    ['passkey', has.passkey === 1],
  ]
  const methods = can.flatMap(([method, isPossible]) => (isPossible ? [method] : []))
  return new AppError('fresh_proof_required', { members: { methods } })
}
