import { eq, sql } from 'drizzle-orm'
import type { Db } from '../db/client'
import { cronRuns } from './tables'

/** What a run of the purge has found. */
export interface PurgeRun {
  at: number
  overdueSeconds: Record<string, number | null>
  /** The name of the AUTH_SECRET that signs. */
  kid: string
}

/** The statement that notes a run of the purge. If another secret signs than at the run before, it signs since then. */
export const notePurge = (db: Db, { at, overdueSeconds, kid }: PurgeRun) =>
  db
    .insert(cronRuns)
    .values({ name: 'purge', at, overdueSeconds, kid, kidSince: at })
    .onConflictDoUpdate({
      target: cronRuns.name,
      set: {
        at,
        overdueSeconds,
        kid,
        kidSince: sql`CASE WHEN ${cronRuns.kid} = ${kid} THEN ${cronRuns.kidSince} ELSE ${at} END`,
      },
    })

/** The last run of the purge. */
export const selectPurge = (db: Db) => db.select().from(cronRuns).where(eq(cronRuns.name, 'purge'))
