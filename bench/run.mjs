// What `npm run bench` runs: it measures what Latchkey needs for a request, in CPU and in time, beside others.
//
//     npm run bench -- [--peers] [--only list,create] [--seconds 20] [--json]
//     npm run bench -- --peers --write         writes the ratios into docs/comparison.md
//     npm run bench -- --only growth [--full]
//
// It compares with a Worker that does the least that could give the same answers (least), and with `--peers` also with
// better-auth, which it installs when it is first asked to (peers/better-auth). All are built by Wrangler and run by workerd, each
// in a process of its own with its D1 and KV, and a request goes to each through the same kind of socket. The CPU is that of the
// whole process: of the Worker, of SQLite and of what workerd does for them.
//
// Requests a second say less than CPU: they also depend on this process, which shares the computer with the Workers.

import { createRequire } from 'node:module'
import process from 'node:process'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { cases, shapeOf } from './cases.mjs'
import { EMULATED, LEAST, OURS, startPlayers } from './contestants.mjs'
import { measureGrowth, printGrowth } from './growth.mjs'
import { compete } from './measure.mjs'
import { send } from './people.mjs'
import { watchOthers } from './process.mjs'
import { hashOf, printSummary, summaryOf, writePage } from './report.mjs'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seconds: { type: 'string', default: '20' },
    peers: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
})
/** The time for each case. A quarter of it is for warming up. */
const secondsPerCase = Number(values.seconds)
if (!(secondsPerCase > 0)) throw new Error('--seconds takes a number')

/** @typedef {import('./contestants.mjs').Player} Player */
/** @typedef {import('./cases.mjs').Case} Case */

/** Where a limiter counts, it is also measured as Miniflare emulates it. */
const LIMITED = ['create', 'batch']

/** @param {string} name @param {Case} measured @param {Player[]} players */
function contestantsOf(name, measured, players) {
  return players
    .filter(({ kind }) => kind !== 'peer' || measured.peer)
    .filter((player) => player.name !== EMULATED || LIMITED.includes(name))
    .map((player) => {
      const request = player.kind === 'peer' && measured.peer ? measured.peer : measured.ours
      return { name: player.name, place: player.worker, requests: player.people.map(request) }
    })
}

/** Whose log-ins are also measured without their hash. */
const HASHED = [OURS, 'better-auth']

/** What only hashes the passwords of a log-in. @param {Awaited<ReturnType<typeof startPlayers>>} all */
function hashersOf({ players, hasher }) {
  return players
    .filter(({ name }) => HASHED.includes(name))
    .map(({ name, kind, worker, people }) => ({
      name: hashOf(name),
      place: kind === 'ours' ? hasher : worker,
      requests: people.map(({ hash }) => ({ method: 'POST', path: '/hash', body: hash })),
    }))
}

/** @param {string} name @param {import('./measure.mjs').Contestant[]} contestants */
async function checkAnswers(name, contestants) {
  const same = contestants.filter(({ name: who }) => who === OURS || who === LEAST)
  const bodies = await Promise.all(same.map(async ({ place, requests }) => (await send(place.port, requests[0])).body))
  if (isDeepStrictEqual(...bodies.map(shapeOf))) return
  throw new Error(`The answers to ${name} differ:\n${bodies.map((body) => JSON.stringify(body)).join('\n')}`)
}

async function measureCases() {
  const names = values.only?.split(',') ?? Object.keys(cases)
  for (const name of names) if (!cases[name]) throw new Error(`There is no case "${name}"`)
  const all = await startPlayers({ withPeers: values.peers })
  try {
    const othersUsed = watchOthers()
    const summaries = []
    for (const name of names) {
      const contestants = contestantsOf(name, cases[name], all.players)
      await checkAnswers(name, contestants)
      if (name === 'log-in') contestants.push(...hashersOf(all))
      const summary = summaryOf(name, cases[name], await compete(contestants, secondsPerCase))
      summaries.push(summary)
      if (!values.json) printSummary(summary)
    }
    return { at: circumstances(othersUsed()), summaries }
  } finally {
    await all.stop()
  }
}

/** The share of the CPU that others may use. With more, all numbers are larger, and the ratios less certain. */
const MAX_OTHERS = 0.1

/** What the numbers depend on. @param {number} others the share of the computer's CPU that they used */
function circumstances(others) {
  const require = createRequire(import.meta.url)
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    workerd: require('workerd/package.json').version,
    'better-auth': require('./peers/better-auth/package.json').dependencies['better-auth'],
    others: Number(others.toFixed(2)),
    isBusy: others > MAX_OTHERS,
  }
}

if (values.only === 'growth') {
  const rows = await measureGrowth({ isFull: values.full, seconds: secondsPerCase })
  if (values.json) console.log(JSON.stringify(rows, null, 2))
  else printGrowth(rows)
} else {
  const { at, summaries } = await measureCases()
  if (values.write) writePage(summaries, at)
  if (values.json) console.log(JSON.stringify({ at, summaries }, null, 2))
  else printCircumstances(at)
}

/** @param {ReturnType<typeof circumstances>} at */
function printCircumstances({ date, node, workerd, 'better-auth': peer, others, isBusy }) {
  const versions = `Node ${node}, workerd ${workerd}${values.peers ? `, better-auth ${peer}` : ''}`
  console.log(`\n${date}: ${versions}. Others used ${(others * 100).toFixed(0)} % of the CPU.`)
  if (isBusy) console.log('That is too much. Measure again when the computer has nothing else to do.')
}
