import { and, desc, eq, exists, lt, type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/client'
import { selectRow } from '../db/select-row'
import { uuidv7In } from '../db/uuid'
import type { ClientInfo } from '../http/client-info'
import { DAY_MS, isoTime } from '../lib/time'
import { users } from '../users/tables'
import type { ACTIVITY_EVENTS, ActivityDetail } from './events'
import type { ActivityEntry } from './schemas'
import { activity } from './tables'

/*
 * What happened to an account, for its owner to read: who logged in or tried to, and what was changed (ASVS 16.3.1). Each entry is
 * written in the transaction of what it tells of, or after the answer where it must cost no time. None is ever changed.
 */

/** After this, cron removes an entry. */
export const ACTIVITY_LIFE_MS = 90 * DAY_MS

export type ActivityEvent = (typeof ACTIVITY_EVENTS)[number]
export type ActivityRow = typeof activity.$inferSelect

/** What is to be written down. What is SQL is decided by the statement itself. */
export interface Happening {
  userId: string | SQL
  event: ActivityEvent | SQL
  client: ClientInfo
  now: number
  sessionId?: string | null
  detail?: ActivityDetail | null
  /** Of two entries of one moment, the greater is the later. */
  sequence?: number
}

/** The statement that adds an entry, if `only` holds: by default, while there is such a user. */
export const record = (db: Db, happening: Happening, only: SQL = isUser(db, happening.userId)) =>
  db
    .insert(activity)
    .select(selectRow(activity, toRow(happening), only))
    .returning({ id: activity.id })

const isUser = (db: Db, userId: string | SQL): SQL =>
  exists(db.select({ one: sql`1` }).from(users).where(eq(users.id, userId)))

const toRow = ({ userId, event, client, now, sessionId = null, detail = null, sequence = 0 }: Happening) => ({
  id: uuidv7In(now, sequence),
  userId,
  event,
  at: now,
  sessionId,
  ...client,
  detail,
})

export const toEntry = ({ id, event, at, sessionId, device, country, detail }: ActivityRow): ActivityEntry => ({
  id,
  event,
  at: isoTime(at),
  sessionId,
  device,
  country,
  ...detail,
})

/** The query of the entries before one, newest first: one more than a page, which tells whether there is another. */
export const selectActivity = (db: Db, userId: string, { limit, before }: { limit: number; before: string | null }) =>
  db
    .select()
    .from(activity)
    .where(and(eq(activity.userId, userId), before === null ? undefined : lt(activity.id, before)))
    .orderBy(desc(activity.id))
    .limit(limit + 1)

/** Entries are small, and so many are few statements. */
const EXPORT_PAGE = 1000

/** All entries of the user, the newest first, a page at a time. */
export async function* eachEntry(db: Db, userId: string): AsyncGenerator<ActivityEntry[]> {
  let before: string | null = null
  do {
    const rows: ActivityRow[] = await selectActivity(db, userId, { limit: EXPORT_PAGE, before })
    yield rows.slice(0, EXPORT_PAGE).map(toEntry)
    before = rows.length > EXPORT_PAGE ? (rows[EXPORT_PAGE - 1]?.id ?? null) : null
  } while (before !== null)
}
