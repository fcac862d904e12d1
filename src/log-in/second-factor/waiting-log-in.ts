import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../../db/client'
import { existsRow } from '../../db/exists'
import type { ClientInfo } from '../../http/client-info'
import { hasIdentity } from '../../users/identities'
import { users } from '../../users/tables'
import { areUnspent } from '../spent-tokens'
import { stopRemoval } from '../stop-removals'
import { oneTimeTokenOf, type WaitingLogIn } from './token'

/*
 * A log-in that waits for its second factor, in the transaction that goes on with it: by a code, or by a passkey.
 */

/** True while the token is not spent, and what the first factor proved still holds. */
export function isUsable(db: Db, waiting: WaitingLogIn): SQL {
  const { userId, stamp, identity } = waiting
  return sql`${areUnspent(db, [oneTimeTokenOf(waiting)])}
    AND ${existsRow(db, users, and(eq(users.id, userId), eq(users.proofStamp, stamp)))}
    AND ${identity ? hasIdentity(db, identity, userId) : sql`true`}`
}

/** The statement that stops a request to remove the identity that was the first factor: its owner is there. */
export const stopRemovalOfFirst = (
  db: Db,
  { userId, identity }: WaitingLogIn,
  about: { client: ClientInfo; now: number; onlyIf: SQL },
) => identity && stopRemoval(db, { userId, identity }, about)
