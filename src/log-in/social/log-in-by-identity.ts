import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { Context } from 'hono'
import { v7 as uuidv7 } from 'uuid'
import { record } from '../../activity/activity'
import type { AppEnv } from '../../context'
import { batchNamed } from '../../db/batch-named'
import { existsRow } from '../../db/exists'
import { AppError, type ErrorCode } from '../../errors'
import { clientInfo } from '../../http/client-info'
import { isoTime } from '../../lib/time'
import type { KnownDevice } from '../../sessions/known-device'
import type { LogInAnswer, TokenPlace } from '../../sessions/schemas'
import { addIdentity, byIdentity, hasIdentity, hasRoom, isIdentity } from '../../users/identities'
import { hasSecondFactor } from '../../users/second-factors'
import { identities, users } from '../../users/tables'
import { newUser } from '../../users/users'
import { obstacleError } from '../account-limits'
import { logIn } from '../log-in'
import { requireBegun } from '../outcome'
import { areUnspent, spend } from '../spent-tokens'
import { stopRemoval } from '../stop-removals'
import { chooseAccount, type Joining, type Known } from './joining'
import { newIdentity, type ProvenIdentity } from './proven-identity'
import { type IdentityProof, sealIdentity } from './sealed-identity'
import { tellOfLink } from './tell-of-link'

/** A log-in by an identity that a provider has proven. */
export interface LogInByIdentity {
  proof: IdentityProof
  /** The name of the provider, for the notice. */
  providerName: string
  /** The error if the proof was used before. */
  spentErrorCode: ErrorCode
  tokensIn: TokenPlace
  device: KnownDevice
  now: number
}

/**
 * What another request may do between the read and the transaction: make an account with the address, and then link the identity. Each
 * costs one try.
 */
const TRIES = 3

/**
 * Logs somebody in by an identity, by THE rules of `joining.ts`. It reads once and decides in one transaction. If the account that was
 * found is no longer the right one in the transaction, it looks again.
 * @throws {AppError} `second_factor_required`, `identity_needs_proof`, `account_blocked`, `too_many_identities`, `identifier_reserved`, `rate_limited`,
 *   `unavailable`, and `spentErrorCode`
 */
export async function logInByIdentity(
  c: Context<AppEnv>,
  input: LogInByIdentity,
): Promise<{ answer: LogInAnswer; isNewUser: boolean }> {
  for (let tries = 0; tries < TRIES; tries++) {
    const joining = chooseAccount(input.proof.identity, await findKnown(c, input.proof.identity))
    if (joining.kind === 'needs_proof') throw await needsProof(c, input)
    const outcome = await logInAs(c, joining, input)
    if (outcome.kind !== 'refused') return requireBegun(outcome, () => new AppError('unavailable'))
    const [token] = outcome.first.token
    if (!token?.isUnspent) throw new AppError(input.spentErrorCode)
    if (outcome.obstacle) throw obstacleError(outcome.obstacle, input.now)
    if (joining.kind === 'joined' && !token.hasRoom) throw new AppError('too_many_identities')
  }
  throw new AppError('unavailable')
}

async function findKnown(c: Context<AppEnv>, identity: ProvenIdentity): Promise<Known> {
  const { config, db } = c.var
  const { email } = identity
  const found = await batchNamed(db, {
    owner: db
      .select({
        user: users,
        linkedAt: sql<number>`${identities.createdAt}`.as('linked_at'),
        hasFactor: sql<0 | 1>`${hasSecondFactor(db, users.id, config)}`.as('has_factor'),
      })
      .from(identities)
      .innerJoin(users, eq(users.id, identities.userId))
      .where(isIdentity(identity)),
    holder:
      email === null
        ? undefined
        : db
            .select({ user: users, hasFactor: sql<0 | 1>`${hasSecondFactor(db, users.id, config)}`.as('has_factor') })
            .from(users)
            .where(eq(users.email, email.address)),
  })
  const toKnown = <Found extends { hasFactor: 0 | 1 }>({ hasFactor, ...one }: Found) => ({
    ...one,
    hasSecondFactor: hasFactor === 1,
  })
  return { owner: found.owner.map(toKnown)[0], holder: found.holder?.map(toKnown)[0] }
}

