import { createRoute } from '@hono/zod-openapi'
import { eq, exists, or, sql } from 'drizzle-orm'
import type { Context } from 'hono'
import { v7 as uuidv7 } from 'uuid'
import { record } from '../activity/activity'
import { type AppEnv, createRouter } from '../context'
import { users } from '../db/schema'
import { selectRow } from '../db/select-row'
import { AppError } from '../errors'
import { limitByAddress } from '../http/address-limit'
import { afterAnswer } from '../http/after-answer'
import { clientInfo } from '../http/client-info'
import { json, jsonBody, openProblems, problem } from '../http/openapi'
import type { Keys } from '../keys'
import { mac } from '../lib/mac'
import { beginSession } from '../sessions/begin-session'
import { findReplaced, welcome } from '../sessions/issue-tokens'
import { newSession } from '../sessions/session'
import { forgetCopies, forgetIfLost, keepCopy } from '../sessions/session-copy'
import {
  byContact,
  byIdentifier,
  canonicalIdentifier,
  contactColumn,
  newUser,
  samePassword,
  type UserRow,
} from '../users/users'
import { areUnspent, findUnspent, type Proof, readVerificationToken, spend } from './code/verification'
import { hashPassword, requireGoodPassword, verifyPassword } from './password/password'
import { accountKey, clearFailures, countAttempt, requireAttempt } from './password/throttle'
import { logInAnswerSchema, logInSchema, signUpSchema } from './schemas'

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
    201: json(logInAnswerSchema, 'The account is made and signed in'),
    409: problem('username_taken', 'email_taken', 'phone_taken'),
    ...openProblems,
    403: problem('cross_site_request', 'invalid_verification_token'),
  },
})

const logIn = createRoute({
  method: 'post',
  path: '/log-in',
  operationId: 'logIn',
  tags: ['Log-in'],
  summary: 'Log in with a password',
  description: 'One answer for an unknown user, a wrong password and a user without a password.',
  security: [],
  middleware: limitByAddress,
  request: { body: jsonBody(logInSchema) },
  responses: {
    200: json(logInAnswerSchema, 'Signed in, in a new session'),
    ...openProblems,
    401: problem('invalid_credentials'),
    429: problem('rate_limited', 'too_many_attempts'),
  },
})

