import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { Context } from 'hono'
import type { AppEnv } from '../context'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import { AppError } from '../errors'
import { clientAddress } from '../http/client-address'
import { mac } from '../lib/mac'
import { limits, NETWORK_FACTOR } from '../limits'
import { tooMany } from '../too-many'
import { isBlocked } from '../users/blocked'
import { isReserved } from '../users/past-identifiers'
import { users } from '../users/tables'
import { identifiersOf } from '../users/users'
import { type Account, idOf, isMade, isThere } from './account'
import { countInHour, isBelow, restOfHour } from './hour-counts'

/*
 * THE limits of new accounts: by client address, and for all together. D1 counts them in the transaction that makes the account.
 * A new account cannot have an identifier that is reserved for another user either.
 */

/** What all new accounts together are counted by. */
export const ALL_NEW_ACCOUNTS = 'new_accounts'

/** What a new account is counted by in this hour, and how many there may be. */
export interface AccountCount {
  key: string
  quota: number
}

/** What the account of a log-in is counted by; nothing if it exists already. */
export async function accountCounts(c: Context<AppEnv>, account: Account): Promise<AccountCount[]> {
  if (isThere(account)) return []
  const { config, keys } = c.var
  const { address = null, network = null } = clientAddress(c) ?? {}
  const { quota } = limits.new_accounts
  const countOf = async (part: string | null, quotaOfPart: number): Promise<AccountCount[]> =>
    part === null
      ? []
      : [{ key: await mac(keys.current.recipient, JSON.stringify(['new account', part])), quota: quotaOfPart }]
  const [byAddress, byNetwork] = await Promise.all([countOf(address, quota), countOf(network, quota * NETWORK_FACTOR)])
  return [{ key: ALL_NEW_ACCOUNTS, quota: config.SIGN_UPS_PER_HOUR }, ...byAddress, ...byNetwork]
}

/** True while one more account may be made. */
const hasRoom = (db: Db, counts: AccountCount[], now: number): SQL =>
  sql.join([sql`true`, ...counts.map((count) => isBelow(db, count, now))], sql` AND `)

/**
 * What is in the way of somebody who has proven who they are: the account is blocked, or no account can be made, because what it would
 * have is reserved for another user or there are too many new ones.
 */
export type Obstacle = 'blocked' | 'username_reserved' | 'contact_reserved' | 'full'

/** What is in the way of a log-in. Null if there is an account that is not blocked, or one can be made. */
export function obstacleTo(db: Db, account: Account, counts: AccountCount[], now: number): SQL<Obstacle | null> {
  if (isThere(account)) {
    return sql`CASE WHEN ${existsRow(db, users, and(eq(users.id, idOf(db, account)), isBlocked))} THEN 'blocked' END`
  }
  const { username, email, phone } = account.user
  const hasAccount = (which?: SQL) =>
    account.kind === 'existing_or_new' ? existsRow(db, users, and(account.heldBy, which)) : sql`false`
  return sql`CASE WHEN ${hasAccount(isBlocked)} THEN 'blocked'
    WHEN ${hasAccount()} THEN NULL
    WHEN ${isReserved(db, identifiersOf({ username }), { now })} THEN 'username_reserved'
    WHEN ${isReserved(db, identifiersOf({ email, phone }), { now })} THEN 'contact_reserved'
    WHEN NOT (${hasRoom(db, counts, now)}) THEN 'full' END`
}

/** The statement that counts the account if this transaction has made it. */
export const countAccount = (db: Db, account: Account, counts: AccountCount[], now: number) =>
  counts.length === 0
    ? undefined
    : countInHour(
        db,
        counts.map(({ key }) => key),
        now,
        isMade(db, account),
      )

/** The error for somebody who has proven what the account would have. */
export function obstacleError(obstacle: Obstacle, now: number): AppError {
  switch (obstacle) {
    case 'blocked':
      return new AppError('account_blocked')
    case 'username_reserved':
      return new AppError('username_taken')
    case 'contact_reserved':
      return new AppError('identifier_reserved')
    case 'full':
      return tooMany('new_accounts', restOfHour(now))
  }
}
