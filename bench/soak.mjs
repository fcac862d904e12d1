// What `npm run bench:soak` runs: mixed work, minute after minute. It fails if there is an answer of 5xx, or if memory grows after
// the first two minutes, in which workerd fills its heaps.
//
//     npm run bench:soak -- [--minutes 10] [--people 12]

import process from 'node:process'
import { parseArgs } from 'node:util'
import { openConnection, toBytes } from './load.mjs'
import { printTable, quantile } from './measure.mjs'
import { PASSWORD, todo } from './people.mjs'
import { memoryOf } from './process.mjs'
import { startWorker } from './workers.mjs'

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, people: { type: 'string', default: '12' } },
})
const minutes = Number(values.minutes)
if (!(minutes > 0)) throw new Error('--minutes takes a number')

/** The memory of the last minute is so much of that of the third one, at most. */
const MEMORY_BOUND = 1.2
/** Before that many minutes, memory says nothing. */
const LEAST_MINUTES = 4
const SAMPLE_MS = 5000

const API = '/api/v1'
let names = 0

/** Everybody has an address of their own, because sign-ups and codes are limited by address. */
const addressOf = (/** @type {number} */ n) => `100.64.${n >> 8}.${n & 255}`

/** @typedef {{ status: number, body: any }} Answer */

/**
 * Somebody with a connection of their own, who does one thing after another.
 * @typedef {object} Person
 * @property {(action: string, method: string, path: string, body?: object) => Promise<Answer>} ask
 * @property {string} username
 * @property {string} accessToken
 * @property {string} refreshToken
 * @property {string[]} todos ids
 * @property {Map<Function, number>} lastAt when each rare action was last done (ms)
 */

/** @type {Map<string, number>} how many answers, by action and status */
const answers = new Map()

/** @param {number} port @returns {Promise<Person>} */
async function newPerson(port) {
  const { send } = await openConnection(port)
  /** @type {Person} */
  const person = { ask, username: '', accessToken: '', refreshToken: '', todos: [], lastAt: new Map() }

  /** @param {string} action @param {string} method @param {string} path @param {object} [body] */
  async function ask(action, method, path, body) {
    const headers = {
      'CF-Connecting-IP': addressOf(names),
      ...(person.accessToken !== '' && { Authorization: `Bearer ${person.accessToken}` }),
    }
    const answer = await send(toBytes({ method, path: API + path, headers, ...(body && { body }) }))
    const status = Number(answer.slice(9, 12))
    const key = `${action} ${status}`
    answers.set(key, (answers.get(key) ?? 0) + 1)
    return { status, body: readBody(answer) }
  }

  await signUp(person)
  return person
}

/** The JSON of an answer, in one piece or in chunks. @param {string} answer as latin1 */
function readBody(answer) {
  const [head = '', ...rest] = answer.split('\r\n\r\n')
  let text = rest.join('\r\n\r\n')
  if (/\r\ntransfer-encoding: chunked/i.test(head)) {
    let whole = ''
    while (text !== '') {
      const end = text.indexOf('\r\n')
      const size = Number.parseInt(text.slice(0, end), 16)
      whole += text.slice(end + 2, end + 2 + size)
      if (size === 0) break
      text = text.slice(end + 2 + size + 2)
    }
    text = whole
  }
  return text.startsWith('{') ? JSON.parse(Buffer.from(text, 'latin1').toString()) : null
}

/** @param {Person} person @param {Answer} answer */
function keepTokens(person, { status, body }) {
  if (status < 300) Object.assign(person, { accessToken: body.accessToken, refreshToken: body.refreshToken })
}

/** @param {Person} person */
async function signUp(person) {
  person.username = `soak${names++}`
  person.accessToken = ''
  person.todos = []
  const body = { username: person.username, password: PASSWORD, tokens: 'body' }
  keepTokens(person, await person.ask('sign-up', 'POST', '/auth/sign-up', body))
}

/** @param {Person} person */
async function logIn(person) {
  await person.ask('log-out', 'POST', '/auth/log-out', { refreshToken: person.refreshToken })
  person.accessToken = ''
  const body = { identifier: person.username, password: PASSWORD, tokens: 'body' }
  keepTokens(person, await person.ask('log-in', 'POST', '/auth/log-in', body))
}

/** A stranger who gets an account by a code. @param {Person} person @param {import('./workers.mjs').Worker} worker */
async function useCode(person, { kv }) {
  const { accessToken } = person
  person.accessToken = ''
  const to = `soak${names++}@example.com`
  const { body } = await person.ask('code', 'POST', '/auth/otp', { channel: 'email', to, purpose: 'log_in' })
  const code = await findCode(kv, to)
  const guess = { challengeId: body.challengeId, code, tokens: 'body' }
  await person.ask('log-in by code', 'POST', '/auth/otp/log-in', guess)
  person.accessToken = accessToken
}

