import { createRoute } from '@hono/zod-openapi'
import { idempotencyKeyHeader } from '../http/idempotency-key'
import { answerHeader, empty, json, jsonBody, problem, readProblems, requestHeader, signedIn } from '../http/openapi'
import { requireCaller } from '../sessions/require-user'
import { todoIdSchema, todoInputSchema, todoListSchema, todoPatchSchema, todoQuerySchema, todoSchema } from './schemas'
import { changeProblems, conditionalProblems, ifMatchHeader, quotaProblems, tagHeader } from './tags.openapi'
import { limitWrites } from './write-limits'

/*
 * What the routes of to-dos take and answer. `todos.routes.ts` handles them.
 */

const common = { tags: ['To-dos'], security: signedIn, middleware: requireCaller }
const commonToWrites = { ...common, middleware: [requireCaller, limitWrites] }
const notFound = problem('not_found')

const ifNoneMatch = requestHeader(
  'If-None-Match',
  'The `ETag` that you have: the answer is 304 if it is still the same.',
  '"1"',
)
const ifMatch = ifMatchHeader('to-do')
const todoAnswer = (description: string) => ({ ...json(todoSchema, description), headers: tagHeader })

export const list = createRoute({
  ...common,
  method: 'get',
  path: '/',
  operationId: 'listTodos',
  summary: 'Your to-dos, a page at a time',
  description:
    'To-dos that come or go while you page do not make you miss others or see them twice. Some kinds of requests read few to-dos: `sort=createdAt` without a filter; `sort=dueAt` of open to-dos (`isDone=false` or `overdue=true`) with no other filters but those by due date, of which it needs one if `order=DESC`; the subtasks of one to-do (`parentId`) with no other filters but `isDone` and those by due date; those with given `ids`; and open ones in any order and with any filter but `q`, while you have at most 1,000 open ones. Every other request is a search; you may make 30 a minute.',
  parameters: [ifNoneMatch],
  request: { query: todoQuerySchema },
  responses: {
    200: {
      ...json(todoListSchema, 'A page'),
      headers: { ETag: answerHeader('A weak hash of the ids and versions on the page.', 'W/"x"') },
    },
    304: empty('You already have this page'),
    ...readProblems,
    429: problem('rate_limited'),
  },
})

export const create = createRoute({
  ...commonToWrites,
  method: 'post',
  path: '/',
  operationId: 'createTodo',
  summary: 'Make a to-do',
  parameters: [
    idempotencyKeyHeader(
      'If you repeat the request with the same key within 24 hours, no second to-do is made, and the answer has the first one as it is now.',
    ),
  ],
  request: { body: jsonBody(todoInputSchema) },
  responses: {
    201: {
      ...json(todoSchema, 'Made'),
      headers: {
        ...tagHeader,
        Location: answerHeader('The path of the to-do.', '/api/v1/todos/019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10'),
        'Idempotent-Replayed': answerHeader('Set if an earlier request made the to-do.', 'true'),
      },
    },
    ...changeProblems,
    ...quotaProblems,
  },
})

export const get = createRoute({
  ...common,
  method: 'get',
  path: '/{id}',
  operationId: 'getTodo',
  summary: 'One to-do',
  parameters: [ifNoneMatch],
  request: { params: todoIdSchema },
  responses: {
    200: todoAnswer('The to-do'),
    304: empty('You already have this version'),
    ...readProblems,
    404: notFound,
  },
})

export const put = createRoute({
  ...commonToWrites,
  method: 'put',
  path: '/{id}',
  operationId: 'putTodo',
  summary: 'Make a to-do under your own UUIDv7, or replace all of it',
  description: 'It does to subtasks and to recurring to-dos what a `PATCH` does.',
  parameters: [
    ifMatch,
    requestHeader('If-None-Match', 'With `*` the request only makes a to-do: 412 if there is one under this id.', '*'),
  ],
  request: { params: todoIdSchema, body: jsonBody(todoInputSchema) },
  responses: {
    200: todoAnswer('Replaced'),
    201: todoAnswer('Made'),
    ...conditionalProblems,
    404: notFound,
    ...quotaProblems,
  },
})

export const patch = createRoute({
  ...commonToWrites,
  method: 'patch',
  path: '/{id}',
  operationId: 'updateTodo',
  summary: 'Change the fields that you name, and no others',
  description:
    'Subtasks are completed, opened again and moved to another list with their parent. Completing a recurring to-do makes the next one; opening it again deletes that one if nobody has touched it, and otherwise ends the recurrence of this one.',
  parameters: [ifMatch],
  request: { params: todoIdSchema, body: jsonBody(todoPatchSchema) },
  responses: { 200: todoAnswer('Changed'), ...conditionalProblems, 404: notFound, ...quotaProblems },
})

export const remove = createRoute({
  ...commonToWrites,
  method: 'delete',
  path: '/{id}',
  operationId: 'deleteTodo',
  summary: 'Delete a to-do',
  description: 'Its subtasks are deleted with it. They can be restored for 30 days.',
  parameters: [ifMatch],
  request: { params: todoIdSchema },
  responses: { 204: empty('Deleted'), ...conditionalProblems, 404: notFound },
})

export const restore = createRoute({
  ...commonToWrites,
  method: 'post',
  path: '/{id}/restore',
  operationId: 'restoreTodo',
  summary: 'Undo a deletion',
  description:
    'Works for 30 days, and brings back the subtasks that were deleted with it. A subtask whose parent is gone becomes a to-do of its own; a to-do whose list is gone is in no list. A to-do that is not deleted stays as it is.',
  request: { params: todoIdSchema },
  responses: { 200: todoAnswer('The to-do, restored'), ...changeProblems, 404: notFound },
})
