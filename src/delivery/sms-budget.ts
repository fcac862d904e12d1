import { lt, sql } from 'drizzle-orm'
import type { Db } from '../db/client'
import { selectRow } from '../db/select-row'
import { DAY_MS } from '../lib/time'
import { smsDays } from './tables'

/** Takes one text message out of today's budget (UTC). Codes do so in a transaction of their own: `log-in/code/otp-limits.ts`. */
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
