import { type SQL, sql } from 'drizzle-orm'
import type { Context } from 'hono'
import type { AppEnv } from '../context'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import { clientAddress } from '../http/client-address'
import { mac } from '../lib/mac'
import { limits, NETWORK_FACTOR } from '../limits'
import { users } from '../users/tables'
import { type Account, isMade } from './account'
import { countInHour, isBelow } from './hour-counts'

/*
 * THE limits of new accounts: by client address, and for all together. D1 counts them in the transaction that makes the account.
 */

/** What a new account is counted by in this hour, and how many there may be. */
export interface AccountCount {
  key: string
  quota: number
}

/** What the account of a log-in is counted by; nothing if it exists already. */
export async function accountCounts(c: Context<AppEnv>, account: Account): Promise<AccountCount[]> {
  if (account.kind === 'existing') return []
  const { config, keys } = c.var
  const { address = null, network = null } = clientAddress(c) ?? {}
  const { quota } = limits.new_accounts
  const byAddress = [
    { of: address, quota },
    { of: network, quota: quota * NETWORK_FACTOR },
  ].flatMap(({ of, quota: most }) => (of === null ? [] : [{ of, quota: most }]))
  const macs = byAddress.map(async ({ of, quota: most }) => ({
    key: await mac(keys.current.recipient, JSON.stringify(['new account', of])),
    quota: most,
  }))
  return [{ key: 'new_accounts', quota: config.SIGN_UPS_PER_HOUR }, ...(await Promise.all(macs))]
}

/** True while one more account may be made. */
export const hasRoom = (db: Db, counts: AccountCount[], now: number): SQL =>
  sql.join([sql`true`, ...counts.map((count) => isBelow(db, count, now))], sql` AND `)

/** True while a log-in has an account, or one may be made for it. A method spends nothing where this is false. */
export const hasAccountOrRoom = (db: Db, account: Account, room: SQL): SQL => {
  switch (account.kind) {
    case 'existing':
      return sql`true`
    case 'new':
      return room
    case 'existing_or_new':
      return sql`(${existsRow(db, users, account.heldBy)} OR (${room}))`
  }
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
