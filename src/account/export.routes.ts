import { createRoute } from '@hono/zod-openapi'
import { and, desc, eq, gt, inArray, sql } from 'drizzle-orm'
import * as z from 'zod'
import { eachEntry, record } from '../activity/activity'
import { activityEntrySchema } from '../activity/schemas'
import { createRouter } from '../context'
import { activity, logInThrottle, sessions, users } from '../db/schema'
import { AppError } from '../errors'
import { limitByAddress } from '../http/address-limit'
import { clientInfo } from '../http/client-info'
import { json, problem, readProblems, signedIn } from '../http/openapi'
import { traceOf } from '../http/trace'
import { isoTime } from '../lib/time'
import { limits, tooMany } from '../limits'
import { proofKey } from '../log-in/password/throttle'
import { deviceSchema } from '../log-in/schemas'
import { requireCaller } from '../sessions/require-user'
import { whileLive, writeAs } from '../sessions/session'
import { toDevice } from '../sessions/session-copy'
import { eachTodo } from '../todos/changes'
import { todoSchema } from '../todos/schemas'
import { userSchema } from '../users/schemas'
import { toUser } from '../users/users'

const exportSchema = z
  .object({
    exportedAt: z.iso.datetime(),
    user: userSchema,
    sessions: z.array(deviceSchema),
    activity: z.array(activityEntrySchema),
    passwordFailures: z.array(z.object({ failures: z.int(), lastFailureAt: z.iso.datetime() })),
    todos: z.array(todoSchema.extend({ deletedAt: z.iso.datetime().nullable() })),
  })
  .meta({ id: 'Export' })

/** Documented apart from its handler, which cannot be of that type: it streams. */
const exportMe = createRoute({
  method: 'get',
  path: '/me/export',
  operationId: 'exportMe',
  tags: ['Account'],
  summary: 'Everything that is held about you',
  description:
    'One JSON document, streamed. A to-do that changes meanwhile may be in it twice: the later one counts. What limits codes is not in it: it is counted under MACs that name nobody, and is gone after a day.',
  security: signedIn,
  responses: { 200: json(exportSchema, 'The document'), ...readProblems, 429: problem('rate_limited') },
})

const router = createRouter()
router.openAPIRegistry.registerPath(exportMe)

export const exportRoutes = router.get('/me/export', limitByAddress, requireCaller, async (c) => {
  const { caller, primary } = c.var
  const { userId, sessionId } = caller
  const db = primary()
  const now = Date.now()
  const happening = { userId, event: 'export' as const, client: clientInfo(c), now, sessionId }
  const { quota, windowMs } = limits.exports
  const isExport = and(eq(activity.userId, userId), eq(activity.event, 'export'))
  // The window is full while the last export but so many is still in it.
  const last = db
    .select({ at: activity.at })
    .from(activity)
    .where(isExport)
    .orderBy(desc(activity.at))
    .limit(1)
    .offset(quota - 1)
  const isFree = sql`coalesce(${last} + ${windowMs}, 0) <= ${now}`
  const [[full], recorded, [user], devices, failures] = await writeAs(db, caller, now, [
    last,
    record(db, happening, sql`${whileLive(db, caller, now)} AND ${isFree}`),
    db.select().from(users).where(eq(users.id, userId)),
    db
      .select()
      .from(sessions)
      .where(and(eq(sessions.userId, userId), gt(sessions.expiresAt, now)))
      .orderBy(desc(sessions.id)),
    db
      .select()
      .from(logInThrottle)
      .where(inArray(logInThrottle.key, [userId, proofKey(userId)])),
  ])
  if (!user) throw new AppError('unauthenticated')
  if (recorded.length === 0) throw tooMany('exports', (full?.at ?? now) + windowMs - now)

  const head = {
    exportedAt: isoTime(now),
    user: toUser(user),
    sessions: devices.map((row) => toDevice(row, sessionId)),
    passwordFailures: failures.map(({ failures, lastFailureAt }) => ({
      failures,
      lastFailureAt: isoTime(lastFailureAt),
    })),
  }
  const [entries, todos] = await Promise.all([begun(eachEntry(db, userId)), begun(eachTodo(db, userId))])
  const lists = { activity: entries, todos }
  return c.body(toStream(documentOf(head, lists), traceOf(c.req.raw).requestId), 200, {
    'Content-Type': 'application/json',
    'Content-Disposition': `attachment; filename="latchkey-${isoTime(now).slice(0, 10)}.json"`,
  })
})

/** `head` with more members, each an array that is read a page at a time: no more than that is in memory. */
async function* documentOf(head: object, lists: Record<string, AsyncIterable<unknown[]>>): AsyncGenerator<string> {
  yield JSON.stringify(head).slice(0, -1)
  for (const [name, pages] of Object.entries(lists)) {
    yield `,${JSON.stringify(name)}:[`
    let separator = ''
    for await (const page of pages) {
      if (page.length === 0) continue
      yield separator + page.map((item) => JSON.stringify(item)).join(',')
      separator = ','
    }
    yield ']'
  }
  yield '}'
}

/** The same pages, the first of which has been read: where even that fails, there is still an answer to be given. */
async function begun<Page>(pages: AsyncGenerator<Page>): Promise<AsyncIterable<Page>> {
  const first = await pages.next()
  return (async function* () {
    if (!first.done) yield first.value
    yield* pages
  })()
}

/** Pulled as fast as the client reads. An error breaks the answer off, so that nobody takes half of it for the whole. */
const toStream = (parts: AsyncGenerator<string>, requestId: string): ReadableStream<Uint8Array> =>
  new ReadableStream<string>({
    async pull(controller) {
      try {
        const { done, value } = await parts.next()
        if (done) controller.close()
        else controller.enqueue(value)
      } catch {
        console.error(JSON.stringify({ level: 'error', event: 'export_broken_off', requestId }))
        controller.error(new Error('The export was broken off'))
      }
    },
  }).pipeThrough(new TextEncoderStream())
