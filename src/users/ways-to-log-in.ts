import { and, isNotNull, or, type SQL } from 'drizzle-orm'
import { users } from './tables'

/*
 * The ways to log in to an account. A statement that removes one carries `hasAnotherWay`, so that nobody locks themselves out.
 */

/** The methods that somebody can log in with. */
export const LOG_IN_METHODS = ['password', 'code'] as const
export type LogInMethod = (typeof LOG_IN_METHODS)[number]

/** What a log-in proved: the password, or that somebody gets the messages of one contact. */
export const CREDENTIALS = ['password', 'email', 'phone'] as const
export type Credential = (typeof CREDENTIALS)[number]

/** The columns of `users` that each way needs. */
const WAYS = {
  email: ['email'],
  phone: ['phone'],
  password: ['username', 'passwordHash'],
} as const

type Column = (typeof WAYS)[keyof typeof WAYS][number]

/** Whether somebody can log in to an account with these values. */
export const canLogIn = (user: Record<Column, string | null>): boolean =>
  Object.values(WAYS).some((columns) => columns.every((column) => user[column] !== null))

/** True of a row of `users` that has a way to log in without the column `removed`. */
export const hasAnotherWay = (removed: Column): SQL | undefined =>
  or(
    ...Object.values(WAYS)
      .filter((columns) => !columns.some((column) => column === removed))
      .map((columns) => and(...columns.map((column) => isNotNull(users[column])))),
  )
