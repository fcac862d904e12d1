import { readCursor, writeCursor } from '../http/cursor'
import { hashTag, hasVersion, readConditions, tagHeaders } from '../http/etag'
import { readIdempotencyKey } from '../http/idempotency-key'
import { createRouter } from '../http/router'
import { createTodo } from './create'
import { createOnce, replayHeader } from './idempotency'
import { listTodos } from './pages'
import { getTodo, todoTag, toTodo } from './todo'
import { create, get, list, patch, put, remove, restore } from './todos.openapi'
import { writeOne } from './write'

export const todoRoutes = createRouter()
  .openapi(list, async (c) => {
    const { limit, cursor, ...filter } = c.req.valid('query')
    const { keys, caller } = c.var
    const scope = `todos|${caller.userId}|${JSON.stringify(filter)}`
    const after = await readCursor(keys, scope, cursor)
    const { todos, next } = await listTodos(c, { filter, limit, after }, Date.now())
    const page = { todos, nextCursor: await writeCursor(keys, scope, next) }
    const tag = await hashTag([page.nextCursor, ...todos.map(({ id, version }) => `${id} ${version}`)].join('\n'))
    return hasVersion(c, tag) ? c.body(null, 304, tagHeaders(tag)) : c.json(page, 200, tagHeaders(tag))
  })
  .openapi(create, async (c) => {
    const input = c.req.valid('json')
    const key = readIdempotencyKey(c.req.header('Idempotency-Key'))
    const { row, isReplay } =
      key === null
        ? { ...(await createTodo(c.var, input, Date.now())), isReplay: false }
        : await createOnce(c.var, { key, input }, Date.now())
    const todo = toTodo(row)
    return c.json(todo, 201, {
      ETag: todoTag(todo),
      Location: `${c.req.path}/${todo.id}`,
      ...replayHeader(isReplay),
    })
  })
  .openapi(get, async (c) => {
    const todo = await getTodo(c, c.req.valid('param').id, Date.now())
    const tag = todoTag(todo)
    return hasVersion(c, tag) ? c.body(null, 304, tagHeaders(tag)) : c.json(todo, 200, tagHeaders(tag))
  })
  .openapi(put, async (c) => {
    const operation = { op: 'put' as const, ...c.req.valid('param'), patch: c.req.valid('json'), ...readConditions(c) }
    const { row, existed } = await writeOne(c.var, operation, Date.now())
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
    const todo = toTodo((await writeOne(c.var, operation, Date.now())).row)
    return c.json(todo, 200, { ETag: todoTag(todo) })
  })
  .openapi(remove, async (c) => {
    const operation = { op: 'delete' as const, ...c.req.valid('param'), ...readConditions(c) }
    await writeOne(c.var, operation, Date.now())
    return c.body(null, 204)
  })
  .openapi(restore, async (c) => {
    const operation = { op: 'restore' as const, ...c.req.valid('param') }
    const todo = toTodo((await writeOne(c.var, operation, Date.now())).row)
    return c.json(todo, 200, { ETag: todoTag(todo) })
  })
