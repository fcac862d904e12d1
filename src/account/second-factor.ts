import { and, eq, gt, not, type SQL, sql } from 'drizzle-orm'
import { record } from '../activity/activity'
import type { Statements } from '../db/batch-named'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import { selectRow } from '../db/select-row'
import { AppError } from '../errors'
import type { ClientInfo } from '../http/client-info'
import { MINUTE_MS } from '../lib/time'
import { type ProvenCaller, unproven, whileProven } from '../log-in/fresh-proof/require-fresh-proof'
import { asCaller } from '../sessions/as-caller'
import type { Caller } from '../sessions/sessions'
import { forgetSecondFactor } from '../sessions/set-up-only'
import { sessions } from '../sessions/tables'
import type { AccountChange, PastContacts } from '../users/past-identifiers'
import { isKept, keepIdentifiers, mayChangeAgain } from '../users/past-identifiers'
import { endProofs } from '../users/proof-stamp'
import { isConfirmedOf, type SecondFactorRow } from '../users/second-factors'
import { secondFactors, users } from '../users/tables'
import type { UserRow } from '../users/users'
import { selectNextChange, tooManyChanges } from './account-change'

/*
 * The second factor of a signed-in user: it is set up in two steps, replaced and removed. A set-up counts for nothing until a code of it
 * was typed, so nobody locks themselves out by a QR code that did not work.
 */

/** How long a set-up waits for its first code. */
export const SET_UP_LIFE_MS = 10 * MINUTE_MS

const NO_FACTOR = {
  secret: null,
  kid: null,
  confirmedAt: null,
  since: null,
  lastStep: 0,
  passedBy: null,
  recoveryHashes: [],
}

/**
 * Keeps a sealed secret until its first code comes. It replaces one that was kept before, and leaves a confirmed one as it is.
 * @returns its owner
 * @throws {AppError} as `unproven`, or `unauthenticated`
 */
export async function keepPendingSecret(proven: ProvenCaller, pendingSecret: string, now: number): Promise<UserRow> {
  const { caller, db } = proven
  const pending = { pendingSecret, pendingUntil: now + SET_UP_LIFE_MS }
  const row = { userId: sql`${users.id}`, ...pending, ...NO_FACTOR }
  const { kept, user } = await asCaller(db, caller, now, (whileLive) => ({
    kept: db
      .insert(secondFactors)
      .select(selectRow(secondFactors, row, sql`${whileProven(proven, whileLive)}`, users))
      .onConflictDoUpdate({ target: secondFactors.userId, set: pending })
      .returning({ userId: secondFactors.userId }),
    user: db.select().from(users).where(eq(users.id, caller.userId)),
  }))
  if (kept.length === 0 || !user[0]) throw await unproven(proven)
  return user[0]
}

/** Since when a user has had a second factor. */
const sinceOf = (db: Db, userId: string) =>
  db.select({ since: secondFactors.since }).from(secondFactors).where(eq(secondFactors.userId, userId))

/** A set-up whose first code was right. */
export interface Confirming {
  caller: Caller
  db: Db
  /** The row as it was read. */
  row: SecondFactorRow
  /** What the row gets. */
  set: Pick<SecondFactorRow, 'secret' | 'kid' | 'lastStep'> & { recoveryHashes: string[]; passedBy: string }
  change: Omit<AccountChange, 'userId'>
  client: ClientInfo
}

/**
 * Confirms a set-up. The first one of an account can be taken back by the link in its notice, as a change of a contact can: a thief may
 * have turned it on. The session counts as one that began with a second factor.
 *
 * The race: one set-up is confirmed twice, or is replaced meanwhile. The update finds the pending secret that was compared, once.
 * @returns `kept` has the contacts that get a link, if this turned it on
 * @throws {AppError} `wrong_second_factor`, `rate_limited`, `unauthenticated`
 */
