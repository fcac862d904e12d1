// What `npm run bench:timing` runs: it measures how long a refused log-in takes for an unknown user, for a wrong password and
// for a user without a password. It tries each 300 times, in random order, and prints the medians and the quartiles. Nobody
// must be able to tell the three apart.

import { startWorker } from './workers.mjs'

const TIMES = 300
/** How many wrong passwords an account can have before the throttle makes it wait. */
const FREE_ATTEMPTS = 4

const worker = await startWorker('src/index.ts')
const api = `http://127.0.0.1:${worker.port}/api/v1`

/** @param {string} path @param {object} body */
const post = (path, body) =>
  fetch(api + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'CF-Connecting-IP': '192.0.2.1' },
    body: JSON.stringify(body),
  })

/** @param {number} count */
async function signUp(count) {
  for (let n = 0; n < count; n++) {
    const answer = await post('/auth/sign-up', { username: `known-${n}`, password: 'correct horse battery staple' })
    if (answer.status !== 201) throw new Error(`The answer to a sign-up was ${answer.status}`)
    await answer.arrayBuffer()
  }
}

/** @param {number} count */
async function addWithoutPassword(count) {
  const insert = worker.db.prepare('INSERT INTO users (id, email, created_at, updated_at) VALUES (?, ?, 0, 0)')
  await worker.db.batch(
    Array.from({ length: count }, (_, n) => insert.bind(crypto.randomUUID(), `codes-${n}@example.com`)),
  )
}

/** @param {string} identifier @returns {Promise<number>} ms */
async function timeOf(identifier) {
  const startedAt = performance.now()
  const answer = await post('/auth/log-in', { identifier, password: 'a wrong password' })
  const { code } = await answer.json()
  if (code !== 'invalid_credentials') throw new Error(`The answer for ${identifier} was ${code}`)
  return performance.now() - startedAt
}

/** @param {number[]} sample @param {number} share */
const quantile = (sample, share) => sample.toSorted((a, b) => a - b)[Math.round((sample.length - 1) * share)] ?? 0

try {
  const accounts = Math.ceil(TIMES / FREE_ATTEMPTS)
  await signUp(accounts)
  await addWithoutPassword(accounts)
  const kinds = {
    'unknown user': (/** @type {number} */ n) => `nobody-${n % accounts}`,
    'wrong password': (/** @type {number} */ n) => `known-${n % accounts}`,
    'no password': (/** @type {number} */ n) => `codes-${n % accounts}@example.com`,
  }
  const turns = Object.entries(kinds)
    .flatMap(([kind, name]) => Array.from({ length: TIMES }, (_, n) => ({ kind, identifier: name(n) })))
    .map((turn) => ({ turn, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
  /** @type {Record<string, number[]>} */
  const times = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]))
  for (const { turn } of turns) times[turn.kind]?.push(await timeOf(turn.identifier))
  for (const [kind, sample] of Object.entries(times)) {
    const [low, median, high] = [0.25, 0.5, 0.75].map((share) => quantile(sample, share).toFixed(1))
    console.log(`${kind.padEnd(14)}  median ${median} ms, quartiles ${low}–${high} ms, n = ${sample.length}`)
  }
} finally {
  await worker.stop()
}
