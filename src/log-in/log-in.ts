import { and, eq, not, type SQL, sql } from 'drizzle-orm'
import type { Context } from 'hono'
import type { AppEnv } from '../context'
import { batchNamed, type ResultsOf, type Statements } from '../db/batch-named'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import type { Channel } from '../delivery/message'
import { AppError } from '../errors'
import { afterAnswer } from '../http/after-answer'
import { clientInfo } from '../http/client-info'
import { traceOf } from '../http/trace'
import { contactsOf, notify } from '../notices/notify'
import { beginSession, hasBegun } from '../sessions/begin-session'
import { issueTokens } from '../sessions/issue-tokens'
import { type KnownDevice, signDevice } from '../sessions/known-device'
import { findReplacedSession } from '../sessions/replaced-session'
import type { LogInAnswer, TokenPlace } from '../sessions/schemas'
import { forgetCopies, forgetIfLost, keepCopy } from '../sessions/session-copy'
import { type LogInProof, newSession, type SessionRow } from '../sessions/sessions'
import { isBlocked } from '../users/blocked'
import type { ProviderId } from '../users/provider-ids'
import { users } from '../users/tables'
import type { UserRow } from '../users/users'
import type { LogInMethod } from '../users/ways-to-log-in'
import { type Account, idOf, isMade, makeAccount } from './account'
import { accountCounts, countAccount, type Obstacle, obstacleTo } from './account-limits'

/*
 * THE gateway: every way to log in or sign up ends in `logIn`, and nothing else begins a session. A method proves who somebody
 * is, and then calls `logIn`.
 */

export interface LogIn<First extends Statements> {
  method: LogInMethod
  /** Who proved it, where the method is `social`. */
  provider?: ProviderId
  proof: LogInProof
  account: Account
  /**
   * Statements of the method that run first, in the same transaction: they count and spend what was proven. They must spend nothing if
   * `isPossible` is false, because then the account is blocked, or none can be made.
   */
  first: (isPossible: SQL) => First
  /** True in that transaction when the method has proven who this is. */
  proven: SQL
  /** Statements that run last. They carry `begun`, which is true when the session has begun. */
  last: (begun: SQL) => Statements
  /** Where the client wants its tokens. */
  tokensIn: TokenPlace
  /** The device that the client says it is. */
  device: KnownDevice
  /** The channel that the log-in went by, so that a notice goes by another one. */
  channel?: Channel
  now: number
}

export type LogInOutcome<First extends Statements> =
  | { kind: 'begun'; isNewUser: boolean; answer: LogInAnswer }
  /** The account has a second factor, so no session has begun. No account has one yet. */
  | { kind: 'second_factor'; userId: string }
  /**
   * Nothing was proven, an identifier is taken, the account is blocked, or none can be made (`obstacle`). `first` has the results of the
   * method's own statements.
   */
  | { kind: 'refused'; first: ResultsOf<First>; holders: UserRow[]; obstacle: Obstacle | null }

/**
 * Begins a session, in one transaction with all that belongs to it: it spends the proof, makes the account, ends the session
 * that is replaced and records the log-in. Then it keeps the copy in KV, tells the owner of a new device, and issues the tokens.
 * @throws {AppError} `unavailable`
 */
export async function logIn<const First extends Statements>(
  c: Context<AppEnv>,
  { method, provider, proof, account, first, proven, last, tokensIn, device, channel, now }: LogIn<First>,
): Promise<LogInOutcome<First>> {
  const { db, kv, background } = c.var
  const client = clientInfo(c)
  const session = await newSession({ userId: account.user.id, proof, deviceId: device.id, client, now })
  const replaces = await findReplacedSession(c, tokensIn)
  const userId = idOf(db, account)
  const beginning = {
    session: { ...session, userId },
    isNewUser: isMade(db, account),
    by: { by: method, provider },
    replaces,
    device,
    client,
    now,
  }
  const counts = await accountCounts(c, account)
  const obstacle = obstacleTo(db, account, counts, now)
  const isExisting = account.kind === 'existing'
  const isPossible = sql`(${obstacle}) IS NULL`
  const batch = batchNamed(db, {
    obstacle: db.select({ is: obstacle }).from(sql`(SELECT 1)`),
    first: first(isPossible),
    ...makeAccount(db, account, sql`${proven} AND ${isPossible}`),
    counted: countAccount(db, account, counts, now),
    session: beginSession(db, beginning, mayBegin(db, account, proven)),
    last: last(hasBegun(db, session.id)),
  })
  const [results] = await Promise.all([
    forgetIfLost(c.var, batch, () => (isExisting ? [session.id, replaces] : [replaces])),
    // The user is known before D1 answers, so the copy need not wait for it.
    isExisting && keepCopy(kv, session, account.user, now),
  ])
  const holders = results.holders ?? []
  const user = account.kind === 'existing_or_new' ? holders[0] : account.user
  if (!user || results.session.begun.length === 0) {
    if (isExisting) await forgetCopies(kv, [session.id], background)
    return { kind: 'refused', first: results.first, holders, obstacle: results.obstacle[0]?.is ?? null }
  }

  const begun = { ...session, userId: user.id }
  if (!isExisting) await keepCopy(kv, begun, user, now)
  afterLogIn(c, user, results.session, channel)
  const deviceToken = await signDevice(c.var.keys, device, { userId: user.id, epoch: user.deviceEpoch, now })
  const answer = await issueTokens(c, { session: begun, user, tokensIn, deviceToken, now })
  return { kind: 'begun', isNewUser: (results.made ?? []).length > 0, answer }
}

/**
 * THE condition under which a session begins: the method has proven who this is, and there is such a user, who is not blocked. An account
 * that this transaction has made was made because that was proven.
 */
const mayBegin = (db: Db, account: Account, proven: SQL): SQL =>
  account.kind === 'new'
    ? isMade(db, account)
    : sql`${proven} AND ${existsRow(db, users, and(eq(users.id, idOf(db, account)), not(isBlocked)))}`

/** Names the user in the trace. After the answer, removes the copies of the sessions that ended, and tells of a new device. */
function afterLogIn(
  c: Context<AppEnv>,
  user: UserRow,
  { newDevice, ended }: { newDevice: unknown[]; ended: Pick<SessionRow, 'id'>[] },
  channel: Channel | undefined,
): void {
  traceOf(c.req.raw).userId = user.id
  const ids = ended.map(({ id }) => id)
  if (ids.length > 0) afterAnswer(c, () => forgetCopies(c.var.kv, ids, c.var.background))
  if (newDevice.length === 0) return
  // Somebody who reads the messages of one channel must not be the only one who is told.
  const contacts = contactsOf(user)
  const other = contacts.find((contact) => contact.channel !== channel)
  notify(c, { to: other ? [other] : contacts, purpose: 'new_device' })
}

/**
 * The log-in that has begun, for the route to answer.
 * @param refusal makes the error for a log-in that was refused
 */
export function requireBegun<First extends Statements>(
  outcome: LogInOutcome<First>,
  refusal: (refused: Extract<LogInOutcome<First>, { kind: 'refused' }>) => AppError,
): Extract<LogInOutcome<First>, { kind: 'begun' }> {
  switch (outcome.kind) {
    case 'begun':
      return outcome
    case 'refused':
      throw refusal(outcome)
    case 'second_factor':
      throw new AppError('internal_error')
  }
}
