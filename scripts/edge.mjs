// Prints docs/edge.md: what a request takes around the world, computed from the calls that it waits for (bench/trips.json) and from
// published latencies. The chance has a seed, so the page is always the same. `--check` only compares.
//
//     npm run docs:edge

import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'

const DOCUMENT = 'docs/edge.md'
const SEED = 20_261_126
const SAMPLES = 5000
const READ_ON = '26 November 2026'

/** @typedef {'Western Europe' | 'Eastern North America' | 'Asia-Pacific'} Region */
/** @typedef {keyof typeof rtt} City */
/** @typedef {string[][]} Steps */

/** Round trips between a city and a region (ms). */
const rtt = {
  Seoul: { 'Western Europe': 222, 'Eastern North America': 182, 'Asia-Pacific': 30 },
  Frankfurt: { 'Western Europe': 8, 'Eastern North America': 86, 'Asia-Pacific': 220 },
  'São Paulo': { 'Western Europe': 188, 'Eastern North America': 118, 'Asia-Pacific': 262 },
  Lagos: { 'Western Europe': 109, 'Eastern North America': 190, 'Asia-Pacific': 325 },
}
const cities = /** @type {City[]} */ (Object.keys(rtt))
/** @type {Region[]} */
const REPLICAS = ['Western Europe', 'Eastern North America', 'Asia-Pacific']
/** @type {Region[]} */
const KV_STORES = ['Western Europe', 'Eastern North America']

/** One call in a hundred takes so many times as long as the middle one. */
const SLOWEST = 1.6
const D1_READ_MS = 1
const D1_WRITE_MS = 5
/** How many KV reads find a value that was read nearby lately; half of those are in the memory of the next machine. */
const HOT = 0.9
const KV_MEMORY_MS = 1
const KV_NEAR_MS = 5

