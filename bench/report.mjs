// What a comparison says, for people and for programs.

import { readFileSync, writeFileSync } from 'node:fs'
import { LEAST, OURS, PEERS } from './contestants.mjs'
import { printTable, ratios, spread } from './measure.mjs'

/** @typedef {import('./measure.mjs').Result} Result */
/** @typedef {import('./cases.mjs').Case} Case */

/**
 * The peers that the goals compare with. Latchkey's lists and changes ask D1 whether the session lives, as the first one does; its
 * session route asks KV, as the second one does.
 */
const GOAL_PEERS = ['better-auth', 'better-auth, KV']
/** A log-in has no goal beside others: each has a hash of its own. Everything but the hash may be so much of our CPU. */
const REST_OF_LOG_IN = 0.1

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
    { who: LEAST, goal: measured.goals?.least },
    ...GOAL_PEERS.map((who) => ({ who, goal: measured.goals?.peer })),
  ].flatMap(({ who, goal }) => [...check(who, 'cpu', goal?.cpu), ...check(who, 'perSecond', goal?.perSecond)])
}

/** @param {string} name @param {Case} measured @param {Result[]} results */
export function summaryOf(name, measured, results) {
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
    goals: goalsOf(results, measured),
    restOfLogIn: restOfLogIn(results),
  }
}

/** @param {string} name of who hashes */
export const hashOf = (name) => `${name}: the hash`

/** The share of the CPU of a log-in that is not the hash, by who answers. @param {Result[]} results */
function restOfLogIn(results) {
  return results.flatMap((result) => {
    const hash = results.find(({ name }) => name === hashOf(result.name))
    return hash ? [{ who: result.name, rest: 1 - ratios(hash, result, 'cpu').median }] : []
  })
}

const about = (/** @type {{ low: number, median: number, high: number }} */ { low, median, high }, digits = 0) =>
  `${median.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`

/** @param {ReturnType<typeof summaryOf>} summary */
export function printSummary(summary) {
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
  for (const { who, rest } of summary.restOfLogIn) {
    const share = `${who}: everything but the hash is ${(rest * 100).toFixed(1)} % of the CPU`
    console.log(who === OURS ? `${rest <= REST_OF_LOG_IN ? 'met   ' : 'MISSED'} ${share}, ≤ 10 %` : share)
  }
}

const PAGE = 'docs/comparison.md'
const [BEGIN, END] = ['<!-- bench -->', '<!-- /bench -->']

/**
 * Writes the ratios into docs/comparison.md, which says nothing of the computer but whether it was busy.
 * @param {ReturnType<typeof summaryOf>[]} summaries
 * @param {{ date: string, workerd: string, 'better-auth': string, isBusy: boolean }} at
 */
export function writePage(summaries, at) {
  const others = [LEAST, ...Object.keys(PEERS)]
  const rows = summaries.map(({ case: name, results }) => {
    const ratioTo = (/** @type {string} */ who) => results.find((result) => result.who === who)?.cpuRatio?.median
    return [name, ...others.map((who) => ratioTo(who)?.toFixed(2) ?? '')]
  })
  const titles = ['', ...others.map((who) => (who === LEAST ? `${who} Worker` : who))]
  const table = [titles, titles.map((_, n) => (n === 0 ? '---' : '--:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
  const busy = at.isBusy ? ' The computer was busy with other work too.' : ''
  const when = `Measured on ${at.date} with better-auth ${at['better-auth']} and workerd ${at.workerd}.${busy}`
  const text = readFileSync(PAGE, 'utf8')
  const [before, rest = ''] = text.split(BEGIN)
  writeFileSync(PAGE, `${before}${BEGIN}\n\n${when}\n\n${table}\n\n${END}${rest.split(END)[1]}`)
}
