import { and, eq } from 'drizzle-orm'
import type { Context } from 'hono'
import type { AppEnv } from '../../context'
import type { Db } from '../../db/client'
import { isLost } from '../../errors'
import { afterAnswer } from '../../http/after-answer'
import { contactsOf, sendNotice } from '../../notices/notify'
import type { IdentityRow } from '../../users/identities'
import { identities, users } from '../../users/tables'
import type { UserRow } from '../../users/users'

/**
 * Tells the owner of an account that an identity was linked to it.
 *
 * The notice goes out even if the client hangs up: otherwise a thief could link one of theirs unseen. If D1's answer is lost, D1 is asked
 * whether it was linked.
 * @param readOwner waits for the batch that links it, and gives the owner if it did
 * @param providerName the name of the provider, for the notice
 */
export function tellOfLink(
  c: Context<AppEnv>,
  readOwner: () => Promise<UserRow | undefined>,
  { row, providerName }: { row: IdentityRow; providerName: string },
): void {
  afterAnswer(c, async () => {
    const owner = await readOwner().catch((error: unknown) =>
      isLost(error) ? findOwner(c.var.primary(), row) : undefined,
    )
    if (owner) await sendNotice(c, { to: contactsOf(owner), purpose: 'identity_linked', provider: providerName })
  })
}

/** The owner of this row, if it was added. */
const findOwner = async (db: Db, { userId, id }: IdentityRow): Promise<UserRow | undefined> => {
  const isAdded = and(eq(identities.userId, userId), eq(identities.id, id))
  const [found] = await db
    .select({ user: users })
    .from(identities)
    .innerJoin(users, eq(users.id, identities.userId))
    .where(isAdded)
  return found?.user
}
