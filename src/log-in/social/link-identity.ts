import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { Context } from 'hono'
import { record } from '../../activity/activity'
import type { AppEnv } from '../../context'
import { existsRow } from '../../db/exists'
import { AppError, type ErrorCode } from '../../errors'
import { clientInfo } from '../../http/client-info'
import { asCaller } from '../../sessions/as-caller'
import type { Caller } from '../../sessions/sessions'
import { addIdentity, hasIdentity, hasRoom, type IdentityRow, isIdentity } from '../../users/identities'
import { identities, users } from '../../users/tables'
import { areUnspent, spend } from '../spent-tokens'
import { stopRemoval } from '../stop-removals'
import { newIdentity } from './proven-identity'
import type { IdentityProof } from './sealed-identity'
import { tellOfLink } from './tell-of-link'

/** Who links which identity. */
export interface Linking {
  caller: Caller
  proof: IdentityProof
  /** The name of the provider, for the notice. */
  providerName: string
  /** True of the caller's row in `users` while the fresh proof holds. */
  isProven: (whileLive: SQL) => SQL | undefined
  /** Makes the error if the fresh proof does not hold, or does not hold any more. */
  unproven: () => Promise<AppError>
  /** The error if the proof was used before. */
  spentErrorCode: ErrorCode
  now: number
}

/**
 * Gives the caller an identity, which spends its proof, and tells the owner. If it is the caller's already, this only stops a request to
 * remove it, whether or not the proof is spent.
 *
 * The race: an identity is linked to two accounts at once, or one proof is used twice. The unique index and the spent proof let one of
 * them have it.
 * @throws {AppError} `identity_taken`, `too_many_identities`, `unauthenticated`, `unproven` and `spentErrorCode`
 */
export async function linkIdentity(
  c: Context<AppEnv>,
  linking: Linking,
): Promise<{ row: IdentityRow; isNew: boolean }> {
  const { caller, proof, providerName, isProven, unproven, spentErrorCode, now } = linking
  const { identity, token } = proof
  const { userId, sessionId } = caller
  const db = c.var.primary()
  const added = newIdentity(identity, userId, now)
  const isAdded = existsRow(db, identities, and(eq(identities.userId, userId), eq(identities.id, added.id)))
  const batch = asCaller(db, caller, now, (whileLive) => {
    const isProvenNow = existsRow(db, users, isProven(whileLive))
    const mayLink = sql`${isProvenNow} AND ${areUnspent(db, [token])}`
    return {
      before: db
        .select({
          isUnspent: sql<0 | 1>`${areUnspent(db, [token])}`.as('is_unspent'),
          isProven: sql<0 | 1>`${isProvenNow}`.as('is_proven'),
        })
        .from(sql`(SELECT 1)`),
      added: addIdentity(db, added, sql`${mayLink} AND ${hasRoom(db, userId)}`),
      recorded: record(
        db,
        {
          userId,
          sessionId,
          event: 'identity_linked',
          client: clientInfo(c),
          now,
          detail: { provider: identity.provider },
        },
        sql`${isAdded} AND ${whileLive}`,
      ),
      // To link it again says that it is to stay.
      stoppedRemoval: stopRemoval(
        db,
        { userId, identity },
        { client: clientInfo(c), now, onlyIf: sql`${isProvenNow} AND ${whileLive}` },
      ),
      spent: spend(db, [token], sql`${mayLink} AND ${hasIdentity(db, identity, userId)} AND ${whileLive}`),
      owner: db.select().from(identities).where(isIdentity(identity)),
      user: db.select().from(users).where(eq(users.id, userId)),
    }
  })
  const readOwner = async () => {
    const { added: rows, user } = await batch
    return rows.length > 0 ? user[0] : undefined
  }
  tellOfLink(c, readOwner, { row: added, providerName })
  const results = await batch
  const [before] = results.before
  const [owner] = results.owner
  const [user] = results.user
  if (!before?.isProven || !user) throw await unproven()
  const isNew = results.added.length > 0
  // A client that has lost the answer may ask again.
  if (owner?.userId === userId && !isNew) return { row: owner, isNew }
  if (!before.isUnspent) throw new AppError(spentErrorCode)
  if (!owner) throw new AppError('too_many_identities')
  if (owner.userId !== userId) throw new AppError('identity_taken')
  return { row: owner, isNew }
}
