import { v7 as uuidv7 } from 'uuid'
import * as z from 'zod'
import type { Db } from '../../db/client'
import { users } from '../../db/schema'
import { AppError } from '../../errors'
import type { Keys } from '../../keys'
import type { Kv } from '../../kv'
import { mac, verifyMac } from '../../lib/mac'
import { DAY_MS, SECOND_MS } from '../../lib/time'
import { type LimitName, tooMany } from '../../limits'
import type { Contact } from '../../users/contacts'
import { byContact } from '../../users/users'
import { CODE_LIFE_MS, countSend, type Guess, MAX_WRONG_A_DAY, type OtpSend, takeBackSend } from './otp-limits'

/*
 * One-time codes. KV holds the MAC of a code for as long as it lives; D1 decides whether a guess counts and whether the code is
 * spent (otp-limits.ts).
 */

export const PURPOSES = ['log_in', 'verify', 'reset_password'] as const
export type Purpose = (typeof PURPOSES)[number]

/** What KV knows of a challenge. */
const challengeSchema = z.object({
  purpose: z.enum(PURPOSES),
  channel: z.enum(['sms', 'email']),
  to: z.string(),
  guard: z.string(),
  codeMac: z.string(),
})

export type Challenge = z.output<typeof challengeSchema>

/** KV refuses keys of over 512 bytes and some others; no challenge has such an id. */
const UUID = /^[0-9a-f-]{36}$/

const keyOf = (challengeId: string): string => `otp:${challengeId}`

const DIGITS = 6

/** Six digits, all equally likely (ASVS 6.5.3): what would make the first ones likelier is drawn again. */
export function drawCode(): string {
  const codes = 10 ** DIGITS
  const unbiased = Math.floor(2 ** 32 / codes) * codes
  for (;;) {
    const number = Math.max(...crypto.getRandomValues(new Uint32Array(1)))
    if (number < unbiased) return String(number % codes).padStart(DIGITS, '0')
  }
}

/** What the MAC of a code binds together: the code of another challenge, purpose or recipient is another one. */
const codeMessage = (
  challengeId: string,
  { purpose, channel, to }: Pick<Challenge, 'purpose' | 'channel' | 'to'>,
  code: string,
) => JSON.stringify([challengeId, purpose, channel, to, code])

/** A challenge that was made. `userId` is the account that the recipient has, if any; the caller must not tell it. */
export interface Issued {
  challengeId: string
  code: string
  userId: string | undefined
}

/**
 * Makes the one code that counts for a recipient and purpose, if the limits let it. The same steps for whoever the recipient is.
 * @throws {AppError} `too_many_codes` or `sms_budget_spent`
 */
export async function issueCode(
  { db, kv, keys, smsBudget }: { db: Db; kv: Kv; keys: Keys; smsBudget: number },
  {
    purpose,
    contact,
    prefix,
    address,
    now,
  }: { purpose: Purpose; contact: Contact; prefix: string | null; address: string; now: number },
): Promise<Issued> {
  const { channel, to } = contact
  const challengeId = uuidv7({ msecs: now })
  const code = drawCode()
  const { recipient: key, otp } = keys.current
  const [guard, recipient, addressMac, prefixMac, codeMac] = await Promise.all([
    mac(key, JSON.stringify(['guard', purpose, channel, to])),
    mac(key, JSON.stringify(['recipient', channel, to])),
    mac(key, JSON.stringify(['address', address])),
    prefix === null ? null : mac(key, JSON.stringify(['prefix', prefix])),
    mac(otp, codeMessage(challengeId, { purpose, channel, to }, code)),
  ])
  const send: OtpSend = { challengeId, guard, recipient, address: addressMac, prefix: prefixMac, sentAt: now }
  const [waits, made, , , [user]] = await db.batch([
    ...countSend(db, send, { smsBudget }),
    db.select({ id: users.id }).from(users).where(byContact(contact)),
  ])
  if (made.length === 0) throw refusedSend(waits, now)
  const challenge: Challenge = { purpose, channel, to, guard, codeMac }
  try {
    await kv.put(keyOf(challengeId), challenge, CODE_LIFE_MS / SECOND_MS)
  } catch (error) {
    // A code that nobody will ever get must not count, or the next one would have to wait.
    await db.batch(takeBackSend(db, send))
    throw error
  }
  return { challengeId, code, userId: user?.id }
}

/** The limit that takes the longest is the one that is told, or else the budget. */
function refusedSend(waits: { limit: LimitName; freeAt: number }[], now: number): AppError {
  const freeAt = Math.max(...waits.map((wait) => wait.freeAt))
  const longest = waits.find((wait) => wait.freeAt === freeAt)
  if (longest && freeAt > now) return tooMany(longest.limit, freeAt - now, 'too_many_codes')
  const untilTomorrow = Math.ceil((DAY_MS - (now % DAY_MS)) / SECOND_MS)
  console.error(JSON.stringify({ level: 'error', event: 'sms_budget_spent' }))
  return new AppError('sms_budget_spent', { headers: { 'Retry-After': String(untilTomorrow) } })
}

/** Stands for a challenge that KV does not have: no guess at it is right, and all take the same steps. */
const NO_CHALLENGE: Challenge = { purpose: 'verify', channel: 'email', to: '', guard: '', codeMac: '' }

/** What KV has of a challenge. */
export async function findChallenge(kv: Kv, challengeId: string): Promise<Challenge> {
  const key = keyOf(UUID.test(challengeId) ? challengeId : 'none')
  return (await kv.get(key, challengeSchema)) ?? NO_CHALLENGE
}

/**
 * A guess at a challenge's code for some purposes, compared but not yet counted: nobody may learn of it before D1 counts it.
 * `purpose` is the challenge's, if it is one of those.
 */
export async function compareCode<P extends Purpose>(
  keys: Keys,
  challenge: Challenge,
  { challengeId, code, purposes, now }: { challengeId: string; code: string; purposes: readonly P[]; now: number },
): Promise<Guess & { purpose: P | undefined }> {
  const message = codeMessage(challengeId, challenge, code)
  const tries = keys.all.map((set) => verifyMac(set.otp, message, challenge.codeMac))
  const same = (await Promise.all(tries)).includes(true)
  const purpose = purposes.find((one) => one === challenge.purpose)
  const right = same && purpose !== undefined
  return { guard: challenge.guard, challengeId, right, nonce: crypto.randomUUID(), now, purpose }
}

/** Whether the statements of `countGuess` have spent the code for this guess. */
export const isRight = ({ nonce }: Guess, counted: { spentBy: string | null }[]): boolean =>
  counted.some(({ spentBy }) => spentBy === nonce)

/** What a guess that is not right is answered: `invalid_code`, whatever was wrong, or `too_many_attempts` after 20 a day. */
export function refusedGuess(
  { now }: Guess,
  counted: unknown[],
  guard: { wrong: number; wrongSince: number } | undefined,
): AppError {
  if (counted.length === 0 && guard && guard.wrong >= MAX_WRONG_A_DAY && guard.wrongSince + DAY_MS > now) {
    return tooMany('code_guesses', guard.wrongSince + DAY_MS - now)
  }
  return new AppError('invalid_code')
}
