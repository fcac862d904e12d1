// Lets Workers take turns, and says what each of them needed for a request.

import { load } from './load.mjs'
import { cpuOf, memoryOf } from './process.mjs'

/** @typedef {import('./load.mjs').Request} Request */
/** @typedef {{ port: number, pid: number }} Place where a Worker listens, and its workerd */
/** @typedef {{ name: string, place: Place, requests: Request[] }} Contestant with one request for each connection */
/** @typedef {{ cpu: number, perSecond: number }} Round µs of CPU a request, and requests a second */
/** @typedef {{ name: string, rounds: Round[], memory: number | null }} Result memory in MB at the end */

const ROUND_SECONDS = 0.25
const LEAST_ROUNDS = 5

/** @param {number[]} sample @param {number} share */
export function quantile(sample, share) {
  const sorted = sample.toSorted((a, b) => a - b)
  const at = (sorted.length - 1) * share
  const below = sorted[Math.floor(at)] ?? Number.NaN
  const above = sorted[Math.ceil(at)] ?? Number.NaN
  return below + (above - below) * (at % 1)
}

/** @param {number[]} sample */
export const spread = (sample) => ({
  low: quantile(sample, 0.25),
  median: quantile(sample, 0.5),
  high: quantile(sample, 0.75),
})

/** @param {Contestant} contestant @param {number} count @returns {Promise<Round>} */
async function playRound({ place, requests }, count) {
  const before = cpuOf(place.pid) ?? Number.NaN
  const seconds = await load(place.port, requests, count)
  return { cpu: ((cpuOf(place.pid) ?? Number.NaN) - before) / count, perSecond: count / seconds }
}

/**
 * How many requests fill a round, after warming up for so many seconds: a whole number for each connection.
 * @param {Contestant} contestant @param {number} seconds
 */
async function warmUp(contestant, seconds) {
  const connections = contestant.requests.length
  let count = connections
  const until = performance.now() + seconds * 1000
  do {
    const taken = await load(contestant.place.port, contestant.requests, count)
    // At most twice as many as before: the first requests are slow.
    count =
      connections *
      Math.max(1, Math.min(2 * (count / connections), Math.round((ROUND_SECONDS / taken) * (count / connections))))
  } while (performance.now() < until)
  return count
}

/**
 * The speed of a computer changes all the time. So the contestants take turns in many short rounds, in changing order.
 * @param {Contestant[]} contestants
 * @param {number} seconds in all; a quarter of it is for warming up
 * @returns {Promise<Result[]>}
 */
export async function compete(contestants, seconds) {
  const counts = new Map()
  for (const contestant of contestants) {
    counts.set(contestant, await warmUp(contestant, (seconds * 0.25) / contestants.length))
  }
  const rounds = new Map(contestants.map((contestant) => [contestant, /** @type {Round[]} */ ([])]))
  const until = performance.now() + seconds * 750
  for (let turn = 0; performance.now() < until || turn < LEAST_ROUNDS; turn++) {
    for (const contestant of inOrder(contestants, turn)) {
      rounds.get(contestant)?.push(await playRound(contestant, counts.get(contestant)))
    }
  }
  return contestants.map((contestant) => ({
    name: contestant.name,
    rounds: rounds.get(contestant) ?? [],
    memory: memoryOf(contestant.place.pid),
  }))
}

/** Another one begins each time, and every second time they go backwards. @template T @param {T[]} items @param {number} turn */
function inOrder(items, turn) {
  const start = turn % items.length
  const turned = [...items.slice(start), ...items.slice(0, start)]
  return turn % 2 === 0 ? turned : turned.reverse()
}

/**
 * The ratios of two results, round by round: what happened to the computer in a round happened to both.
 * @param {Result} ours @param {Result} other @param {'cpu' | 'perSecond'} what
 */
export const ratios = (ours, other, what) =>
  spread(ours.rounds.map((round, index) => round[what] / (other.rounds[index]?.[what] ?? Number.NaN)))

/** @param {Record<string, string | number>[]} rows */
export function printTable(rows) {
  const titles = Object.keys(rows[0] ?? {})
  const widths = titles.map((title) => Math.max(title.length, ...rows.map((row) => String(row[title]).length)))
  for (const cells of [titles, ...rows.map((row) => titles.map((title) => String(row[title])))]) {
    const line = cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ')
    console.log(line.trimEnd())
  }
}
