// Counts the calls to D1 and KV that each request waits for, and writes them to trips.json, from which docs/edge.md is computed.
//
//     node bench/trips.mjs [--peers]
//
// Without `--peers`, what the file says of better-auth stays.

import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { v7 as uuidv7 } from 'uuid'
import { PEERS, startPeer } from './contestants.mjs'
import { PASSWORD, todo } from './people.mjs'
import { startWorker } from './workers.mjs'

/** @typedef {ReturnType<ReturnType<typeof import('./record-trips.mjs').recordTrips>['trips']>} Trips */
/** @typedef {Record<string, Trips>} Table */
/** @typedef {Record<string, Pick<Trips, 'steps'>>} Steps */

const FILE = fileURLToPath(new URL('trips.json', import.meta.url))

/** A browser that keeps cookies, and a table of what its requests cost. @param {number} port @param {Record<string, string>} [headers] */
function startClient(port, headers = {}) {
  /** @type {Map<string, string>} */
  const cookies = new Map()
  /** @type {Table} */
  const table = {}
  /** @param {string | null} name none: it is not measured @param {string} method @param {string} path @param {object} [body] */
  async function ask(name, method, path, body) {
    const answer = await fetch(`http://localhost:${port}${path}`, {
      method,
      headers: {
        ...headers,
        'X-Count-Trips': '1',
        ...(body && { 'Content-Type': 'application/json' }),
        Cookie: [...cookies].map(([cookie, value]) => `${cookie}=${value}`).join('; '),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    for (const cookie of answer.headers.getSetCookie()) {
      const [, key = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      if (value === '' || /max-age=0/i.test(cookie)) cookies.delete(key)
      else cookies.set(key, value)
    }
    if (name) table[name] = JSON.parse(answer.headers.get('X-Trips') ?? '')
    return text === '' ? null : JSON.parse(text)
  }
  return { ask, table }
}

/** @typedef {ReturnType<typeof startClient>['ask']} Ask */

/** @param {Ask} ask */
async function useTodos(ask) {
  const todos = '/api/v1/todos'
  const { id } = await ask('to-do create', 'POST', todos, todo)
  await ask('to-do list of 50', 'GET', `${todos}?limit=50`)
  await ask('to-do list of 50, open', 'GET', `${todos}?limit=50&isDone=false&sort=dueAt`)
  await ask('to-do search', 'GET', `${todos}?q=milk`)
  await ask('to-do get', 'GET', `${todos}/${id}`)
  await ask('to-do change', 'PATCH', `${todos}/${id}`, { contents: 'Buy bread' })
  await ask('to-do complete', 'PATCH', `${todos}/${id}`, { isDone: true })
  await ask('to-do delete', 'DELETE', `${todos}/${id}`)
  await ask('to-do restore', 'POST', `${todos}/${id}/restore`)
  await ask('to-do changes', 'GET', `${todos}/changes?limit=50`)
  const operations = Array.from({ length: 10 }, () => ({ op: 'put', id: uuidv7(), todo }))
  await ask('to-do batch of 10', 'POST', `${todos}/batch`, { operations })
}

/** @param {import('./workers.mjs').Worker} worker @returns {Promise<string>} the newest code */
async function readCode({ kv }) {
  for (let tries = 0; tries < 50; tries++) {
    const { keys } = await kv.list({ prefix: 'outbox:' })
    const last = keys.at(-1)
    if (last) return JSON.parse((await kv.get(last.name)) ?? '').code
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('There is no code in the outbox')
}

/** The steps only: `test/cost.test.ts` counts our rows. @returns {Promise<Steps>} */
export async function countOurs() {
  const worker = await startWorker('bench/counting-worker.ts', { vars: { DELIVERY: 'outbox' } })
  try {
    const { ask, table } = startClient(worker.port, { 'Sec-Fetch-Site': 'same-origin' })
    const auth = '/api/v1/auth'
    await ask('ping', 'GET', '/')
    await ask('sign-up', 'POST', `${auth}/sign-up`, { username: 'alice', password: PASSWORD })
    await ask('log-out', 'POST', `${auth}/log-out`)
    await ask('log-in', 'POST', `${auth}/log-in`, { identifier: 'alice', password: PASSWORD })
    await ask('session', 'GET', `${auth}/session`)
    await ask('refresh', 'POST', `${auth}/refresh`)
    await ask('profile', 'GET', '/api/v1/users/me')
    await ask('sessions', 'GET', `${auth}/sessions`)
    await useTodos(ask)
    await ask(null, 'POST', `${auth}/log-out`)
    const code = { channel: 'email', to: 'bob@example.com', purpose: 'log_in' }
    const { challengeId } = await ask('code by e-mail', 'POST', `${auth}/otp`, code)
    const guess = { challengeId, code: await readCode(worker) }
    await ask('log-in by code', 'POST', `${auth}/otp/log-in`, guess)
    return Object.fromEntries(Object.entries(table).map(([name, { steps }]) => [name, { steps }]))
  } finally {
    await worker.stop()
  }
}

/** @param {string} sessions @returns {Promise<Table>} */
async function countPeer(sessions) {
  const worker = await startPeer('trips-worker.mjs', sessions)
  try {
    const { ask, table } = startClient(worker.port, { Origin: 'http://localhost' })
    const [email, auth] = ['alice@example.com', '/api/auth']
    await ask('ping', 'GET', '/')
    await ask('sign-up', 'POST', `${auth}/sign-up/email`, { name: 'Alice', email, password: PASSWORD })
    await ask('log-out', 'POST', `${auth}/sign-out`, {})
    await ask('log-in', 'POST', `${auth}/sign-in/email`, { email, password: PASSWORD })
    await ask('session', 'GET', `${auth}/get-session`)
    await ask('sessions', 'GET', `${auth}/list-sessions`)
    await ask('to-do create', 'POST', '/api/todos', todo)
    await ask('to-do list of 50', 'GET', '/api/todos?limit=50')
    await ask('to-do list of 50, open', 'GET', '/api/todos?limit=50&isDone=false')
    return table
  } finally {
    await worker.stop()
  }
}

/** By who answers. @returns {Record<string, Steps>} */
export const readTrips = () => JSON.parse(readFileSync(FILE, 'utf8'))

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const tables = { ...readTrips(), Latchkey: await countOurs() }
  if (process.argv.includes('--peers')) {
    for (const [name, sessions] of Object.entries(PEERS)) tables[name] = await countPeer(sessions)
  }
  writeFileSync(FILE, print(tables))
}

/** A line for each request. @param {Record<string, object>} tables */
function print(tables) {
  const parts = Object.entries(tables).map(([who, table]) => {
    const lines = Object.entries(table).map(([name, trips]) => `    ${JSON.stringify(name)}: ${JSON.stringify(trips)}`)
    return `  ${JSON.stringify(who)}: {\n${lines.join(',\n')}\n  }`
  })
  return `{\n${parts.join(',\n')}\n}\n`
}
