// Prints docs/cost.md from test/costs.json, which a test holds, and from the prices below. `--check` only compares.
//
//     npm run docs:cost

import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'

const DOCUMENT = 'docs/cost.md'

/** @typedef {{ operation: string, depth: number, calls: number, read: number, written: number, kv: number[], lines: number }} Row */

/** @type {Record<string, Row>} */
const table = JSON.parse(readFileSync('test/costs.json', 'utf8'))

/** @param {string} name */
function costOf(name) {
  const row = table[name]
  if (!row) throw new Error(`test/costs.json has no "${name}"`)
  return row
}

const READ_ON = '26 November 2026'

/** USD a million, on the Workers Paid plan, beyond what it includes in a month; and what the Free plan allows in a day. */
const prices = {
  requests: {
    name: 'requests to the Worker',
    usd: 0.3,
    paid: '10 million',
    free: 100_000,
    page: 'workers/platform/pricing/',
  },
  cpu: { name: 'milliseconds of CPU', usd: 0.02, paid: '30 million', free: null, page: 'workers/platform/pricing/' },
  written: { name: 'rows of D1 written', usd: 1, paid: '50 million', free: 100_000, page: 'd1/platform/pricing/' },
  read: { name: 'rows of D1 read', usd: 0.001, paid: '25,000 million', free: 5_000_000, page: 'd1/platform/pricing/' },
  gets: { name: 'reads of KV', usd: 0.5, paid: '10 million', free: 100_000, page: 'kv/platform/pricing/' },
  puts: { name: 'writes of KV', usd: 5, paid: '1 million', free: 1000, page: 'kv/platform/pricing/' },
  deletes: { name: 'deletions in KV', usd: 5, paid: '1 million', free: 1000, page: 'kv/platform/pricing/' },
}

/** Logs cost 0.25 USD a GB from December 2026. A line has about 1.5 kB, with what Cloudflare adds. */
const USD_A_MILLION_LINES = 0.25 * 1.5

/** CPU of a request, and of hashing a password once (ms): as measured on a laptop. */
const CPU_MS = { request: 2, hash: 80 }
/** How many passwords a request hashes. */
const HASHES = {
  'sign-up': 1,
  'log-in': 1,
  'log-in, signed in already': 1,
  'log-in, wrong password': 1,
  'log-in, unknown': 1,
  'log-in, blocked': 1,
  'log-in, new device, with notice': 1,
  password: 2,
  'password, first': 1,
  'password reset': 1,
  'account deletion': 1,
  'account deletion, not proven': 1,
  'changes, taken back': 1,
}
for (const name of Object.keys(HASHES)) costOf(name)

/** What a request uses of what has a price. @param {string} name @returns {Record<keyof typeof prices, number>} */
function usageOf(name) {
  const { read, written, kv } = costOf(name)
  const [gets = 0, puts = 0, deletes = 0] = kv
  const cpu = CPU_MS.request + (HASHES[name] ?? 0) * CPU_MS.hash
  return { requests: 1, cpu, read, written, gets, puts, deletes }
}

/** What a million such requests cost, in USD. @param {string} name */
const usdOf = (name) =>
  Object.entries(usageOf(name)).reduce((sum, [what, count]) => sum + count * prices[what].usd, 0) +
  costOf(name).lines * USD_A_MILLION_LINES

const withCommas = (/** @type {number} */ number) => number.toLocaleString('en-US', { maximumFractionDigits: 2 })
const usd = (/** @type {number} */ number) =>
  number.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })

