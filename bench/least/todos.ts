import { readToken, unauthorized } from './token'

interface TodoRow {
  id: string
  contents: string
  description: string | null
  priority: string
  labels: string
  due_at: number | null
  completed_at: number | null
  created_at: number
  updated_at: number
  version: number
  seq: number
}

interface TodoInput {
  contents: string
  description?: string
  priority?: string
  labels?: string[]
  dueAt?: string
}

const COLUMNS =
  'id, contents, description, priority, labels, due_at, completed_at, created_at, updated_at, version, seq'
const LIST = `SELECT ${COLUMNS} FROM todos WHERE user_id = ?1 ORDER BY created_at, id LIMIT ?2`
const OPEN = `SELECT ${COLUMNS} FROM todos WHERE user_id = ?1 AND completed_at IS NULL ORDER BY due_at DESC, id DESC LIMIT ?2`
const CHANGES = `SELECT ${COLUMNS} FROM todos WHERE user_id = ?1 ORDER BY seq LIMIT ?2`
const CREATE = `INSERT INTO todos (user_id, ${COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, NULL, ?8, ?8, 1, ?8)`
const BATCH = `INSERT OR REPLACE INTO todos (user_id, ${COLUMNS})
  SELECT ?1, value->>'id', value->>'contents', value->>'description', value->>'priority', value->>'labels', value->>'dueAt', NULL,
    ?2, ?2, 1, ?2
  FROM json_each(?3)`

const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString())

const toTodo = (row: TodoRow) => ({
  id: row.id,
  contents: row.contents,
  description: row.description,
  priority: row.priority,
  isDone: row.completed_at !== null,
  labels: JSON.parse(row.labels),
  dueAt: iso(row.due_at),
  completedAt: iso(row.completed_at),
  createdAt: iso(row.created_at),
  updatedAt: iso(row.updated_at),
  version: row.version,
})

/** The rows of a statement, one more than `limit`; null if the session has ended. */
async function readAs(request: Request, env: Env, sql: string, limit: number): Promise<TodoRow[] | null> {
  const claims = await readToken(request, env)
  if (!claims) return null
  const [session, { results }] = await Promise.all([
    env.KV.get(`session:${claims.sid}`),
    env.DB.prepare(sql)
      .bind(claims.sub, limit + 1)
      .all<TodoRow>(),
  ])
  return session === null ? null : results
}

export async function list(request: Request, env: Env, query: URLSearchParams): Promise<Response> {
  const limit = Number(query.get('limit') ?? 50)
  const rows = await readAs(request, env, query.has('isDone') ? OPEN : LIST, limit)
  if (!rows) return unauthorized()
  const last = rows.length > limit ? rows[limit - 1] : undefined
  const nextCursor = last ? `${last.created_at}.${last.id}` : null
  return Response.json({ todos: rows.slice(0, limit).map(toTodo), nextCursor })
}

export async function changes(request: Request, env: Env, query: URLSearchParams): Promise<Response> {
  const limit = Number(query.get('limit') ?? 50)
  const rows = await readAs(request, env, CHANGES, limit)
  if (!rows) return unauthorized()
  const page = rows.slice(0, limit)
  return Response.json({
    changes: page.map((row) => ({ todo: toTodo(row) })),
    nextToken: `${page.at(-1)?.seq ?? 0}`,
    hasMore: rows.length > limit,
  })
}

const made = (id: string, todo: TodoInput, now: number) =>
  toTodo({
    id,
    contents: todo.contents,
    description: todo.description ?? null,
    priority: todo.priority ?? 'none',
    labels: JSON.stringify(todo.labels ?? []),
    due_at: todo.dueAt ? Date.parse(todo.dueAt) : null,
    completed_at: null,
    created_at: now,
    updated_at: now,
    version: 1,
    seq: now,
  })

export async function create(request: Request, env: Env): Promise<Response> {
  const claims = await readToken(request, env)
  if (!claims) return unauthorized()
  const input = await request.json<TodoInput>()
  const now = Date.now()
  const todo = made(crypto.randomUUID(), input, now)
  const dueAt = todo.dueAt && Date.parse(todo.dueAt)
  const values = [todo.id, todo.contents, todo.description, todo.priority, JSON.stringify(todo.labels), dueAt, now]
  await env.DB.prepare(CREATE)
    .bind(claims.sub, ...values)
    .run()
  return Response.json(todo, { status: 201 })
}

export async function batch(request: Request, env: Env): Promise<Response> {
  const claims = await readToken(request, env)
  if (!claims) return unauthorized()
  const { operations } = await request.json<{ operations: { id: string; todo: TodoInput }[] }>()
  const now = Date.now()
  const rows = operations.map(({ id, todo }) => ({ ...todo, id, dueAt: todo.dueAt ? Date.parse(todo.dueAt) : null }))
  await env.DB.prepare(BATCH).bind(claims.sub, now, JSON.stringify(rows)).run()
  return Response.json({ results: operations.map(({ id, todo }) => ({ todo: made(id, todo, now) })) })
}
