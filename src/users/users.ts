import { eq, type SQL } from 'drizzle-orm'
import type { Db } from '../db/client'
import { users } from '../db/schema'
import { isoTime } from '../lib/time'
import { type User, usernameSchema } from './schemas'

export type UserRow = typeof users.$inferSelect

/** What the API shows of a user: a pick, so that a new column stays inside until somebody decides otherwise. */
export const toUser = (row: UserRow): User => ({
  id: row.id,
  username: row.username,
  email: row.email,
  phone: row.phone,
  name: row.name,
  nickname: row.nickname,
  hasPassword: row.passwordHash !== null,
  createdAt: isoTime(row.createdAt),
  updatedAt: isoTime(row.updatedAt),
})

/** An identifier in the one spelling in which it can be on file. What cannot be a user name stays as it is. */
export const canonicalIdentifier = (identifier: string): string =>
  usernameSchema.safeParse(identifier).data ?? identifier

/** How a canonical identifier finds its user. */
export const byIdentifier = (identifier: string): SQL => eq(users.username, identifier)

export async function findUser(db: Db, userId: string): Promise<UserRow | undefined> {
  return db.select().from(users).where(eq(users.id, userId)).get()
}
