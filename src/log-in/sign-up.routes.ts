import { createRoute } from '@hono/zod-openapi'
import { eq, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { AppError } from '../errors'
import { limitByAddress } from '../http/address-limit'
import { json, jsonBody, openProblems, problem } from '../http/openapi'
import { createRouter } from '../http/router'
import type { Keys } from '../keys'
import { readDevice } from '../sessions/known-device'
import { logInAnswerSchema } from '../sessions/schemas'
import { contactColumn } from '../users/contacts'
import { users } from '../users/tables'
import { byContact, newUser, type UserRow } from '../users/users'
import { obstacleError } from './account-limits'
import { areUsable, type ProvenContact, readVerificationToken, selectUsable } from './code/verification'
import { logIn } from './log-in'
import { requireBegun } from './outcome'
import { hashPassword } from './password/hash'
import { refusePassword } from './password/passwords-off'
import { requireGoodPassword } from './password/rules'
import { signUpSchema } from './schemas'
import { spend } from './spent-tokens'

const signUp = createRoute({
  method: 'post',
  path: '/sign-up',
  operationId: 'signUp',
  tags: ['Log-in'],
  summary: 'Sign up with a user name and a password, or with a proven contact',
  security: [],
  middleware: limitByAddress,
  request: { body: jsonBody(signUpSchema) },
  responses: {
    201: json(logInAnswerSchema, 'The account is made, and its session has begun'),
    409: problem('username_taken', 'email_taken', 'phone_taken', 'identifier_reserved'),
    ...openProblems,
    403: problem('cross_site_request', 'invalid_verification_token'),
  },
})

export const signUpRoutes = createRouter().openapi(signUp, async (c) => {
  const {
    username = null,
    password = null,
    name = null,
    nickname = null,
    tokens,
    deviceToken,
    ...given
  } = c.req.valid('json')
  const { config, db } = c.var
  refusePassword(config, password, '/password')
  const now = Date.now()
  const proofs = await readProofs(c.var.keys, given.verificationTokens, now)
  if (password !== null) {
    const context = [username, name, nickname, ...proofs.map(({ to }) => to)]
    const minLength = config.PASSWORD_MIN_LENGTH
    await requireGoodPassword(password, context, { minLength, path: '/password', assets: c.env.ASSETS })
  }

  const passwordHash = password === null ? null : await hashPassword(password, config)
  const contacts = Object.fromEntries(proofs.map(({ channel, to }) => [contactColumn[channel], to]))
  const user = newUser({ id: uuidv7({ msecs: now }), username, passwordHash, name, nickname, ...contacts }, now)
  const identifiers = [...proofs.map(byContact), ...(username === null ? [] : [eq(users.username, username)])]
  const outcome = await logIn(c, {
    method: proofs.length > 0 ? 'code' : 'password',
    proof: {
      provenBy: passwordHash === null && proofs[0] ? contactColumn[proofs[0].channel] : 'password',
      provenSince: now,
    },
    account: { kind: 'new', user, heldBy: sql`(${sql.join(identifiers, sql` OR `)})` },
    first: () => ({ proof: selectUsable(db, proofs) }),
    proven: areUsable(db, proofs),
    last: (begun) => ({ spent: spend(db, proofs, begun) }),
    tokensIn: tokens,
    device: await readDevice(c, { deviceToken, tokens }, now),
    now,
  })
  const { answer } = requireBegun(outcome, ({ first, holders, obstacle }) => {
    if (!first.proof[0]?.unspent) return new AppError('invalid_verification_token')
    if (holders.length > 0) return alreadyTaken(holders, user)
    return first.proof[0].usable && obstacle ? obstacleError(obstacle, now) : new AppError('invalid_verification_token')
  })
  return c.json(answer, 201)
})

/** What the verification tokens of a sign-up prove: at most one contact of each channel. */
async function readProofs(keys: Keys, tokens: string[], now: number): Promise<ProvenContact[]> {
  const proofs = await Promise.all(
    tokens.map((token) => readVerificationToken(keys, token, { purpose: 'verify', now })),
  )
  if (new Set(proofs.map(({ channel }) => channel)).size < proofs.length) {
    const error = { path: '/verificationTokens/1', code: 'duplicate', message: 'Proves the same kind of contact again' }
    throw new AppError('invalid_fields', { errors: [error] })
  }
  return proofs
}

/** The error that says which identifier of the new user another account has. */
function alreadyTaken(others: UserRow[], user: UserRow): AppError {
  const has = (column: 'username' | 'email' | 'phone') =>
    user[column] !== null && others.some((other) => other[column] === user[column])
  return new AppError(has('username') ? 'username_taken' : has('email') ? 'email_taken' : 'phone_taken')
}
