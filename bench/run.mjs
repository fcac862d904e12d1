// What `npm run bench` runs: it measures what Latchkey needs for a request, in CPU and in time, beside others.
//
//     npm run bench -- [--peers] [--only list] [--seconds 20] [--json]
//     npm run bench -- --only growth [--full]
//
// It compares with a Worker that does the least that could give the same answers (least), and with `--peers` also with
// better-auth, which it installs when it is first asked to (peers/better-auth). All are built by Wrangler and run by workerd, each
// in a process of its own with its D1 and KV, and a request goes to each through the same kind of socket. The CPU is that of the
// whole process: of the Worker, of SQLite and of what workerd does for them.
//
// Requests a second say less than CPU: they also depend on this process, which shares the computer with the Workers.

import { isDeepStrictEqual, parseArgs } from 'node:util'
import { cases, shapeOf } from './cases.mjs'
import { EMULATED, LEAST, OURS, startPlayers } from './contestants.mjs'
import { measureGrowth, printGrowth } from './growth.mjs'
import { compete, printTable, ratios, spread } from './measure.mjs'
import { send } from './people.mjs'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seconds: { type: 'string', default: '20' },
    peers: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
/** The time for each case. A quarter of it is for warming up. */
const secondsPerCase = Number(values.seconds)
if (!(secondsPerCase > 0)) throw new Error('--seconds takes a number')

/** @typedef {import('./contestants.mjs').Player} Player */
/** @typedef {import('./measure.mjs').Result} Result */
/** @typedef {import('./cases.mjs').Case} Case */

/** The peer whose sessions are as fresh as ours: reads may be up to 60 s old. The goals compare with it. */
const GOAL_PEER = 'better-auth, KV'
/** Where a limiter counts, it is also measured as Miniflare emulates it. */
const LIMITED = ['create', 'batch']
/** A log-in has no goal beside others: each has a hash of its own. Everything but the hash may be so much of our CPU. */
const REST_OF_LOG_IN = 0.1

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

/** What only hashes the passwords of a log-in. @param {Awaited<ReturnType<typeof startPlayers>>} all */
function hashersOf({ players, hasher }) {
  return players
    .filter(({ name }) => name === OURS || name === 'better-auth')
    .map(({ name, kind, worker, people }) => ({
      name: `${name}: the hash`,
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

/** @param {Result[]} results @param {Case} measured */
function goalsOf(results, measured) {
  const ours = results.find(({ name }) => name === OURS)
  /** @param {string} who @param {'cpu' | 'perSecond'} what @param {number | undefined} bound */
  const check = (who, what, bound) => {
    const other = results.find(({ name }) => name === who)
    if (!ours || !other || bound === undefined) return []
    const { median } = ratios(ours, other, what)
    const isMet = what === 'cpu' ? median <= bound : median >= bound
    return [{ beside: who, what, bound, ratio: median, isMet }]
  }
  return [
    [LEAST, measured.goals?.least],
    [GOAL_PEER, measured.goals?.peer],
  ].flatMap(([who, goal]) => [...check(who, 'cpu', goal?.cpu), ...check(who, 'perSecond', goal?.perSecond)])
}

/** @param {string} name @param {Result[]} results */
function summaryOf(name, results) {
  const ours = results.find((result) => result.name === OURS)
  return {
    case: name,
    results: results.map((result) => ({
      who: result.name,
      cpu: spread(result.rounds.map(({ cpu }) => cpu)),
      perSecond: spread(result.rounds.map(({ perSecond }) => perSecond)),
      memory: result.memory,
      // How much of the other's CPU is ours, and how many of its requests a second.
      ...(ours && { cpuRatio: ratios(ours, result, 'cpu'), perSecondRatio: ratios(ours, result, 'perSecond') }),
      rounds: result.rounds.length,
    })),
    goals: goalsOf(results, cases[name] ?? { ours: () => ({ method: '', path: '' }) }),
  }
}

/** @param {ReturnType<typeof summaryOf>} summary */
function restOfLogIn({ results }) {
  const cpu = (/** @type {string} */ name) => results.find(({ who }) => who === name)?.cpu.median ?? Number.NaN
  return Object.fromEntries(
    [OURS, 'better-auth']
      .map((name) => [name, 1 - cpu(`${name}: the hash`) / cpu(name)])
      .filter(([, rest]) => rest > -1),
  )
}

const about = (/** @type {{ low: number, median: number, high: number }} */ { low, median, high }, digits = 0) =>
  `${median.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`

/** @param {ReturnType<typeof summaryOf>} summary */
function print(summary) {
  console.log(`\n${summary.case}`)
  printTable(
    summary.results.map(({ who, cpu, perSecond, memory, cpuRatio, perSecondRatio, rounds }) => ({
      '': who,
      'µs of CPU': about(cpu),
      'requests/s': about(perSecond, perSecond.median < 100 ? 1 : 0),
      MB: memory?.toFixed(0) ?? '',
      'our CPU / its': who === OURS || !cpuRatio ? '' : about(cpuRatio, 2),
      'our requests / its': who === OURS || !perSecondRatio ? '' : about(perSecondRatio, 2),
      rounds,
    })),
  )
  for (const { beside, what, bound, ratio, isMet } of summary.goals) {
    const goal = what === 'cpu' ? `CPU ≤ ${bound}` : `requests/s ≥ ${bound}`
    console.log(`${isMet ? 'met   ' : 'MISSED'} ${goal} of ${beside}: ${ratio.toFixed(2)}`)
  }
  if (summary.case !== 'log-in') return
  for (const [name, rest] of Object.entries(restOfLogIn(summary))) {
    const verdict = name === OURS ? `${rest <= REST_OF_LOG_IN ? 'met   ' : 'MISSED'} ` : ''
    console.log(
      `${verdict}${name}: everything but the hash is ${(rest * 100).toFixed(1)} % of the CPU${name === OURS ? ', ≤ 10 %' : ''}`,
    )
  }
}

async function measureCases() {
  const names = Object.keys(cases).filter((name) => (values.only ?? name) === name)
  if (names.length === 0) throw new Error(`There is no case "${values.only}"`)
  const all = await startPlayers({ withPeers: values.peers })
  try {
    const summaries = []
    for (const name of names) {
      const contestants = contestantsOf(name, cases[name], all.players)
      await checkAnswers(name, contestants)
      if (name === 'log-in') contestants.push(...hashersOf(all))
      const summary = summaryOf(name, await compete(contestants, secondsPerCase))
      summaries.push(summary)
      if (!values.json) print(summary)
    }
    return summaries
  } finally {
    await all.stop()
  }
}

const isGrowth = values.only === 'growth'
const result = isGrowth ? await measureGrowth({ isFull: values.full, seconds: secondsPerCase }) : await measureCases()
if (values.json) console.log(JSON.stringify(result, null, 2))
else if (isGrowth) printGrowth(result)
