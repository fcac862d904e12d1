import { createRoute } from '@hono/zod-openapi'
import { v7 as uuidv7 } from 'uuid'
import { readCursor, writeCursor } from '../http/cursor'
import { hashTag, hasVersion, readConditions, tagHeaders } from '../http/etag'
import {
  answerHeader,
  empty,
  json,
  jsonBody,
  problem,
  readProblems,
  requestHeader,
  signedIn,
  writeProblems,
} from '../http/openapi'
import { createRouter } from '../http/router'
import { requireUser } from '../sessions/require-user'
import { createOnce, readKey } from './idempotency'
import { listTodos } from './list'
import { todoIdSchema, todoInputSchema, todoListSchema, todoPatchSchema, todoQuerySchema, todoSchema } from './schemas'
import { getTodo, todoTag, toTodo } from './todo'
import { writeOne } from './write'

const common = { tags: ['To-dos'], security: signedIn, middleware: requireUser }
const notFound = problem('not_found')
const invalid = problem('invalid_fields')

const ifNoneMatch = requestHeader('If-None-Match', 'The `ETag` of what you have: 304 if it still holds.', '"1"')
const ifMatch = requestHeader('If-Match', 'The `ETag` of what you know: 412 if it has changed since.', '"1"')
const tag = { ETag: answerHeader('The version, in quotes.', '"1"') }
const tagged = (description: string) => ({ ...json(todoSchema, description), headers: tag })
const conditionalProblems = { ...writeProblems, 404: notFound, 412: problem('precondition_failed') }

const list = createRoute({
  ...common,
  method: 'get',
  path: '/',
  operationId: 'listTodos',
  summary: 'Your to-dos, a page at a time',
  description: 'Pages skip and repeat nothing, whatever comes and goes meanwhile.',
  parameters: [ifNoneMatch],
  request: { query: todoQuerySchema },
  responses: {
    200: {
      ...json(todoListSchema, 'A page'),
      headers: { ETag: answerHeader('A hash of the ids and versions on the page.', '"x"') },
    },
    304: empty('The page that you have'),
    ...readProblems,
    422: invalid,
  },
})

const create = createRoute({
  ...common,
  method: 'post',
  path: '/',
  operationId: 'createTodo',
  summary: 'Make a to-do',
  parameters: [
    requestHeader(
      'Idempotency-Key',
      'Any 1–255 visible ASCII characters of your own. Asked again with it within 24 hours, the answer is the same to-do, and no other is made.',
      '8e03978e-40d5-43e8-bc93-6894a57f9324',
    ),
  ],
  request: { body: jsonBody(todoInputSchema) },
  responses: {
    201: {
      ...json(todoSchema, 'Made'),
      headers: {
        ...tag,
        Location: answerHeader('Where it is.', '/api/v1/todos/019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10'),
        'Idempotent-Replayed': answerHeader('Where the to-do was made by an earlier request.', 'true'),
      },
    },
    ...writeProblems,
  },
})

const get = createRoute({
  ...common,
  method: 'get',
  path: '/{id}',
  operationId: 'getTodo',
  summary: 'One to-do',
  parameters: [ifNoneMatch],
  request: { params: todoIdSchema },
  responses: { 200: tagged('The to-do'), 304: empty('What you have'), ...readProblems, 404: notFound, 422: invalid },
})

const put = createRoute({
  ...common,
  method: 'put',
  path: '/{id}',
  operationId: 'putTodo',
  summary: 'Make a to-do under your own UUIDv7, or replace it whole',
  parameters: [ifMatch, requestHeader('If-None-Match', '`*` makes and never replaces: 412 if it is there.', '*')],
  request: { params: todoIdSchema, body: jsonBody(todoInputSchema) },
  responses: { 200: tagged('Replaced'), 201: tagged('Made'), ...conditionalProblems },
})

