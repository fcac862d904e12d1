import { v7 as uuidv7 } from 'uuid'
import type { Config } from '../../config'
import { batchNamed } from '../../db/batch-named'
import type { Db } from '../../db/client'
import { type Budgets, nextPlaceAt, type PoolCount } from '../../delivery/budget'
import type { CodePurpose } from '../../delivery/message'
import { AppError } from '../../errors'
import type { ClientAddress } from '../../http/client-address'
import type { Keys } from '../../keys'
import type { Kv } from '../../kv'
import { mac } from '../../lib/mac'
import { SECOND_MS } from '../../lib/time'
import { isKnownTo, type KnownDevice } from '../../sessions/known-device'
import { tooManyCodes } from '../../too-many'
import type { Contact } from '../../users/contacts'
import { users } from '../../users/tables'
import { byContact } from '../../users/users'
import { type Asker, macOfRecipient } from './code-throttles'
import { type CodeSend, type CountedBy, countSend, takeBackSend } from './send-limits'
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
  /** Where the client is, as limits count it. */
  address: ClientAddress | null
  /** The device that the client says it is. */
  device: KnownDevice
  now: number
}

/** A code that was issued. `userId` is the account of the recipient, if there is one. No answer may show whether there is one. */
export interface IssuedCode {
  challengeId: string
  code: string
  userId: string | undefined
}

/** What it takes to issue a code. */
interface Issuing {
  db: Db
  kv: Kv
  keys: Keys
  config: Budgets & Pick<Config, 'CODES_PER_ADDRESS'>
}

/**
 * Makes the one code that counts for a recipient and purpose, if the limits allow it. The steps are the same whether the
 * recipient has an account or not.
 * @throws {AppError} `too_many_codes`, `sms_budget_spent`, `email_budget_spent` or `unavailable`
 */
export async function issueCode({ db, kv, keys, config }: Issuing, request: CodeRequest): Promise<IssuedCode> {
  const { purpose, contact, now } = request
  const challengeId = uuidv7({ msecs: now })
  const code = drawCode()
  const [by, codeMac] = await Promise.all([
    countedBy(keys.current.recipient, request),
    macOfCode(keys.current.otp, { challengeId, purpose, ...contact }, code),
  ])
  const isReset = purpose === 'reset_password'
  const place = { channel: contact.channel, isReset, budgets: config, now }
  const isKnown = isKnownTo(db, request.device, byContact(contact))
  const send: CodeSend = { challengeId, isKnown, by, place, perAddress: config.CODES_PER_ADDRESS }
  const { counted, users: recipients } = await batchNamed(db, {
    counted: countSend(db, send),
    users: db.select({ id: users.id, stamp: users.proofStamp }).from(users).where(byContact(contact)),
  })
  const [user] = recipients
  const [sent] = counted.sent
  if (!sent) throw refusedSend(place, counted)
  try {
    await storeChallenge(kv, challengeId, {
      purpose,
      ...contact,
      stamp: user?.stamp ?? null,
      codeId: sent.id,
      codeMac,
    })
  } catch (error) {
    // Nobody will get this code. If it counted, the next one would have to wait.
    await batchNamed(db, takeBackSend(db, send, counted))
    throw error
  }
  return { challengeId, code, userId: user?.id }
}

/**
 * The MACs that the limits count a code by. E-mail is counted by mailbox, and its code is for one address. A known device counts in
 * the place of the client address.
 */
async function countedBy(key: CryptoKey, request: CodeRequest): Promise<CodeSend['by']> {
  const { purpose, contact, prefix, address, device } = request
  const { channel, to } = contact
  const macsFor = async (who: Asker, from: Record<'address' | 'network', string | null>): Promise<CountedBy> => {
    const macOf = (...about: string[]) => mac(key, JSON.stringify([who, ...about]))
    const macOrNull = (what: string, about: string | null) => (about === null ? null : macOf(what, about))
    const [guard, recipient, addressMac, networkMac, prefixMac] = await Promise.all([
      macOf('guard', purpose, channel, to),
      macOfRecipient(key, who, contact),
      macOrNull('address', from.address),
      macOrNull('network', from.network),
      macOrNull('prefix', prefix),
    ])
    return { guard, recipient, address: addressMac, network: networkMac, prefix: prefixMac }
  }
  const [strangers, known] = await Promise.all([
    macsFor('stranger', address ?? { address: null, network: null }),
    macsFor('known device', { address: device.id, network: null }),
  ])
  return { strangers, known_devices: known }
}

/** The error for a send that was not let through: the limits, if one of them is met, or else the budget. */
function refusedSend(place: CodeSend['place'], { waits, taken }: Refused): AppError {
  const freeAt = Math.max(...waits.map((wait) => wait.freeAt))
  if (freeAt > place.now) return tooManyCodes(freeAt - place.now)
  const pool = waits.some(({ isKnown }) => isKnown) ? 'known_devices' : 'strangers'
  const code = `${place.channel}_budget_spent` as const
  console.error(JSON.stringify({ level: 'error', event: code, pool }))
  const seconds = Math.ceil((nextPlaceAt({ ...place, pool }, taken) - place.now) / SECOND_MS)
  return new AppError(code, { headers: { 'Retry-After': String(seconds) } })
}

interface Refused {
  waits: { freeAt: number; isKnown: 0 | 1 }[]
  taken: PoolCount[]
}