/** Numbers from 0 to 1 (mulberry32). @param {number} seed */
function chance(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** @param {City} city @param {Region[]} regions */
const nearest = (city, regions) => Math.min(...regions.map((region) => rtt[city][region]))

/** How long a call takes (ms). @param {string} kind @param {City} city @param {Region} primary @param {() => number} random */
function timeOf(kind, city, primary, random) {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const way = (/** @type {number} */ ms) => ms * SLOWEST ** (normal / 2.326)
  if (kind === 'primary') return way(rtt[city][primary]) + D1_WRITE_MS
  if (kind === 'replica') return way(nearest(city, REPLICAS)) + D1_READ_MS
  if (kind === 'KV write') return way(nearest(city, KV_STORES)) + KV_NEAR_MS
  const luck = random()
  if (luck < HOT / 2) return KV_MEMORY_MS
  return luck < HOT ? way(KV_NEAR_MS) : way(nearest(city, KV_STORES)) + KV_NEAR_MS
}

/** @param {Steps} steps @param {City} city @param {Region} primary */
function simulate(steps, city, primary) {
  const random = chance(SEED)
  const times = Array.from({ length: SAMPLES }, () =>
    steps.reduce((sum, step) => sum + Math.max(...step.map((kind) => timeOf(kind, city, primary, random))), 0),
  ).sort((a, b) => a - b)
  return [0.5, 0.99].map((share) => Math.round(times[Math.floor(SAMPLES * share)] ?? 0)).join(' / ')
}

/** @type {Record<string, Record<string, { steps: Steps }>>} */
const trips = JSON.parse(readFileSync('bench/trips.json', 'utf8'))
const { Latchkey: ours = {}, ...peers } = trips

/** @param {string[]} titles @param {string[][]} rows */
const markdown = (titles, rows) =>
  [titles, titles.map((_, n) => (n === 0 ? '---' : '--:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')

const inWords = (/** @type {Steps} */ steps) => steps.map((step) => step.join(' and ')).join(', then ') || 'none'

/** @param {Region} primary */
const ourTable = (primary) =>
  markdown(
    ['request', 'calls', ...cities],
    Object.entries(ours)
      .filter(([, { steps }]) => steps.length > 0)
      .map(([name, { steps }]) => [name, inWords(steps), ...cities.map((city) => simulate(steps, city, primary))]),
  )

/** @param {string} name */
const besideTable = (name) =>
  markdown(
    [name, 'calls', ...cities],
    Object.entries(trips).flatMap(([who, table]) => {
      const { steps } = table[name] ?? {}
      return steps ? [[who, inWords(steps), ...cities.map((city) => simulate(steps, city, 'Western Europe'))]] : []
    }),
  )

const { dependencies } = JSON.parse(readFileSync('bench/peers/better-auth/package.json', 'utf8'))
const version = dependencies['better-auth']
const shared = Object.keys(Object.values(peers)[0] ?? {}).filter((name) => ours[name] && name !== 'ping')

const text = `# What a request takes around the world

<!-- Printed by \`npm run docs:edge\`. -->

This world is simulated: nobody has measured it. The calls are counted on the real Workers ([bench/trips.json](../bench/trips.json)),
and the latencies of the calls are published ones. Each cell is the middle request and the slowest of a hundred, in ms, from the moment
when Cloudflare's nearest location has the request until it answers. The way from the client to that location comes on top, and so does
the CPU, of which a password takes the most ([comparison.md](comparison.md#speed)).

*Primary* is a call to D1's primary, and *replica* one that the nearest replica may answer. A batch is one call. Calls with *and* between them
run at the same time.

## Latchkey, with the primary in Western Europe

${ourTable('Western Europe')}

## Latchkey, with the primary in Asia-Pacific

${ourTable('Asia-Pacific')}

Put the primary where most of those who write are ([deploy.md](deploy.md)). Reads are near everybody who has a replica on their continent.

## Beside better-auth

The primary is in Western Europe. better-auth ${version} keeps its sessions in D1, in KV, or in a cookie that is good for five minutes. It
asks D1 as its documents say, without D1's Sessions API, so every query goes to the primary. The to-dos are a plain table behind its session
check, without any limit, undo or sync.

${shared.map(besideTable).join('\n\n')}

## What this rests on

Read on ${READ_ON}.

| what | ms | source |
|---|--:|---|
| round trips between regions: Korea Central, Germany West Central and Brazil South to West Europe, East US and Japan East | 8–262 | Microsoft's table of its regions, in [azure-cosmos-dotnet-v3](https://github.com/Azure/azure-cosmos-dotnet-v3/blob/02b24f294c45202475498a2d95677895c49a1a52/Microsoft.Azure.Cosmos/src/direct/RegionProximityUtil.cs). |
| Lagos to London | 99 | [a list of latencies from London](https://gist.github.com/tyingq/1df7a0a4f8b88c9c949f0151c15a3822), February 2021; from there on as above |
| KV, a value that was read nearby lately | ${KV_MEMORY_MS} or ${KV_NEAR_MS} | [nearly half of all reads take less than 1 ms](https://blog.cloudflare.com/faster-workers-kv), September 2024. The ${KV_NEAR_MS} is assumed |
| KV, any other value, and a write | ${KV_NEAR_MS} and the way to a central store | [a few central stores](https://developers.cloudflare.com/kv/concepts/how-kv-works/). That they are in ${KV_STORES.join(' and ')} is assumed |
| where D1 has replicas | | [in every region](https://blog.cloudflare.com/d1-read-replication-beta/), April 2025: none in Africa and South America |
| D1 at work | ${D1_READ_MS} or ${D1_WRITE_MS} | assumed: a read, a call to the primary |
| KV reads that find such a value | ${HOT * 100} % | assumed |
| one call in a hundred | ${SLOWEST} times as long | assumed |

A replica may have to wait until it is as new as the client's bookmark; that is left out. So are cold starts.
`

if (!process.argv.includes('--check')) writeFileSync(DOCUMENT, text)
else if (readFileSync(DOCUMENT, 'utf8') !== text) {
  console.error(`${DOCUMENT} is stale. Run: npm run docs:edge`)
  process.exitCode = 1
}
