import { v7 as uuidv7 } from 'uuid'
import { batchNamed } from '../../db/batch-named'
import type { Db } from '../../db/client'
import type { CodePurpose } from '../../delivery/message'
import { AppError } from '../../errors'
import type { Keys } from '../../keys'
import type { Kv } from '../../kv'
import { mac } from '../../lib/mac'
import { DAY_MS, SECOND_MS } from '../../lib/time'
import { type LimitName, tooMany } from '../../limits'
import type { Contact } from '../../users/contacts'
import { users } from '../../users/tables'
import { byContact } from '../../users/users'
import { countSend, type OtpSend, takeBackSend } from './send-limits'
import { macOfCode, storeChallenge } from './stored-challenge'

const DIGITS = 6

/** Six digits, all equally likely (ASVS 6.5.3). A number that would make the low codes more likely is drawn again. */
export function drawCode(): string {
  const codes = 10 ** DIGITS
  const unbiased = Math.floor(2 ** 32 / codes) * codes
  for (;;) {
    // Math.max takes the one number out of the array.
    const number = Math.max(...crypto.getRandomValues(new Uint32Array(1)))
    if (number < unbiased) return String(number % codes).padStart(DIGITS, '0')
  }
}

/** Who asks for a code, and for what. */
interface CodeRequest {
  purpose: CodePurpose
  contact: Contact
  /** The number without its last four digits; null for e-mail. */
  prefix: string | null
  /** The address of the client, as limits count it. */
  address: string
  now: number
}

/** A code that was issued. `userId` is the account of the recipient, if there is one. No answer may show whether there is one. */
export interface IssuedCode {
  challengeId: string
  code: string
  userId: string | undefined
}

/**
 * Makes the one code that counts for a recipient and purpose, if the limits allow it. The steps are the same whether the
 * recipient has an account or not.
 * @throws {AppError} `too_many_codes`, `sms_budget_spent` or `unavailable`
 */
export async function issueCode(
  { db, kv, keys, smsBudget }: { db: Db; kv: Kv; keys: Keys; smsBudget: number },
  { purpose, contact, prefix, address, now }: CodeRequest,
): Promise<IssuedCode> {
  const { channel, to } = contact
  const challengeId = uuidv7({ msecs: now })
  const code = drawCode()
  const key = keys.current.recipient
  const guard = await mac(key, JSON.stringify(['guard', purpose, channel, to]))
  const codeMac = await macOfCode(keys.current.otp, { challengeId, purpose, channel, to }, code)
  const send: OtpSend = {
    challengeId,
    guard,
    recipient: await mac(key, JSON.stringify(['recipient', channel, to])),
    address: await mac(key, JSON.stringify(['address', address])),
    prefix: prefix === null ? null : await mac(key, JSON.stringify(['prefix', prefix])),
    sentAt: now,
  }
  const {
    counted,
    user: [user],
  } = await batchNamed(db, {
    counted: countSend(db, send, { smsBudget }),
    user: db.select({ id: users.id, stamp: users.proofStamp }).from(users).where(byContact(contact)),
  })
  if (counted.sent.length === 0) throw refusedSend(counted.waits, now)
  try {
    await storeChallenge(kv, challengeId, { purpose, channel, to, stamp: user?.stamp ?? null, guard, codeMac })
  } catch (error) {
    // Nobody will get this code. If it counted, the next one would have to wait.
    await batchNamed(db, takeBackSend(db, send))
    throw error
  }
  return { challengeId, code, userId: user?.id }
}

/** The error for a send that was not let through: the limit with the longest wait, or else the budget. */
function refusedSend(waits: { limit: LimitName; freeAt: number }[], now: number): AppError {
  const freeAt = Math.max(...waits.map((wait) => wait.freeAt))
  const longest = waits.find((wait) => wait.freeAt === freeAt)
  if (longest && freeAt > now) return tooMany(longest.limit, freeAt - now, 'too_many_codes')
  const untilTomorrow = Math.ceil((DAY_MS - (now % DAY_MS)) / SECOND_MS)
  console.error(JSON.stringify({ level: 'error', event: 'sms_budget_spent' }))
  return new AppError('sms_budget_spent', { headers: { 'Retry-After': String(untilTomorrow) } })
}