/** @param {string[]} titles @param {(string | number)[][]} rows */
const markdown = (titles, rows) =>
  [titles, titles.map((_, n) => (n === 0 ? '---' : '--:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')

/** @typedef {{ steps: string[][], rowsRead: number, rowsWritten: number }} Trips as bench/trips.mjs counts them */

/** What a million of a request cost at better-auth, in USD. It writes no line into the log. @param {string} name @param {Trips} trips */
function usdOfPeer(name, { steps, rowsRead, rowsWritten }) {
  const count = (/** @type {string} */ kind) => steps.flat().filter((call) => call === kind).length
  const used = {
    requests: 1,
    cpu: CPU_MS.request + (HASHES[name] ?? 0) * CPU_MS.hash,
    read: rowsRead,
    written: rowsWritten,
    gets: count('KV read'),
    puts: count('KV write'),
  }
  return Object.entries(used).reduce((sum, [what, times]) => sum + times * prices[what].usd, 0)
}

function besidePeer() {
  const { Latchkey: _ours, ...peers } = JSON.parse(readFileSync('bench/trips.json', 'utf8'))
  /** @type {Record<string, Trips>[]} */
  const tables = Object.values(peers)
  const names = Object.keys(tables[0] ?? {}).filter((name) => table[name] && name !== 'ping')
  return markdown(
    ['USD a million', 'Latchkey', ...Object.keys(peers)],
    names.map((name) => [name, usd(usdOf(name)), ...tables.map((peer) => usd(usdOfPeer(name, peer[name])))]),
  )
}

const costs = () =>
  markdown(
    [
      'request',
      'depth',
      'D1 calls',
      'rows read ≤',
      'rows written',
      'KV read',
      'KV written',
      'KV deleted',
      'log lines',
      'USD a million',
    ],
    Object.entries(table).map(([name, { depth, calls, read, written, kv, lines }]) => {
      return [name, depth, calls, withCommas(read), written, ...kv, lines, usd(usdOf(name))]
    }),
  )

const priceList = () =>
  markdown(
    ['what', 'USD a million', 'included in a month', 'Free plan, in a day'],
    Object.values(prices).map(({ name, usd: price, paid, free, page }) => {
      const link = `[${name}](https://developers.cloudflare.com/${page})`
      return [link, price, paid, free === null ? '10 a request' : withCommas(free)]
    }),
  )

/** How often a day the Free plan allows something, and what ends it. @param {[name: string, times: number][]} requests */
function freePlan(requests) {
  const totals = Object.keys(prices).map((what) => {
    const used = requests.reduce((sum, [name, times]) => sum + times * usageOf(name)[what], 0)
    return {
      what: prices[what].name,
      times: prices[what].free === null || used === 0 ? Infinity : prices[what].free / used,
    }
  })
  return totals.reduce((least, one) => (one.times < least.times ? one : least))
}

const freeList = () =>
  markdown(
    ['alone', 'times a day', 'ended by'],
    [
      'session',
      'to-do list of 50',
      'to-do create',
      'to-do complete',
      'refresh',
      'log-out',
      'code by e-mail',
      'log-in by code',
    ].map((name) => {
      const { times, what } = freePlan([[name, 1]])
      return [name, withCommas(Math.floor(times)), what]
    }),
  )

/** What a user does in a day, on average. @type {[name: string, times: number][]} */
const DAY = [
  ['to-do list of 50', 10],
  ['to-do create', 3],
  ['to-do change', 2],
  ['to-do complete', 3],
  ['to-do delete', 0.5],
  ['refresh', 6],
  ['code by e-mail, to its owner', 0.1],
  ['log-in by code', 0.1],
]

/** kB in D1, with all indexes: measured with 100 to-dos of about 60 letters for each of 2,000 users. */
const KB = { account: 0.4, session: 0.3, entry: 0.3, todo: 0.5 }
const KEPT = { sessions: 3, entries: 60, todos: 200 }
const MAX_GB = 10
/** How long D1 is busy with a batch that writes (ms), and the busiest second beside the average one. */
const WRITE_MS = 5
const PEAK = 4

function ceilings() {
  const kb = KB.account + KB.session * KEPT.sessions + KB.entry * KEPT.entries + KB.todo * KEPT.todos
  const writes = DAY.reduce(
    (sum, [name, times]) => sum + (costOf(name).written > 0 ? times * costOf(name).calls : 0),
    0,
  )
  const aSecond = 1000 / WRITE_MS
  const month = DAY.reduce((sum, [name, times]) => sum + times * usdOf(name), 0) * 30
  const free = freePlan(DAY)
  return {
    kb,
    writes,
    aSecond,
    byStorage: (MAX_GB * 1e6) / kb,
    byWrites: (aSecond / PEAK) * (86_400 / writes),
    usdAMonth: month / 1000,
    free,
  }
}

/** A number that says no more than it knows. @param {number} number */
const about = (number) => withCommas(Number(number.toPrecision(2)))

const introduction = () => `# What it costs

<!-- Printed by \`npm run docs:cost\`. -->

[A test](../test/cost.test.ts) measures every route and holds [the table](../test/costs.json) that this page is printed from. D1 bills each
row that a statement reads or writes, and each entry of an index is a row. So a row written costs as much as a thousand rows read, and a
write of KV as much as five rows written.

## Each request

*Depth* is how many calls to D1 and KV wait for one another before the answer. A batch is one call. Rows, KV and log lines count what
happens after the answer too. The last column is a million of these requests at the [prices](#prices) below, when nothing is left of what
the plan includes. It takes ${CPU_MS.request} ms of CPU for a request and ${CPU_MS.hash} ms for a password, and does not have the price of messages.

${costs()}

A purge writes one row more for each row that it removes: codes and notices after a day, sessions after 30, activity after 90.

## Beside better-auth

The calls and rows of better-auth are counted by [bench/trips.mjs](../bench/trips.mjs), with its sessions in D1, in KV or in a cookie, and
with a plain table of to-dos with two indexes. It keeps no record of activity, counts no wrong passwords, and has no quotas, undo or sync.

${besidePeer()}

## Prices

Cloudflare's prices, read on ${READ_ON}. The Workers Paid plan costs 5 USD a month and includes the third column.

${priceList()}

[Logs](https://developers.cloudflare.com/observability/pricing/) cost 0.25 USD a GB beyond 50 GB a month, from December 2026. D1 costs
0.75 USD a GB and month beyond 5 GB.

## On the Free plan

${freeList()}

The Free plan allows 10 ms of CPU a request, which is too little for a password. People can log in by code. With
\`PASSWORDS=off\` nothing hashes. \`npm run bench:free\` measures it, with D1 and KV in the same process, which Cloudflare does not count. On
a shared computer of two cores: a to-do 3 ms, a list of 50 3 ms, a batch of 100 8 ms, a code by e-mail 9 ms, a log-in by code that makes an
account 12 ms, the first request of an isolate 12 ms with its start. An export of 1,100 to-dos takes 23 ms, so a large one may break off there.`

function users() {
  const { kb, writes, aSecond, byStorage, byWrites, usdAMonth, free } = ceilings()
  const first = byStorage < byWrites ? 'storage' : 'writing'
  return `## How many users

Say that a user does this on an average day:

${markdown(
  ['request', 'times a day'],
  DAY.map(([name, times]) => [name, times]),
)}

That is ${usd(usdAMonth)} USD a month for 1,000 such users. The Free plan is enough for ${about(free.times)} of them: ${free.what} end first.

One D1 database has two ceilings. The first one is **${first}**.

| ceiling | users |
|---|--:|
| [10 GB](https://developers.cloudflare.com/d1/platform/limits/), at ${about(kb)} kB a user: ${KEPT.todos} to-dos, ${KEPT.entries} entries of activity, ${KEPT.sessions} sessions | ${about(byStorage)} in all |
| [one writer](https://developers.cloudflare.com/d1/reference/faq/), at ${WRITE_MS} ms a write: ${aSecond} a second, and ${PEAK} times the average in the busiest second, at ${withCommas(writes)} writes a user and day | ${about(byWrites)} on one day |

D1 answers one query after another, and a write takes several milliseconds. Reads go to replicas, if there are any.
`
}

const text = `${introduction()}\n\n${users()}`
if (!process.argv.includes('--check')) writeFileSync(DOCUMENT, text)
else if (readFileSync(DOCUMENT, 'utf8') !== text) {
  console.error(`${DOCUMENT} is stale. Run: npm run docs:cost`)
  process.exitCode = 1
}
