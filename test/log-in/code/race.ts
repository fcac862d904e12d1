import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { MAX_GUESSES } from '../../../src/limits'
import { MAX_WRONG_A_DAY } from '../../../src/log-in/code/guess-limits'
import type { Client, ProblemBody } from '../../helpers/client'
import { advanceClock, MINUTE } from '../../helpers/clock'
import {
  allMessagesTo,
  askForCode,
  codeRequest,
  messagesTo,
  rightGuess,
  type SentCode,
  wrongCode,
} from '../../helpers/codes'
import { tally, together } from '../../helpers/people'
import { rowsOf } from '../../helpers/storage'

/*
 * Races about codes, each with 100 requests at once. `place(n)` is a client for the nth request, and `place(0)` for the
 * request for the code: of one Worker, or at several locations with a stale KV. The clock must stand still.
 */

export type Place = (n: number) => Client

const MANY = 100
const PHONE = '+821012345678'

const statuses = (answers: { status: number }[]) => tally(answers.map(({ status }) => status))
/** The counts of the newest code. */
const guards = async () => {
  const sql = 'SELECT attempts, spent_by IS NOT NULL AS spent, wrong FROM otp_codes ORDER BY id DESC LIMIT 1'
  return (await env.DB.prepare(sql).all()).results
}

/** Sends one right code 100 times: exactly one request gets the token or the session. */
export async function raceOneCode(place: Place, purpose: 'verify' | 'log_in'): Promise<void> {
  const asked = await askForCode(place(0), codeRequest(PHONE, purpose))
  const path = purpose === 'verify' ? '/auth/otp/verify' : '/auth/otp/log-in'
  const guess = (n: number) => place(n).post(path, rightGuess(asked))
  expect(statuses(await together(MANY, guess))).toEqual({ [purpose === 'verify' ? 200 : 201]: 1, 401: MANY - 1 })
  expect(await guards()).toEqual([{ attempts: 1, spent: 1, wrong: 0 }])
  expect((await guess(0)).status).toBe(401)
  const made = purpose === 'verify' ? 0 : 1
  expect([await rowsOf('users'), await rowsOf('sessions')].map(({ length }) => length)).toEqual([made, made])
}

/** Sends 99 wrong guesses and the right one, at index `right`: at most five count, and then the code is dead. */
export async function raceWrongAndRight(place: Place, right: number): Promise<void> {
  const asked = await askForCode(place(0), codeRequest(PHONE, 'verify'))
  const guess = (n: number, code: string) => place(n).post('/auth/otp/verify', { challengeId: asked.challengeId, code })
  const answers = await together(MANY, (n) => guess(n, n === right ? asked.code : wrongCode(asked.code)))
  const opened = answers[right]?.status === 200
  expect(statuses(answers)).toEqual(opened ? { 200: 1, 401: MANY - 1 } : { 401: MANY })
  const [guard] = await guards()
  if (opened) expect(guard).toMatchObject({ spent: 1, wrong: Number(guard?.['attempts']) - 1 })
  else expect(guard).toEqual({ attempts: MAX_GUESSES, spent: 0, wrong: MAX_GUESSES })
  expect(Number(guard?.['attempts'])).toBeLessThanOrEqual(MAX_GUESSES)
  expect((await guess(0, asked.code)).status).toBe(401)
  expect(await guards()).toEqual([guard])
}

/** Sends 100 wrong guesses at once to each of four codes: 20 count in all, and then none is accepted for a day. */
export async function raceOverCodes(place: Place): Promise<void> {
  const start = Date.now()
  const codes = MAX_WRONG_A_DAY / MAX_GUESSES
  const guess = (n: number, { challengeId }: SentCode, code: string) =>
    place(n).post<ProblemBody>('/auth/otp/verify', { challengeId, code })
  for (let round = 1; round <= codes; round++) {
    const asked = await askForCode(place(0), codeRequest(PHONE, 'verify'))
    const answers = await together(MANY, (n) => guess(n, asked, wrongCode(asked.code)))
    expect(await guards()).toEqual([{ attempts: MAX_GUESSES, spent: 0, wrong: round * MAX_GUESSES }])
    const refused = answers.filter(({ status }) => status === 429)
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(MANY - refused.length)
    if (round < codes) expect(refused).toEqual([])

    const last = await guess(0, asked, asked.code)
    if (round < codes) {
      expect(last).toMatchObject({ status: 401, body: { code: 'code_attempts_exceeded' } })
      advanceClock(MINUTE)
    } else {
      const retryAfter = String((start - Date.now()) / 1000 + 24 * 3600)
      for (const { body, headers } of [...refused, last]) {
        expect([body.code, headers.get('Retry-After')]).toEqual(['too_many_attempts', retryAfter])
      }
    }
  }
}

