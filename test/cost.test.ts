import { describe, expect, it } from 'vitest'
import TABLE from './costs.json'
import type { Cost } from './helpers/billed-client'
import { type Operation, readDocument } from './helpers/document'
import { explainPlans } from './helpers/query-plans'
import { useEverything } from './helpers/use-everything'

/*
 * THE table of costs is costs.json: what each request costs in round trips and in rows. Users wait for the one, and Cloudflare bills the
 * other. All numbers are exact but `read`, which is a bound. `kv` is gets, puts and deletes. Calls and rows after the answer count too,
 * `depth` ends with the answer. `npm run docs:cost` prints docs/cost.md from it.
 */

/** What nobody may raise in the table without a word about it. */
const GOALS: Record<string, Partial<Pick<Cost, 'depth' | 'read' | 'written'>>> = {
  'log-in': { depth: 2, written: 8 },
  'code by e-mail': { written: 7 },
  'code by e-mail, to its owner': { written: 7 },
  'code by SMS': { written: 7 },
  refresh: { written: 2 },
  'to-do list of 50': { depth: 1, read: 55, written: 0 },
}

const REFUSED = ['log-in, wrong password', 'log-in, unknown', 'account deletion, not proven', 'code, wrong']

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

describe('the table of costs', () => {
  it('says what every request costs, and has every route', async () => {
    const { operations } = await readDocument()
    const { costs } = await useEverythingOnce()
    const refused = Object.entries(costs).filter(([, { status }]) => status >= 400)
    expect(refused.map(([name]) => name)).toEqual(REFUSED)
    const measured = Object.entries(costs).map(([name, cost]) => {
      const { depth, calls, written, gets, puts, deletes, lines } = cost
      return [
        name,
        { operation: operationOf(operations, cost), depth, calls, written, kv: [gets, puts, deletes], lines },
      ]
    })
    expect(measured).toEqual(Object.entries(TABLE).map(([name, { read, ...row }]) => [name, row]))
    const missing = operations.filter(
      ({ operationId }) => !Object.values(TABLE).some((row) => row.operation === operationId),
    )
    expect(missing.map(({ operationId }) => operationId)).toEqual([])
  })

  it('bounds the rows that every request reads, and not by much more than it does read', async () => {
    const { costs } = await useEverythingOnce()
    const wrong = Object.entries(TABLE).flatMap(([name, { read: bound }]) => {
      const read = costs[name]?.read ?? Number.NaN
      return read <= bound && bound <= 2 * read + 10 ? [] : [{ name, read, bound }]
    })
    expect(wrong).toEqual([])
  })

  it.each(Object.entries(GOALS))('keeps the goal of: %s', (name, goal) => {
    const row = Object.entries(TABLE).find(([one]) => one === name)?.[1]
    for (const [what, most] of Object.entries(goal)) expect(Reflect.get(row ?? {}, what)).toBeLessThanOrEqual(most)
  })
})

describe('query plans', () => {
  it('use an index: no statement of the app scans a table', async () => {
    const { statements } = await useEverythingOnce()
    expect(statements.size).toBeGreaterThan(95)
    const plans = (await explainPlans(statements)).map(({ sql, detail }) => `${detail} <- ${sql}`)
    // These scans read no table: constant rows, subqueries of constant rows, JSON that was sent as a parameter, and nothing at all.
    const reads =
      /^SCAN (?!CONSTANT ROW|json_each (?:EXISTS )?VIRTUAL TABLE|(?:operation|judged|growth|usage|counted_as) <-|\d+ CONSTANT ROWS|0-ROW VALUES CLAUSE|\(subquery-\d+\) <-|others .*"others" where false)/s
    expect(plans.filter((plan) => reads.test(plan))).toEqual([])
  })
})
