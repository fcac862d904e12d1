import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { expect, inject, it } from 'vitest'
import { derivedId, nextIdOf } from '../../src/todos/derived-id'
import { clientOf } from '../helpers/client'
import { advanceClock, setClock } from '../helpers/clock'
import { type Person, signUp } from '../helpers/people'
import { countsOf, recount } from './counts'

/*
 * Random batches, several at once, of everything that makes, moves, completes and removes to-dos with parents, lists and rules. Whatever
 * comes first: no subtask stays behind, none is deeper than one level, each is in the list of its parent, and of a to-do that comes again
 * there is one that is open.
 */

const RUNS = inject('isThorough') ? 60 : 12
const slots = fc.nat({ max: 5 })
const listSlots = fc.nat({ max: 1 })

const steps = fc.oneof(
  fc.record({
    kind: fc.constantFrom('put', 'daily', 'delete', 'restore', 'complete', 'reopen', 'orphan', 'undate'),
    slot: slots,
  }),
  fc.record({ kind: fc.constant('nest'), slot: slots, under: slots }),
  fc.record({ kind: fc.constant('file'), slot: slots, list: fc.option(listSlots) }),
)
type Step = { kind: string; slot: number; under?: number; list?: number | null }

const listSteps = fc.record({ kind: fc.constantFrom('make', 'move', 'delete'), list: listSlots })

/** A history is some turns. In each, the batches and the changes of lists are sent at once. */
const turns = fc.array(
  fc.record({
    batches: fc.array(fc.uniqueArray(steps, { selector: ({ slot }) => slot, minLength: 1, maxLength: 3 }), {
      minLength: 1,
      maxLength: 3,
    }),
    lists: fc.array(listSteps, { maxLength: 1 }),
    waits: fc.boolean(),
  }),
  { minLength: 4, maxLength: 10 },
)

class Ids {
  constructor(
    private readonly todos: string[],
    readonly lists: string[],
  ) {}

  static async of(person: Person): Promise<Ids> {
    const made = (kind: string, count: number) =>
      Promise.all(Array.from({ length: count }, (_, n) => derivedId(person.user.id, kind, `${n}`)))
    return new Ids(await made('todo', 6), await made('list', 2))
  }

  operationOf({ kind, slot, under, list }: Step): object {
    const id = this.todos[slot]
    const patch = (fields: object) => ({ op: 'update', id, patch: fields })
    switch (kind) {
      case 'put':
        return { op: 'put', id, todo: { contents: `to-do ${slot}` } }
      case 'daily':
        return patch({ due: '2026-12-01', recurrence: 'FREQ=DAILY' })
      case 'nest':
        return patch({ parentId: this.todos[under ?? 0] })
      case 'file':
        return patch({ listId: typeof list === 'number' ? this.lists[list] : null })
      case 'orphan':
        return patch({ parentId: null })
      case 'undate':
        return patch({ due: null })
      case 'complete':
        return patch({ isDone: true })
      case 'reopen':
        return patch({ isDone: false })
      default:
        return { op: kind, id }
    }
  }
}

/** What must never be, as SQL that finds it among the to-dos of a user. */
const FAULTS = {
  'a subtask without its parent': `SELECT child.id FROM todos child LEFT JOIN todos parent ON parent.id = child.parent_id
    WHERE child.user_id = ?1 AND child.parent_id IS NOT NULL AND child.deleted_at IS NULL
    AND (parent.id IS NULL OR parent.deleted_at IS NOT NULL OR parent.user_id <> ?1)`,
  'a subtask of a subtask': `SELECT child.id FROM todos child JOIN todos parent ON parent.id = child.parent_id
    WHERE child.user_id = ?1 AND child.deleted_at IS NULL AND parent.parent_id IS NOT NULL`,
  'a subtask in another list than its parent': `SELECT child.id FROM todos child JOIN todos parent ON parent.id = child.parent_id
    WHERE child.user_id = ?1 AND child.deleted_at IS NULL AND child.list_id IS NOT parent.list_id`,
  'a list that is not there': `SELECT id FROM todos WHERE user_id = ?1 AND deleted_at IS NULL AND list_id IS NOT NULL
    AND list_id NOT IN (SELECT id FROM lists WHERE user_id = ?1)`,
  'a number of a change twice': 'SELECT seq AS id FROM todos WHERE user_id = ?1 GROUP BY seq HAVING count(*) > 1',
}

async function expectNoFaults({ user }: Person): Promise<void> {
  for (const [fault, query] of Object.entries(FAULTS)) {
    const { results } = await env.DB.prepare(query).bind(user.id).all()
    expect({ fault, results }).toEqual({ fault, results: [] })
  }
  expect(await countsOf(user.id)).toEqual(await recount(user.id))
}

/** Those that come again and are open, by the to-do that each goes back to. */
async function expectOneOfEachChain({ user }: Person, ids: string[]): Promise<void> {
  const { results } = await env.DB.prepare(
    'SELECT id FROM todos WHERE user_id = ? AND deleted_at IS NULL AND completed_at IS NULL AND recurrence IS NOT NULL',
  )
    .bind(user.id)
    .all<{ id: string }>()
  const open = new Set(results.map(({ id }) => id))
  for (const first of ids) {
    let chain = 0
    for (let id = first, length = 0; length < 12; length++, id = await nextIdOf(user.id, id))
      chain += open.has(id) ? 1 : 0
    expect(chain).toBeLessThanOrEqual(1)
  }
}

let runs = 0

it(`leaves no to-do where it cannot be, in random orders of requests (${RUNS} runs)`, {
  timeout: 300_000,
}, async () => {
  setClock(Date.parse('2026-12-01T12:00:00.000Z'))
  const noLimit = { limit: async () => ({ success: true }) }
  let done = 0
  const property = fc.asyncProperty(turns, async (history) => {
    const person = await signUp(`alice-${++runs}`, clientOf({ BATCH_LIMIT: noLimit, WRITE_LIMIT: noLimit }))
    const { client } = person
    const ids = await Ids.of(person)
    const first = Array.from({ length: 6 }, (_, slot) => ids.operationOf({ kind: 'put', slot }))
    await client.post('/todos/batch', { operations: first })
    for (const [n, id] of ids.lists.entries()) await client.put(`/lists/${id}`, { name: `list ${n}` })
    for (const { batches, lists, waits } of history) {
      const answers = await Promise.all([
        ...batches.map((batch) =>
          client.post('/todos/batch', { operations: batch.map((step) => ids.operationOf(step)) }),
        ),
        ...lists.map(({ kind, list }) =>
          kind === 'make'
            ? client.put(`/lists/${ids.lists[list]}`, { name: 'again' })
            : client.delete(`/lists/${ids.lists[list]}?todos=${kind}`),
        ),
      ])
      done += answers.filter(({ status }) => status === 200).length
      expect(answers.filter(({ status }) => status >= 500)).toEqual([])
      if (waits) advanceClock(1000)
      await expectNoFaults(person)
    }
    const { results } = await env.DB.prepare('SELECT id FROM todos WHERE user_id = ?')
      .bind(person.user.id)
      .all<{ id: string }>()
    await expectOneOfEachChain(
      person,
      results.map(({ id }) => id),
    )
  })
  await fc.assert(property, { numRuns: RUNS })
  // Otherwise this would show nothing.
  expect(done).toBeGreaterThan(2 * RUNS)
})
