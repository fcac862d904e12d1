import { createRoute } from '@hono/zod-openapi'
import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { Context } from 'hono'
import type { AppEnv } from '../../context'
import type { ResultsOf } from '../../db/batch-named'
import type { Db } from '../../db/client'
import { existsRow } from '../../db/exists'
import { AppError } from '../../errors'
import { limitByAddress } from '../../http/address-limit'
import { clientInfo } from '../../http/client-info'
import { json, jsonBody, openProblems, problem } from '../../http/openapi'
import { createRouter } from '../../http/router'
import { logInAnswerSchema } from '../../sessions/schemas'
import { tooMany } from '../../too-many'
import { hasIdentity } from '../../users/identities'
import { users } from '../../users/tables'
import { logIn } from '../log-in'
import { requireBegun } from '../outcome'
import { recordFailure } from '../password/record-failure'
import { areUnspent, spend } from '../spent-tokens'
import { stopRemoval } from '../stop-removals'
import { compareSecondFactor, hasPassed, passSecondFactor } from './compare-second-factor'
import { type GuessCounts, logInKey } from './guess-limits'
import { tellOfRecoveryCode } from './prove-second-factor'
import { secondFactorLogInSchema } from './schemas'
import { oneTimeTokenOf, openSecondFactorToken, type PendingSecondFactor } from './token'

const logInBySecondFactor = createRoute({
  method: 'post',
  path: '/second-factor',
  operationId: 'logInBySecondFactor',
  tags: ['Log-in'],
  summary: 'Go on with a log-in that needs a second factor',
  description:
    'Any log-in to an account that has a second factor answers 403 `second_factor_required` and spends what it proved. This goes on with its `secondFactorToken`, within five minutes and with at most five guesses. Each code of the app is accepted once, and so is each recovery code.',
  security: [],
  middleware: limitByAddress,
  request: { body: jsonBody(secondFactorLogInSchema) },
  responses: {
    200: json(logInAnswerSchema, 'Signed in, in a new session'),
    ...openProblems,
    401: problem('invalid_code'),
    403: problem('cross_site_request', 'invalid_second_factor_token'),
    429: problem('rate_limited', 'too_many_attempts'),
  },
})

export const secondFactorRoutes = createRouter().openapi(logInBySecondFactor, async (c) => {
  const { secondFactorToken, code, tokens } = c.req.valid('json')
  const { db, keys } = c.var
  const now = Date.now()
  const pending = await openSecondFactorToken(keys, secondFactorToken, now)
  if (tokens !== undefined && tokens !== pending.tokensIn) throw otherPlace()
  const { userId, identity } = pending
  const guess = await compareSecondFactor(keys, { userId, ...pending.factor }, code, now)
  const counts = { key: logInKey(db, userId, pending.device), token: pending.jti, now }
  const token = oneTimeTokenOf(pending)
  const client = clientInfo(c)
  const isRecovery = guess.method === 'recovery_code'
  const outcome = await logIn(c, {
    ...pending,
    account: { kind: 'existing_by_id', userId },
    secondFactor: 'included',
    factor: guess.method,
    first: (isPossible) => passSecondFactor(db, guess, counts, sql`${isUsable(db, pending)} AND ${isPossible}`),
    proven: hasPassed(db, guess),
    last: (begun) => ({
      spent: spend(db, [token], begun),
      // The owner is there, so nobody else decides that something is to go.
      stoppedErasure: stopRemoval(db, { userId, secondFactor: true }, { client, now, onlyIf: begun }),
      stoppedRemoval: identity && stopRemoval(db, { userId, identity }, { client, now, onlyIf: begun }),
    }),
    now,
  })
  const { answer, first, user } = requireBegun(outcome, (refused) => refusal(c, refused, counts, userId))
  if (isRecovery) tellOfRecoveryCode(c, user, first.passed[0]?.recoveryHashes.length ?? 0)
  return c.json(answer, 200)
})

/** True while the token is not spent, and what the first factor proved still holds. */
function isUsable(db: Db, pending: PendingSecondFactor): SQL {
  const { userId, stamp, identity } = pending
  return sql`${areUnspent(db, [oneTimeTokenOf(pending)])}
    AND ${existsRow(db, users, and(eq(users.id, userId), eq(users.proofStamp, stamp)))}
    AND ${identity ? hasIdentity(db, identity, userId) : sql`true`}`
}

/** The error for a guess that was not accepted. A right one and a wrong one get the same while the account has to wait. */
function refusal(
  c: Context<AppEnv>,
  { first }: { first: ResultsOf<ReturnType<typeof passSecondFactor>> },
  { now }: GuessCounts,
  userId: string,
): AppError {
  const [state] = first.state
  if (!first.allowed[0]?.is || state?.isUsedUp) return new AppError('invalid_second_factor_token')
  if (state && state.blockedUntil > now) return tooMany('second_factor_failures', state.blockedUntil - now)
  recordFailure(c, { userId, event: 'second_factor_failed' }, 'codes')
  return new AppError('invalid_code')
}

const otherPlace = () =>
  new AppError('invalid_fields', {
    errors: [
      { path: '/tokens', code: 'not_allowed', message: 'The log-in was begun with its tokens in another place' },
    ],
  })
