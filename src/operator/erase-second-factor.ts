import { and, eq, gt, lte, not, or, type SQL, sql } from 'drizzle-orm'
import type { Context } from 'hono'
import { record } from '../activity/activity'
import type { AppEnv, Variables } from '../context'
import { batchNamed } from '../db/batch-named'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import { selectRow } from '../db/select-row'
import { AppError, isLost } from '../errors'
import { afterAnswer } from '../http/after-answer'
import { limits } from '../limits'
import { type Link, newLink } from '../notices/link'
import { contactsOf, sendNotice } from '../notices/notify'
import { forgetSecondFactor } from '../sessions/set-up-only'
import { tooMany } from '../too-many'
import { endProofs } from '../users/proof-stamp'
import { isOpen, SECOND_FACTOR_TARGET, WAIT_MS } from '../users/removal-requests'
import { hasSecondFactor, isConfirmedOf } from '../users/second-factors'
import { passkeys, removalRequests, secondFactors, users } from '../users/tables'
import type { UserRow } from '../users/users'
import { hasAnotherWay } from '../users/ways-to-log-in'
import { type NewAct, NO_CLIENT, recordAct } from './acts'

/*
 * For somebody who has lost the authenticator app and the recovery codes. An operator cannot know who asks. So the first call is a request,
 * of which all contacts are told, with a link that stops it. A log-in with the second factor stops it too, and so does any change of the
 * account's proof stamp (`users/proof-stamp.ts`). After 72 hours, and for seven days, the same call erases the factor: the app, and passkeys
 * too where they count as one.
 */

export type Erasure =
  | { kind: 'asked'; effectiveAt: number; user: UserRow; isNew: boolean }
  | { kind: 'erased'; user: UserRow }

/**
 * Asks for the erasure of a second factor, or does it once its time has come. The owner is told even if the operator hangs up.
 * @throws {AppError} `not_found`, `no_second_factor`, `rate_limited` if a request of today was stopped, `unavailable`
 */
export async function eraseSecondFactor(c: Context<AppEnv>, act: NewAct): Promise<Erasure> {
  const link = await newLink(c.var.keys)
  const erasing = runErasure(c.var, act, link)
  afterAnswer(c, () => tellOwner(c, erasing, link))
  return erasing
}

type Erasing = Pick<Variables, 'config' | 'db'>

async function runErasure(erasing: Erasing, act: NewAct, link: Link): Promise<Erasure> {
  const { now } = act
  const results = await batchNamed(erasing.db, erasureStatements(erasing, act, link))
  const [user] = results.user
  const [request] = results.request
  if (!user) throw new AppError('not_found')
  if (results.erased.length > 0 || (results.erasedPasskeys ?? []).length > 0) return { kind: 'erased', user }
  if (results.factor.length === 0) throw new AppError('no_second_factor')
  const isWaiting = request?.stamp === user.proofStamp && request.effectiveAt > now
  if (isWaiting) return { kind: 'asked', effectiveAt: request.effectiveAt, user, isNew: results.asked.length > 0 }
  throw tooMany('removal_requests', (request?.effectiveAt ?? now) - WAIT_MS + limits.removal_requests.windowMs - now)
}

/**
 * The race: the owner stops the request, or logs in with the factor, while an operator erases it. Whether the request is open is part of
 * each write.
 */
