import { and, eq, exists, ne, not, notExists, or, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { record } from '../activity/activity'
import { AppError } from '../errors'
import type { ClientInfo } from '../http/client-info'
import { type ProvenCaller, unproven, whileProven } from '../log-in/fresh-proof/require-fresh-proof'
import { asCaller } from '../sessions/as-caller'
import { liveSessionsOf, type SessionRow } from '../sessions/sessions'
import { sessions } from '../sessions/tables'
import { isKept, isReserved, keepIdentifiers, mayChangeAgain, type PastContacts } from '../users/past-identifiers'
import { users } from '../users/tables'
import { identifiersOf, type UserRow } from '../users/users'
import { type NewChange, selectNextChange, tooManyChanges } from './account-change'
import type { ProfilePatch } from './schemas'

/**
 * Changes the fields of the caller's profile that the patch names. If they are all as they were, nothing is written.
 * @returns the user with their sessions after it; `kept` is empty if the user name is the same
 * @throws {AppError} `username_taken`, `wrong_password`, `rate_limited` or `unauthenticated`
 */
export async function changeProfile(
  proven: ProvenCaller,
  patch: ProfilePatch,
  { client, change }: { client: ClientInfo; change: NewChange },
): Promise<{ user: UserRow; sessions: SessionRow[]; kept: PastContacts[] }> {
  const { caller, db } = proven
  const { userId, sessionId } = caller
  const { username } = patch
  const { now } = change
  const ownChange = { ...change, userId }
  const others = alias(users, 'others')
  const holder = db
    .select({ id: others.id })
    .from(others)
    .where(username === undefined ? sql`false` : and(eq(others.username, username), ne(others.id, userId)))
  const isKeptForOthers = isReserved(db, identifiersOf({ username: username ?? null }), { forUser: userId, now })
  const isNewName = username === undefined ? sql`false` : sql`${users.username} IS NOT ${username}`
  const differs = anyDiffers(patch)
  const results = await asCaller(db, caller, now, (whileLive) => {
    // The race: two users take one name. Whether it is free is part of the write, and the UNIQUE index is behind it.
    const mayHave = and(notExists(holder), not(isKeptForOthers), whileProven(proven, whileLive))
    const renaming = { userId, sessionId, event: 'username_changed' as const, client, now }
    const isRenaming = sql`${isKept(db, change)} AND ${whileLive}`
    return {
      taken: db.select({ is: sql<0 | 1>`${or(exists(holder), isKeptForOthers)}` }).from(sql`(SELECT 1)`),
      next: selectNextChange(db, ownChange),
      kept: keepIdentifiers(db, ownChange, and(mayHave, isNewName, mayChangeAgain(db, ownChange, now))),
      renamed: record(db, renaming, isRenaming),
      same: db
        .select()
        .from(users)
        .where(and(mayHave, not(differs))),
      user: db
        .update(users)
        .set({ ...patch, updatedAt: now })
        .where(and(mayHave, differs, or(not(isNewName), isRenaming)))
        .returning(),
      sessions: db.select().from(sessions).where(liveSessionsOf(userId, now)),
    }
  })
  const user = results.user[0] ?? results.same[0]
  if (user) return { user, sessions: results.sessions, kept: results.kept }
  if (results.taken[0]?.is) throw new AppError('username_taken')
  throw tooManyChanges(results.next, now) ?? (await unproven(proven))
}

/** True when a field of the patch is not what the user has. */
function anyDiffers({ username, name, nickname, timeZone }: ProfilePatch): SQL {
  const fields = Object.entries({ username, name, nickname, time_zone: timeZone })
  const changed = fields.flatMap(([column, value]) =>
    value === undefined ? [] : [sql`${sql.identifier(column)} IS NOT ${value}`],
  )
  return sql`(${changed.length > 0 ? sql.join(changed, sql` OR `) : sql`false`})`
}
