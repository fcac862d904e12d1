import type { SecondFactor } from '../../account-data/second-factor'
import { isoTime } from '../../lib/time'
import { setUpDueAt } from '../../sessions/set-up-only'
import type { User } from '../../users/schemas'
import type { PageContext } from '../page/console-env'
import { readSession } from '../page/person'
import { toAppError } from '../page/refusal'
import { readPasskeys } from './passkey-list'

/** The second factor of the account; null if there is none. */
export async function readSecondFactor(c: PageContext): Promise<SecondFactor | null> {
  const answer = await c.var.api.users.me['second-factor'].$get()
  if (answer.status !== 200) throw await toAppError(answer)
  return (await answer.json()).secondFactor
}

/** Until when (ISO) this deployment wants an account to have a second factor; null if it does not want one. */
export function dueAtOf(c: PageContext, { createdAt }: Pick<User, 'createdAt'>): string | null {
  const dueAt = setUpDueAt(c.var.config, { createdAt: Date.parse(createdAt) })
  return dueAt === null ? null : isoTime(dueAt)
}

/** Until when (ISO) the account has to set up a second factor; null if it need not, or has one already. A passkey is one here. */
export async function readDueAt(c: PageContext): Promise<string | null> {
  if (c.var.config.REQUIRE_SECOND_FACTOR !== 'all') return null
  const [secondFactor, { passkeys }, session] = await Promise.all([
    readSecondFactor(c),
    readPasskeys(c),
    readSession(c),
  ])
  return secondFactor === null && passkeys.length === 0 ? dueAtOf(c, session.user) : null
}
