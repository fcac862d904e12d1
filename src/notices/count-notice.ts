import { and, eq, sql } from 'drizzle-orm'
import { batchNamed } from '../db/batch-named'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import { selectRow } from '../db/select-row'
import { windowFreeAt } from '../db/sliding-window'
import { nextTimeId } from '../db/time-id'
import { type Budgets, hasPlace, takePlace } from '../delivery/budget'
import type { NoticePurpose } from '../delivery/message'
import type { Keys } from '../keys'
import { mac } from '../lib/mac'
import { limits } from '../limits'
import type { Contact } from '../users/contacts'
import { noticeSends } from './tables'

interface Counting {
  contact: Contact
  purpose: NoticePurpose
  /** False for a notice that must go out. No limit holds for it, and its budget is larger. */
  isLimited: boolean
  now: number
}

/**
 * Counts a notice, if its limit and the budget allow it. The limit is by recipient, so an account that is deleted and made again
 * does not start from zero.
 *
 * The race: many notices at once. Each is counted by its own insert, so the first ones are sent.
 * @returns whether it may be sent, or why it may not
 */
export async function countNotice(
  { db, keys, budgets }: { db: Db; keys: Keys; budgets: Budgets },
  { contact: { channel, to }, purpose, isLimited, now }: Counting,
): Promise<'counted' | 'limit_met' | 'budget_spent'> {
  const place = { channel, pool: 'notices', isReset: false, mustGoOut: !isLimited, budgets, now } as const
  if (!isLimited) {
    const taken = await takePlace(db, place, hasPlace(db, place))
    return taken.length > 0 ? 'counted' : 'budget_spent'
  }
  const recipient = await mac(keys.current.recipient, JSON.stringify(['notice', purpose, channel, to]))
  const sends = { table: noticeSends, where: eq(noticeSends.recipient, recipient), at: noticeSends.sentAt }
  const mayCome = sql`${windowFreeAt(db, sends, limits.notices)} <= ${now}`
  const row = { id: nextTimeId(noticeSends.id, now), recipient, sentBy: crypto.randomUUID(), sentAt: now }
  const { window, counted } = await batchNamed(db, {
    window: db.select({ mayCome: sql<0 | 1>`${mayCome}` }).from(sql`(SELECT 1)`),
    counted: db
      .insert(noticeSends)
      .select(selectRow(noticeSends, row, sql`${mayCome} AND ${hasPlace(db, place)}`))
      .returning({ id: noticeSends.id }),
    budgeted: takePlace(db, place, existsRow(db, noticeSends, and(sends.where, eq(noticeSends.sentBy, row.sentBy)))),
  })
  if (counted.length > 0) return 'counted'
  return window[0]?.mayCome ? 'budget_spent' : 'limit_met'
}
