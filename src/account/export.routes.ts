import { createRoute } from '@hono/zod-openapi'
import { validator } from 'hono/validator'
import * as z from 'zod'
import { accountDataSchema } from '../account-data/account-data'
import { toStream } from '../account-data/export-document'
import { AppError } from '../errors'
import { limitByAddress } from '../http/address-limit'
import { refuseCrossSiteReads } from '../http/csrf'
import { jsonOf, problem, readProblems, signedIn, textContent } from '../http/openapi'
import { toFieldErrors } from '../http/problem'
import { createRouter } from '../http/router'
import { traceOf } from '../http/trace'
import { isoTime } from '../lib/time'
import { asCaller } from '../sessions/as-caller'
import { requireCaller } from '../sessions/require-user'
import { calendarFeedSchema } from '../todos/calendar-feed/schemas'
import { csvWriter } from '../todos/export/csv'
import { FILE_FORMATS } from '../todos/export/file-formats'
import { listSchema } from '../todos/lists/schemas'
import { todoSchema } from '../todos/schemas'
import { exportEverything, exportFile } from './export'

const exportSchema = () =>
  accountDataSchema()
    .extend({
      calendarFeed: calendarFeedSchema().nullable(),
      lists: z.array(listSchema),
      todoUsage: z.object({ rows: z.int(), bytes: z.int(), searches: z.array(z.iso.datetime()) }),
      todos: z.array(todoSchema.extend({ deletedAt: z.iso.datetime().nullable() })),
    })
    .meta({ id: 'Export' })

const FORMATS = { json: { contentType: 'application/json', extension: 'json' }, ...FILE_FORMATS } as const

const exportQuerySchema = z.object({
  format: z.enum(['json', 'csv', 'todo.txt', 'ics']).optional().meta({
    default: 'json',
    example: undefined,
    description: '`json` has everything. The others have the to-dos that are not deleted, for other programs.',
  }),
})

/** For the OpenAPI document only. The handler streams its answer, and `openapi()` has no type for that. */
const exportMe = createRoute({
  method: 'get',
  path: '/me/export',
  operationId: 'exportMe',
  tags: ['Account'],
  summary: 'Everything that we store about you, or your to-dos as a file',
  description:
    'One document, streamed. A to-do that changes meanwhile may be in it twice; the later one counts. The counts that limit codes are not in it: they are kept under MACs that name nobody, and are gone after a day.',
  security: signedIn,
  request: { query: exportQuerySchema },
  responses: {
    200: {
      description: 'The document',
      get content() {
        return {
          ...jsonOf(exportSchema, '').content,
          'text/csv': textContent(
            'With `format=csv` (RFC 4180): a line for each to-do, after one with the names of the fields.',
            csvWriter().start,
          ),
          'text/plain': textContent(
            'With `format=todo.txt`: a line for each to-do.',
            '(A) 2026-11-20 Call the plumber +Home @phone due:2026-11-30\n',
          ),
          'text/calendar': textContent(
            'With `format=ics` (RFC 5545): a VTODO for each to-do.',
            'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Latchkey//To-dos//EN\r\nEND:VCALENDAR\r\n',
          ),
        }
      },
    },
    ...readProblems,
    403: problem('cross_site_request', 'second_factor_setup_required'),
    429: problem('rate_limited'),
  },
})

const router = createRouter()
router.openAPIRegistry.registerPath(exportMe)

/** Reads the query, and gives the typed client its type. */
const readQuery = validator('query', (query: z.input<typeof exportQuerySchema>) => {
  const read = exportQuerySchema.safeParse(query)
  if (!read.success) throw new AppError('invalid_fields', { errors: toFieldErrors(read.error, query) })
  return read.data
})

const middleware = [refuseCrossSiteReads, limitByAddress, requireCaller, readQuery] as const

export const exportRoutes = router.get('/me/export', ...middleware, async (c) => {
  const { format = 'json' } = c.req.valid('query')
  const { caller, primary } = c.var
  const now = Date.now()
  const { contentType, extension } = FORMATS[format]
  const headers = {
    'Content-Type': contentType,
    'Content-Disposition': `attachment; filename="latchkey-${isoTime(now).slice(0, 10)}.${extension}"`,
  }
  if (c.req.method === 'HEAD') {
    // Nothing is exported, so nothing is counted. It only asks whether the session lives.
    await asCaller(primary(), caller, now, () => ({}))
    return c.body(null, 200, headers)
  }
  const parts = await (format === 'json' ? exportEverything(c, now) : exportFile(c, format, now))
  return c.body(toStream(parts, traceOf(c.req.raw).requestId), 200, headers)
})
