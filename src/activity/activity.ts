import { and, desc, eq, gte, lt, type SQL } from 'drizzle-orm'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import { selectRow } from '../db/select-row'
import { uuidv7InSql } from '../db/uuid'
import type { ClientInfo } from '../http/client-info'
import { DAY_MS, isoTime } from '../lib/time'
import { uuidv7From } from '../lib/uuid'
import { users } from '../users/tables'
import type { ActivityDetail, ActivityEvent } from './events'
import type { ActivityEntry } from './schemas'
import { activity } from './tables'

/*
 * What happened to an account, for its owner to read: who logged in or tried to, and what was changed (ASVS 16.3.1). Entries are
 * never changed. An entry is written in the same transaction as the event, or after the answer if the answer must not wait for
 * it.
 */

/** How long an entry is kept. Cron removes it then. */
export const ACTIVITY_LIFE_MS = 90 * DAY_MS

export type ActivityRow = typeof activity.$inferSelect

/** An entry to add. The parts that are SQL are decided in the transaction. */
export interface NewEntry {
  userId: string | SQL
  event: ActivityEvent | SQL
  client: ClientInfo
  now: number
  sessionId?: string | null
  /** As SQL it is JSON. */
  detail?: ActivityDetail | SQL | null
  /** Puts entries with the same `now` in order: a greater one is later. */
  sequence?: number
}

/** The statement that adds an entry if `onlyIf` holds. By default it holds while there is such a user. */
export const record = (db: Db, entry: NewEntry, onlyIf: SQL = existsRow(db, users, eq(users.id, entry.userId))) =>
  db
    .insert(activity)
    .select(selectRow(activity, toRow(entry), onlyIf))
    .returning({ id: activity.id })

const toRow = ({ userId, event, client, now, sessionId = null, detail = null, sequence = 0 }: NewEntry) => ({
  id: uuidv7InSql(now, sequence),
  userId,
  event,
  at: now,
  sessionId,
  ...client,
  detail,
})

/** True of a user's entries at a time (ms) and later. The ids contain the time, so only these are read. */
export const isSince = (userId: string | SQL, ms: number): SQL | undefined =>
  and(eq(activity.userId, userId), gte(activity.id, uuidv7From(ms)))

export const toEntry = ({ id, event, at, sessionId, device, country, detail }: ActivityRow): ActivityEntry => ({
  id,
  event,
  at: isoTime(at),
  sessionId,
  device,
  country,
  ...detail,
})

/**
 * The query of a page of entries older than `before`, newest first. It asks for one more, which tells whether there is another
 * page.
 */
export const selectActivity = (db: Db, userId: string, { limit, before }: { limit: number; before: string | null }) =>
  db
    .select()
    .from(activity)
    .where(and(eq(activity.userId, userId), before === null ? undefined : lt(activity.id, before)))
    .orderBy(desc(activity.id))
    .limit(limit + 1)

/** Entries are small, and an export needs few statements for pages of this size. */
const EXPORT_PAGE = 1000

/** All entries of the user, page by page, newest first. */
export async function* activityPages(db: Db, userId: string): AsyncGenerator<ActivityEntry[]> {
  let before: string | null = null
  do {
    const rows: ActivityRow[] = await selectActivity(db, userId, { limit: EXPORT_PAGE, before })
    yield rows.slice(0, EXPORT_PAGE).map(toEntry)
    before = rows.length > EXPORT_PAGE ? (rows[EXPORT_PAGE - 1]?.id ?? null) : null
  } while (before !== null)
}