function erasureStatements({ config, db }: Erasing, act: NewAct, { linkMac }: Link) {
  const { userId, now } = act
  const own = (when: SQL) => and(eq(removalRequests.target, SECOND_FACTOR_TARGET), isOpen(now), when)
  const isOpenWith = (when: SQL) =>
    existsRow(db, users, and(eq(users.id, userId), existsRow(db, removalRequests, own(when))))
  const isDue = isOpenWith(lte(removalRequests.effectiveAt, now))
  const hasErasable = hasErasableFactor({ config, db }, userId)
  const about = { userId, client: NO_CLIENT, now }
  const effectiveAt = now + WAIT_MS
  const row = {
    userId: sql`${users.id}`,
    target: SECOND_FACTOR_TARGET,
    effectiveAt,
    stamp: sql`${users.proofStamp}`,
    linkMac,
  }
  const mayAsk = and(eq(users.id, userId), hasErasable, not(isOpenWith(gt(removalRequests.effectiveAt, now))))
  return {
    ...recordAct(db, act),
    factor: db
      .select({ id: users.id })
      .from(users)
      .where(and(eq(users.id, userId), hasErasable)),
    recordedErasure: record(
      db,
      { ...about, event: 'second_factor_off', sequence: 2 },
      sql`${isDue} AND ${hasErasable}`,
    ),
    erased: db
      .delete(secondFactors)
      .where(and(isConfirmedOf(userId), isDue))
      .returning({ userId: secondFactors.userId }),
    // Where a passkey counts as a second factor, its log-ins would still ask for it.
    erasedPasskeys:
      config.REQUIRE_SECOND_FACTOR === 'all'
        ? db
            .delete(passkeys)
            .where(and(eq(passkeys.userId, userId), isDue, hasWayBesidePasskeys({ config, db }, userId)))
            .returning({ id: passkeys.id })
        : undefined,
    forgotten: forgetSecondFactor({ config, db }, userId),
    // The request is void then, and so are codes and tokens that are out.
    stamped: db
      .update(users)
      .set(endProofs)
      .where(and(eq(users.id, userId), isDue, not(hasErasable))),
    asked: db
      .insert(removalRequests)
      .select(selectRow(removalRequests, row, sql`${mayAsk}`, users))
      .onConflictDoUpdate({
        target: [removalRequests.userId, removalRequests.target],
        set: { effectiveAt, stamp: sql`excluded.stamp`, linkMac },
        setWhere: lte(removalRequests.effectiveAt, effectiveAt - limits.removal_requests.windowMs),
      })
      .returning({ effectiveAt: removalRequests.effectiveAt }),
    recordedAsking: record(
      db,
      { ...about, event: 'second_factor_erasure_asked', sequence: 2 },
      existsRow(db, removalRequests, eq(removalRequests.linkMac, linkMac)),
    ),
    request: db
      .select()
      .from(removalRequests)
      .where(and(eq(removalRequests.userId, userId), eq(removalRequests.target, SECOND_FACTOR_TARGET))),
    user: db.select().from(users).where(eq(users.id, userId)),
  }
}

/** True of a user who can log in without any passkey, so that none may be erased that somebody needs. */
const hasWayBesidePasskeys = ({ config, db }: Erasing, userId: string): SQL =>
  existsRow(db, users, and(eq(users.id, userId), hasAnotherWay(db, { passkeys: 'all' }, config)))

/** True of a user who has something to erase: an app; or, where they count as a second factor, passkeys. */
const hasErasableFactor = (erasing: Erasing, userId: string): SQL => {
  const { config, db } = erasing
  const hasApp = existsRow(db, secondFactors, isConfirmedOf(userId))
  return sql`(${or(hasApp, and(hasSecondFactor(db, userId, config), hasWayBesidePasskeys(erasing, userId)))})`
}

/** Tells the owner what became of the call. If D1's answer is lost, D1 is asked whether the request was made. */
async function tellOwner(c: Context<AppEnv>, erasing: Promise<Erasure>, link: Link): Promise<void> {
  const outcome = await erasing.catch((error: unknown) =>
    isLost(error) ? findAsked(c.var.primary(), link) : undefined,
  )
  if (outcome?.kind === 'erased') await sendNotice(c, { to: contactsOf(outcome.user), purpose: 'second_factor_off' })
  if (outcome?.kind !== 'asked' || !outcome.isNew) return
  const to = contactsOf(outcome.user).map((contact) => ({ ...contact, linkPath: `/s/${link.token}` }))
  await sendNotice(c, { to, purpose: 'second_factor_erasure_asked' })
}

/** The request that was made with this link, if it was made. */
async function findAsked(db: Db, { linkMac }: Link): Promise<Erasure | undefined> {
  const found = await db
    .select({ user: users, effectiveAt: removalRequests.effectiveAt })
    .from(removalRequests)
    .innerJoin(users, eq(users.id, removalRequests.userId))
    .where(eq(removalRequests.linkMac, linkMac))
    .get()
  return found && { kind: 'asked', ...found, isNew: true }
}