export async function confirmSetUp({ caller, db, row, set, change, client }: Confirming): Promise<{
  kept: PastContacts[]
  user: UserRow
}> {
  const { userId, sessionId } = caller
  const { now } = change
  const ownChange = { ...change, userId }
  const isNew = row.confirmedAt === null
  const isPending = and(
    eq(secondFactors.userId, userId),
    sql`${secondFactors.pendingSecret} IS ${row.pendingSecret}`,
    gt(secondFactors.pendingUntil, now),
    isNew ? not(sql`(${isConfirmedOf(userId)})`) : eq(secondFactors.confirmedAt, row.confirmedAt ?? 0),
  )
  const isConfirmed = and(eq(secondFactors.userId, userId), eq(secondFactors.passedBy, set.passedBy))
  const results = await asCaller(db, caller, now, (whileLive) => {
    const done = sql`${existsRow(db, secondFactors, isConfirmed)} AND ${whileLive}`
    const mayTurnOn = and(existsRow(db, secondFactors, isPending), mayChangeAgain(db, ownChange, now), whileLive)
    return {
      next: selectNextChange(db, ownChange),
      pending: db.select({ userId: secondFactors.userId }).from(secondFactors).where(isPending),
      kept: isNew ? keepIdentifiers(db, ownChange, mayTurnOn) : undefined,
      confirmed: db
        .update(secondFactors)
        .set({
          ...set,
          pendingSecret: null,
          pendingUntil: null,
          confirmedAt: now,
          since: sql`coalesce(${secondFactors.since}, ${now})`,
        })
        .where(and(isPending, isNew ? isKept(db, ownChange) : undefined, whileLive))
        .returning({ userId: secondFactors.userId }),
      recorded: record(db, { userId, sessionId, event: 'second_factor_on', client, now }, done),
      session: db
        .update(sessions)
        .set({ secondFactorSince: sql`${sinceOf(db, userId)}` })
        .where(and(eq(sessions.id, sessionId), done)),
      user: db
        .update(users)
        .set(endProofs)
        .where(and(eq(users.id, userId), done))
        .returning(),
    }
  })
  const [user] = results.user
  if (user) return { kept: results.kept ?? [], user }
  throw (
    (results.pending.length > 0 && isNew && tooManyChanges(results.next, now)) || new AppError('wrong_second_factor')
  )
}

/** What else a change of a confirmed second factor needs: by which client, and when (ms). */
interface By {
  client: ClientInfo
  now: number
}

/**
 * Turns the second factor off, with its recovery codes and with a set-up that is pending.
 * @returns the owner, who is to be told; undefined if there was none, so a client whose answer got lost can ask again
 * @throws {AppError} `unauthenticated`, or as `unproven`
 */
export const turnOff = (proven: ProvenCaller, by: By): Promise<UserRow | undefined> =>
  changeFactor(proven, by, ({ db, caller: { userId, sessionId } }, isAllowed, whileLive) => ({
    recorded: record(db, { userId, sessionId, event: 'second_factor_off', ...by }, isAllowed),
    // Codes and tokens that are out were asked for by somebody who may know more than they do now.
    stamped: db
      .update(users)
      .set(endProofs)
      .where(and(eq(users.id, userId), isAllowed)),
    removed: db.delete(secondFactors).where(and(eq(secondFactors.userId, userId), isAllowed)),
    forgotten: forgetSecondFactor(proven, userId, whileLive),
  }))

/**
 * Gives the account a new set of recovery codes. The codes before work no more.
 * @returns the owner; undefined if there is no second factor
 * @throws {AppError} `unauthenticated`, or as `unproven`
 */
export const replaceRecoveryCodes = (
  proven: ProvenCaller,
  recoveryHashes: string[],
  by: By,
): Promise<UserRow | undefined> =>
  changeFactor(proven, by, ({ db, caller: { userId, sessionId } }, isAllowed) => ({
    replaced: db
      .update(secondFactors)
      .set({ recoveryHashes })
      .where(and(isConfirmedOf(userId), isAllowed)),
    recorded: record(db, { userId, sessionId, event: 'recovery_codes_made', ...by }, isAllowed),
  }))

/** Changes a confirmed second factor while what was proven holds, and gives its owner; undefined if there is none. */
async function changeFactor(
  proven: ProvenCaller,
  { now }: By,
  makeStatements: (proven: ProvenCaller, isAllowed: SQL, whileLive: SQL) => Statements,
): Promise<UserRow | undefined> {
  const { caller, db } = proven
  const results = await asCaller(db, caller, now, (whileLive) => {
    const isProven = existsRow(db, users, whileProven(proven, whileLive))
    const hasFactor = existsRow(db, secondFactors, isConfirmedOf(caller.userId))
    return {
      factor: db.select({ userId: secondFactors.userId }).from(secondFactors).where(isConfirmedOf(caller.userId)),
      user: db.select().from(users).where(whileProven(proven, whileLive)),
      changed: makeStatements(proven, sql`(${isProven} AND ${hasFactor} AND ${whileLive})`, whileLive),
    }
  })
  const [user] = results.user
  if (!user) throw await unproven(proven)
  return results.factor.length > 0 ? user : undefined
}