export const accountRoutes = createRouter()
  .openapi(signUp, async (c) => {
    const { username = null, password = null, name = null, nickname = null, tokens, ...given } = c.req.valid('json')
    const { config, db, keys } = c.var
    const now = Date.now()
    const proofs = await readProofs(keys, given.verificationTokens, now)
    const by = proofs.length > 0 ? 'code' : 'password'
    const contacts = Object.fromEntries(proofs.map(({ channel, to }) => [contactColumn[channel], to]))
    if (password !== null) {
      const context = [username, name, nickname, ...proofs.map(({ to }) => to)]
      await requireGoodPassword(password, context, {
        minLength: config.PASSWORD_MIN_LENGTH,
        path: '/password',
        assets: c.env.ASSETS,
      })
    }

    const passwordHash = password === null ? null : await hashPassword(password, config)
    const user = newUser({ id: uuidv7(), username, passwordHash, name, nickname, ...contacts }, now)
    const client = clientInfo(c)
    const session = newSession(user.id, client, now)
    const replaces = await findReplaced(c, tokens)
    const isMade = exists(db.select({ id: users.id }).from(users).where(eq(users.id, user.id)))
    const holders = [...proofs.map(byContact), ...(username === null ? [] : [eq(users.username, username)])]
    // The race: many sign-ups with one user name, contact or verification token. The UNIQUE indexes and the spent token let
    // one in; the others make no row, and so no session, and spend nothing.
    const beginning = db.batch([
      findUnspent(db, proofs),
      db
        .insert(users)
        .select(selectRow(users, user, areUnspent(db, proofs)))
        .onConflictDoNothing()
        .returning({ id: users.id }),
      db
        .select()
        .from(users)
        .where(or(...holders)),
      ...beginSession(db, { session, isNewUser: sql`true`, by, replaces, client, now }, isMade),
      ...proofs.map((one) => spend(db, one, isMade)),
    ])
    const [[proof], made, taken, , , , , ended] = await forgetIfLost(c.var, beginning, () => [replaces])
    if (made.length === 0) throw proof?.unspent ? alreadyTaken(taken, user) : new AppError('invalid_verification_token')

    await keepCopy(c.var.kv, session, user, now)
    return c.json(await welcome(c, { session, user, delivery: tokens, now }, { newDevice: [], ended }), 201)
  })
  .openapi(logIn, async (c) => {
    const { password, tokens, ...typed } = c.req.valid('json')
    const { config, db, keys } = c.var
    const identifier = canonicalIdentifier(typed.identifier, config.DEFAULT_COUNTRY)
    const who = byIdentifier(identifier)
    const key = accountKey(db, who, await mac(keys.current.throttle, identifier.value))
    const [counted, blocks, [user]] = await db.batch([
      ...countAttempt(db, key, Date.now()),
      db.select().from(users).where(who),
    ])
    requireAttempt('log_in_failures', counted, blocks, Date.now())

    const client = clientInfo(c)
    const { correct, outdated } = await verifyPassword(password, user?.passwordHash ?? null, config)
    if (!(user && correct)) {
      if (user) noteFailure(c, user.id)
      throw new AppError('invalid_credentials')
    }

    const now = Date.now()
    const session = newSession(user.id, client, now)
    const replaces = await findReplaced(c, tokens)
    const rehashed = outdated ? [await hashPassword(password, config)] : []
    // The race: the password is changed while this one is being hashed. Then it is no longer right.
    const isRight = exists(db.select({ id: users.id }).from(users).where(samePassword(user)))
    const beginning = db.batch([
      ...beginSession(db, { session, isNewUser: sql`false`, by: 'password', replaces, client, now }, isRight),
      clearFailures(db, user.id, isRight),
      ...rehashed.map((passwordHash) => db.update(users).set({ passwordHash }).where(samePassword(user))),
    ])
    const [[made, newDevice, , , ended]] = await Promise.all([
      forgetIfLost(c.var, beginning, () => [session.id, replaces]),
      keepCopy(c.var.kv, session, user, now),
    ])
    if (made.length === 0) {
      await forgetCopies(c.var.kv, [session.id], c.var.background)
      throw new AppError('invalid_credentials')
    }
    return c.json(await welcome(c, { session, user, delivery: tokens, now }, { newDevice, ended }), 200)
  })

/** Tells the owner of a failed log-in, after the answer: before it, it would tell the guesser that there is an owner. */
function noteFailure(c: Context<AppEnv>, userId: string): void {
  const who = { userId, client: clientInfo(c), now: Date.now() }
  afterAnswer(c, () => record(c.var.db, { ...who, event: 'log_in_failed', detail: { by: 'password' } }))
}

/** The proofs that a sign-up brings: one of a channel. */
async function readProofs(keys: Keys, tokens: string[], now: number): Promise<Proof[]> {
  const proofs = await Promise.all(
    tokens.map((token) => readVerificationToken(keys, token, { purpose: 'verify', now })),
  )
  if (new Set(proofs.map(({ channel }) => channel)).size < proofs.length) {
    const error = { path: '/verificationTokens/1', code: 'duplicate', message: 'Proves the same kind of contact again' }
    throw new AppError('invalid_fields', { errors: [error] })
  }
  return proofs
}

/** Which of the new user's identifiers somebody else has. */
function alreadyTaken(others: UserRow[], user: UserRow): AppError {
  const has = (column: 'username' | 'email' | 'phone') =>
    user[column] !== null && others.some((other) => other[column] === user[column])
  return new AppError(has('username') ? 'username_taken' : has('email') ? 'email_taken' : 'phone_taken')
}
