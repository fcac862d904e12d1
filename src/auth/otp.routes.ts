import { createRoute } from '@hono/zod-openapi'
import { sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { createRouter } from '../context'
import { sessions, users } from '../db/schema'
import { selectRow } from '../db/select-row'
import { openChannel } from '../delivery/channels'
import { deliver } from '../delivery/deliver'
import { preferredLocale } from '../delivery/message'
import { codeMessage } from '../delivery/texts'
import { AppError } from '../errors'
import { limitByAddress } from '../http/address-limit'
import { afterAnswer } from '../http/after-answer'
import { clientAddress } from '../http/client-address'
import { json, jsonBody, openProblems, problem } from '../http/openapi'
import { isoTime } from '../lib/time'
import { requireContact } from '../users/contact-input'
import { byContact, contactColumn, newUser } from '../users/users'
import { issueTokens } from './issue-tokens'
import { compareCode, findChallenge, issueCode, requireRight } from './otp'
import { CODE_LIFE_MS, countGuess, hasSpent, RESEND_AFTER_MS } from './otp-limits'
import {
  challengeSchema,
  guessSchema,
  logInAnswerSchema,
  otpLogInSchema,
  otpSchema,
  verificationSchema,
} from './schemas'
import { newSession } from './session'
import { keepCopy } from './session-copy'
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
    const send = openChannel(channel, config, c.env.KV, c.req.url)
    if (!send) throw new AppError('channel_not_configured')

    const now = Date.now()
    const { challengeId, code, known } = await issueCode(
      { db, kv: c.env.KV, keys, smsBudget: config.SMS_DAILY_BUDGET },
      { purpose, contact, prefix, address: clientAddress(c), now },
    )
    // Nobody is told that there is no account to reset the password of: only the message stays away.
    if (known || purpose !== 'reset_password') {
      const locale = preferredLocale(c.req.header('Accept-Language'))
      const host = new URL(config.PUBLIC_ORIGIN).hostname
      afterAnswer(c, () => deliver(send, codeMessage({ ...contact, purpose, locale, code, host })))
    }
    const challenge = { challengeId, expiresAt: isoTime(now + CODE_LIFE_MS), resendAt: isoTime(now + RESEND_AFTER_MS) }
    return c.json(challenge, 202)
  })
  .openapi(verifyCode, async (c) => {
    const { challengeId, code } = c.req.valid('json')
    const { db, keys } = c.var
    const now = Date.now()
    const challenge = await findChallenge(c.env.KV, challengeId)
    const guess = await compareCode(keys, challenge, { challengeId, code, purposes: ['verify', 'reset_password'], now })
    const [counted, [guard]] = await db.batch(countGuess(db, guess))
    requireRight(guess, counted, guard)
    const { purpose, channel, to } = challenge
    if (purpose === 'log_in') throw new AppError('invalid_code')
    return c.json(await signVerificationToken(keys, { purpose, channel, to }, now), 200)
  })
  .openapi(logInByCode, async (c) => {
    const { challengeId, code, tokens } = c.req.valid('json')
    const { db, keys } = c.var
    const now = Date.now()
    const challenge = await findChallenge(c.env.KV, challengeId)
    const guess = await compareCode(keys, challenge, { challengeId, code, purposes: ['log_in'], now })

    const spent = hasSpent(db, guess)
    const user = newUser({ id: uuidv7(), [contactColumn[challenge.channel]]: challenge.to }, now)
    const found = byContact(challenge)
    const userId = sql`${db.select({ id: users.id }).from(users).where(found)}`
    const session = newSession(user.id, now)
    // One transaction: the code is spent if and only if there is a user and a session, whoever else makes the user meanwhile.
    const [counted, [guard], made, , [row]] = await db.batch([
      ...countGuess(db, guess),
      db
        .insert(users)
        .select(selectRow(users, user, spent))
        .onConflictDoNothing()
        .returning({ id: users.id }),
      db.insert(sessions).select(selectRow(sessions, { ...session, userId }, spent)),
      db.select().from(users).where(found),
    ])
    requireRight(guess, counted, guard)
    if (!row) throw new AppError('invalid_code')

    const own = { ...session, userId: row.id }
    const [answer] = await Promise.all([
      issueTokens(c, { session: own, user: row, delivery: tokens, now }),
      keepCopy(c.env.KV, own, row, now),
    ])
    return c.json(answer, made.length > 0 ? 201 : 200)
  })