/** @param {import('./workers.mjs').Worker['kv']} kv @param {string} to */
async function findCode(kv, to) {
  for (let tries = 0; tries < 100; tries++) {
    const { keys } = await kv.list({ prefix: 'outbox:' })
    for (const { name } of keys.reverse().slice(0, 20)) {
      const message = JSON.parse((await kv.get(name)) ?? 'null')
      if (message?.to === to) return message.code
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`There is no code for ${to}`)
}

/** @param {Person} person */
async function create(person) {
  const { status, body } = await person.ask('create', 'POST', '/todos', todo)
  if (status === 201) person.todos.push(body.id)
}

/** @param {Person} person */
async function remove(person) {
  const id = person.todos.shift()
  if (id) await person.ask('delete', 'DELETE', `/todos/${id}`)
}

/** @param {Person} person */
async function change(person) {
  const id = person.todos[Math.floor(Math.random() * person.todos.length)]
  if (id) await person.ask('patch', 'PATCH', `/todos/${id}`, { isDone: Math.random() < 0.5 })
}

/** @param {Person} person */
const search = (person) => person.ask('search', 'GET', '/todos?q=milk&limit=10')

/** @param {Person} person */
async function refresh(person) {
  const { refreshToken } = person
  keepTokens(person, await person.ask('refresh', 'POST', '/auth/refresh', { refreshToken, tokens: 'body' }))
}

/**
 * What people do: how often of a hundred times, and how many seconds pass before the same one does it again: the limits, and the
 * length of a hash.
 * @type {{ share: number, pause?: number, act: (person: Person, worker: import('./workers.mjs').Worker) => Promise<unknown> }[]}
 */
const actions = [
  { share: 30, act: (person) => person.ask('list', 'GET', '/todos?limit=10') },
  { share: 10, act: (person) => person.ask('list, open', 'GET', '/todos?limit=10&isDone=false&sort=dueAt') },
  { share: 10, act: (person) => person.ask('changes', 'GET', '/todos/changes?limit=10') },
  { share: 14, act: (person) => person.ask('session', 'GET', '/auth/session') },
  { share: 12, act: create },
  { share: 10, act: change },
  // As often as to-dos are made, so that their number stays the same.
  { share: 12, act: remove },
  { share: 0.8, pause: 4, act: search },
  { share: 0.6, pause: 10, act: refresh },
  { share: 0.3, pause: 20, act: logIn },
  { share: 0.1, pause: 60, act: signUp },
  { share: 0.2, pause: 60, act: useCode },
]

function pick() {
  let left = Math.random() * actions.reduce((sum, { share }) => sum + share, 0)
  for (const action of actions) {
    left -= action.share
    if (left < 0) return action
  }
  return actions[0]
}

/** @param {Person} person @param {import('./workers.mjs').Worker} worker @param {number} until */
async function live(person, worker, until) {
  while (Date.now() < until) {
    const action = pick()
    if (action.pause && Date.now() - (person.lastAt.get(action.act) ?? 0) < action.pause * 1000) continue
    if (action.pause) person.lastAt.set(action.act, Date.now())
    await action.act(person, worker)
  }
}

/** @param {{ at: number, mb: number, answered: number }[]} samples @param {number} startedAt */
function byMinute(samples, startedAt) {
  const rows = []
  for (let minute = 0; minute < minutes; minute++) {
    const mine = samples.filter(({ at }) => Math.floor((at - startedAt) / 60_000) === minute)
    const [first, last] = [mine[0], mine.at(-1)]
    if (!first || !last || last.at === first.at) continue
    const perSecond = ((last.answered - first.answered) / (last.at - first.at)) * 1000
    rows.push({
      minute: minute + 1,
      'requests/s': perSecond.toFixed(0),
      MB: quantile(
        mine.map(({ mb }) => mb),
        0.5,
      ),
    })
  }
  return rows
}

const worker = await startWorker('src/index.ts', { vars: { DELIVERY: 'outbox' } })
try {
  const people = []
  for (let n = 0; n < Number(values.people); n++) people.push(await newPerson(worker.port))
  const startedAt = Date.now()
  const total = () => [...answers.values()].reduce((sum, count) => sum + count, 0)
  const samples = []
  const sample = () => samples.push({ at: Date.now(), mb: memoryOf(worker.pid) ?? Number.NaN, answered: total() })
  const timer = setInterval(sample, SAMPLE_MS)
  sample()
  await Promise.all(people.map((person) => live(person, worker, startedAt + minutes * 60_000)))
  clearInterval(timer)
  report(byMinute(samples, startedAt), total(), (Date.now() - startedAt) / 1000)
} finally {
  await worker.stop()
}
process.exit()

/** @param {ReturnType<typeof byMinute>} rows @param {number} count @param {number} seconds */
function report(rows, count, seconds) {
  console.log(`${count} answers in ${seconds.toFixed(0)} s: ${(count / seconds).toFixed(0)} a second\n`)
  printTable([...answers].sort().map(([what, times]) => ({ 'action and status': what, answers: times })))
  console.log()
  printTable(rows.map((row) => ({ ...row, MB: row.MB.toFixed(0) })))
  const errors = [...answers].filter(([what]) => Number(what.slice(-3)) >= 500)
  if (errors.length > 0) process.exitCode = 1
  console.log(`\n${errors.length === 0 ? 'met   ' : 'MISSED'} no answer of 5xx`)
  const [third, last] = [rows[2], rows.at(-1)]
  if (!third || !last || rows.length < LEAST_MINUTES) return
  const growth = last.MB / third.MB
  if (!(growth <= MEMORY_BOUND)) process.exitCode = 1
  const verdict = growth <= MEMORY_BOUND ? 'met   ' : 'MISSED'
  console.log(`${verdict} memory of the last minute ≤ ${MEMORY_BOUND} of the third one: ${growth.toFixed(2)}`)
}
