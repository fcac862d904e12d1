import { and, eq, not, type SQL, sql } from 'drizzle-orm'
import type { Context } from 'hono'
import { record } from '../activity/activity'
import type { AppEnv, Variables } from '../context'
import { batchNamed, type Statements } from '../db/batch-named'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import type { Channel } from '../delivery/message'
import type { SecondFactorMethod } from '../errors'
import { type ClientInfo, clientInfo } from '../http/client-info'
import { traceOf } from '../http/trace'
import { beginSession, hasBegun } from '../sessions/begin-session'
import { issueTokens } from '../sessions/issue-tokens'
import { type KnownDevice, signDevice } from '../sessions/known-device'
import { findReplacedSession } from '../sessions/replaced-session'
import type { TokenPlace } from '../sessions/schemas'
import { forgetCopies, forgetIfLost, keepCopy } from '../sessions/session-copy'
import { type LogInProof, newSession, type SessionRow } from '../sessions/sessions'
import { mustSetUp } from '../sessions/set-up-only'
import { isBlocked } from '../users/blocked'
import type { IdentityKey } from '../users/identities'
import type { ProviderId } from '../users/provider-ids'
import { hasSecondFactor, isConfirmedOf, type SecondFactorRow } from '../users/second-factors'
import { passkeys, secondFactors, users } from '../users/tables'
import type { UserRow } from '../users/users'
import type { LogInMethod } from '../users/ways-to-log-in'
import { type Account, idOf, inZoneOfClient, isMade, makeAccount, userOf } from './account'
import { type AccountCount, accountCounts, countAccount, obstacleTo } from './account-limits'
import { afterLogIn } from './after-log-in'
import type { LogInOutcome } from './outcome'
import { toConfirmed } from './second-factor/compare-second-factor'
import { askForSecondFactor, type SecondFactorAsked } from './second-factor/token'

/*
 * THE gateway: every way to log in or sign up ends in `logIn`, and nothing else begins a session. A method proves who somebody
 * is, and then calls `logIn`.
 */

export interface LogIn<First extends Statements> {
  method: LogInMethod
  /** Who proved it, where the method is `social`, and which identity. */
  provider?: ProviderId | undefined
  identity?: IdentityKey | undefined
  /**
   * The second factor that the method has proven too, and since when (ms) the account has had it. `by` is for the activity. Otherwise the
   * account's is asked for, if it has one.
   */
  secondFactor?: { since: number; by?: SecondFactorMethod }
  proof: LogInProof
  account: Account
  /**
   * Statements of the method that run first, in the same transaction: they count and spend what was proven. They must spend nothing if
   * `isPossible` is false, because then the account is blocked, or none can be made.
   */
  first: (isPossible: SQL) => First
  /** True in that transaction when the method has proven who this is. */
  proven: SQL
  /**
   * Statements that run last. They carry `begun`, which is true when the session has begun; or, if they only spend the proof, `spent`,
   * which is also true when the second factor is asked for.
   */
  last: (begun: SQL, spent: SQL) => Statements
  /** Where the client wants its tokens. */
  tokensIn: TokenPlace
  /** The device that the client says it is. */
  device: KnownDevice
  /** The channel that the log-in went by, so that a notice goes by another one. */
  channel?: Channel | undefined
  now: number
}

/**
 * Begins a session, in one transaction with all that belongs to it: it spends the proof, makes the account, ends the session
 * that is replaced and records the log-in. Then it keeps the copy in KV, tells the owner of a new device, and issues the tokens. If the
 * account has a second factor that was not proven, it only spends the proof.
 * @throws {AppError} `unavailable`
 */
export async function logIn<const First extends Statements>(
  c: Context<AppEnv>,
  given: LogIn<First>,
): Promise<LogInOutcome<First>> {
  const account = inZoneOfClient(c, given.account)
  const input = { ...given, account }
  const { device, channel, tokensIn, now } = input
  const { config, db, kv, background } = c.var
  const client = clientInfo(c)
  const { proof, secondFactor } = input
  const about = { proof, secondFactorSince: secondFactor?.since ?? null, deviceId: device.id, client, now }
  const userId = 'user' in account ? account.user.id : account.userId
  const session = await newSession({ userId, ...about })
  const replaces = await findReplacedSession(c, tokensIn)
  const counts = await accountCounts(c, account)
  const batch = batchNamed(db, statementsOf(c.var, input, { session, replaces, counts, client }))
  // If the user is known before D1 answers, the copy need not wait for it.
  const isEarly = account.kind === 'existing' && !account.hasSecondFactor
  const [results] = await Promise.all([
    forgetIfLost(c.var, batch, () => (isEarly ? [session.id, replaces] : [replaces])),
    isEarly && keepCopy(kv, session, account.user, now),
  ])
  const holders = results.holders ?? []
  const user = userOf(account, holders)
  if (!user || results.session.begun.length === 0) {
    if (isEarly) await forgetCopies(kv, [session.id], background)
    const [has] = results.asked ?? []
    if (user && has) return { kind: 'second_factor', ...(await askFor(c, input, user, has)) }
    return { kind: 'refused', first: results.first, holders, obstacle: results.obstacle[0]?.is ?? null }
  }

  const begun = { ...session, userId: user.id }
  if (!isEarly) await keepCopy(kv, begun, user, now)
  afterLogIn(c, user, results.session, channel)
  const deviceToken = await signDevice(c.var.keys, device, { userId: user.id, epoch: user.deviceEpoch, now })
  // Without a second factor that was proven, a session begins only where there is none.
  const isSetUpOnly = !secondFactor && mustSetUp(config, user, now)
  const answer = await issueTokens(c, { session: begun, user, tokensIn, deviceToken, isSetUpOnly, now })
  return { kind: 'begun', isNewUser: (results.made ?? []).length > 0, answer, user, first: results.first }
}

