import { createRoute } from '@hono/zod-openapi'
import { v7 as uuidv7 } from 'uuid'
import { requireUser } from '../auth/require-user'
import { createRouter } from '../context'
import { readCursor, writeCursor, wrongCursor } from '../http/cursor'
import { empty, json, jsonBody, problem, readProblems, signedIn, writeProblems } from '../http/openapi'
import { todoIdSchema, todoInputSchema, todoListSchema, todoPatchSchema, todoQuerySchema, todoSchema } from './schemas'
import { createTodo, deleteTodo, getTodo, listTodos, patchTodo, putTodo } from './todos'

const common = { tags: ['To-dos'], security: signedIn, middleware: requireUser }
const notFound = problem('not_found')
const invalid = problem('invalid_fields')

const list = createRoute({
  ...common,
  method: 'get',
  path: '/',
  operationId: 'listTodos',
  summary: 'Your to-dos, a page at a time',
  request: { query: todoQuerySchema },
  responses: { 200: json(todoListSchema, 'A page'), ...readProblems, 422: invalid },
})

const create = createRoute({
  ...common,
  method: 'post',
  path: '/',
  operationId: 'createTodo',
  summary: 'Make a to-do',
  request: { body: jsonBody(todoInputSchema) },
  responses: { 201: json(todoSchema, 'Made'), ...writeProblems },
})

const get = createRoute({
  ...common,
  method: 'get',
  path: '/{id}',
  operationId: 'getTodo',
  summary: 'One to-do',
  request: { params: todoIdSchema },
  responses: { 200: json(todoSchema, 'The to-do'), ...readProblems, 404: notFound, 422: invalid },
})

const put = createRoute({
  ...common,
  method: 'put',
  path: '/{id}',
  operationId: 'putTodo',
  summary: 'Make a to-do under your own UUIDv7, or replace it whole',
  request: { params: todoIdSchema, body: jsonBody(todoInputSchema) },
  responses: {
    200: json(todoSchema, 'Replaced'),
    201: json(todoSchema, 'Made'),
    ...writeProblems,
    404: notFound,
  },
})

const patch = createRoute({
  ...common,
  method: 'patch',
  path: '/{id}',
  operationId: 'updateTodo',
  summary: 'Change what you name, and nothing else',
  request: { params: todoIdSchema, body: jsonBody(todoPatchSchema) },
  responses: { 200: json(todoSchema, 'Changed'), ...writeProblems, 404: notFound },
})

const remove = createRoute({
  ...common,
  method: 'delete',
  path: '/{id}',
  operationId: 'deleteTodo',
  summary: 'Delete a to-do',
  request: { params: todoIdSchema },
  responses: { 204: empty('Deleted'), ...writeProblems, 404: notFound },
})

export const todoRoutes = createRouter()
  .openapi(list, async (c) => {
    const query = c.req.valid('query')
    const { keys, db, caller } = c.var
    const scope = `todos|${caller.userId}|${query.order}|${query.isDone ?? ''}`
    const after = query.cursor === undefined ? null : await readCursor(keys, scope, query.cursor)
    if (query.cursor !== undefined && !after) throw wrongCursor()
    const page = await listTodos(db, caller.userId, query, after)
    const nextCursor = page.next && (await writeCursor(keys, scope, page.next))
    return c.json({ todos: page.todos, nextCursor }, 200)
  })
  .openapi(create, async (c) => {
    const todo = await createTodo(c.var.db, c.var.caller, uuidv7(), c.req.valid('json'), Date.now())
    return c.json(todo, 201, { Location: `${c.req.path}/${todo.id}` })
  })
  .openapi(get, async (c) => c.json(await getTodo(c.var.db, c.var.caller.userId, c.req.valid('param').id), 200))
  .openapi(put, async (c) => {
    const { id } = c.req.valid('param')
    const { todo, created } = await putTodo(c.var.db, c.var.caller, id, c.req.valid('json'), Date.now())
    return c.json(todo, created ? 201 : 200)
  })
  .openapi(patch, async (c) => {
    const { id } = c.req.valid('param')
    return c.json(await patchTodo(c.var.db, c.var.caller, id, c.req.valid('json'), Date.now()), 200)
  })
  .openapi(remove, async (c) => {
    await deleteTodo(c.var.db, c.var.caller, c.req.valid('param').id, Date.now())
    return c.body(null, 204)
  })