/** Asks 100 times at once for a code to one recipient: one message is sent. */
export async function raceSends(place: Place): Promise<void> {
  const answers = await together(MANY, (n) => place(n).post<ProblemBody>('/auth/otp', codeRequest(PHONE, 'log_in')))
  expect(statuses(answers)).toEqual({ 202: 1, 429: MANY - 1 })
  const refused = answers.filter(({ status }) => status === 429)
  expect(tally(refused.map(({ body, headers }) => `${body.code} ${headers.get('Retry-After')}`))).toEqual({
    'too_many_codes 60': MANY - 1,
  })
  await messagesTo(PHONE, 1)
  expect(await allMessagesTo(PHONE)).toHaveLength(1)
  expect((await env.KV.list({ prefix: 'otp:' })).keys).toHaveLength(1)
  expect(await rowsOf('otp_codes')).toHaveLength(1)
  expect(await rowsOf('message_days')).toMatchObject([{ sends: 1 }])
}

async function provePhone(place: Place): Promise<string> {
  const asked = await askForCode(place(0), codeRequest(PHONE, 'verify'))
  const { status, body } = await place(0).post<{ verificationToken: string }>('/auth/otp/verify', rightGuess(asked))
  expect(status).toBe(200)
  return body.verificationToken
}

/** Signs up 100 times at once with one verification token: there is one user, and the token is spent once. */
export async function raceSignUps(place: Place): Promise<void> {
  const verificationTokens = [await provePhone(place)]
  const answers = await together(MANY, (n) =>
    place(n).post<ProblemBody>('/auth/sign-up', { username: `alice-${n}`, verificationTokens }),
  )
  expect(statuses(answers)).toEqual({ 201: 1, 403: MANY - 1 })
  const winner = answers.findIndex(({ status }) => status === 201)
  expect(await rowsOf('users')).toMatchObject([{ phone: PHONE, username: `alice-${winner}` }])
  expect(await rowsOf('sessions')).toHaveLength(1)
  expect(await rowsOf('spent_tokens')).toHaveLength(1)
}

/** Logs in 50 times with a new phone, and signs up 50 times with it: there is one user, and its maker ends the other proofs. */
export async function raceLogInsAndSignUps(place: Place): Promise<void> {
  const verificationTokens = [await provePhone(place)]
  const asked = await askForCode(place(0), codeRequest(PHONE, 'log_in'))
  const answers = await together(MANY, async (n) => {
    const isLogIn = n % 2 === 0
    const answer = isLogIn
      ? await place(n / 2).post<ProblemBody>('/auth/otp/log-in', rightGuess(asked))
      : await place(n).post<ProblemBody>('/auth/sign-up', { verificationTokens })
    return { ...answer, isLogIn }
  })
  const [user, ...others] = await rowsOf('users')
  expect({ user, others }).toMatchObject({ user: { phone: PHONE }, others: [] })
  const logIns = answers.filter(({ isLogIn }) => isLogIn)
  const signUps = answers.filter(({ isLogIn }) => !isLogIn)
  const byLogIn = logIns.some(({ status }) => status === 201)
  // The code was asked for when nobody had the phone. It gets nobody into the account that a sign-up has made meanwhile.
  expect(statuses(logIns)).toEqual(byLogIn ? { 201: 1, 401: MANY / 2 - 1 } : { 401: MANY / 2 })
  // If a log-in came first, the phone is taken, and the token stays unspent.
  expect(statuses(signUps)).toEqual(byLogIn ? { 409: MANY / 2 } : { 201: 1, 403: MANY / 2 - 1 })
  expect(await rowsOf('spent_tokens')).toHaveLength(byLogIn ? 0 : 1)
  expect(await rowsOf('sessions')).toHaveLength(1)
}
