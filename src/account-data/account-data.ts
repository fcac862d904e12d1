import { and, desc, eq, type SQL } from 'drizzle-orm'
import * as z from 'zod'
import { isSince } from '../activity/activity'
import { activityEntrySchema } from '../activity/schemas'
import { activity } from '../activity/tables'
import type { Config } from '../config'
import type { ResultsOf } from '../db/batch-named'
import type { Db } from '../db/client'
import { windowFreeAt } from '../db/sliding-window'
import { isoTime } from '../lib/time'
import { limits } from '../limits'
import { logInThrottle } from '../log-in/password/tables'
import { failuresOf } from '../log-in/password/throttle'
import { deviceSchema } from '../sessions/schemas'
import { toDevice } from '../sessions/session-copy'
import { liveSessionsOf } from '../sessions/sessions'
import { sessions } from '../sessions/tables'
import { userSchema } from '../users/schemas'
import { pastIdentifiers, removalRequests, users } from '../users/tables'
import { toUser, type UserRow } from '../users/users'
import { identitySchema, selectIdentities, toIdentity } from './identities'
import { passkeySchema, selectPasskeys, toPasskey } from './passkeys'
import { secondFactorSchema, selectSecondFactor, toSecondFactor } from './second-factor'

/*
 * All that we store about an account, but for its to-dos and lists. Owners and operators export it, with the activity page by page.
 */

export const requestDataSchema = () =>
  z.object({
    target: z
      .string()
      .meta({ description: '`email`, `phone`, `second_factor`, or the id of an identity or a passkey.' }),
    effectiveAt: z.iso.datetime(),
    isOpen: z.boolean(),
  })

/* These are functions: the document makes the schemas when it is asked for. */

export const accountDataSchema = () =>
  z.object({
    exportedAt: z.iso.datetime(),
    user: userSchema,
    sessions: z.array(deviceSchema),
    activity: z.array(activityEntrySchema),
    identities: z.array(identitySchema.extend({ issuer: z.string(), subject: z.string() })),
    secondFactor: secondFactorSchema().nullable(),
    passkeys: z.array(passkeySchema),
    removalRequests: z.array(requestDataSchema()),
    pastIdentifiers: z.array(
      z.object({
        changed: z.enum(pastIdentifiers.changed.enumValues),
        username: z.string().nullable(),
        email: z.string().nullable(),
        phone: z.string().nullable(),
        changedAt: z.iso.datetime(),
      }),
    ),
    passwordFailures: z.array(z.object({ failures: z.int(), lastFailureAt: z.iso.datetime() })),
  })

/** The queries of an account's data, but for the activity. */
export const selectAccountData = (db: Db, userId: string, now: number) => ({
  users: db.select().from(users).where(eq(users.id, userId)),
  sessions: db.select().from(sessions).where(liveSessionsOf(userId, now)).orderBy(desc(sessions.id)),
  identities: selectIdentities(db, userId, now),
  factor: selectSecondFactor(db, userId, now),
  passkeys: selectPasskeys(db, userId, now),
  requests: db.select().from(removalRequests).where(eq(removalRequests.userId, userId)),
  past: db.select().from(pastIdentifiers).where(eq(pastIdentifiers.userId, userId)),
  failures: db.select().from(logInThrottle).where(failuresOf(userId)),
})

/** What `selectAccountData` gives. */
export type AccountRows = ResultsOf<ReturnType<typeof selectAccountData>>

/**
 * The data as an export has it.
 * @param user the row of the user, which is there
 * @param about `sessionId` is the session of the request; an operator has none
 */
export const toAccountData = (
  rows: AccountRows,
  user: UserRow,
  { config, sessionId, now }: { config: Config; sessionId: string | null; now: number },
) => ({
  exportedAt: isoTime(now),
  user: toUser(user),
  sessions: rows.sessions.map((row) => toDevice(row, sessionId)),
  identities: rows.identities.map((row) => ({
    ...toIdentity(row, config),
    issuer: row.issuer,
    subject: row.subject,
  })),
  secondFactor: toSecondFactor(rows.factor),
  passkeys: rows.passkeys.map(toPasskey),
  removalRequests: rows.requests.map((row) => toRemovalRequest(row, user)),
  pastIdentifiers: rows.past.map(({ changed, username, email, phone, changedAt }) => ({
    changed,
    username,
    email,
    phone,
    changedAt: isoTime(changedAt),
  })),
  passwordFailures: rows.failures.map(({ failures, lastFailureAt }) => ({
    failures,
    lastFailureAt: isoTime(lastFailureAt),
  })),
})

/** When a user may export again (ms), by `limits.exports`. */
export const nextExportAt = (db: Db, userId: string, now: number): SQL<number> => {
  const isExport = and(isSince(userId, now - limits.exports.windowMs), eq(activity.event, 'export'))
  return windowFreeAt(db, { table: activity, where: isExport, at: activity.at, order: activity.id }, limits.exports)
}

/** A request to remove a contact, an identity or a passkey. It is open while it is neither stopped nor void. */
export const toRemovalRequest = (
  { target, effectiveAt, stamp }: typeof removalRequests.$inferSelect,
  { proofStamp }: UserRow,
) => ({ target, effectiveAt: isoTime(effectiveAt), isOpen: stamp === proofStamp })
