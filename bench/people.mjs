// The users of each Worker that is measured, each with ten to-dos and a session.

import { webcrypto } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { secrets } from './workers.mjs'

/** @typedef {import('./load.mjs').Request} Request */
/** @typedef {{ headers: Record<string, string>, logIn: Request, hash: object }} Person `hash`: the body that compares the password */
/** @typedef {import('./workers.mjs').Worker} Worker */

const TODOS = 10
export const PASSWORD = 'a password for the benchmark'

export const todo = {
  contents: 'Buy milk',
  description: 'Two litres, and something for breakfast',
  priority: 'high',
  labels: ['home', 'shopping'],
  dueAt: '2026-12-24T18:00:00.000Z',
}

/**
 * Sends one request and reads the answer.
 * @param {number} port @param {Request} request
 * @throws {Error} if the answer is not 2xx
 */
export async function send(port, { method, path, headers, body }) {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { 'Content-Type': 'application/json', ...headers },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
  return { headers: answer.headers, body: text === '' ? null : JSON.parse(text) }
}

/** @param {string} token */
const bearer = (token) => ({ Authorization: `Bearer ${token}` })

/** Each signs up, so that every row and copy is as Latchkey makes it. @param {Worker} worker @param {string} username */
export async function signUpAtOurs({ port, db }, username) {
  const body = { username, password: PASSWORD, tokens: 'body' }
  const answer = await send(port, { method: 'POST', path: '/api/v1/auth/sign-up', body })
  const headers = bearer(answer.body.accessToken)
  const todos = []
  for (let row = 0; row < TODOS; row++) {
    todos.push((await send(port, { method: 'POST', path: '/api/v1/todos', headers, body: todo })).body.id)
  }
  const hash = await db
    .prepare('SELECT password_hash AS hash FROM users WHERE username = ?')
    .bind(username)
    .first('hash')
  return { headers, logIn: logInRequest(username), hash: { password: PASSWORD, hash }, id: answer.body.user.id, todos }
}

/** @param {string} identifier @returns {Request} */
const logInRequest = (identifier) => ({
  method: 'POST',
  path: '/api/v1/auth/log-in',
  body: { identifier, password: PASSWORD, tokens: 'body' },
})

export const LEAST_TABLES = [
  'CREATE TABLE users (id TEXT PRIMARY KEY, username TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL, created_at INTEGER NOT NULL)',
  'CREATE TABLE sessions (id TEXT PRIMARY KEY, user_id TEXT NOT NULL, expires_at INTEGER NOT NULL)',
  `CREATE TABLE todos (id TEXT PRIMARY KEY, user_id TEXT NOT NULL, contents TEXT NOT NULL, description TEXT, priority TEXT NOT NULL,
    labels TEXT NOT NULL, due_at INTEGER, completed_at INTEGER, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL, seq INTEGER NOT NULL)`,
  'CREATE INDEX todos_by_creation ON todos (user_id, created_at)',
]

/** The least Worker has no sign-up: its rows are written here. @param {Worker} worker @param {string} username @param {object} hash */
export async function addToLeast({ db, kv, port }, username, { hash }) {
  const [id, sid, now] = [uuidv7(), uuidv7(), Date.now()]
  const at = new Date(now).toISOString()
  const session = { id: sid, createdAt: at, expiresAt: new Date(now + 86_400_000).toISOString() }
  const names = { username, email: null, phone: null, name: null, nickname: null }
  await db.prepare('INSERT INTO users VALUES (?, ?, ?, ?)').bind(id, username, hash, now).run()
  await kv.put(
    `session:${sid}`,
    JSON.stringify({ session, user: { id, ...names, hasPassword: true, createdAt: at, updatedAt: at } }),
  )
  const headers = bearer(await signToken({ sub: id, sid, exp: Math.floor(now / 1000) + 86_400 }))
  for (let row = 0; row < TODOS; row++) {
    await send(port, { method: 'POST', path: '/api/v1/todos', headers, body: todo })
  }
  return { headers, logIn: logInRequest(username), hash: {} }
}

/** @param {object} claims */
async function signToken(claims) {
  const hmac = { name: 'HMAC', hash: 'SHA-256' }
  const secret = Buffer.from(secrets.AUTH_SECRET ?? '')
  const key = await webcrypto.subtle.importKey('raw', secret, hmac, false, ['sign'])
  const unsigned = [{ alg: 'HS256', typ: 'at+jwt' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const tag = await webcrypto.subtle.sign('HMAC', key, Buffer.from(unsigned))
  return `${unsigned}.${Buffer.from(tag).toString('base64url')}`
}

/** @param {Worker} worker @param {string} username */
export async function signUpAtPeer({ port, db }, username) {
  const email = `${username}@example.com`
  const origin = { Origin: 'http://localhost' }
  const body = { name: username, email, password: PASSWORD }
  const answer = await send(port, { method: 'POST', path: '/api/auth/sign-up/email', headers: origin, body })
  const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0])
  const headers = { Cookie: cookies.join('; ') }
  for (let row = 0; row < TODOS; row++) {
    await send(port, { method: 'POST', path: '/api/todos', headers, body: todo })
  }
  const hash = await db
    .prepare('SELECT password AS hash FROM account JOIN user ON user.id = account.user_id WHERE email = ?')
    .bind(email)
    .first('hash')
  /** @type {Request} */
  const logIn = {
    method: 'POST',
    path: '/api/auth/sign-in/email',
    headers: origin,
    body: { email, password: PASSWORD },
  }
  return { headers, logIn, hash: { password: PASSWORD, hash } }
}
