// Does a request cost more when there are more users, or when a user has more to-dos? The first size and the last one take turns.

import { compete, printTable, ratios } from './measure.mjs'
import { send, signUpAtOurs, todo } from './people.mjs'
import { startWorker } from './workers.mjs'

/** @typedef {import('./workers.mjs').Worker} Worker */
/** @typedef {Awaited<ReturnType<typeof signUpAtOurs>>} Person */

/** The last size costs so much more CPU, and reads so many more rows, than the first one, at most. */
const BOUND = 1.3
/** So many rows more are as good as none. */
const FEW_ROWS = 10
const PER_STATEMENT = 10_000
const SIZES = {
  short: { users: [1000, 100_000], todos: [10, 5000] },
  full: { users: [1000, 1_000_000], todos: [10, 50_000] },
}

/**
 * Copies a row by SQL, so that this file needs to know few columns of the tables. `changes` has SQL for those that differ, in
 * which `n` counts from 1.
 * @param {Worker['db']} db @param {string} table @param {string} where the row that is copied @param {Record<string, string>} changes
 */
async function makeCopier(db, table, where, changes) {
  const { results } = await db.prepare(`SELECT name FROM pragma_table_info('${table}')`).all()
  const names = results.map(({ name }) => String(name))
  for (const name of Object.keys(changes)) if (!names.includes(name)) throw new Error(`${table} has no ${name}`)
  const values = names.map((name) => changes[name] ?? `"${table}"."${name}"`)
  const insert = `INSERT INTO "${table}" (${names.map((name) => `"${name}"`)}) SELECT ${values} FROM "${table}", numbers WHERE ${where}`
  /** @param {number} from @param {number} to */
  return (from, to) =>
    db.prepare(
      `WITH RECURSIVE numbers (n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM numbers WHERE n < ${to}) ${insert}`,
    )
}

/** SQL for a UUIDv7 whose time is `n` ms after `start`. @param {number} start */
const uuid = (start) => `printf('%08x-%04x-7000-8000-%012x', (${start} + n) >> 16, (${start} + n) & 65535, n)`

/** @param {number} count @param {((from: number, to: number) => import('@cloudflare/workers-types').D1PreparedStatement)[]} copiers */
async function copyTimes(count, copiers) {
  for (let from = 1; from <= count; from += PER_STATEMENT) {
    const to = Math.min(count, from + PER_STATEMENT - 1)
    for (const copy of copiers) await copy(from, to).run()
  }
}

/** More users like `person`, each with a session and a to-do. @param {Worker} worker @param {Person} person @param {number} count */
async function addUsers({ db }, { id }, count) {
  const start = Date.now() - 1e9
  const mine = `user_id = '${id}'`
  const owner = { user_id: uuid(start) }
  const first = `id = (SELECT min(id) FROM todos WHERE ${mine})`
  await copyTimes(count, [
    await makeCopier(db, 'users', `id = '${id}'`, { id: uuid(start), username: `'user' || n` }),
    await makeCopier(db, 'sessions', mine, { ...owner, id: uuid(start + 1) }),
    await makeCopier(db, 'todos', first, { ...owner, id: uuid(start + 2) }),
  ])
}

/** More to-dos like the first one of `person`. @param {Worker} worker @param {Person} person @param {number} count */
async function addTodos({ db }, { id }, count) {
  const start = Date.now() - 1e9
  const time = `${start} + n`
  const first = `id = (SELECT min(id) FROM todos WHERE user_id = '${id}')`
  const changes = { id: uuid(start + 3), created_at: time, updated_at: time, seq: time }
  await copyTimes(count, [await makeCopier(db, 'todos', first, changes)])
}

