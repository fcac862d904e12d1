import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import { selectRow } from '../db/select-row'
import { passkeys } from './tables'

/*
 * Passkeys. The unique index of credential ids decides whose a passkey is.
 */

export type PasskeyRow = typeof passkeys.$inferSelect

/** How many passkeys an account can have. */
export const MAX_PASSKEYS = 10

/** True of the row of a user's passkey. */
export const isPasskey = ({ userId, id }: Pick<PasskeyRow, 'userId' | 'id'>): SQL | undefined =>
  and(eq(passkeys.userId, userId), eq(passkeys.id, id))

/** True while a user has this passkey. */
export const hasPasskey = (db: Db, which: Pick<PasskeyRow, 'userId' | 'id'>): SQL =>
  existsRow(db, passkeys, isPasskey(which))

/**
 * The statement that gives a user a passkey, if `onlyIf` holds and there is room.
 *
 * The races: many are added at once, and one is added to two accounts. The count is part of the insert, and the unique index lets one
 * account have it. Whoever goes on carries `hasPasskey`.
 */
export const addPasskey = (db: Db, row: PasskeyRow, onlyIf: SQL) =>
  db
    .insert(passkeys)
    .select(selectRow(passkeys, row, sql`${onlyIf} AND ${hasRoom(db, row.userId)}`))
    .onConflictDoNothing()
    .returning({ id: passkeys.id })

const hasRoom = (db: Db, userId: string): SQL =>
  sql`${db.select({ count: sql`count(*)` }).from(passkeys).where(eq(passkeys.userId, userId))} < ${MAX_PASSKEYS}`
