import { and, eq, type SQL, sql } from 'drizzle-orm'
import { selectIdentities } from '../account-data/identities'
import { record } from '../activity/activity'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import { AppError } from '../errors'
import type { ClientInfo } from '../http/client-info'
import { type ProvenCaller, whileProven } from '../log-in/fresh-proof/require-fresh-proof'
import { asCaller } from '../sessions/as-caller'
import type { Caller } from '../sessions/sessions'
import type { IdentityRow } from '../users/identities'
import type { ProviderId } from '../users/provider-ids'
import { identities, users } from '../users/tables'
import type { UserRow } from '../users/users'
import { hasAnotherWay } from '../users/ways-to-log-in'

/** @throws {AppError} `unauthenticated` */
export async function listIdentities(db: Db, caller: Caller, now: number): Promise<IdentityRow[]> {
  const results = await asCaller(db, caller, now, () => ({ mine: selectIdentities(db, caller.userId) }))
  return results.mine
}

/**
 * Removes an identity of the caller.
 *
 * The race: two identities, or an identity and a contact, are removed at once. Whether another way to log in remains is part of each
 * write.
 * @throws {AppError} `not_found`, `last_way_to_log_in`, `wrong_password`, `unauthenticated`
 */
export async function unlinkIdentity(
  proven: ProvenCaller,
  id: string,
  { client, now }: { client: ClientInfo; now: number },
): Promise<{ user: UserRow; provider: ProviderId }> {
  const { caller, db } = proven
  const { userId, sessionId } = caller
  const self = eq(users.id, userId)
  const own = and(eq(identities.userId, userId), eq(identities.id, id))
  const hasOtherWay = hasAnotherWay(db, { identity: id }, proven.config)
  const results = await asCaller(db, caller, now, (whileLive) => {
    const mayLose = existsRow(db, users, and(hasOtherWay, whileProven(proven, whileLive)))
    const isLosing = sql`${existsRow(db, identities, own)} AND ${mayLose}`
    return {
      before: db.select().from(identities).where(own),
      otherWay: db.select({ id: users.id }).from(users).where(and(self, hasOtherWay)),
      recorded: record(
        db,
        { userId, sessionId, event: 'identity_unlinked', client, now, detail: providerOf(db, own) },
        isLosing,
      ),
      removed: db.delete(identities).where(and(own, mayLose)).returning({ provider: identities.provider }),
      user: db.select().from(users).where(self),
    }
  })
  const [removed] = results.removed
  const [user] = results.user
  if (removed && user) return { user, provider: removed.provider }
  if (results.before.length === 0) throw new AppError('not_found')
  throw new AppError(results.otherWay.length === 0 ? 'last_way_to_log_in' : 'wrong_password')
}

/** The detail of an activity entry: whose identity it was. */
const providerOf = (db: Db, own: SQL | undefined): SQL =>
  sql`${db
    .select({ detail: sql`json_object('provider', ${identities.provider})` })
    .from(identities)
    .where(own)}`
