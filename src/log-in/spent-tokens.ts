import { eq, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import { SECOND_MS } from '../lib/time'
import { spentTokens } from './tables'

/*
 * A one-time token is spent by inserting its id, in the same transaction as the change that it permits. If that change fails,
 * the token is not spent.
 */

/** A one-time token: its id, and when it expires (s since 1970), as in its JWT. */
export interface OneTimeToken {
  jti: string
  exp: number
}

/** True while none of the tokens has been spent. The change that they permit carries this condition. */
export const areUnspent = (db: Db, tokens: readonly OneTimeToken[]): SQL => {
  const conditions = tokens.map(({ jti }) => sql`NOT ${existsRow(db, spentTokens, eq(spentTokens.jti, jti))}`)
  return sql.join([sql`true`, ...conditions], sql` AND `)
}

/** The statement that spends the tokens if `done`, which is true when their change was made. */
export const spend = (db: Db, tokens: readonly OneTimeToken[], done: SQL) => {
  const rows = JSON.stringify(tokens.map(({ jti, exp }) => ({ jti, expiresAt: exp * SECOND_MS })))
  return db
    .insert(spentTokens)
    .select(sql`SELECT value ->> 'jti', value ->> 'expiresAt' FROM json_each(${rows}) WHERE ${done}`)
    .onConflictDoNothing()
}