interface Beginning {
  session: SessionRow
  replaces: string | null
  counts: AccountCount[]
  client: ClientInfo
}

/** The statements of a log-in, in the order in which they run. */
function statementsOf<const First extends Statements>(
  { config, db }: Pick<Variables, 'config' | 'db'>,
  input: LogIn<First>,
  { session, replaces, counts, client }: Beginning,
) {
  const { account, method, provider, secondFactor, first, proven, last, device, now } = input
  const userId = idOf(db, account)
  const by = { by: method, provider, factor: secondFactor?.by }
  const beginning = {
    session: { ...session, userId },
    isNewUser: isMade(db, account),
    by,
    replaces,
    device,
    client,
    now,
  }
  const obstacle = obstacleTo(db, account, counts, now)
  const isPossible = sql`(${obstacle}) IS NULL`
  const isProven = whileProven(db, account, proven)
  // An account that is made now has no second factor.
  const mayAsk = account.kind !== 'new' && !secondFactor
  const hasFactor = mayAsk ? hasSecondFactor(db, userId, config) : sql`false`
  const isAsked = sql`(${isProven} AND ${hasFactor})`
  const begun = hasBegun(db, session.id)
  return {
    obstacle: db.select({ is: obstacle }).from(sql`(SELECT 1)`),
    first: first(isPossible),
    ...makeAccount(db, account, sql`${proven} AND ${isPossible}`),
    counted: countAccount(db, account, counts, now),
    session: beginSession(db, beginning, sql`${isProven} AND NOT ${hasFactor}`),
    asked: mayAsk ? selectFactors(db, userId, isAsked) : undefined,
    recordedAsk: mayAsk
      ? record(db, { userId, event: 'second_factor_asked', client, now, detail: by }, isAsked)
      : undefined,
    last: last(begun, sql`(${begun} OR ${isAsked})`),
  }
}

/**
 * THE condition under which a session begins, or the second factor is asked for: the method has proven who this is, and there is such a
 * user, who is not blocked. An account that this transaction has made was made because that was proven.
 */
const whileProven = (db: Db, account: Account, proven: SQL): SQL =>
  account.kind === 'new'
    ? isMade(db, account)
    : sql`${proven} AND ${existsRow(db, users, and(eq(users.id, idOf(db, account)), not(isBlocked)))}`

/** The query of what a user's second factor can be proven by, while it is asked for. */
const selectFactors = (db: Db, userId: string | SQL, isAsked: SQL) =>
  db
    .select({
      app: secondFactors,
      hasPasskey: sql<0 | 1>`${existsRow(db, passkeys, eq(passkeys.userId, users.id))}`.as('has_passkey'),
    })
    .from(users)
    .leftJoin(secondFactors, isConfirmedOf(users.id))
    .where(and(eq(users.id, userId), isAsked))

/** The token with which the client goes on, of an account that has a second factor. */
function askFor<First extends Statements>(
  c: Context<AppEnv>,
  { method, provider, identity, channel, proof, device, tokensIn, now }: LogIn<First>,
  { id: userId, proofStamp: stamp }: UserRow,
  { app, hasPasskey }: { app: SecondFactorRow | null; hasPasskey: 0 | 1 },
): Promise<SecondFactorAsked> {
  traceOf(c.req.raw).userId = userId
  const factor = toConfirmed(app)
  const waiting = { userId, stamp, method, provider, identity, channel, proof, device, tokensIn, factor }
  const recoveryCodesLeft = app?.recoveryHashes.length ?? 0
  return askForSecondFactor(c.var.keys, waiting, { recoveryCodesLeft, hasPasskey: hasPasskey === 1, now })
}