/** @param {Person} person @returns {Record<string, import('./load.mjs').Request>} */
const requestsOf = ({ headers, todos }) => ({
  list: { method: 'GET', path: '/api/v1/todos?limit=10', headers },
  'list, backwards': { method: 'GET', path: '/api/v1/todos?limit=10&order=DESC', headers },
  changes: { method: 'GET', path: '/api/v1/todos/changes?limit=10', headers },
  create: { method: 'POST', path: '/api/v1/todos', headers, body: todo },
  change: { method: 'PATCH', path: `/api/v1/todos/${todos[0]}`, headers, body: { description: 'Two of them' } },
  complete: { method: 'PATCH', path: `/api/v1/todos/${todos[0]}`, headers, body: { isDone: true } },
  batch: {
    method: 'POST',
    path: '/api/v1/todos/batch',
    headers,
    body: { operations: todos.map((id) => ({ op: 'put', id, todo })) },
  },
  session: { method: 'GET', path: '/api/v1/auth/session', headers },
  profile: { method: 'GET', path: '/api/v1/users/me', headers },
  // What a log-in does before it hashes: it finds the user by name.
  'user by name': { method: 'POST', path: '/api/v1/users/availability', body: { username: 'user500' } },
})

/** @param {Worker} worker @param {import('./load.mjs').Request} request @returns {Promise<number>} */
async function rowsReadBy({ port }, request) {
  const { headers } = await send(port, { ...request, headers: { ...request.headers, 'X-Count-Trips': '1' } })
  return JSON.parse(headers.get('X-Trips') ?? '').rowsRead
}

/**
 * @param {string} axis @param {string[]} names of requests @param {{ size: number, worker: Worker, person: Person }[]} ends @param {number} seconds
 */
async function compare(axis, names, ends, seconds) {
  const turns = names.map((name) => ({
    name,
    contestants: ends.map(({ size, worker, person }) => {
      const request = requestsOf(person)[name]
      return { name: String(size), place: worker, requests: [request, request], worker }
    }),
  }))
  /** @type {Map<string, number[]>} before anything is measured, which makes more to-dos */
  const rowsRead = new Map()
  for (const { name, contestants } of turns) {
    const counts = contestants.map(({ worker, requests }) => rowsReadBy(worker, requests[0]))
    rowsRead.set(name, await Promise.all(counts))
  }
  const rows = []
  for (const { name, contestants } of turns) {
    const [first, last] = await compete(contestants, seconds)
    const [before = 0, after = 0] = rowsRead.get(name) ?? []
    const ratio = ratios(last, first, 'cpu')
    const isMet = ratio.median <= BOUND && after <= Math.max(BOUND * before, before + FEW_ROWS)
    rows.push({ axis, from: first.name, to: last.name, request: name, rowsRead: [before, after], ratio, isMet })
  }
  return rows
}

/** @param {{ isFull: boolean, seconds: number }} options */
export async function measureGrowth({ isFull, seconds }) {
  const { users, todos } = isFull ? SIZES.full : SIZES.short
  /** @type {Worker[]} */
  const workers = []
  try {
    const ends = []
    for (const size of users) {
      const worker = await startWorker('bench/counting-worker.ts')
      workers.push(worker)
      const person = await signUpAtOurs(worker, 'growth')
      await addUsers(worker, person, size - 1)
      ends.push({ size, worker, person })
    }
    const [{ worker }] = ends
    const byUsers = await compare('users', ['list', 'session', 'profile', 'user by name', 'create'], ends, seconds)
    const [poor, rich] = [await signUpAtOurs(worker, 'poor'), await signUpAtOurs(worker, 'rich')]
    await addTodos(worker, rich, todos[1] - todos[0])
    const requests = ['list', 'list, backwards', 'changes', 'change', 'complete', 'batch', 'create']
    const todoEnds = [
      { size: todos[0], worker, person: poor },
      { size: todos[1], worker, person: rich },
    ]
    const byTodos = await compare('to-dos of a user', requests, todoEnds, seconds)
    return [...byUsers, ...byTodos]
  } finally {
    await Promise.all(workers.map(({ stop }) => stop()))
  }
}

/** @param {Awaited<ReturnType<typeof measureGrowth>>} rows */
export const printGrowth = (rows) =>
  printTable(
    rows.map(({ axis, from, to, request, rowsRead: [before, after], ratio, isMet }) => ({
      axis: `${axis}, ${from} → ${to}`,
      request,
      'rows read': `${before} → ${after}`,
      'CPU, last / first': `${ratio.median.toFixed(2)} (${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)})`,
      goal: `≤ ${BOUND} ${isMet ? 'met' : 'MISSED'}`,
    })),
  )
