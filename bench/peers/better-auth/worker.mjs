// The peer: better-auth with a plain Drizzle table of to-dos behind its session check.
//
// Every option is one that its documents recommend, or one without which it would be slower or would refuse the benchmark:
//
// - `better-auth/minimal` with the Drizzle adapter: the smaller bundle, for who brings an adapter (Optimizing for Performance).
// - One instance for each isolate, with `env` of `cloudflare:workers` (Cloudflare guide).
// - `joins`, so that a session and its user are one statement (Drizzle ORM Adapter).
// - `ipAddressHeaders` (Cloudflare guide). Its limit of requests is on, as in production, and counts in memory, which is its
//   default and its cheapest store. Only the numbers are so high that it never refuses.
// - SESSIONS says where sessions are, and each variant is measured. `d1` is what the documents begin with: a session that was ended
//   ends at once. `kv` is the secondary storage, as better-auth-cloudflare sets it up: it can go on for a minute elsewhere, as at
//   Latchkey. `cookie` is the cookie cache of Optimizing for Performance: the fastest, and it can go on for five minutes.
// - With KV, verifications stay in the database, because KV cannot take a value out only once (better-auth-cloudflare).
//
// The to-dos have no validation, no limit and no condition: a real app has some, so this favours the peer.

import { env } from 'cloudflare:workers'
import { drizzleAdapter } from 'better-auth/adapters/drizzle'
import { verifyPassword } from 'better-auth/crypto'
import { betterAuth } from 'better-auth/minimal'
import { and, asc, desc, eq, isNull } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { Hono } from 'hono'
import * as tables from './tables.mjs'

const COOKIE_CACHE_SECONDS = 300
const NEVER_REFUSES = { window: 1, max: 1_000_000_000 }

/** @param {Env} bindings */
function makeAuth({ DB, KV, SESSIONS, AUTH_SECRET }) {
  return betterAuth({
    secret: AUTH_SECRET,
    baseURL: 'http://localhost',
    database: drizzleAdapter(drizzle(DB, { schema: tables }), { provider: 'sqlite', schema: tables }),
    emailAndPassword: { enabled: true },
    advanced: {
      ipAddress: { ipAddressHeaders: ['cf-connecting-ip'] },
      database: { joins: true },
      // The benchmark speaks HTTP.
      useSecureCookies: false,
    },
    rateLimit: {
      ...NEVER_REFUSES,
      storage: 'memory',
      customRules: { '/sign-in/*': NEVER_REFUSES, '/sign-up/*': NEVER_REFUSES },
    },
    ...(SESSIONS === 'kv' && {
      verification: { storeInDatabase: true },
      secondaryStorage: {
        get: (key) => KV.get(key),
        set: (key, value, ttl) => KV.put(key, value, ttl ? { expirationTtl: Math.max(60, ttl) } : undefined),
        delete: (key) => KV.delete(key),
      },
    }),
    ...(SESSIONS === 'cookie' && { session: { cookieCache: { enabled: true, maxAge: COOKIE_CACHE_SECONDS } } }),
  })
}

/** @param {Env} bindings */
export function makeApp(bindings) {
  const auth = makeAuth(bindings)
  const db = drizzle(bindings.DB)
  const { todos } = tables
  const columns = {
    id: todos.id,
    contents: todos.contents,
    description: todos.description,
    priority: todos.priority,
    labels: todos.labels,
    dueAt: todos.dueAt,
    completedAt: todos.completedAt,
    createdAt: todos.createdAt,
    updatedAt: todos.updatedAt,
    version: todos.version,
  }
  const toTodo = (row) => ({ ...row, isDone: row.completedAt !== null })

  const app = new Hono()
  app.get('/', (c) => c.json({ ping: 'pong' }))
  app.all('/api/auth/*', (c) => auth.handler(c.req.raw))
  // What the hash of a log-in costs by itself.
  app.post('/hash', async (c) => c.json({ isRight: await verifyPassword(await c.req.json()) }))

  app.use('/api/todos', async (c, next) => {
    const session = await auth.api.getSession({ headers: c.req.raw.headers })
    if (!session) return c.body(null, 401)
    c.set('userId', session.user.id)
    await next()
  })
  app.get('/api/todos', async (c) => {
    const limit = Number(c.req.query('limit') ?? 50)
    const isOpen = c.req.query('isDone') === 'false'
    const mine = eq(todos.userId, c.get('userId'))
    const rows = await db
      .select(columns)
      .from(todos)
      .where(isOpen ? and(mine, isNull(todos.completedAt)) : mine)
      .orderBy(...(isOpen ? [desc(todos.dueAt), desc(todos.id)] : [asc(todos.createdAt), asc(todos.id)]))
      .limit(limit + 1)
    const page = rows.slice(0, limit)
    const last = rows.length > limit ? page.at(-1) : undefined
    return c.json({ todos: page.map(toTodo), nextCursor: last ? `${last.createdAt.getTime()}.${last.id}` : null })
  })
  app.post('/api/todos', async (c) => {
    const { contents, description = null, priority = 'none', labels = [], dueAt, isDone } = await c.req.json()
    const now = new Date()
    const [row] = await db
      .insert(todos)
      .values({
        id: crypto.randomUUID(),
        userId: c.get('userId'),
        contents,
        description,
        priority,
        labels,
        dueAt: dueAt ? new Date(dueAt) : null,
        completedAt: isDone ? now : null,
        createdAt: now,
        updatedAt: now,
        version: 1,
      })
      .returning(columns)
    return c.json(toTodo(row), 201)
  })
  return app
}

const app = makeApp(env)

export default { fetch: (request) => app.fetch(request) }
