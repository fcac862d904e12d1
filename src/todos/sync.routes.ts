import { createRoute } from '@hono/zod-openapi'
import { v7 as uuidv7 } from 'uuid'
import { AppError } from '../errors'
import { readIfMatch } from '../http/etag'
import { json, jsonBody, problem, readProblems, signedIn, writeProblems } from '../http/openapi'
import { createRouter } from '../http/router'
import { requireUser } from '../sessions/require-user'
import { listChanges, toChange } from './changes'
import { type Operation, RefusedOperation } from './operations'
import {
  batchInputSchema,
  batchResultSchema,
  changesQuerySchema,
  changesSchema,
  type TodoOperation,
} from './sync-schemas'
import { write } from './write'

const common = { tags: ['To-dos'], security: signedIn, middleware: requireUser }

const changes = createRoute({
  ...common,
  method: 'get',
  path: '/changes',
  operationId: 'listTodoChanges',
  summary: 'What changed since you last asked',
  description:
    'Every to-do that changed after `since`, in its latest state, deletions included, in the one order of your changes; without `since`, from the beginning. Who applies all of it, page after page, has exactly what is here.',
  request: { query: changesQuerySchema },
  responses: {
    200: json(changesSchema, 'A page'),
    ...readProblems,
    410: problem('sync_token_expired'),
    422: problem('invalid_fields'),
  },
})

const batch = createRoute({
  ...common,
  method: 'post',
  path: '/batch',
  operationId: 'batchTodos',
  summary: 'Up to 100 changes at once: all of them or none',
  description:
    'No two may be about one to-do. A body of up to 1 MiB. `errors` of a 404 or 412 name the operation that cannot be: `/operations/3/id`.',
  request: { body: jsonBody(batchInputSchema) },
  responses: {
    200: json(batchResultSchema, 'All were done'),
    ...writeProblems,
    404: problem('not_found'),
    412: problem('precondition_failed'),
  },
})

export const syncRoutes = createRouter()
  .openapi(changes, async (c) => {
    const { db, keys, caller } = c.var
    return c.json(await listChanges(db, keys, caller.userId, c.req.valid('query'), Date.now()), 200, {
      'Cache-Control': 'private, no-cache',
    })
  })
  .openapi(batch, async (c) => {
    const operations = c.req.valid('json').operations.map(toOperation)
    const written = await write(c.var.db, c.var.caller, operations, Date.now()).catch((error: unknown) => {
      throw error instanceof RefusedOperation ? toAppError(error) : error
    })
    return c.json({ results: written.map(({ row }) => toChange(row)) }, 200)
  })

// Without this, other methods of these paths would be taken for a to-do with the id `changes` or `batch`.
syncRoutes.all('/changes', (c) => c.notFound()).all('/batch', (c) => c.notFound())

function toOperation(operation: TodoOperation): Operation {
  if (operation.op === 'restore') return operation
  if (operation.op === 'create') return { op: 'create', id: uuidv7(), patch: operation.todo }
  const { op, id, ifMatch } = operation
  const conditions = ifMatch === undefined ? {} : { ifMatch: readIfMatch(ifMatch) }
  if (op === 'delete') return { op, id, ...conditions }
  return { op, id, patch: op === 'put' ? operation.todo : operation.patch, ...conditions }
}

/** The error of a refused operation, with a pointer to that operation. */
function toAppError({ code, index, message }: RefusedOperation): AppError {
  const field = code === 'not_found' ? 'id' : 'ifMatch'
  return new AppError(code, { errors: [{ path: `/operations/${index}/${field}`, code, message }] })
}
