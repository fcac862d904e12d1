import type * as z from 'zod'
import type { PasskeyRow } from '../../users/passkeys'
import type { UserRow } from '../../users/users'
import { CHALLENGE_LIFE_MS } from './challenge'
import { RP_NAME } from './relying-party'
import type { creationOptionsSchema } from './schemas'
import { userHandleOf } from './user-handle'
import { ALGORITHM_IDS } from './verify'

interface Creation {
  rpId: string
  user: UserRow
  /** The passkeys that the user has. An authenticator with one of them makes no other. */
  own: PasskeyRow[]
  challenge: string
}

/**
 * What an authenticator is asked for a new passkey (WebAuthn 5.4): one that names its user by itself, and that verifies who is there. It
 * need not say which model it is.
 */
export const creationOptions = ({
  rpId,
  user,
  own,
  challenge,
}: Creation): z.output<ReturnType<typeof creationOptionsSchema>> => ({
  rp: { id: rpId, name: RP_NAME },
  user: { id: userHandleOf(user.id), ...namesOf(user) },
  challenge,
  pubKeyCredParams: ALGORITHM_IDS.map((alg) => ({ type: 'public-key', alg })),
  timeout: CHALLENGE_LIFE_MS,
  attestation: 'none',
  authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
  excludeCredentials: own.map(({ credentialId, transports }) => ({ type: 'public-key', id: credentialId, transports })),
})

type Named = Pick<UserRow, 'username' | 'email' | 'phone' | 'name'>

/** What the authenticator calls the user, so that people can tell their accounts apart. It stays on their devices. */
export function namesOf({ username, email, phone, name }: Named): { name: string; displayName: string } {
  const identifier = username ?? email ?? phone ?? name ?? RP_NAME
  return { name: identifier, displayName: name ?? identifier }
}
