import type { Keys } from '../../keys'
import { seal, unsealWithAny } from '../../lib/seal'

/*
 * The secrets of authenticator apps in D1. Each is sealed for one account, so nobody can copy one into the row of another. Its row names
 * the key. While a secret waits for its first code, it is sealed for one session: nobody else can confirm it.
 */

/** What a confirmed secret is sealed for. */
export const ofUser = (userId: string): string => `confirmed|${userId}`
/** What a secret that waits for its first code is sealed for. */
export const ofSession = (userId: string, sessionId: string): string => `pending|${userId}|${sessionId}`

export interface SealedSecret {
  secret: string
  kid: string
}

export const sealSecret = async ({ current }: Keys, secret: string, userId: string): Promise<SealedSecret> => ({
  secret: await seal(current.totp, secret, ofUser(userId)),
  kid: current.kid,
})

/** The secret; null if its key is gone. */
export async function openSecret(keys: Keys, { secret, kid }: SealedSecret, userId: string): Promise<string | null> {
  const set = keys.all.find((one) => one.kid === kid)
  return set ? unsealWithAny([set.totp], secret, ofUser(userId)) : null
}
