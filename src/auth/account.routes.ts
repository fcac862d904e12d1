import { createRoute } from '@hono/zod-openapi'
import { and, eq, exists } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { createRouter } from '../context'
import { users } from '../db/schema'
import { AppError } from '../errors'
import { limitByAddress } from '../http/address-limit'
import { empty, json, jsonBody, openProblems, problem, signedIn, writeProblems } from '../http/openapi'
import { mac } from '../lib/mac'
import { byIdentifier, canonicalIdentifier, type UserRow } from '../users/users'
import { proveCurrentPassword, samePassword } from './current-password'
import { issueTokens } from './issue-tokens'
import { accountKey, clearFailures, countAttempt, requireAttempt } from './log-in-limits'
import { hashPassword, requireGoodPassword, verifyPassword } from './password'
import { requireUser } from './require-user'
import { logInAnswerSchema, logInSchema, passwordChangeSchema, signUpSchema } from './schemas'
import { deleteOtherSessions, insertSession, newSession, whileLive, writeAs } from './session'
import { forgetCopies, keepCopy } from './session-copy'

const signUp = createRoute({
  method: 'post',
  path: '/sign-up',
  operationId: 'signUp',
  tags: ['Log-in'],
  summary: 'Sign up with a user name and a password',
  security: [],
  middleware: limitByAddress,
  request: { body: jsonBody(signUpSchema) },
  responses: {
    201: json(logInAnswerSchema, 'The account is made and signed in'),
    409: problem('username_taken'),
    ...openProblems,
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

const changePassword = createRoute({
  method: 'put',
  path: '/password',
  operationId: 'changePassword',
  tags: ['Account'],
  summary: 'Change the password',
  description: 'Ends every other session.',
  security: signedIn,
  middleware: [limitByAddress, requireUser],
  request: { body: jsonBody(passwordChangeSchema) },
  responses: {
    204: empty('The password is changed'),
    ...writeProblems,
    403: problem('cross_site_request', 'wrong_password'),
    429: problem('rate_limited', 'too_many_attempts'),
  },
})

export const accountRoutes = createRouter()
  .openapi(signUp, async (c) => {
    const { username, password, name = null, nickname = null, tokens } = c.req.valid('json')
    const { config, db } = c.var
    const minLength = config.PASSWORD_MIN_LENGTH
    await requireGoodPassword(password, [username, name, nickname], { minLength, path: '/password' })

    const now = Date.now()
    const user: UserRow = {
      id: uuidv7(),
      username,
      email: null,
      phone: null,
      passwordHash: await hashPassword(password, config),
      passwordVersion: 0,
      name,
      nickname,
      createdAt: now,
      updatedAt: now,
    }
    const session = newSession(user.id, now)
    // The race: many sign-ups with one user name. The UNIQUE index lets one in; the others make no row, and so no session.
    const [made] = await db.batch([
      db.insert(users).values(user).onConflictDoNothing().returning({ id: users.id }),
      insertSession(db, session, undefined),
    ])
    if (made.length === 0) throw new AppError('username_taken')

    const [answer] = await Promise.all([
      issueTokens(c, { session, user, delivery: tokens, now }),
      keepCopy(c.env.KV, session, user, now),
    ])
    return c.json(answer, 201)
  })
  .openapi(logIn, async (c) => {
    const { password, tokens, ...typed } = c.req.valid('json')
    const { config, db, keys } = c.var
    const identifier = canonicalIdentifier(typed.identifier)
    const who = byIdentifier(identifier)
    const key = accountKey(db, who, await mac(keys.current.throttle, identifier))
    const [counted, [account], [user]] = await db.batch([
      ...countAttempt(db, key, Date.now()),
      db.select().from(users).where(who),
    ])
    requireAttempt(counted, account, Date.now())

    const { correct, outdated } = await verifyPassword(password, user?.passwordHash ?? null, config)
    if (!(user && correct)) throw new AppError('invalid_credentials')

    const now = Date.now()
    const session = newSession(user.id, now)
    const rehashed = outdated ? [await hashPassword(password, config)] : []
    const [[made]] = await Promise.all([
      db.batch([
        // The race: the password is changed while this one is being hashed. Then it is no longer right.
        insertSession(db, session, samePassword(user)),
        clearFailures(db, user.id),
        ...rehashed.map((passwordHash) => db.update(users).set({ passwordHash }).where(samePassword(user))),
      ]),
      keepCopy(c.env.KV, session, user, now),
    ])
    if (made.length === 0) {
      await forgetCopies(c.env.KV, [session.id], (task) => c.executionCtx.waitUntil(task))
      throw new AppError('invalid_credentials')
    }
    return c.json(await issueTokens(c, { session, user, delivery: tokens, now }), 200)
  })
  .openapi(changePassword, async (c) => {
    const { newPassword, currentPassword } = c.req.valid('json')
    const { caller, config, db } = c.var
    const minLength = config.PASSWORD_MIN_LENGTH
    await requireGoodPassword(newPassword, [], { minLength, path: '/newPassword' })
    const user = await proveCurrentPassword(db, caller, currentPassword, config)
    const context = [user.username, user.email, user.phone, user.name, user.nickname]
    await requireGoodPassword(newPassword, context, { minLength, path: '/newPassword' })

    const now = Date.now()
    const passwordHash = await hashPassword(newPassword, config)
    const passwordVersion = user.passwordVersion + 1
    const [changed, , ended] = await writeAs(db, caller, now, [
      // The race: two changes from one password. The second no longer finds the password that it proved.
      db
        .update(users)
        .set({ passwordHash, passwordVersion, updatedAt: now })
        .where(and(samePassword(user), whileLive(db, caller, now)))
        .returning({ id: users.id }),
      clearFailures(db, caller.userId),
      deleteOtherSessions(
        db,
        caller,
        exists(
          db
            .select({ id: users.id })
            .from(users)
            .where(and(eq(users.id, caller.userId), eq(users.passwordHash, passwordHash))),
        ),
      ),
    ])
    if (changed.length === 0) throw new AppError('wrong_password')
    const ids = ended.map(({ id }) => id)
    await forgetCopies(c.env.KV, ids, (task) => c.executionCtx.waitUntil(task))
    return c.body(null, 204)
  })
