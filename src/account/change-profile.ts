import { and, eq, ne, notExists, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { record } from '../activity/activity'
import { existsRow } from '../db/exists'
import { AppError } from '../errors'
import type { ClientInfo } from '../http/client-info'
import { type ProvenCaller, whileProven } from '../log-in/fresh-proof/require-fresh-proof'
import { asCaller } from '../sessions/as-caller'
import type { SessionRow } from '../sessions/sessions'
import { sessions } from '../sessions/tables'
import { users } from '../users/tables'
import type { UserRow } from '../users/users'
import type { ProfilePatch } from './schemas'

/**
 * Changes the fields of the caller's profile that the patch names.
 * @returns the user with their sessions, and whether the user name is another one now
 * @throws {AppError} `username_taken`, `wrong_password` or `unauthenticated`
 */
export async function changeProfile(
  proven: ProvenCaller,
  patch: ProfilePatch,
  { client, now }: { client: ClientInfo; now: number },
): Promise<{ user: UserRow; sessions: SessionRow[]; isRenamed: boolean }> {
  const { caller, db } = proven
  const { userId, sessionId } = caller
  const { username } = patch
  const others = alias(users, 'others')
  const holder = db
    .select({ id: others.id })
    .from(others)
    .where(username === undefined ? sql`false` : and(eq(others.username, username), ne(others.id, userId)))
  const isOther = username === undefined ? sql`false` : sql`${users.username} IS NOT ${username}`
  const results = await asCaller(db, caller, now, (whileLive) => {
    // The race: two users take one name. Whether it is free is part of the write, and the UNIQUE index is behind it.
    const changes = and(notExists(holder), whileProven(proven, whileLive))
    const renaming = { userId, sessionId, event: 'username_changed' as const, client, now }
    return {
      holder,
      renamed: record(db, renaming, existsRow(db, users, and(changes, isOther))),
      user: db
        .update(users)
        .set({ ...patch, updatedAt: now })
        .where(changes)
        .returning(),
      sessions: db.select().from(sessions).where(eq(sessions.userId, userId)),
    }
  })
  const [user] = results.user
  if (!user) throw new AppError(results.holder.length > 0 ? 'username_taken' : 'wrong_password')
  return { user, sessions: results.sessions, isRenamed: results.renamed.length > 0 }
}
