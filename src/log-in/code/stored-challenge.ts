import * as z from 'zod'
import { CHANNELS, CODE_PURPOSES } from '../../delivery/message'
import type { Kv } from '../../kv'
import { mac, verifyMac } from '../../lib/mac'
import { SECOND_MS } from '../../lib/time'
import { CODE_LIFE_MS } from './guess-limits'

/*
 * A challenge as KV holds it while its code lives: the MAC of the code, and what it is for. D1 decides whether a guess counts and
 * whether the code is spent (guess-limits.ts).
 */

const storedChallengeSchema = z.object({
  purpose: z.enum(CODE_PURPOSES),
  channel: z.enum(CHANNELS),
  to: z.string(),
  stamp: z.string().nullable(),
  /** The id of its row in `otp_codes`. */
  codeId: z.int(),
  codeMac: z.string(),
})

export type StoredChallenge = z.output<typeof storedChallengeSchema>

/** What a code is bound to (ASVS 6.6.2). A code for another challenge, purpose or recipient has another MAC. */
export interface CodeBinding extends Pick<StoredChallenge, 'purpose' | 'channel' | 'to'> {
  challengeId: string
}

const macInput = ({ challengeId, purpose, channel, to }: CodeBinding, code: string): string =>
  JSON.stringify([challengeId, purpose, channel, to, code])

export const macOfCode = (key: CryptoKey, binding: CodeBinding, code: string): Promise<string> =>
  mac(key, macInput(binding, code))

export const verifyMacOfCode = (
  key: CryptoKey,
  binding: CodeBinding,
  code: string,
  codeMac: string,
): Promise<boolean> => verifyMac(key, macInput(binding, code), codeMac)

/** KV refuses some keys, such as those of more than 512 bytes. So only ids of this form are looked up. */
const UUID = /^[0-9a-f-]{36}$/

const keyOf = (challengeId: string): string => `otp:${challengeId}`

/** @throws {AppError} `unavailable` */
export const storeChallenge = (kv: Kv, challengeId: string, challenge: StoredChallenge): Promise<void> =>
  kv.put(keyOf(challengeId), challenge, CODE_LIFE_MS / SECOND_MS)

/** Stands for a challenge that KV does not have. No guess at it is right, and every guess takes the same steps. */
const NO_CHALLENGE: StoredChallenge = {
  purpose: 'verify',
  channel: 'email',
  to: '',
  stamp: null,
  codeId: 0,
  codeMac: '',
}

/** @throws {AppError} `unavailable` */
export async function findChallenge(kv: Kv, challengeId: string): Promise<StoredChallenge> {
  const key = keyOf(UUID.test(challengeId) ? challengeId : 'none')
  return (await kv.get(key, storedChallengeSchema)) ?? NO_CHALLENGE
}
