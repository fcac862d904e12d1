import { sha256 } from '../../lib/sha256'
import { CROCKFORD, toBase32 } from './base32'

/*
 * Recovery codes: ten of 80 bits, for the day when the authenticator app is lost. That many bits cannot be guessed, so a plain hash is
 * enough, and there is no key to turn over. They are shown once.
 */

const COUNT = 10
const BYTES = 10
/** When no more than this are left, the owner is told. */
export const FEW_LEFT = 3

const GROUP = /.{4}(?=.)/g

/** A new set: the codes as people see them, and the hashes that are kept. */
export async function newRecoveryCodes(userId: string): Promise<{ codes: string[]; hashes: string[] }> {
  const plain = Array.from({ length: COUNT }, () => toBase32(crypto.getRandomValues(new Uint8Array(BYTES)), CROCKFORD))
  return {
    codes: plain.map((code) => code.replace(GROUP, '$&-')),
    hashes: await Promise.all(plain.map((code) => hashRecoveryCode(userId, code))),
  }
}

/** @param code in its one spelling, without hyphens */
export const hashRecoveryCode = (userId: string, code: string): Promise<string> =>
  sha256(`recovery-code|${userId}|${code}`)

const RECOVERY_CODE = new RegExp(`^[${CROCKFORD}]{16}$`)

/** A typed recovery code in its one spelling, as Crockford reads it; null if it is none. */
export function readRecoveryCode(typed: string): string | null {
  const folded = typed.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1')
  return RECOVERY_CODE.test(folded) ? folded : null
}
