import { and, eq, exists, ne, notExists, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { record } from '../activity/activity'
import { sessions, users } from '../db/schema'
import { AppError } from '../errors'
import type { ClientInfo } from '../http/client-info'
import { type Proven, whileProven } from '../log-in/fresh-proof/require-fresh-proof'
import { type SessionRow, writeAs } from '../sessions/session'
import type { ProfilePatch } from '../users/schemas'
import type { UserRow } from '../users/users'

/**
 * Changes of the caller's profile what the patch names.
 * @returns the user with its sessions, and whether it has another user name now
 * @throws {AppError} `username_taken`, `wrong_password` or `unauthenticated`
 */
export async function changeProfile(
  proven: Proven,
  patch: ProfilePatch,
  { client, now }: { client: ClientInfo; now: number },
): Promise<{ user: UserRow; sessions: SessionRow[]; isRenamed: boolean }> {
  const { caller, db } = proven
  const { userId, sessionId } = caller
  const others = alias(users, 'others')
  const holder = db
    .select({ id: others.id })
    .from(others)
    .where(patch.username === undefined ? sql`false` : and(eq(others.username, patch.username), ne(others.id, userId)))
  // The race: two users take one name. Whether it is free is part of the write; the UNIQUE index stands behind it.
  const changes = and(notExists(holder), whileProven(proven, now))
  const isOther = patch.username === undefined ? sql`false` : sql`${users.username} IS NOT ${patch.username}`
  const renames = exists(db.select({ id: users.id }).from(users).where(and(changes, isOther)))
  const [held, renamed, [user], own] = await writeAs(db, caller, now, [
    holder,
    record(db, { userId, sessionId, event: 'username_changed', client, now }, renames),
    db
      .update(users)
      .set({ ...patch, updatedAt: now })
      .where(changes)
      .returning(),
    db.select().from(sessions).where(eq(sessions.userId, userId)),
  ])
  if (!user) throw new AppError(held.length > 0 ? 'username_taken' : 'wrong_password')
  return { user, sessions: own, isRenamed: renamed.length > 0 }
}
