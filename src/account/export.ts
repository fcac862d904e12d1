import { eq, type SQL, sql } from 'drizzle-orm'
import type { Context } from 'hono'
import { nextExportAt, selectAccountData, toAccountData } from '../account-data/account-data'
import { exportDocument, readFirstPage } from '../account-data/export-document'
import { activityPages, record } from '../activity/activity'
import type { AppEnv } from '../context'
import type { Db } from '../db/client'
import { AppError } from '../errors'
import { clientInfo } from '../http/client-info'
import { isoTime } from '../lib/time'
import { asCaller } from '../sessions/as-caller'
import { selectFeed, toFeed } from '../todos/calendar-feed/calendar-feed'
import { todoPages } from '../todos/changes'
import { type FileFormat, fileText, selectForFile, toZones, writerOf } from '../todos/export/file-formats'
import { inOrder, selectLists } from '../todos/lists/list'
import { todoSearches } from '../todos/tables'
import { selectUsage } from '../todos/usage'
import { tooMany } from '../too-many'
import { users } from '../users/tables'

/*
 * What owners export. Each export is recorded, and `limits.exports` counts those. The to-dos are read page by page after that.
 */

/**
 * All that we store about the caller, as JSON, in parts.
 * @throws {AppError} `rate_limited`, `unauthenticated` or `unavailable`
 */
export async function exportEverything(c: Context<AppEnv>, now: number): Promise<AsyncGenerator<string>> {
  const { caller, config, primary } = c.var
  const { userId, sessionId } = caller
  const db = primary()
  const { counted, own } = await asCaller(db, caller, now, (whileLive) => ({
    counted: countExport(c, db, whileLive, now),
    own: {
      data: selectAccountData(db, userId, now),
      feed: selectFeed(db, userId),
      lists: selectLists(db, userId),
      usage: selectUsage(db, userId),
      searches: db.select().from(todoSearches).where(eq(todoSearches.userId, userId)),
    },
  }))
  const [user] = own.data.users
  if (!user) throw new AppError('unauthenticated')
  requireCounted(counted, now)
  const head = {
    ...toAccountData(own.data, user, { config, sessionId, now }),
    calendarFeed: toFeed(own.feed),
    lists: inOrder(own.lists),
    todoUsage: {
      ...(own.usage[0] ?? { rows: 0, bytes: 0 }),
      searches: (own.searches[0]?.times ?? []).map(isoTime),
    },
  }
  const [activity, todos] = await Promise.all([
    readFirstPage(activityPages(db, userId)),
    readFirstPage(todoPages(db, userId)),
  ])
  return exportDocument(head, { activity, todos })
}

/**
 * The to-dos of the caller that are not deleted, as a file, in parts.
 * @throws {AppError} `rate_limited`, `unauthenticated` or `unavailable`
 */
export async function exportFile(c: Context<AppEnv>, format: FileFormat, now: number): Promise<AsyncGenerator<string>> {
  const { caller, primary } = c.var
  const { userId } = caller
  const db = primary()
  const { counted, own } = await asCaller(db, caller, now, (whileLive) => ({
    counted: countExport(c, db, whileLive, now),
    own: {
      users: db.select({ timeZone: users.timeZone }).from(users).where(eq(users.id, userId)),
      ...selectForFile(db, userId, format),
    },
  }))
  requireCounted(counted, now)
  const zones = toZones(own.zones ?? [], now)
  const writer = writerOf(format, { zone: own.users[0]?.timeZone ?? 'UTC', zones })
  const listNames = new Map(own.lists.map(({ id, name }) => [id, name]))
  return fileText(writer, await readFirstPage(todoPages(db, userId)), listNames)
}

/** Records an export if the limit allows it. */
function countExport(c: Context<AppEnv>, db: Db, whileLive: SQL, now: number) {
  const { userId, sessionId } = c.var.caller
  const freeAt = nextExportAt(db, userId, now)
  const entry = { userId, event: 'export', client: clientInfo(c), now, sessionId } as const
  return {
    window: db.select({ freeAt }).from(sql`(SELECT 1)`),
    recorded: record(db, entry, sql`${whileLive} AND ${freeAt} <= ${now}`),
  }
}

/** @throws {AppError} `rate_limited` */
function requireCounted({ window, recorded }: { window: { freeAt: number }[]; recorded: unknown[] }, now: number) {
  if (recorded.length === 0) throw tooMany('exports', (window[0]?.freeAt ?? now) - now)
}
