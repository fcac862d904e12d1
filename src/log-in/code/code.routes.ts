import { createRoute } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { v7 as uuidv7 } from 'uuid'
import { record } from '../../activity/activity'
import type { AppEnv } from '../../context'
import { batchNamed } from '../../db/batch-named'
import { openChannel } from '../../delivery/channels'
import { deliverAndSignal } from '../../delivery/deliver-and-signal'
import type { CodePurpose, Send } from '../../delivery/message'
import { AppError } from '../../errors'
import { limitByAddress } from '../../http/address-limit'
import { afterAnswer } from '../../http/after-answer'
import { clientAddress } from '../../http/client-address'
import { clientInfo } from '../../http/client-info'
import { json, jsonBody, openProblems, problem } from '../../http/openapi'
import { createRouter } from '../../http/router'
import { isoTime } from '../../lib/time'
import { preferredLocale } from '../../locale'
import { readDevice } from '../../sessions/known-device'
import { logInAnswerSchema } from '../../sessions/schemas'
import { requireContact } from '../../users/contact-input'
import { type Contact, contactColumn } from '../../users/contacts'
import { byContact, newUser } from '../../users/users'
import { logIn } from '../log-in'
import { requireBegun } from '../outcome'
import { compareCode, isAccepted, refusedGuess } from './compare-code'
import { CODE_LIFE_MS, countGuess, hasSpent } from './guess-limits'
import { issueCode } from './issue-code'
import { noteContact } from './note-contact'
import { challengeSchema, guessSchema, otpLogInSchema, otpSchema, verificationSchema } from './schemas'
import { RESEND_AFTER_MS } from './send-limits'
import { findChallenge } from './stored-challenge'
import { codeMessage } from './texts'
import { signVerificationToken, TOKEN_PURPOSES } from './verification'

const common = { method: 'post' as const, tags: ['Codes'], security: [], middleware: limitByAddress }
const guessProblems = {
  401: problem('invalid_code', 'code_attempts_exceeded'),
  429: problem('rate_limited', 'too_many_attempts'),
}

const requestCode = createRoute({
  ...common,
  path: '/otp',
  operationId: 'requestCode',
  summary: 'Send a one-time code',
  description:
    'The message goes out after the answer. The answer is the same for every recipient. Only the newest code of a recipient and purpose counts.',
  request: { body: jsonBody(otpSchema) },
  responses: {
    202: json(challengeSchema, 'A code is on its way'),
    ...openProblems,
    429: problem('rate_limited', 'too_many_codes'),
    503: problem('channel_not_configured', 'sms_budget_spent', 'email_budget_spent', 'misconfigured', 'unavailable'),
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
  description: 'For codes of purpose `log_in`. A recipient without an account gets one.',
  request: { body: jsonBody(otpLogInSchema) },
  responses: {
    200: json(logInAnswerSchema, 'Signed in, in a new session'),
    201: json(logInAnswerSchema, 'The account is made, and its session has begun'),
    ...openProblems,
    ...guessProblems,
    403: problem('cross_site_request', 'account_blocked', 'second_factor_required'),
    409: problem('identifier_reserved'),
  },
})

export const codeRoutes = createRouter()
  .openapi(requestCode, async (c) => {
    const { channel, to, purpose, deviceToken } = c.req.valid('json')
    const { config, db, keys, kv } = c.var
    const { contact, prefix } = requireContact(channel, to, config)
    const send = openChannel(channel, config, kv, c.req.url)
    if (!send) throw new AppError('channel_not_configured')

    noteContact(c, contact)
    const now = Date.now()
    const device = await readDevice(c, { deviceToken, tokens: 'cookie' }, now)
    const { challengeId, code, userId } = await issueCode(
      { db, kv, keys, config },
      { purpose, contact, prefix, address: clientAddress(c), device, now },
    )
    // Without an account there is no password to reset, so no message is sent. The answer is the same: it must not tell.
    if (userId || purpose !== 'reset_password') sendCode(c, send, { contact, purpose, code, userId, now })
    const challenge = { challengeId, expiresAt: isoTime(now + CODE_LIFE_MS), resendAt: isoTime(now + RESEND_AFTER_MS) }
    return c.json(challenge, 202)
  })
  .openapi(verifyCode, async (c) => {
    const { challengeId, code } = c.req.valid('json')
    const { db, keys } = c.var
    const now = Date.now()
    const challenge = await findChallenge(c.var.kv, challengeId)
    const guess = await compareCode(keys, challenge, { challengeId, code, purposes: TOKEN_PURPOSES, now })
    const counted = await batchNamed(db, countGuess(db, guess))
    const { purpose } = guess
    if (!isAccepted(guess, counted) || purpose === undefined) throw refusedGuess(c, guess, counted)
    const { channel, to, stamp } = challenge
    noteContact(c, challenge)
    return c.json(await signVerificationToken(keys, { purpose, channel, to, stamp }, now), 200)
  })
  .openapi(logInByCode, async (c) => {
    const { challengeId, code, tokens, deviceToken } = c.req.valid('json')
    const { db, keys } = c.var
    const now = Date.now()
    const challenge = await findChallenge(c.var.kv, challengeId)
    const guess = await compareCode(keys, challenge, { challengeId, code, purposes: ['log_in'], now })
    const user = newUser({ id: uuidv7({ msecs: now }), [contactColumn[challenge.channel]]: challenge.to }, now)
    const outcome = await logIn(c, {
      method: 'code',
      proof: { provenBy: contactColumn[challenge.channel], provenSince: now },
      account: { kind: 'existing_or_new', user, heldBy: byContact(challenge) },
      // A code is not spent on an account that is blocked or cannot be made.
      first: (isPossible) => countGuess(db, guess, isPossible),
      proven: hasSpent(db, guess),
      last: () => ({}),
      tokensIn: tokens,
      device: await readDevice(c, { deviceToken, tokens }, now),
      channel: challenge.channel,
      now,
    })
    const { answer, isNewUser } = requireBegun(outcome, ({ first, obstacle }) =>
      refusedGuess(c, guess, first, obstacle),
    )
    noteContact(c, challenge)
    return c.json(answer, isNewUser ? 201 : 200)
  })

/** Sends a code after the answer, and records it in the activity of the recipient's account, if there is one. */
function sendCode(c: Context<AppEnv>, send: Send, { contact, purpose, code, userId, now }: IssuedMessage): void {
  const locale = preferredLocale(c.req.header('Accept-Language'))
  const host = new URL(c.var.config.PUBLIC_ORIGIN).hostname
  const message = codeMessage({ ...contact, purpose, locale, code, host })
  const sent = { event: 'code_sent' as const, client: clientInfo(c), now }
  afterAnswer(c, async () => {
    const outcome = await deliverAndSignal(c, send, message)
    const detail = { channel: contact.channel, purpose, outcome }
    if (userId) await record(c.var.primary(), { ...sent, userId, detail })
  })
}

interface IssuedMessage {
  contact: Contact
  purpose: CodePurpose
  code: string
  userId: string | undefined
  now: number
}
