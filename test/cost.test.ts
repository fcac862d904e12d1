import { describe, expect, it, vi } from 'vitest'
import TABLE from './costs.json'
import type { Cost } from './helpers/billed-client'
import { Client } from './helpers/client'
import { type Operation, readDocument } from './helpers/document'
import { authorize, newPerson } from './helpers/providers'
import { explainPlans } from './helpers/query-plans'
import { beginAt, comeBack, goThrough } from './helpers/social-log-in'
import { useEverything } from './helpers/use-everything'

/*
 * THE table of costs is costs.json: what each request costs in round trips and in rows. Users wait for the one, and Cloudflare bills the
 * other. All numbers are exact but `read`, which is a bound. `kv` is gets, puts and deletes. Calls and rows after the answer count too,
 * `depth` ends with the answer. `npm run docs:cost` prints docs/cost.md from it.
 */

/** What nobody may raise in the table without a word about it. */
const GOALS: Record<string, Partial<Pick<Cost, 'depth' | 'calls' | 'read' | 'written'>>> = {
  'log-in': { depth: 2, written: 8 },
  'code by e-mail': { written: 7 },
  'code by e-mail, to its owner': { written: 7 },
  'code by SMS': { written: 7 },
  refresh: { written: 2 },
  'refresh, repeated': { calls: 1, written: 3 },
  'log-in by a provider, begun': { depth: 0, written: 0 },
  'log-in by a provider, new account': { calls: 2 },
  'log-in by a provider': { depth: 2 },
  'log-in by a provider, joined by the address': { depth: 2 },
  'log-in by second factor': { depth: 2, calls: 1 },
  'log-in by second factor, a passkey': { depth: 2, calls: 2 },
  'log-in by a passkey, begun': { depth: 0, calls: 0, written: 0 },
  'log-in by a passkey': { depth: 2, calls: 2, written: 8 },
  'to-do create': { depth: 1, written: 5 },
  'to-do complete': { depth: 1, written: 2 },
  'to-do delete': { depth: 1, written: 3 },
  'to-do list of 50': { depth: 1, read: 55, written: 0 },
}

const REFUSED = [
  'log-in, wrong password',
  'log-in, unknown',
  'account deletion, not proven',
  'code, wrong',
  'log-in by a provider, address not proven',
  'log-in by a passkey, refused',
  'log-in, blocked',
  'log-in, second factor asked',
  'log-in by second factor, wrong code',
  'list delete, not empty',
]

/** The operation that a request went to. A path without a parameter comes before one with it. */
function operationOf(operations: Operation[], { method, path }: Cost): string | undefined {
  const matches = ({ path: template }: Operation) =>
    new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path)
  const found = operations.filter((operation) => operation.method === method && matches(operation))
  return found.toSorted((a, b) => a.path.split('{').length - b.path.split('{').length)[0]?.operationId
}

let used: ReturnType<typeof useEverything> | undefined

/** Uses everything once for all tests of this file, because it takes a while. */
function useEverythingOnce(): ReturnType<typeof useEverything> {
  used ??= useEverything()
  return used
}

/** Bounds of rows read are multiples of this. They have some room: the keys of an index are random, and D1 may look at the next one too. */
const STEP = 5

/** A bound that holds, and is not much more than what was read. Otherwise a better one. */
const boundOf = (read: number, bound = -1): number =>
  read <= bound && bound <= 2 * read + 2 * STEP ? bound : read === 0 ? 0 : (Math.ceil(read / STEP) + 1) * STEP

/** The lines of the table, about as they stand in costs.json. So a difference can be copied from the message of the test. */
const linesOf = (rows: Record<string, object>): string =>
  Object.entries(rows)
    .map(([name, row]) => `${JSON.stringify(name)}: ${JSON.stringify(row)},`)
    .join('\n')

describe('the table of costs', () => {
  it('says what every request costs', async () => {
    const { operations } = await readDocument()
    const { costs } = await useEverythingOnce()
    const bounds = new Map(Object.entries(TABLE).map(([name, { read }]) => [name, read]))
    const rows = Object.entries(costs).map(([name, cost]) => {
      const { depth, calls, written, gets, puts, deletes, lines } = cost
      const read = boundOf(cost.read, bounds.get(name))
      const operation = operationOf(operations, cost)
      return [name, { operation, depth, calls, read, written, kv: [gets, puts, deletes], lines }]
    })
    expect(linesOf(Object.fromEntries(rows))).toBe(linesOf(TABLE))
    const refused = Object.entries(costs).filter(([, { status }]) => status >= 400)
    expect(refused.map(([name]) => name)).toEqual(REFUSED)
  })

  it('has every route', async () => {
    const { operations } = await readDocument()
    const used = new Set(Object.values(TABLE).map(({ operation }) => operation))
    expect(operations.filter(({ operationId }) => !used.has(operationId))).toEqual([])
  })

  it.each(Object.entries(GOALS))('keeps the goal of: %s', (name, goal) => {
    const row = Object.entries(TABLE).find(([one]) => one === name)?.[1]
    for (const [what, most] of Object.entries(goal)) expect(Reflect.get(row ?? {}, what)).toBeLessThanOrEqual(most)
  })
})

describe('a log-in by a provider', () => {
  it.each([
    ['google', 1],
    ['apple', 1],
    ['github', 3],
    ['microsoft', 1],
    ['kakao', 2],
    ['naver', 2],
    ['line', 1],
    ['oidc', 1],
    ['test', 1],
  ] as const)(
    'asks %s %i times once its keys are known, and not before somebody comes back',
    async (provider, times) => {
      await goThrough(provider, newPerson())
      const asked = vi.spyOn(globalThis, 'fetch')
      const client = new Client()
      const start = await beginAt(provider, client)
      expect(asked).toHaveBeenCalledTimes(0)
      expect((await comeBack(client, authorize(start, newPerson()))).status).toBe(303)
      expect(asked).toHaveBeenCalledTimes(times)
      asked.mockRestore()
    },
  )
})

describe('query plans', () => {
  it('use an index: no statement of the app scans a table', async () => {
    const { statements } = await useEverythingOnce()
    expect(statements.size).toBeGreaterThan(95)
    const plans = (await explainPlans(statements)).map(({ sql, detail }) => `${detail} <- ${sql}`)
    // These scans read no table: constant rows, subqueries of constant rows, JSON that was sent as a parameter, what is
    // made of it, and nothing at all.
    // And one of a table that has a row for each migration.
    const reads =
      /^SCAN (?!CONSTANT ROW|json_each (?:EXISTS )?VIRTUAL TABLE|(?:operation|other|judged|follower|crowded|mother|done|one(?: VIRTUAL TABLE INDEX 1:)?|growth|usage|own(?: LEFT-JOIN)?|counted_as|part|d1_migrations|newest(?: LEFT-JOIN)?) <-|\d+ CONSTANT ROWS|0-ROW VALUES CLAUSE|\(subquery-\d+\) <-|others .*"others" where false)/s
    expect(plans.filter((plan) => reads.test(plan))).toEqual([])
  })
})