/** The error for a person who has to prove the address first. What they have proven already is sealed, so that they can link it then. */
async function needsProof(c: Context<AppEnv>, { proof, now }: LogInByIdentity): Promise<AppError> {
  const { sealed, expiresAt } = await sealIdentity(c.var.keys, 'link_token', { ...proof, now })
  const email = String(proof.identity.email?.address)
  return new AppError('identity_needs_proof', {
    members: { linkToken: sealed, email, expiresAt: isoTime(expiresAt) },
  })
}

/**
 * Begins a session for the account that was chosen, in one transaction which also links a new identity and spends the proof.
 *
 * The races: a proof is used twice; an identity logs in for the first time many times at once; the address gets another owner between
 * the read and this. Each statement carries what it relies on.
 */
function logInAs(
  c: Context<AppEnv>,
  joining: Exclude<Joining, { kind: 'needs_proof' }>,
  { proof: { identity, token }, providerName, tokensIn, device, now }: LogInByIdentity,
) {
  const { config, db } = c.var
  const isUnspent = areUnspent(db, [token])
  const isKnown = joining.kind === 'known'
  const user =
    joining.kind === 'new'
      ? newUser({ id: uuidv7({ msecs: now }), email: identity.email?.address ?? null, name: identity.name }, now)
      : joining.user
  const row = newIdentity(identity, user.id, now)
  const hasAddress = existsRow(db, users, and(eq(users.id, user.id), eq(users.email, identity.email?.address ?? '')))
  const isJoining =
    joining.kind === 'joined'
      ? sql`${isUnspent} AND ${hasAddress} AND ${hasRoom(db, user.id)} AND NOT ${hasSecondFactor(db, user.id, config)}`
      : null
  const recordLink = (begun: SQL) =>
    record(
      db,
      {
        userId: user.id,
        event: 'identity_linked',
        client: clientInfo(c),
        now,
        sequence: 2,
        detail: { provider: identity.provider },
      },
      begun,
    )
  const outcome = logIn(c, {
    method: 'social',
    provider: identity.provider,
    identity: { issuer: identity.issuer, subject: identity.subject },
    proof: { provenBy: 'identity', provenSince: isKnown ? joining.linkedAt : now },
    account:
      joining.kind === 'new'
        ? { kind: 'existing_or_new', user, heldBy: byIdentity(db, identity), identity: row }
        : { kind: 'existing', user, hasSecondFactor: isKnown && joining.hasSecondFactor },
    first: (isPossible) => ({
      token: db
        .select({
          isUnspent: sql<0 | 1>`${isUnspent}`.as('is_unspent'),
          hasRoom: sql<0 | 1>`${hasRoom(db, user.id)}`.as('has_room'),
        })
        .from(sql`(SELECT 1)`),
      linked: isJoining ? addIdentity(db, row, sql`${isJoining} AND ${isPossible}`) : undefined,
    }),
    proven: joining.kind === 'new' ? isUnspent : sql`${isUnspent} AND ${hasIdentity(db, identity, user.id)}`,
    last: (begun, isSpent) => ({
      spent: spend(db, [token], isSpent),
      // Its owner is there, so nobody else decides that it is to go.
      stoppedRemoval: isKnown
        ? stopRemoval(db, { userId: user.id, identity }, { client: clientInfo(c), now, onlyIf: begun })
        : undefined,
      recordedLink: joining.kind === 'joined' ? recordLink(begun) : undefined,
    }),
    tokensIn,
    device,
    now,
  })
  if (joining.kind === 'joined') {
    const { user: owner } = joining
    tellOfLink(c, async () => ((await outcome).kind === 'begun' ? owner : undefined), { row, providerName })
  }
  return outcome
}
