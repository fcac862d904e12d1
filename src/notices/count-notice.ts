import { eq, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { Db } from '../db/client'
import { selectRow } from '../db/select-row'
import { windowFreeAt } from '../db/sliding-window'
import type { NoticePurpose } from '../delivery/message'
import type { Keys } from '../keys'
import { mac } from '../lib/mac'
import { limits } from '../limits'
import type { Contact } from '../users/contacts'
import { noticeSends } from './tables'

/**
 * Counts a notice, if the limit allows it. The count is by recipient, so an account that is deleted and made again does not
 * start from zero.
 *
 * The race: many notices at once. The insert that counts a notice also checks the limit, so no more are sent than it allows.
 * @returns whether it may be sent
 */
export async function countNotice(
  { db, keys }: { db: Db; keys: Keys },
  { contact: { channel, to }, purpose, now }: { contact: Contact; purpose: NoticePurpose; now: number },
): Promise<boolean> {
  const recipient = await mac(keys.current.recipient, JSON.stringify(['notice', purpose, channel, to]))
  const sends = { table: noticeSends, where: eq(noticeSends.recipient, recipient), at: noticeSends.sentAt }
  const hasRoom = sql`${windowFreeAt(db, sends, limits.notices)} <= ${now}`
  const counted = await db
    .insert(noticeSends)
    .select(selectRow(noticeSends, { id: uuidv7(), recipient, sentAt: now }, hasRoom))
    .returning({ id: noticeSends.id })
  return counted.length > 0
}
