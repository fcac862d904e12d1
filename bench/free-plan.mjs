// What a deployment on the Free plan of Workers needs: CPU a request, with PASSWORDS=off. The plan allows 10 ms.
//
//     npm run bench:free
//
// It prints the CPU of the whole workerd process for each request, which also has D1 and KV in it: on Cloudflare those are not the
// Worker's. So each number is more than what counts there, on a computer as fast as this one.

import { randomUUID } from 'node:crypto'
import process from 'node:process'
import { cpuOf, watchOthers } from './process.mjs'
import { startWorker } from './workers.mjs'

const TIMES = 40
const ALLOWED_MS = 10

const OUTBOX_TOKEN = randomUUID() + randomUUID()
const worker = await startWorker('src/index.ts', {
  vars: { PASSWORDS: 'off', PLAN: 'free', DELIVERY: 'outbox', OUTBOX_TOKEN, SMS_DAILY_BUDGET: '100000' },
})
const othersShare = watchOthers()
const origin = `http://127.0.0.1:${worker.port}`
const cookies = new Map()

/** @param {string} method @param {string} path @param {object} [body] @param {Record<string, string>} [headers] */
async function send(method, path, body, headers = {}) {
  const answer = await fetch(origin + path, {
    method,
    redirect: 'manual',
    headers: {
      Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      ...(body && { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  for (const line of answer.headers.getSetCookie()) {
    const [pair = ''] = line.split(';')
    cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
  }
  const text = await answer.text()
  return { status: answer.status, body: text.startsWith('{') ? JSON.parse(text) : text }
}

const results = []

/**
 * Measures a request. `act` gets a number, and gives the status of the answer.
 * @param {string} name @param {(n: number) => Promise<{ status: number }>} act @param {number} [times]
 */
async function measure(name, act, times = TIMES) {
  if (times > 1) await act(-1)
  const before = cpuOf(worker.pid) ?? Number.NaN
  let status = 0
  for (let n = 0; n < times; n++) status = (await act(n)).status
  results.push({ name, ms: ((cpuOf(worker.pid) ?? Number.NaN) - before) / times / 1000, status })
}

const code = (n) => ({ channel: 'email', to: `person${n}@example.com`, purpose: 'log_in' })
const guesses = []

await measure('the first request of an isolate, with its start', () => send('GET', '/api/v1/auth/session'), 1)
await measure(
  'a code by e-mail',
  async (n) => {
    const answer = await send('POST', '/api/v1/auth/otp', code(n))
    if (answer.status === 202) guesses.push({ n, challengeId: answer.body.challengeId })
    return answer
  },
  9,
)
await new Promise((resolve) => setTimeout(resolve, 1500))
const { body: outbox } = await send('GET', '/dev/outbox', undefined, { Authorization: `Bearer ${OUTBOX_TOKEN}` })
const codeOf = (n) => outbox.messages.find(({ to }) => to === `person${n}@example.com`)?.code
await measure(
  'a log-in by code, with a new account',
  (index) => {
    const { n, challengeId } = guesses[index + 1]
    return send('POST', '/api/v1/auth/otp/log-in', { challengeId, code: codeOf(n) })
  },
  guesses.length - 1,
)

const todo = { contents: 'Buy milk', labels: ['home', 'shopping'], dueAt: '2026-12-24T18:00:00.000Z' }
const operations = Array.from({ length: 100 }, () => ({ op: 'create', todo }))
await measure('a to-do, made', () => send('POST', '/api/v1/todos', todo))
await measure('a list of 50', () => send('GET', '/api/v1/todos'))
await measure('a search', () => send('GET', '/api/v1/todos?q=milk&sort=dueAt'), 20)
await measure('changes', () => send('GET', '/api/v1/todos/changes'))
await measure('a batch of 100', () => send('POST', '/api/v1/todos/batch', { operations }), 10)
await measure('the session', () => send('GET', '/api/v1/auth/session'))
await measure('the profile', () => send('GET', '/api/v1/users/me'))
await measure('the activity', () => send('GET', '/api/v1/users/me/activity'))
await measure('an export of 1,100 to-dos', () => send('GET', '/api/v1/users/me/export'), 5)
await measure('the sign-in page', () => send('GET', '/console/sign-in', undefined, { Accept: 'text/html' }))
await measure('the page of to-dos', () => send('GET', '/console', undefined, { Accept: 'text/html' }))
await measure('the account page', () => send('GET', '/console/account', undefined, { Accept: 'text/html' }))
await measure('a refresh', () => send('POST', '/api/v1/auth/refresh', {}))
await worker.stop()

for (const { name, ms, status } of results) {
  console.log(`${name.padEnd(50)} ${ms.toFixed(1).padStart(7)} ms  ${status}${ms > ALLOWED_MS ? '  above 10 ms' : ''}`)
}
const others = Math.round(othersShare() * 100)
if (others > 5) console.log(`Others used ${others} % of this computer meanwhile.`)
if (results.some(({ status }) => status >= 400 && status !== 401)) process.exitCode = 1
