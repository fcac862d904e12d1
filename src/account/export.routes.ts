import { createRoute } from '@hono/zod-openapi'
import { and, desc, eq, sql } from 'drizzle-orm'
import * as z from 'zod'
import { activityPages, isSince, record } from '../activity/activity'
import { activityEntrySchema } from '../activity/schemas'
import { activity } from '../activity/tables'
import type { Config } from '../config'
import type { Db } from '../db/client'
import { windowFreeAt } from '../db/sliding-window'
import { AppError } from '../errors'
import { limitByAddress } from '../http/address-limit'
import type { ClientInfo } from '../http/client-info'
import { clientInfo } from '../http/client-info'
import { refuseCrossSiteReads } from '../http/csrf'
import { json, problem, readProblems, signedIn } from '../http/openapi'
import { createRouter } from '../http/router'
import { traceOf } from '../http/trace'
import { isoTime } from '../lib/time'
import { limits } from '../limits'
import { logInThrottle } from '../log-in/password/tables'
import { failuresOf } from '../log-in/password/throttle'
import { asCaller } from '../sessions/as-caller'
import { requireCaller } from '../sessions/require-user'
import { deviceSchema } from '../sessions/schemas'
import { toDevice } from '../sessions/session-copy'
import { type Caller, liveSessionsOf } from '../sessions/sessions'
import { sessions } from '../sessions/tables'
import { todoPages } from '../todos/changes'
import { todoSchema } from '../todos/schemas'
import { todoSearches } from '../todos/tables'
import { selectUsage } from '../todos/usage'
import { tooMany } from '../too-many'
import { userSchema } from '../users/schemas'
import { pastIdentifiers, users } from '../users/tables'
import { toUser } from '../users/users'
import { exportDocument, readFirstPage, toStream } from './export-document'
import { selectIdentities, toIdentity } from './identities'
import { identitySchema } from './schemas'
import { contactRequests } from './tables'

const exportSchema = z
  .object({
    exportedAt: z.iso.datetime(),
    user: userSchema,
    sessions: z.array(deviceSchema),
    activity: z.array(activityEntrySchema),
    identities: z.array(identitySchema.extend({ issuer: z.string(), subject: z.string() })),
    contactRequests: z.array(
      z.object({ contact: z.enum(['email', 'phone']), effectiveAt: z.iso.datetime(), isOpen: z.boolean() }),
    ),
    pastIdentifiers: z.array(
      z.object({
        changed: z.enum(pastIdentifiers.changed.enumValues),
        username: z.string().nullable(),
        email: z.string().nullable(),
        phone: z.string().nullable(),
        changedAt: z.iso.datetime(),
      }),
    ),
    passwordFailures: z.array(z.object({ failures: z.int(), lastFailureAt: z.iso.datetime() })),
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
    200: json(exportSchema, 'The document'),
    ...readProblems,
    403: problem('cross_site_request'),
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
  const isExport = and(isSince(userId, now - limits.exports.windowMs), eq(activity.event, 'export'))
  const exports = { table: activity, where: isExport, at: activity.at, order: activity.id }
  const freeAt = windowFreeAt(db, exports, limits.exports)
  const results = await asCaller(db, caller, now, (whileLive) => ({
    window: db.select({ freeAt }).from(sql`(SELECT 1)`),
    recorded: record(
      db,
      { userId, event: 'export', client, now, sessionId },
      sql`${whileLive} AND ${freeAt} <= ${now}`,
    ),
    users: db.select().from(users).where(eq(users.id, userId)),
    sessions: db.select().from(sessions).where(liveSessionsOf(userId, now)).orderBy(desc(sessions.id)),
    identities: selectIdentities(db, userId),
    requests: db.select().from(contactRequests).where(eq(contactRequests.userId, userId)),
    past: db.select().from(pastIdentifiers).where(eq(pastIdentifiers.userId, userId)),
    failures: db.select().from(logInThrottle).where(failuresOf(userId)),
    usage: selectUsage(db, userId),
    searches: db.select().from(todoSearches).where(eq(todoSearches.userId, userId)),
  }))
  const [user] = results.users
  if (!user) throw new AppError('unauthenticated')
  if (results.recorded.length === 0) throw tooMany('exports', (results.window[0]?.freeAt ?? now) - now)
  return {
    exportedAt: isoTime(now),
    user: toUser(user),
    sessions: results.sessions.map((row) => toDevice(row, sessionId)),
    identities: results.identities.map((row) => ({
      ...toIdentity(row, config),
      issuer: row.issuer,
      subject: row.subject,
    })),
    contactRequests: results.requests.map(({ contact, effectiveAt, stamp }) => ({
      contact,
      effectiveAt: isoTime(effectiveAt),
      isOpen: stamp === user.proofStamp,
    })),
    pastIdentifiers: results.past.map(({ changed, username, email, phone, changedAt }) => ({
      changed,
      username,
      email,
      phone,
      changedAt: isoTime(changedAt),
    })),
    passwordFailures: results.failures.map(({ failures, lastFailureAt }) => ({
      failures,
      lastFailureAt: isoTime(lastFailureAt),
    })),
    todoUsage: {
      ...(results.usage[0] ?? { rows: 0, bytes: 0 }),
      searches: (results.searches[0]?.times ?? []).map(isoTime),
    },
  }
}
