import { createRoute } from '@hono/zod-openapi'
import { AppError } from '../errors'
import { readIfMatch } from '../http/etag'
import { readIdempotencyKey } from '../http/idempotency-key'
import {
  answerHeader,
  json,
  jsonBody,
  problem,
  readProblems,
  requestHeader,
  signedIn,
  writeProblems,
} from '../http/openapi'
import { createRouter } from '../http/router'
import { requireCaller } from '../sessions/require-user'
import { listChanges, toChange } from './changes'
import { replayHeader, writeOnce } from './idempotency'
import { newBaseId, newIdAt } from './new-ids'
import { type Operation, RefusedOperation } from './operations'
import {
  batchInputSchema,
  batchResultSchema,
  changesQuerySchema,
  changesSchema,
  type TodoOperation,
} from './sync-schemas'
import { write } from './write'

const common = { tags: ['To-dos'], security: signedIn, middleware: requireCaller }

const changes = createRoute({
  ...common,
  method: 'get',
  path: '/changes',
  operationId: 'listTodoChanges',
  summary: 'What changed since you last asked',
  description:
    'Every to-do that has changed after `since`, in its latest state, in the order of the changes. Deleted to-dos are listed too. Without `since`, it starts at the beginning. A client that applies every page in order has exactly what the server has. `lists` has all your lists, if they have changed.',
  request: { query: changesQuerySchema },
  responses: {
    200: json(changesSchema, 'A page'),
    ...readProblems,
    410: problem('sync_token_expired'),
  },
})

const batch = createRoute({
  ...common,
  // `app.ts` limits batches, before it reads them.
  middleware: requireCaller,
  method: 'post',
  path: '/batch',
  operationId: 'batchTodos',
  summary: 'Up to 100 changes at once: all of them or none',
  description:
    'Each operation must be about a different to-do. A to-do and its subtasks can be made together, in any order. The body may have up to 1 MiB. A 404, 412 or 422 says in `errors` which operation was refused: `/operations/3/id`.',
  parameters: [
    requestHeader(
      'Idempotency-Key',
      '1–255 visible ASCII characters that you choose. If you repeat the request with the same key within 24 hours, nothing is done again, and the answer has the same to-dos as they are now. A refused request does not use up its key.',
      '8e03978e-40d5-43e8-bc93-6894a57f9324',
    ),
  ],
  request: { body: jsonBody(batchInputSchema) },
  responses: {
    200: {
      ...json(batchResultSchema, 'All of them were done'),
      headers: { 'Idempotent-Replayed': answerHeader('Set if an earlier request did them.', 'true') },
    },
    ...writeProblems,
    403: problem('cross_site_request', 'second_factor_setup_required', 'quota_exceeded'),
    404: problem('not_found'),
    412: problem('precondition_failed'),
    429: problem('rate_limited'),
  },
})

export const syncRoutes = createRouter()
  .openapi(changes, async (c) => {
    const page = await listChanges(c, c.req.valid('query'), Date.now())
    return c.json(page, 200, { 'Cache-Control': 'private, no-cache' })
  })
  .openapi(batch, async (c) => {
    const key = readIdempotencyKey(c.req.header('Idempotency-Key'))
    const baseId = newBaseId()
    const operations = c.req.valid('json').operations.map((one, position) => toOperation(one, position, baseId))
    const done =
      key === null
        ? write(c.var, operations, Date.now()).then((written) => ({
            rows: written.map(({ row }) => row),
            isReplay: false,
          }))
        : writeOnce(c.var, { key, route: 'batch', operations, baseId }, Date.now())
    const { rows, isReplay } = await done.catch((error: unknown) => {
      throw error instanceof RefusedOperation ? toAppError(error, operations) : error
    })
    return c.json({ results: rows.map(toChange) }, 200, replayHeader(isReplay))
  })

// Without these lines, a DELETE of `/changes` would look for a to-do with the id `changes`.
syncRoutes.all('/changes', (c) => c.notFound()).all('/batch', (c) => c.notFound())

function toOperation(operation: TodoOperation, position: number, baseId: string): Operation {
  if (operation.op === 'restore') return operation
  if (operation.op === 'create') {
    const { id, todo } = operation
    return id === undefined
      ? { op: 'create', id: newIdAt(baseId, position), patch: todo }
      : { op: 'create', id, patch: todo, hasOwnId: true }
  }
  const { op, id, ifMatch } = operation
  const conditions = ifMatch === undefined ? {} : { ifMatch: readIfMatch(ifMatch) }
  if (op === 'delete') return { op, id, ...conditions }
  return { op, id, patch: op === 'put' ? operation.todo : operation.patch, ...conditions }
}

/** The error of a refused operation, with a pointer to that operation. */
function toAppError(refused: RefusedOperation, operations: readonly Operation[]): AppError {
  const { code, index, message } = refused
  const whole = operations[index]?.op === 'update' ? 'patch' : 'todo'
  const fieldError = refused.fieldError(`/operations/${index}/${whole}`)
  if (fieldError) return new AppError(code, { errors: [fieldError] })
  const field = code === 'not_found' || operations[index]?.op === 'create' ? 'id' : 'ifMatch'
  return new AppError(code, { errors: [{ path: `/operations/${index}/${field}`, code, message }] })
}
