import type { Context } from 'hono'
import type { AppEnv } from '../context'
import { afterAnswer } from '../http/after-answer'
import { contactsOf, sendNotice } from '../notices/notify'
import type { UserRow } from '../users/users'

/**
 * Tells the owner that a passkey was added or removed, even if the client hangs up.
 * @param readOwner waits for the batch that does it, and gives the owner if it did
 */
export function tellOfPasskey(
  c: Context<AppEnv>,
  purpose: 'passkey_added' | 'passkey_removed',
  readOwner: () => Promise<UserRow | undefined>,
): void {
  afterAnswer(c, async () => {
    const owner = await readOwner()
    if (owner) await sendNotice(c, { to: contactsOf(owner), purpose })
  })
}
