import { type Context, Hono } from 'hono'
import { v7 as uuidv7 } from 'uuid'
import { type Caller, type Operation, readChanges, readList, type TodoInput, toTodo, writeAll } from './bare-todos'

/*
 * The Worker that Latchkey is compared with: the same routes, written by hand for speed only.
 *
 * It does everything that costs a round trip or a hash, in the same order and equally often: the same D1 statements and
 * batches, the same KV reads and writes, the same limits of writes, one HMAC for each token, six times 100,000 iterations of
 * PBKDF2, one line in the log. It checks the signature and the expiry of the JWT, with keys that it derives once, and answers with the same bodies.
 *
 * It does nothing else: it does not validate requests or limit their size, and it does not check the other claims of the token
 * or the shape of values in KV. It has no problem+json, CSRF check, CORS, security headers, request ids, D1 bookmarks, address
 * limit, rotation of secrets, cookies, MACs in cursors or OpenAPI. Do not deploy it.
 */

interface Claims {
  sub: string
  sid: string
  exp: number
}

interface SessionAnswer {
  session: { id: string; createdAt: string; expiresAt: string }
  user: object
}

interface UserRow {
  id: string
  username: string | null
  email: string | null
  phone: string | null
  password_hash: string
  password_version: number
  name: string | null
  nickname: string | null
  created_at: number
  updated_at: number
}

const SESSION_LIFE_MS = 14 * 86_400_000
const FORGET_FAILURES_MS = 86_400_000
const ACCESS_TOKEN_SECONDS = 600

const COUNT_ATTEMPT = `INSERT INTO log_in_throttle (key, failures, last_failure_at, blocked_until)
  VALUES (coalesce((SELECT id FROM users WHERE username = ?1), ?2), 1, ?3, ?3)
  ON CONFLICT (key) DO UPDATE SET
    failures = CASE WHEN last_failure_at <= ?4 THEN 1 ELSE failures + 1 END,
    last_failure_at = ?3,
    blocked_until = ?3 + CASE WHEN CASE WHEN last_failure_at <= ?4 THEN 1 ELSE failures + 1 END < 5 THEN 0
      ELSE min(900000, 1000 << min(CASE WHEN last_failure_at <= ?4 THEN 1 ELSE failures + 1 END - 5, 30)) END
  WHERE blocked_until <= ?3
  RETURNING failures`

const INSERT_SESSION = `INSERT INTO sessions (id, user_id, generation, created_at, last_seen_at, expires_at)
  SELECT ?1, id, 0, ?2, ?2, ?3 FROM users WHERE id = ?4 AND password_version = ?5
  RETURNING id`

const utf8 = new TextEncoder()
const fromUtf8 = new TextDecoder()
const iso = (ms: number) => new Date(ms).toISOString()

function toBase64url(bytes: ArrayBuffer | Uint8Array): string {
  const binary = String.fromCharCode(...new Uint8Array(bytes))
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function fromBase64url(text: string): Uint8Array {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}

const HMAC = { name: 'HMAC', hash: 'SHA-256' }

async function deriveKeys(secret: string) {
  const root = await crypto.subtle.importKey('raw', utf8.encode(secret), 'HKDF', false, ['deriveKey'])
  const derive = async (label: string) => {
    const info = utf8.encode(`latchkey/${label}`)
    const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info }
    return crypto.subtle.deriveKey(hkdf, root, { ...HMAC, length: 256 }, false, ['sign', 'verify'])
  }
  return {
    access: await derive('access-token'),
    refresh: await derive('refresh-token'),
    throttle: await derive('throttle'),
    cursor: await derive('cursor'),
  }
}

let derived: ReturnType<typeof deriveKeys> | undefined

function keysOf(env: Env) {
  derived ??= deriveKeys(env.AUTH_SECRET)
  return derived
}

async function sign(key: CryptoKey, message: string): Promise<string> {
  return toBase64url(await crypto.subtle.sign('HMAC', key, utf8.encode(message)))
}