const patch = createRoute({
  ...common,
  method: 'patch',
  path: '/{id}',
  operationId: 'updateTodo',
  summary: 'Change what you name, and nothing else',
  parameters: [ifMatch],
  request: { params: todoIdSchema, body: jsonBody(todoPatchSchema) },
  responses: { 200: tagged('Changed'), ...conditionalProblems },
})

const remove = createRoute({
  ...common,
  method: 'delete',
  path: '/{id}',
  operationId: 'deleteTodo',
  summary: 'Delete a to-do',
  description: 'It can be restored for 30 days.',
  parameters: [ifMatch],
  request: { params: todoIdSchema },
  responses: { 204: empty('Deleted'), ...conditionalProblems },
})

const restore = createRoute({
  ...common,
  method: 'post',
  path: '/{id}/restore',
  operationId: 'restoreTodo',
  summary: 'Undo a deletion',
  description: 'Within 30 days. One that was not deleted stays as it is.',
  request: { params: todoIdSchema },
  responses: { 200: tagged('The to-do, as it was'), ...writeProblems, 404: notFound },
})

export const todoRoutes = createRouter()
  .openapi(list, async (c) => {
    const { limit, cursor, ...filter } = c.req.valid('query')
    const { keys, db, caller } = c.var
    const scope = `todos|${caller.userId}|${JSON.stringify(filter)}`
    const after = await readCursor(keys, scope, cursor)
    const { todos, next } = await listTodos(db, caller.userId, filter, limit, after)
    const page = { todos, nextCursor: await writeCursor(keys, scope, next) }
    const tag = await hashTag([page.nextCursor, ...todos.map(({ id, version }) => `${id} ${version}`)].join('\n'))
    return hasVersion(c, tag) ? c.body(null, 304, tagHeaders(tag)) : c.json(page, 200, tagHeaders(tag))
  })
  .openapi(create, async (c) => {
    const { db, caller } = c.var
    const input = c.req.valid('json')
    const key = readKey(c.req.header('Idempotency-Key'))
    const id = uuidv7()
    const { row, isReplay } =
      key === null
        ? { ...(await writeOne(db, caller, { op: 'create', id, patch: input }, Date.now())), isReplay: false }
        : await createOnce(db, caller, { key, id, input }, Date.now())
    const todo = toTodo(row)
    return c.json(todo, 201, {
      ETag: todoTag(todo),
      Location: `${c.req.path}/${todo.id}`,
      ...(isReplay && { 'Idempotent-Replayed': 'true' }),
    })
  })
  .openapi(get, async (c) => {
    const todo = await getTodo(c.var.db, c.var.caller.userId, c.req.valid('param').id)
    const tag = todoTag(todo)
    return hasVersion(c, tag) ? c.body(null, 304, tagHeaders(tag)) : c.json(todo, 200, tagHeaders(tag))
  })
  .openapi(put, async (c) => {
    const operation = { op: 'put' as const, ...c.req.valid('param'), patch: c.req.valid('json'), ...readConditions(c) }
    const { row, existed } = await writeOne(c.var.db, c.var.caller, operation, Date.now())
    const todo = toTodo(row)
    return c.json(todo, existed ? 200 : 201, { ETag: todoTag(todo) })
  })
  .openapi(patch, async (c) => {
    const operation = {
      op: 'update' as const,
      ...c.req.valid('param'),
      patch: c.req.valid('json'),
      ...readConditions(c),
    }
    const todo = toTodo((await writeOne(c.var.db, c.var.caller, operation, Date.now())).row)
    return c.json(todo, 200, { ETag: todoTag(todo) })
  })
  .openapi(remove, async (c) => {
    const operation = { op: 'delete' as const, ...c.req.valid('param'), ...readConditions(c) }
    await writeOne(c.var.db, c.var.caller, operation, Date.now())
    return c.body(null, 204)
  })
  .openapi(restore, async (c) => {
    const operation = { op: 'restore' as const, ...c.req.valid('param') }
    const todo = toTodo((await writeOne(c.var.db, c.var.caller, operation, Date.now())).row)
    return c.json(todo, 200, { ETag: todoTag(todo) })
  })
