import { and, inArray, lte, type SQL, sql } from 'drizzle-orm'
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { type Config, readConfig } from './config'
import { type Db, openDb } from './db/client'
import { readD1Error } from './db/d1-errors'
import { deriveKeys } from './keys'
import { HOUR_MS, SECOND_MS } from './lib/time'
import { resealSecrets } from './log-in/second-factor/reseal'
import { type OldRows, oldRows, rowid, unusedAccounts } from './old-rows'
import { sendAlarm } from './signals/alarm'
import { notePurge } from './signals/cron-runs'

/** How many rows one statement removes, so that the database is never busy with it for long. */
const BATCH_ROWS = 1000

/**
 * What one run may cost. The Free plan allows 50 statements a run, the Paid plan 1,000
 * (https://developers.cloudflare.com/d1/platform/limits/). The last batch may take one more than the budget. One statement asks what is
 * overdue, one notes the run, and two alarms may take one each. If nothing is overdue, two seal secrets anew instead. In a minute of every 15, the Paid plan removes 500,000 rows an hour if a
 * statement takes less than 480 ms; docs/limits.md says how long it takes.
 */
const BUDGETS = {
  free: { statements: 45, ms: 60 * SECOND_MS },
  paid: { statements: 900, ms: 60 * SECOND_MS },
}

/** Rows that are overdue for longer than this are more than a busy hour has left. */
const ALARM_AFTER_SECONDS = HOUR_MS / SECOND_MS

/** What cron does: the purge, and secrets that are still sealed under the key before. Then it notes for `npm run doctor` that it ran, and tells the people who run this if it falls behind. */
export async function runCron(env: Env): Promise<void> {
  const config = readConfig(env)
  const db = openDb(env.DB, 'first-primary')
  const { removed, overdueSeconds } = await purge(db, config, Date.now())
  console.log(JSON.stringify({ level: 'info', event: 'purged', ...removed }))
  const keys = await deriveKeys(config)
  const isDone = Object.keys(overdueSeconds).length === 0
  const resealed = isDone
    ? await resealSecrets(db, keys).catch((error: unknown) => logFailure('second_factors', error))
    : 0
  if (resealed !== 0) console.log(JSON.stringify({ level: 'info', event: 'resealed', secrets: resealed }))
  const { kid } = keys.current
  await notePurge(db, { at: Date.now(), overdueSeconds, kid })
  const isBehind = Object.values(overdueSeconds).some((seconds) => seconds !== null && seconds > ALARM_AFTER_SECONDS)
  if (isBehind) await sendAlarm(env, 'purge_behind')
  if (Object.values(removed).includes(null)) await sendAlarm(env, 'purge_failed')
}

/**
 * Removes the rows that are no longer needed, in batches, table by table in turns. What one run does not finish, the next one
 * does, and a line `purge_behind` says how long the rows that are left are overdue. If one table fails, the others are still purged.
 */
export async function purge(
  db: Db,
  { PLAN, REMOVE_UNUSED_ACCOUNTS }: Pick<Config, 'PLAN' | 'REMOVE_UNUSED_ACCOUNTS'>,
  now: number,
): Promise<Purged> {
  const budget = BUDGETS[PLAN]
  const startedAt = Date.now()
  const removed: Record<string, number | null> = {}
  let pending = Object.entries(oldRows(now))
  if (REMOVE_UNUSED_ACCOUNTS === 'on') pending.push(['unusedAccounts', unusedAccounts(db, now)])
  let statements = 0
  const hasBudget = () => statements < budget.statements && Date.now() - startedAt < budget.ms
  while (pending.length > 0 && hasBudget()) {
    const haveMore: typeof pending = []
    for (const [name, rows] of pending) {
      if (!hasBudget()) {
        haveMore.push([name, rows])
        continue
      }
      statements += rows.remove ? 2 : 1
      const count = await removeBatch(db, rows).catch((error: unknown) => logFailure(name, error))
      removed[name] = count === null ? null : (removed[name] ?? 0) + count
      if (count === BATCH_ROWS) haveMore.push([name, rows])
    }
    pending = haveMore
  }
  return { removed, overdueSeconds: pending.length > 0 ? await findOverdue(db, pending) : {} }
}

export interface Purged {
  /** How many rows of each table were removed; null if it failed. */
  removed: Record<string, number | null>
  /** For how long the oldest row of each table that is left is overdue; null if D1 did not say. Empty if nothing is left. */
  overdueSeconds: Record<string, number | null>
}

/** Removes up to `BATCH_ROWS` of these rows, and tells how many. A second try finds those that are left. */
async function removeBatch(db: Db, { table, key, time, until, isWalked, only, remove }: OldRows): Promise<number> {
  if (remove) return remove(db, BATCH_ROWS)
  const keys = isWalked
    ? sql`(SELECT ${rowid} FROM ${oldestOf(table, time, BATCH_ROWS)} WHERE time <= ${until})`
    : db
        .select({ key })
        .from(table)
        .where(and(lte(time, until), only))
        .limit(BATCH_ROWS)
  return (
    await db
      .repeatable()
      .delete(table)
      .where(inArray(sql`${key}`, keys))
  ).meta.changes
}

/** The first rows of a table, with the time of each. It reads no more rows than these. */
const oldestOf = (table: SQLiteTable, time: SQLiteColumn, limit: number): SQL =>
  sql`(SELECT ${rowid}, ${time} AS time FROM ${table} WHERE ${rowid} > 0 ORDER BY ${rowid} LIMIT ${limit}) AS oldest`

function logFailure(table: string, error: unknown): null {
  console.error(JSON.stringify({ level: 'error', event: 'purge_failed', table, d1: readD1Error(error)?.text }))
  return null
}

/** Says in the log that there is more to remove than a run can, and for how long the oldest row of each table is overdue. */
async function findOverdue(db: Db, pending: [name: string, rows: OldRows][]): Promise<Purged['overdueSeconds']> {
  const oldest = Object.fromEntries(
    pending.map(([name, { table, time, isWalked }]) => {
      const min = isWalked ? sql`min(time) FROM ${oldestOf(table, time, 1)}` : sql`min(${time}) FROM ${table}`
      return [name, sql<number | string | null>`(SELECT ${min})`]
    }),
  )
  const times = await db
    .select(oldest)
    .from(sql`(SELECT 1)`)
    .get()
    .catch(() => undefined)
  const overdueSeconds = Object.fromEntries(
    pending.map(([name, { until, msOf = Number }]) => {
      const time = times?.[name] ?? null
      return [name, time === null ? null : Math.max(0, Math.round((msOf(until) - msOf(time)) / SECOND_MS))]
    }),
  )
  console.error(JSON.stringify({ level: 'error', event: 'purge_behind', overdueSeconds }))
  return overdueSeconds
}
