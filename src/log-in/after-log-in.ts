import type { Context } from 'hono'
import type { AppEnv } from '../context'
import type { Channel } from '../delivery/message'
import { afterAnswer } from '../http/after-answer'
import { traceOf } from '../http/trace'
import { contactsOf, notify } from '../notices/notify'
import { forgetCopies } from '../sessions/session-copy'
import type { SessionRow } from '../sessions/sessions'
import type { UserRow } from '../users/users'

/** Names the user in the trace. After the answer, removes the copies of the sessions that ended, and tells of a new device. */
export function afterLogIn(
  c: Context<AppEnv>,
  user: UserRow,
  { newDevice, ended }: { newDevice: unknown[]; ended: Pick<SessionRow, 'id'>[] },
  channel: Channel | undefined,
): void {
  traceOf(c.req.raw).userId = user.id
  const ids = ended.map(({ id }) => id)
  if (ids.length > 0) afterAnswer(c, () => forgetCopies(c.var.kv, ids, c.var.background))
  if (newDevice.length === 0) return
  // Somebody who reads the messages of one channel must not be the only one who is told.
  const contacts = contactsOf(user)
  const other = contacts.find((contact) => contact.channel !== channel)
  notify(c, { to: other ? [other] : contacts, purpose: 'new_device' })
}
