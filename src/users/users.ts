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

/**
 * How an identifier that somebody typed finds its user. What cannot be a user name is looked for as it stands and finds
 * nobody, in the same time.
 */
export const byIdentifier = (identifier: string): SQL =>
  eq(users.username, usernameSchema.safeParse(identifier).data ?? identifier)

export async function findUser(db: Db, userId: string): Promise<UserRow | undefined> {
  return db.select().from(users).where(eq(users.id, userId)).get()
}
