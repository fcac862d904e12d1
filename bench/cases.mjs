// The cases that are measured, and their users.

import { v7 as uuidv7 } from 'uuid'

/** @typedef {import('./load.mjs').Request} Request */
/** @typedef {{ name: string, goal?: number, requests: Request[] }} Case with one request for each connection */

const USERS = 4
const ROWS = 10
const BATCH = 100
const OPEN = 'limit=10&sort=dueAt&order=DESC&isDone=false'
const password = 'a password for the benchmark'

/**
 * Sends one request and reads the answer.
 * @param {number} port @param {Request} request
 * @throws {Error} if the answer is not 2xx
 */
export async function send(port, { method, path, token, body }) {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
  return JSON.parse(text)
}

/**
 * Signs users up at our Worker and gives them to-dos, then copies all rows and sessions to the bare Worker, which has no sign-up.
 * @param {import('./workers.mjs').Worker} ours
 * @param {import('./workers.mjs').Worker} bare
 * @returns {Promise<Case[]>}
 */
export async function prepareCases(ours, bare) {
  const usernames = Array.from({ length: USERS }, (_, index) => `bench${index}`)
  const tokens = await Promise.all(
    usernames.map(async (username) => {
      const body = { username, password, name: 'Alice Liddell', tokens: 'body' }
      const { accessToken } = await send(ours.port, { method: 'POST', path: '/api/v1/auth/sign-up', body })
      for (let row = 0; row < ROWS; row++) await send(ours.port, creation(accessToken))
      return accessToken
    }),
  )
  for (const table of ['users', 'sessions', 'todos']) await copyRows(table, ours.db, bare.db)
  for (const { name, expiration } of (await ours.kv.list()).keys) {
    await bare.kv.put(name, (await ours.kv.get(name)) ?? '', { expiration })
  }

  /** @param {(token: string) => Request} request */
  const each = (request) => tokens.map(request)
  return [
    { name: 'ping', goal: 0.9, requests: each(() => ({ method: 'GET', path: '/' })) },
    {
      name: 'session',
      goal: 0.85,
      requests: each((token) => ({ method: 'GET', path: '/api/v1/auth/session', token })),
    },
    { name: 'list', goal: 0.8, requests: each((token) => ({ method: 'GET', path: '/api/v1/todos?limit=10', token })) },
    {
      name: 'open',
      goal: 0.7,
      requests: each((token) => ({ method: 'GET', path: `/api/v1/todos?${OPEN}`, token })),
    },
    {
      name: 'changes',
      goal: 0.7,
      requests: each((token) => ({ method: 'GET', path: '/api/v1/todos/changes?limit=10', token })),
    },
    { name: 'create', goal: 0.75, requests: each(creation) },
    { name: 'batch', goal: 0.7, requests: each(batch) },
    {
      name: 'log-in',
      // Each connection logs in as another user, because the throttle would stop five attempts at one account.
      requests: usernames.map((identifier) => ({
        method: 'POST',
        path: '/api/v1/auth/log-in',
        body: { identifier, password, tokens: 'body' },
      })),
    },
  ]
}

const todo = {
  contents: 'Buy milk',
  description: 'Two litres, and something for breakfast',
  priority: 'high',
  labels: ['home', 'shopping'],
  dueAt: '2026-12-24T18:00:00.000Z',
}

/** @param {string} token @returns {Request} */
const creation = (token) => ({ method: 'POST', path: '/api/v1/todos', token, body: todo })

/** Puts the same to-dos each time, so that their number stays the same. @param {string} token @returns {Request} */
const batch = (token) => ({
  method: 'POST',
  path: '/api/v1/todos/batch',
  token,
  body: { operations: Array.from({ length: BATCH }, () => ({ op: 'put', id: uuidv7(), todo })) },
})

/** @typedef {import('./workers.mjs').Worker['db']} Database */

/** @param {string} table @param {Database} from @param {Database} to */
async function copyRows(table, from, to) {
  // This leaves out generated columns, which cannot be inserted.
  const columns = await from.prepare(`SELECT name FROM pragma_table_info('${table}')`).all()
  const { results } = await from.prepare(`SELECT ${columns.results.map(({ name }) => name)} FROM ${table}`).all()
  for (const row of results) {
    const marks = Object.keys(row).map(() => '?')
    const insert = `INSERT INTO ${table} (${Object.keys(row)}) VALUES (${marks})`
    await to
      .prepare(insert)
      .bind(...Object.values(row))
      .run()
  }
}

/**
 * All keys of a JSON value, sorted, at every depth. Both Workers must answer with the same ones.
 * @param {unknown} value
 * @returns {unknown}
 */
export function shapeOf(value) {
  if (Array.isArray(value)) return value.map(shapeOf)
  if (typeof value !== 'object' || value === null) return null
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, shapeOf(inner)])
}
