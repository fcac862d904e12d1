import { and, isNotNull, or, type SQL } from 'drizzle-orm'
import { users } from './tables'

/*
 * How somebody can get into an account. Everything that removes a way carries `hasAnotherWay` in its own statement.
 */

/** How somebody logs in. */
export const LOG_IN_METHODS = ['password', 'code'] as const
export type LogInMethod = (typeof LOG_IN_METHODS)[number]

/** The ways into an account, each with the columns of `users` that it needs. */
const WAYS = {
  email: ['email'],
  phone: ['phone'],
  password: ['username', 'passwordHash'],
} as const

type Column = (typeof WAYS)[keyof typeof WAYS][number]

/** Whether an account with these values can be entered. */
export const canLogIn = (user: Record<Column, string | null>): boolean =>
  Object.values(WAYS).some((columns) => columns.every((column) => user[column] !== null))

/** True of a row of `users` that can still be entered once `removed` is gone. */
export const hasAnotherWay = (removed: Column): SQL | undefined =>
  or(
    ...Object.values(WAYS)
      .filter((columns) => !columns.some((column) => column === removed))
      .map((columns) => and(...columns.map((column) => isNotNull(users[column])))),
  )
