import { and, eq, isNotNull, ne, or, type SQL, sql } from 'drizzle-orm'
import type { Config } from '../config'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import { identities, passkeys, users } from './tables'

/*
 * The ways to log in to an account. A statement that removes one carries `hasAnotherWay`, so that nobody locks themselves out.
 */

/** The methods that somebody can log in with. */
export const LOG_IN_METHODS = ['password', 'code', 'social', 'passkey'] as const
export type LogInMethod = (typeof LOG_IN_METHODS)[number]

/** What a log-in proved: the password, that somebody gets the messages of one contact, an identity at a provider, or a passkey. */
export const CREDENTIALS = ['password', 'email', 'phone', 'identity', 'passkey'] as const
export type Credential = (typeof CREDENTIALS)[number]

/** The columns of `users` that each way needs. An identity at a provider and a passkey are ways too, and need none of them. */
const WAYS = {
  email: ['email'],
  phone: ['phone'],
  password: ['username', 'passwordHash'],
} as const

type Column = (typeof WAYS)[keyof typeof WAYS][number]

/** Whether somebody can log in to an account with these values and without an identity or a passkey. */
export const canLogIn = (user: Record<Column, string | null>): boolean =>
  Object.values(WAYS).some((columns) => columns.every((column) => user[column] !== null))

/** What else an account may have to log in with. */
export interface OtherWays {
  identity: boolean
  passkey: boolean
}

/** The ways to log in that an account has now. */
export function waysOf(
  user: Record<Column, string | null>,
  others: OtherWays,
  { PASSWORDS }: Pick<Config, 'PASSWORDS'>,
): Credential[] {
  const has = {
    password: PASSWORDS !== 'off' && WAYS.password.every((column) => user[column] !== null),
    email: user.email !== null,
    phone: user.phone !== null,
    ...others,
  }
  return CREDENTIALS.filter((credential) => has[credential])
}

/** A way to log in that is about to be removed: a column of `users`, an identity or a passkey by its id, or all passkeys. */
export type RemovedWay = { column: Column } | { identity: string } | { passkey: string } | { passkeys: 'all' }

/** True of a row of `users` that has a way to log in besides the one that is removed. Where PASSWORDS is off, a password is none. */
export function hasAnotherWay(db: Db, removed: RemovedWay, { PASSWORDS }: Pick<Config, 'PASSWORDS'>): SQL {
  const column = 'column' in removed ? removed.column : null
  const otherIdentity = 'identity' in removed ? ne(identities.id, removed.identity) : undefined
  const otherPasskey =
    'passkeys' in removed ? sql`false` : 'passkey' in removed ? ne(passkeys.id, removed.passkey) : undefined
  const ways = Object.entries(WAYS)
    .filter(([name]) => name !== 'password' || PASSWORDS !== 'off')
    .map(([, columns]) => columns)
    .filter((columns) => !columns.some((name) => name === column))
    .map((columns) => and(...columns.map((name) => isNotNull(users[name]))))
  return sql`(${or(
    ...ways,
    existsRow(db, identities, and(eq(identities.userId, users.id), otherIdentity)),
    existsRow(db, passkeys, and(eq(passkeys.userId, users.id), otherPasskey)),
  )})`
}
