import { createRoute } from '@hono/zod-openapi'
import { eq, sql } from 'drizzle-orm'
import * as z from 'zod'
import { accountDataSchema, nextExportAt, selectAccountData, toAccountData } from '../account-data/account-data'
import { exportDocument, readFirstPage, toStream } from '../account-data/export-document'
import { activityPages, record } from '../activity/activity'
import type { Config } from '../config'
import type { Db } from '../db/client'
import { AppError } from '../errors'
import { limitByAddress } from '../http/address-limit'
import type { ClientInfo } from '../http/client-info'
import { clientInfo } from '../http/client-info'
import { refuseCrossSiteReads } from '../http/csrf'
import { jsonOf, problem, readProblems, signedIn } from '../http/openapi'
import { createRouter } from '../http/router'
import { traceOf } from '../http/trace'
import { isoTime } from '../lib/time'
import { asCaller } from '../sessions/as-caller'
import { requireCaller } from '../sessions/require-user'
import type { Caller } from '../sessions/sessions'
import { todoPages } from '../todos/changes'
import { inOrder, selectLists } from '../todos/lists/list'
import { listSchema } from '../todos/lists/schemas'
import { todoSchema } from '../todos/schemas'
import { todoSearches } from '../todos/tables'
import { selectUsage } from '../todos/usage'
import { tooMany } from '../too-many'

const exportSchema = () =>
  accountDataSchema()
    .extend({
      lists: z.array(listSchema),
      todoUsage: z.object({ rows: z.int(), bytes: z.int(), searches: z.array(z.iso.datetime()) }),
      todos: z.array(todoSchema.extend({ deletedAt: z.iso.datetime().nullable() })),
    })
    .meta({ id: 'Export' })

/** For the OpenAPI document only. The handler streams its answer, and `openapi()` has no type for that. */
const exportMe = createRoute({
  method: 'get',
  path: '/me/export',
  operationId: 'exportMe',
  tags: ['Account'],
  summary: 'Everything that we store about you',
  description:
    'One JSON document, streamed. A to-do that changes meanwhile may be in it twice; the later one counts. The counts that limit codes are not in it: they are kept under MACs that name nobody, and are gone after a day.',
  security: signedIn,
  responses: {
    200: jsonOf(exportSchema, 'The document'),
    ...readProblems,
    403: problem('cross_site_request', 'second_factor_setup_required'),
    429: problem('rate_limited'),
  },
})

const router = createRouter()
router.openAPIRegistry.registerPath(exportMe)

export const exportRoutes = router.get('/me/export', refuseCrossSiteReads, limitByAddress, requireCaller, async (c) => {
  const { caller, config, primary } = c.var
  const db = primary()
  const now = Date.now()
  const headers = {
    'Content-Type': 'application/json',
    'Content-Disposition': `attachment; filename="latchkey-${isoTime(now).slice(0, 10)}.json"`,
  }
  if (c.req.method === 'HEAD') {
    // Nothing is exported, so nothing is counted. It only asks whether the session lives.
    await asCaller(db, caller, now, () => ({}))
    return c.body(null, 200, headers)
  }
  const head = await readHead({ db, config }, caller, clientInfo(c), now)
  const [entries, todos] = await Promise.all([
    readFirstPage(activityPages(db, caller.userId)),
    readFirstPage(todoPages(db, caller.userId)),
  ])
  const parts = exportDocument(head, { activity: entries, todos })
  return c.body(toStream(parts, traceOf(c.req.raw).requestId), 200, headers)
})

/**
 * What an export begins with: all but its long lists. It records the export, if the limit allows it.
 * @throws {AppError} `rate_limited`, `unauthenticated` or `unavailable`
 */
async function readHead({ db, config }: { db: Db; config: Config }, caller: Caller, client: ClientInfo, now: number) {
  const { userId, sessionId } = caller
  const freeAt = nextExportAt(db, userId, now)
  const results = await asCaller(db, caller, now, (whileLive) => ({
    window: db.select({ freeAt }).from(sql`(SELECT 1)`),
    recorded: record(
      db,
      { userId, event: 'export', client, now, sessionId },
      sql`${whileLive} AND ${freeAt} <= ${now}`,
    ),
    data: selectAccountData(db, userId, now),
    lists: selectLists(db, userId),
    usage: selectUsage(db, userId),
    searches: db.select().from(todoSearches).where(eq(todoSearches.userId, userId)),
  }))
  const [user] = results.data.users
  if (!user) throw new AppError('unauthenticated')
  if (results.recorded.length === 0) throw tooMany('exports', (results.window[0]?.freeAt ?? now) - now)
  return {
    ...toAccountData(results.data, user, { config, sessionId, now }),
    lists: inOrder(results.lists),
    todoUsage: {
      ...(results.usage[0] ?? { rows: 0, bytes: 0 }),
      searches: (results.searches[0]?.times ?? []).map(isoTime),
    },
  }
}
