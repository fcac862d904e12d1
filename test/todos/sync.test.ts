import { createScheduledController } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { v7 as uuidv7 } from 'uuid'
import { expect, inject, it } from 'vitest'
import worker from '../../src/index'
import { DAY_MS } from '../../src/lib/time'
import type { Todo } from '../../src/todos/schemas'
import type { Client } from '../helpers/client'
import { setClock } from '../helpers/clock'
import { logIn, signUp } from '../helpers/people'
import { Replica } from './replica'

/*
 * A device that applies the list of changes, page by page, ends in exactly the state of the server. Between pages, random
 * things happen: changes of every kind, alone and in batches, long absences, and purges of deleted to-dos.
 */

const START = Date.parse('2026-12-01T00:00:00.000Z')
const RUNS = { numRuns: inject('isThorough') ? 30 : 15, seed: 20_261_121 }

/** Steps name to-dos and devices by number, so that a step is possible in every run. */
const IDS = 6
const DEVICES = 3

type Step =
  | { kind: 'put' | 'update' | 'delete' | 'restore'; which: number }
  | { kind: 'batch'; steps: { op: 'put' | 'delete' | 'restore'; which: number }[] }
  | { kind: 'pull'; device: number; limit: number }
  | { kind: 'wait'; days: number; purges: boolean }

const which = fc.nat(IDS - 1)
const limit = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 3 }) }, fc.integer({ min: 1, max: 100 }))

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('put', 'update', 'delete', 'restore'), which }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('batch'),
        steps: fc.uniqueArray(fc.record({ op: fc.constantFrom('put', 'delete', 'restore'), which }), {
          selector: (step) => step.which,
          minLength: 1,
        }),
      }),
    },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('pull'), device: fc.nat(DEVICES - 1), limit }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('wait'),
        days: fc.constantFrom(1, 10, 20, 29, 30, 31),
        purges: fc.boolean(),
      }),
    },
  ),
  { minLength: 12, maxLength: 30 },
)

it(`brings every device that applies the changes to the exact state of the server (${RUNS.numRuns} runs)`, {
  timeout: 60_000,
}, async () => {
  const seen = { restarts: 0, deletions: 0 }
  let run = 0
  const property = fc.asyncProperty(steps, limit, async (all, lastLimit) => {
    const name = `alice-${run++}`
    let now = START
    setClock(now)
    let { client } = await signUp(name)
    const ids = Array.from({ length: IDS }, () => uuidv7())
    const replicas = Array.from({ length: DEVICES }, () => new Replica())
    for (const [index, step] of all.entries()) {
      setClock(++now)
      if (step.kind === 'pull') await replicas[step.device]?.pull(client, step.limit)
      else if (step.kind === 'wait') {
        now += step.days * DAY_MS
        setClock(now)
        client = (await logIn(name)).client
        if (step.purges) await worker.scheduled(createScheduledController(), env)
      } else seen.deletions += await change(client, ids, step, index)
    }
    const { todos } = (await client.get<{ todos: Todo[] }>('/todos?limit=100')).body
    for (const replica of replicas) {
      await replica.pullAll(client, lastLimit)
      expect([...replica.todos.values()].toSorted(byId)).toEqual(todos.toSorted(byId))
      seen.restarts += replica.restarts
    }
  })
  await fc.assert(property, RUNS)
  // Both kinds of events did happen in these runs.
  expect(seen.restarts).toBeGreaterThan(RUNS.numRuns / 8)
  expect(seen.deletions).toBeGreaterThan(RUNS.numRuns / 4)
})

/** Tries a step. Answers with how many to-dos it deleted. */
async function change(
  client: Client,
  ids: string[],
  step: Exclude<Step, { kind: 'pull' | 'wait' }>,
  index: number,
): Promise<number> {
  const contents = `step ${index}`
  if (step.kind === 'batch') {
    const operations = step.steps.map(({ op, which }) => ({
      op,
      id: ids[which],
      ...(op === 'put' && { todo: { contents } }),
    }))
    await client.post('/todos/batch', { operations })
    return 0
  }
  const path = `/todos/${ids[step.which]}`
  if (step.kind === 'put') await client.put(path, { contents })
  if (step.kind === 'update') await client.patch(path, { contents, isDone: index % 2 === 0 })
  if (step.kind === 'restore') await client.post(`${path}/restore`)
  return step.kind === 'delete' && (await client.delete(path)).status === 204 ? 1 : 0
}

const byId = (one: Todo, other: Todo): number => (one.id < other.id ? -1 : 1)