async function readCaller(env: Env, authorization: string | undefined): Promise<Caller | null> {
  const { access } = await keysOf(env)
  const token = authorization?.slice('Bearer '.length) ?? ''
  const [header = '', payload = '', tag = ''] = token.split('.')
  const message = utf8.encode(`${header}.${payload}`)
  if (!(await crypto.subtle.verify('HMAC', access, fromBase64url(tag), message))) return null
  const { sub, sid, exp }: Claims = JSON.parse(fromUtf8.decode(fromBase64url(payload)))
  return exp * 1000 > Date.now() ? { userId: sub, sessionId: sid } : null
}

async function readSession(env: Env, { sessionId, userId }: Caller): Promise<SessionAnswer | null> {
  const copy = await env.KV.get<SessionAnswer & { user: { id: string } }>(`session:${sessionId}`, 'json')
  return copy && copy.user.id === userId && Date.parse(copy.session.expiresAt) > Date.now() ? copy : null
}

const toUser = (row: UserRow) => ({
  id: row.id,
  username: row.username,
  email: row.email,
  phone: row.phone,
  name: row.name,
  nickname: row.nickname,
  hasPassword: true,
  createdAt: iso(row.created_at),
  updatedAt: iso(row.updated_at),
})

async function isPassword(env: Env, password: string, hash: string): Promise<boolean> {
  const [, , , salt = '', expected = ''] = hash.split('$')
  const pepper = await crypto.subtle.importKey('raw', utf8.encode(env.PASSWORD_PEPPER), HMAC, false, ['sign'])
  let secret = await crypto.subtle.sign('HMAC', pepper, utf8.encode(password.normalize('NFC')))
  const pbkdf2 = { name: 'PBKDF2', hash: 'SHA-256', salt: fromBase64url(salt), iterations: 100_000 }
  for (let round = 0; round < 6; round++) {
    const key = await crypto.subtle.importKey('raw', secret, 'PBKDF2', false, ['deriveBits'])
    secret = await crypto.subtle.deriveBits(pbkdf2, key, 256)
  }
  return crypto.subtle.timingSafeEqual(secret, fromBase64url(expected))
}

const app = new Hono<{ Bindings: Env }>()

app.get('/', (c) => c.json({ ping: 'pong' }))

app.get('/api/v1/auth/session', async (c) => {
  const caller = await readCaller(c.env, c.req.header('Authorization'))
  const session = caller && (await readSession(c.env, caller))
  return session ? c.json(session) : c.body(null, 401)
})

/** Reads while the session is being checked, as Latchkey does. */
async function readAs<Result>(c: Context<{ Bindings: Env }>, read: (caller: Caller) => Promise<Result>) {
  const caller = await readCaller(c.env, c.req.header('Authorization'))
  if (!caller) return null
  const [session, result] = await Promise.all([readSession(c.env, caller), read(caller)])
  return session && { caller, result }
}

app.get('/api/v1/todos/changes', async (c) => {
  const limit = Number(c.req.query('limit') ?? 50)
  const read = await readAs(c, (caller) => readChanges(c.env, caller, limit))
  if (!read) return c.body(null, 401)
  const page = read.result.slice(0, limit)
  const place = `${page.at(-1)?.seq ?? 0}.${Date.now()}`
  const { cursor } = await keysOf(c.env)
  return c.json({
    changes: page.map((row) =>
      row.deletedAt === null ? { todo: toTodo(row) } : { id: row.id, deletedAt: iso(row.deletedAt) },
    ),
    nextToken: `${place}.${await sign(cursor, `${read.caller.userId}|${place}`)}`,
    hasMore: read.result.length > limit,
  })
})

app.get('/api/v1/todos', async (c) => {
  const { limit: asked = '50', isDone } = c.req.query()
  const limit = Number(asked)
  const read = await readAs(c, (caller) => readList(c.env, caller, limit, isDone === undefined ? 'list' : 'open'))
  if (!read) return c.body(null, 401)
  const page = read.result.slice(0, limit)
  const last = read.result.length > limit ? page.at(-1) : undefined
  return c.json({ todos: page.map(toTodo), nextCursor: last ? `${last.createdAt}.${last.id}` : null })
})

