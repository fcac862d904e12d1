import { lt, sql } from 'drizzle-orm'
import type { Db } from '../db/client'
import { selectRow } from '../db/select-row'
import { DAY_MS } from '../lib/time'
import { smsDays } from './tables'

/**
 * Takes one text message out of today's budget (UTC). Codes are counted in the transaction that sends them:
 * `log-in/code/send-limits.ts`.
 *
 * The race: many messages want the last place. Each takes a place by the upsert itself, so no more than `budget` are sent.
 * @returns whether it may be sent
 */
export async function spendSms(db: Db, budget: number, now: number): Promise<boolean> {
  const day = Math.floor(now / DAY_MS)
  const spent = await db
    .insert(smsDays)
    .select(selectRow(smsDays, { day, sends: 1 }, sql`${budget} > 0`))
    .onConflictDoUpdate({
      target: smsDays.day,
      set: { sends: sql`${smsDays.sends} + 1` },
      setWhere: lt(smsDays.sends, budget),
    })
    .returning({ sends: smsDays.sends })
  return spent.length > 0
}
