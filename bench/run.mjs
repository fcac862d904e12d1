// What `npm run bench` runs: it measures how fast Latchkey answers, compared with a bare Hono Worker that does the same by
// hand, and how many rows its lists read in large tables.
//
//     npm run bench -- [--only list | --only rows] [--seconds 20]
//
// The speed of a computer changes all the time. So the two Workers take turns in many short rounds, in changing order. The
// result is the median of the ratios of the rounds: our requests per second, divided by those of the bare Worker.

import { isDeepStrictEqual, parseArgs } from 'node:util'
import { prepareCases, send, shapeOf } from './cases.mjs'
import { fillTables, people } from './fill-tables.mjs'
import { load } from './load.mjs'
import { startWorker } from './workers.mjs'

const { values } = parseArgs({ options: { only: { type: 'string' }, seconds: { type: 'string', default: '20' } } })
/** The time for each case. A quarter of it is for warming up. */
const secondsPerCase = Number(values.seconds)
if (!(secondsPerCase > 0)) throw new Error('--seconds takes a number')

const ROUND_SECONDS = 0.1

/** @param {number[]} sample @param {number} share */
function quantile(sample, share) {
  const sorted = sample.toSorted((a, b) => a - b)
  const at = (sorted.length - 1) * share
  const below = sorted[Math.floor(at)] ?? Number.NaN
  const above = sorted[Math.ceil(at)] ?? Number.NaN
  return below + (above - below) * (at % 1)
}

/**
 * @param {import('./cases.mjs').Case} measured
 * @param {{ ours: number, bare: number }} ports
 */
async function measure({ name, goal, requests }, ports) {
  const answers = await Promise.all([ports.ours, ports.bare].map((port) => send(port, requests[0])))
  if (!isDeepStrictEqual(...answers.map(shapeOf))) {
    throw new Error(`The answers to ${name} differ: ${answers.map((answer) => JSON.stringify(answer)).join('\n')}`)
  }

  let count = requests.length
  const warmUntil = performance.now() + secondsPerCase * 250
  while (performance.now() < warmUntil) {
    const seconds = ((await load(ports.ours, requests, count)) + (await load(ports.bare, requests, count))) / 2
    // Enough requests to fill a round: a whole number for each connection, and at most twice as many as before.
    const fitting = Math.round((ROUND_SECONDS / seconds) * (count / requests.length))
    count = Math.min(2 * count, requests.length * Math.max(1, fitting))
  }

  /** @type {{ ours: number, bare: number }[]} requests per second */
  const rounds = []
  const until = performance.now() + secondsPerCase * 750
  while (performance.now() < until || rounds.length < 4) {
    const rates = { ours: 0, bare: 0 }
    const order = /** @type {const} */ (rounds.length % 2 === 0 ? ['ours', 'bare'] : ['bare', 'ours'])
    for (const worker of order) rates[worker] = count / (await load(ports[worker], requests, count))
    rounds.push(rates)
  }
  const ratios = rounds.map(({ ours, bare }) => ours / bare)
  const perSecond = (/** @type {'ours' | 'bare'} */ worker) =>
    quantile(
      rounds.map((rates) => rates[worker]),
      0.5,
    )
  return {
    case: name,
    'ours/s': perSecond('ours').toFixed(perSecond('ours') < 100 ? 1 : 0),
    'bare/s': perSecond('bare').toFixed(perSecond('bare') < 100 ? 1 : 0),
    ratio: quantile(ratios, 0.5).toFixed(3),
    quartiles: `${quantile(ratios, 0.25).toFixed(3)}–${quantile(ratios, 0.75).toFixed(3)}`,
    rounds: rounds.length,
    goal: goal === undefined ? '' : `≥ ${goal} ${quantile(ratios, 0.5) >= goal ? 'met' : 'MISSED'}`,
  }
}

/** @param {Record<string, string | number>[]} rows */
function print(rows) {
  const titles = Object.keys(rows[0] ?? {})
  const widths = titles.map((title) => Math.max(title.length, ...rows.map((row) => String(row[title]).length)))
  for (const cells of [titles, ...rows.map((row) => titles.map((title) => String(row[title])))]) {
    console.log(
      cells
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
  }
}

/** Measures how fast each case is. */
async function measureCases() {
  const ours = await startWorker('src/index.ts')
  const bare = await startWorker('bench/bare.ts')
  try {
    const cases = (await prepareCases(ours, bare)).filter(({ name }) => (values.only ?? name) === name)
    if (cases.length === 0) throw new Error(`There is no case "${values.only}"`)
    const rows = []
    for (const measured of cases) rows.push(await measure(measured, { ours: ours.port, bare: bare.port }))
    print(rows)
  } finally {
    await Promise.all([ours.stop(), bare.stop()])
  }
}

/** Counts the rows that each list reads. */
async function measureRowsRead() {
  const worker = await startWorker('bench/rows-read.ts')
  try {
    await fillTables(worker.db)
    for (const [who, id] of Object.entries(people)) {
      console.log(`\nLists of 50 to-dos, for ${who}`)
      print(await send(worker.port, { method: 'GET', path: `/?user=${id}` }))
    }
  } finally {
    await worker.stop()
  }
}

if (values.only !== 'rows') await measureCases()
if ((values.only ?? 'rows') === 'rows') await measureRowsRead()