app.post('/api/v1/todos', async (c) => {
  const caller = await readCaller(c.env, c.req.header('Authorization'))
  if (!caller) return c.body(null, 401)
  await c.env.WRITE_LIMIT.limit({ key: caller.userId })
  const todo = await c.req.json<TodoInput>()
  const [row] = (await writeAll(c.env, caller, [{ op: 'create', id: uuidv7(), todo }])) ?? []
  return row ? c.json(toTodo(row), 201) : c.body(null, 401)
})

app.post('/api/v1/todos/batch', async (c) => {
  const caller = await readCaller(c.env, c.req.header('Authorization'))
  if (!caller) return c.body(null, 401)
  await c.env.BATCH_LIMIT.limit({ key: caller.userId })
  const { operations } = await c.req.json<{ operations: Operation[] }>()
  const rows = await writeAll(c.env, caller, operations)
  return rows ? c.json({ results: rows.map((row) => ({ todo: toTodo(row) })) }) : c.body(null, 401)
})

app.post('/api/v1/auth/log-in', async (c) => {
  const { identifier, password } = await c.req.json<{ identifier: string; password: string }>()
  const keys = await keysOf(c.env)
  const attemptAt = Date.now()
  const accountMac = await sign(keys.throttle, identifier)
  const [counted, , found] = await c.env.DB.batch<UserRow>([
    c.env.DB.prepare(COUNT_ATTEMPT).bind(identifier, accountMac, attemptAt, attemptAt - FORGET_FAILURES_MS),
    c.env.DB.prepare(
      'SELECT blocked_until FROM log_in_throttle WHERE key = coalesce((SELECT id FROM users WHERE username = ?), ?)',
    ).bind(identifier, accountMac),
    c.env.DB.prepare('SELECT * FROM users WHERE username = ?').bind(identifier),
  ])
  if (counted?.results.length === 0) return c.body(null, 429)
  const row = found?.results[0]
  if (!row || !(await isPassword(c.env, password, row.password_hash))) return c.body(null, 401)

  const now = Date.now()
  const expiresAt = now + SESSION_LIFE_MS
  const answer = { session: { id: uuidv7(), createdAt: iso(now), expiresAt: iso(expiresAt) }, user: toUser(row) }
  const { id } = answer.session
  const [[made]] = await Promise.all([
    c.env.DB.batch([
      c.env.DB.prepare(INSERT_SESSION).bind(id, now, expiresAt, row.id, row.password_version),
      c.env.DB.prepare('DELETE FROM log_in_throttle WHERE key = ?').bind(row.id),
    ]),
    c.env.KV.put(`session:${id}`, JSON.stringify(answer), { expirationTtl: SESSION_LIFE_MS / 1000 }),
  ])
  if (made?.results.length === 0) return c.body(null, 401)

  const iat = Math.floor(now / 1000)
  const header = { alg: 'HS256', typ: 'at+jwt' }
  const claims = { sid: id, sub: row.id, jti: crypto.randomUUID(), iat, exp: iat + ACCESS_TOKEN_SECONDS }
  const unsigned = [header, claims].map((part) => toBase64url(utf8.encode(JSON.stringify(part)))).join('.')
  return c.json({
    ...answer,
    accessToken: `${unsigned}.${await sign(keys.access, unsigned)}`,
    refreshToken: `${id}.0.${await sign(keys.refresh, `${id}.0`)}`,
    tokenType: 'Bearer',
    expiresIn: ACCESS_TOKEN_SECONDS,
  })
})

export default {
  async fetch(request: Request, env: Env, context: ExecutionContext) {
    const response = await app.fetch(request, env, context)
    console.log(JSON.stringify({ method: request.method, url: request.url, status: response.status }))
    return response
  },
}
