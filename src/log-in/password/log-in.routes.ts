import { createRoute } from '@hono/zod-openapi'
import { and } from 'drizzle-orm'
import type { Context } from 'hono'
import type { AppEnv } from '../../context'
import { batchNamed } from '../../db/batch-named'
import { existsRow } from '../../db/exists'
import { AppError } from '../../errors'
import { limitByAddress } from '../../http/address-limit'
import { json, jsonBody, openProblems, problem } from '../../http/openapi'
import { createRouter } from '../../http/router'
import { mac } from '../../lib/mac'
import { type KnownDevice, readDevice } from '../../sessions/known-device'
import { logInAnswerSchema } from '../../sessions/schemas'
import { hasSecondFactor } from '../../users/second-factors'
import { users } from '../../users/tables'
import { byIdentifier, canonicalIdentifier, samePassword, type UserRow } from '../../users/users'
import { type Obstacle, obstacleError } from '../account-limits'
import { logIn } from '../log-in'
import { requireBegun } from '../outcome'
import { hashPassword, verifyPassword } from './hash'
import { requirePasswords } from './passwords-off'
import { recordFailure } from './record-failure'
import { logInSchema } from './schemas'
import { type Attempt, attemptKey, countAttempt, requireAttempt, takeBackAttempt } from './throttle'

const logInByPassword = createRoute({
  method: 'post',
  path: '/log-in',
  operationId: 'logIn',
  tags: ['Log-in'],
  summary: 'Log in with a password',
  description:
    'An unknown user, a wrong password and a user without a password get the same answer. Only somebody with the right password is told that the account is blocked. It is not there where PASSWORDS is off.',
  security: [],
  middleware: [requirePasswords, limitByAddress] as const,
  request: { body: jsonBody(logInSchema) },
  responses: {
    200: json(logInAnswerSchema, 'Signed in, in a new session'),
    ...openProblems,
    401: problem('invalid_credentials'),
    403: problem('cross_site_request', 'account_blocked', 'second_factor_required'),
    404: problem('not_found'),
    429: problem('rate_limited', 'too_many_attempts'),
  },
})

export const passwordLogInRoutes = createRouter().openapi(logInByPassword, async (c) => {
  const { identifier, password, tokens, deviceToken } = c.req.valid('json')
  const { config, db } = c.var
  const device = await readDevice(c, { deviceToken, tokens }, Date.now())
  const { found, hasFactor, attempt } = await countAndFindUser(c, identifier, device)
  const { correct, outdated } = await verifyPassword(password, found?.passwordHash ?? null, config)
  if (!(found && correct)) {
    recordFailure(c, found ? { userId: found.id, event: 'log_in_failed', detail: { by: 'password' } } : null)
    throw new AppError('invalid_credentials')
  }

  // The race: the password changes while this one is being hashed. Then this one is no longer right.
  const proven = existsRow(db, users, samePassword(found))
  const newHash = outdated ? await hashPassword(password, config) : null
  const outcome = await logIn(c, {
    method: 'password',
    proof: { provenBy: 'password', provenSince: found.passwordChangedAt },
    account: { kind: 'existing', user: found, hasSecondFactor: hasFactor },
    first: () => ({}),
    proven,
    last: () => ({
      // Also where the account is blocked: the password was right.
      takenBack: takeBackAttempt(db, attempt, proven),
      rehashed:
        newHash === null ? undefined : db.update(users).set({ passwordHash: newHash }).where(samePassword(found)),
    }),
    tokensIn: tokens,
    device,
    now: Date.now(),
  })
  return c.json(requireBegun(outcome, ({ obstacle }) => refusedLogIn(obstacle)).answer, 200)
})

const refusedLogIn = (obstacle: Obstacle | null): AppError =>
  obstacle === null ? new AppError('invalid_credentials') : obstacleError(obstacle, Date.now())

/**
 * Counts an attempt, and finds the user whom the identifier names, if there is one. On a device that the user knows it has a count of
 * its own, so that no stranger can lock the owner out there.
 * @throws {AppError} `too_many_attempts`
 */
async function countAndFindUser(
  c: Context<AppEnv>,
  typed: string,
  device: KnownDevice,
): Promise<{ found: UserRow | undefined; hasFactor: boolean; attempt: Attempt }> {
  const { config, db, keys } = c.var
  const now = Date.now()
  const identifier = canonicalIdentifier(typed, config.DEFAULT_COUNTRY)
  const who = byIdentifier(identifier)
  const key = attemptKey(db, { who, device, macOfIdentifier: await mac(keys.current.throttle, identifier.value) })
  const { counting, user, factor } = await batchNamed(db, {
    counting: countAttempt(db, key, now),
    user: db.select().from(users).where(who),
    factor: db
      .select({ id: users.id })
      .from(users)
      .where(and(who, hasSecondFactor(db, users.id, config))),
  })
  const attempt = requireAttempt('log_in_failures', counting, now)
  return { found: user[0], hasFactor: factor.length > 0, attempt }
}
