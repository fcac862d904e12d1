import { and, eq, type SQL } from 'drizzle-orm'
import type { CountryCode } from 'libphonenumber-js/mobile'
import type { Db } from '../db/client'
import { isoTime } from '../lib/time'
import { type Contact, canonicalEmail, canonicalPhone, contactColumn, isAboutEmail } from './contacts'
import { type User, usernameSchema } from './schemas'
import { users } from './tables'

export type UserRow = typeof users.$inferSelect

/** A value for `proofStamp` (`users/proof-stamp.ts`). */
export const newProofStamp = (): string => crypto.randomUUID().replaceAll('-', '')

/** A new user, made at `now`. What is not given is empty. */
export const newUser = (given: Partial<UserRow> & Pick<UserRow, 'id'>, now: number): UserRow => ({
  username: null,
  email: null,
  phone: null,
  passwordHash: null,
  passwordVersion: 0,
  proofStamp: newProofStamp(),
  emailChangedAt: now,
  phoneChangedAt: now,
  passwordChangedAt: now,
  deviceEpoch: 0,
  blockedAt: null,
  name: null,
  nickname: null,
  timeZone: null,
  createdAt: now,
  updatedAt: now,
  ...given,
})

/** What the API shows of a user. It picks the columns, so a new one stays hidden until somebody adds it here. */
export const toUser = (row: UserRow): User => ({
  id: row.id,
  username: row.username,
  email: row.email,
  phone: row.phone,
  name: row.name,
  nickname: row.nickname,
  timeZone: row.timeZone,
  hasPassword: row.passwordHash !== null,
  createdAt: isoTime(row.createdAt),
  updatedAt: isoTime(row.updatedAt),
})

/** What somebody types to say who they are: a user name, an e-mail address or a phone number. */
export interface Identifier {
  column: 'username' | 'email' | 'phone'
  value: string
}

/** The identifiers that a user has. */
export const identifiersOf = (user: Partial<Pick<UserRow, Identifier['column']>>): Identifier[] =>
  (['username', 'email', 'phone'] as const).flatMap((column) => {
    const value = user[column]
    return value ? [{ column, value }] : []
  })

/**
 * An identifier in its one spelling. Text that can be no identifier stays as it is, and finds nobody.
 * @param typed text of a field with `isPasted`
 */
export function canonicalIdentifier(typed: string, defaultCountry: CountryCode): Identifier {
  if (isAboutEmail(typed)) return { column: 'email', value: canonicalEmail(typed) ?? typed }
  const username = usernameSchema.safeParse(typed).data
  if (username !== undefined) return { column: 'username', value: username }
  return { column: 'phone', value: canonicalPhone(typed, defaultCountry)?.to ?? typed }
}

/** True of the user who has this identifier, in its one spelling. */
export const byIdentifier = ({ column, value }: Identifier): SQL => eq(users[column], value)

/** True of the user who has this contact. */
export const byContact = ({ channel, to }: Contact): SQL => eq(users[contactColumn[channel]], to)

export async function findUser(db: Db, userId: string): Promise<UserRow | undefined> {
  return db.select().from(users).where(eq(users.id, userId)).get()
}

/** True of the user's row while the password has not changed since that row was read. */
export const samePassword = ({ id, passwordVersion }: UserRow): SQL | undefined =>
  and(eq(users.id, id), eq(users.passwordVersion, passwordVersion))
