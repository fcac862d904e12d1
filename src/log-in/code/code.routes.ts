import { createRoute } from '@hono/zod-openapi'
import { eq, exists, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { record } from '../../activity/activity'
import { createRouter } from '../../context'
import { users } from '../../db/schema'
import { selectRow } from '../../db/select-row'
import { openChannel } from '../../delivery/channels'
import { deliver } from '../../delivery/deliver'
import { preferredLocale } from '../../delivery/message'
import { AppError } from '../../errors'
import { limitByAddress } from '../../http/address-limit'
import { afterAnswer } from '../../http/after-answer'
import { clientAddress } from '../../http/client-address'
import { clientInfo } from '../../http/client-info'
import { json, jsonBody, openProblems, problem } from '../../http/openapi'
import { isoTime } from '../../lib/time'
import { beginSession } from '../../sessions/begin-session'
import { findReplaced, welcome } from '../../sessions/issue-tokens'
import { newSession } from '../../sessions/session'
import { forgetIfLost, keepCopy } from '../../sessions/session-copy'
import { requireContact } from '../../users/contact-input'
import { byContact, contactColumn, newUser } from '../../users/users'
import {
  challengeSchema,
  guessSchema,
  logInAnswerSchema,
  otpLogInSchema,
  otpSchema,
  verificationSchema,
} from '../schemas'
import { compareCode, findChallenge, isRight, issueCode, refusedGuess } from './otp'
import { CODE_LIFE_MS, countGuess, hasSpent, RESEND_AFTER_MS } from './otp-limits'
import { codeMessage } from './texts'
import { signVerificationToken } from './verification'

const common = { method: 'post' as const, tags: ['Codes'], security: [], middleware: limitByAddress }
const guessProblems = {
  401: problem('invalid_code'),
  429: problem('rate_limited', 'too_many_attempts'),
}

const requestCode = createRoute({
  ...common,
  path: '/otp',
  operationId: 'requestCode',
  summary: 'Send a one-time code',
  description:
    'The message goes out after the answer, which is the same for whoever the recipient is. Only the newest code of a recipient and purpose counts.',
  request: { body: jsonBody(otpSchema) },
  responses: {
    202: json(challengeSchema, 'A code is on its way'),
    ...openProblems,
    429: problem('rate_limited', 'too_many_codes'),
    503: problem('channel_not_configured', 'sms_budget_spent', 'misconfigured', 'unavailable'),
  },
})

const verifyCode = createRoute({
  ...common,
  path: '/otp/verify',
  operationId: 'verifyCode',
  summary: 'Trade a code for a verification token',
  description: 'For codes of purpose `verify` and `reset_password`. The token lives ten minutes and is used once.',
  request: { body: jsonBody(guessSchema) },
  responses: { 200: json(verificationSchema, 'The contact is proven'), ...openProblems, ...guessProblems },
})

const logInByCode = createRoute({
  ...common,
  path: '/otp/log-in',
  operationId: 'logInByCode',
  summary: 'Log in with a code',
  description: 'For codes of purpose `log_in`. Who has no account yet gets one.',
  request: { body: jsonBody(otpLogInSchema) },
  responses: {
    200: json(logInAnswerSchema, 'Signed in, in a new session'),
    201: json(logInAnswerSchema, 'The account is made and signed in'),
    ...openProblems,
    ...guessProblems,
  },
})

export const otpRoutes = createRouter()
  .openapi(requestCode, async (c) => {
    const { channel, to, purpose } = c.req.valid('json')
    const { config, db, keys } = c.var
    const { contact, prefix } = requireContact(channel, to, config)
    const send = openChannel(channel, config, c.var.kv, c.req.url)
    if (!send) throw new AppError('channel_not_configured')

    const now = Date.now()
    const { challengeId, code, userId } = await issueCode(
      { db, kv: c.var.kv, keys, smsBudget: config.SMS_DAILY_BUDGET },
      { purpose, contact, prefix, address: clientAddress(c), now },
    )
    // Nobody is told that there is no account to reset the password of: only the message stays away.
    if (userId || purpose !== 'reset_password') {
      const locale = preferredLocale(c.req.header('Accept-Language'))
      const host = new URL(config.PUBLIC_ORIGIN).hostname
      const message = codeMessage({ ...contact, purpose, locale, code, host })
      const sent = { event: 'code_sent' as const, client: clientInfo(c), now }
      afterAnswer(c, async () => {
        const outcome = await deliver(send, message)
        if (userId) await record(c.var.primary(), { ...sent, userId, detail: { channel, purpose, outcome } })
      })
    }
    const challenge = { challengeId, expiresAt: isoTime(now + CODE_LIFE_MS), resendAt: isoTime(now + RESEND_AFTER_MS) }
    return c.json(challenge, 202)
  })
  .openapi(verifyCode, async (c) => {
    const { challengeId, code } = c.req.valid('json')
    const { db, keys } = c.var
    const now = Date.now()
    const challenge = await findChallenge(c.var.kv, challengeId)
    const guess = await compareCode(keys, challenge, { challengeId, code, purposes: ['verify', 'reset_password'], now })
    const [counted, [guard]] = await db.batch(countGuess(db, guess))
    const { purpose } = guess
    if (!isRight(guess, counted) || purpose === undefined) throw refusedGuess(guess, counted, guard)
    const { channel, to } = challenge
    return c.json(await signVerificationToken(keys, { purpose, channel, to }, now), 200)
  })
  .openapi(logInByCode, async (c) => {
    const { challengeId, code, tokens } = c.req.valid('json')
    const { db, keys } = c.var
    const now = Date.now()
    const challenge = await findChallenge(c.var.kv, challengeId)
    const guess = await compareCode(keys, challenge, { challengeId, code, purposes: ['log_in'], now })

    const spent = hasSpent(db, guess)
    const user = newUser({ id: uuidv7(), [contactColumn[challenge.channel]]: challenge.to }, now)
    const found = byContact(challenge)
    const userId = sql`${db.select({ id: users.id }).from(users).where(found)}`
    const client = clientInfo(c)
    const session = newSession(user.id, client, now)
    const replaces = await findReplaced(c, tokens)
    const isNewUser = exists(db.select({ id: users.id }).from(users).where(eq(users.id, user.id)))
    // One transaction: the code is spent if and only if there is a user and a session, whoever else makes the user meanwhile.
    const beginning = db.batch([
      ...countGuess(db, guess),
      db
        .insert(users)
        .select(selectRow(users, user, spent))
        .onConflictDoNothing()
        .returning({ id: users.id }),
      db.select().from(users).where(found),
      ...beginSession(db, { session: { ...session, userId }, isNewUser, by: 'code', replaces, client, now }, spent),
    ])
    const results = await forgetIfLost(c.var, beginning, () => [replaces])
    const [counted, [guard], made, [row], , newDevice, , , ended] = results
    if (!(isRight(guess, counted) && row)) throw refusedGuess(guess, counted, guard)

    const own = { ...session, userId: row.id }
    await keepCopy(c.var.kv, own, row, now)
    const answer = await welcome(c, { session: own, user: row, delivery: tokens, now }, { newDevice, ended })
    return c.json(answer, made.length > 0 ? 201 : 200)
  })
