import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { expect, inject, it } from 'vitest'
import { isoTime } from '../../src/lib/time'
import { PRIORITIES, type Todo, type TodoFilter } from '../../src/todos/schemas'
import { noLimit } from '../helpers/bindings'
import { type Client, clientOf } from '../helpers/client'
import { setClock } from '../helpers/clock'
import { type Person, signUp } from '../helpers/people'
import { countsOf, recount } from './counts'
import { idOf, pageOf, queryOf, type TodoPage } from './pages'
import { compareTodos, listOf, type Step, sortKey, type TodoModel, take } from './todo-model'

/*
 * Two users have random to-dos. Lists of one of them are read page by page, while to-dos are added, changed and deleted. What
 * the pages show is compared with a model (todo-model.ts).
 */

const NOON = Date.parse('2026-12-24T12:00:00.000Z')

const longer = inject('propertyRuns')

/** The suite makes the same runs each time. A longer test makes new ones. */
const runs = longer === null ? { numRuns: inject('isThorough') ? 60 : 30, seed: 20_261_121 } : { numRuns: longer }

const times = [NOON - 1, NOON, NOON + 1].map(isoTime)
const texts = ['Milk', 'MILK & honey', '우유 100%', 'Öl_']

const input = fc.record(
  {
    contents: fc.constantFrom(...texts),
    description: fc.constantFrom(null, ...texts),
    priority: fc.constantFrom(...PRIORITIES),
    isDone: fc.boolean(),
    labels: fc.subarray(['home', 'work']),
    dueAt: fc.constantFrom(null, ...times),
  },
  { requiredKeys: [] },
)

/** Some changes of one user at one moment, `waitMs` after the changes before. */
interface Turn {
  who: number
  waitMs: number
  steps: (Omit<Step, 'id'> & { slot: number })[]
}

const turn: fc.Arbitrary<Turn> = fc.record({
  who: fc.constantFrom(0, 0, 0, 1),
  waitMs: fc.nat(2),
  steps: fc.uniqueArray(
    fc.record({ slot: fc.nat(19), kind: fc.constantFrom('put', 'update', 'update', 'toggle'), input }),
    { selector: ({ slot }) => slot, minLength: 1, maxLength: 12 },
  ),
})

/** One of the values, or undefined in three cases of four. */
const rarely = <Value>(...values: Value[]) =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 3 }, { arbitrary: fc.constantFrom(...values), weight: 1 })

const filter: fc.Arbitrary<TodoFilter> = fc.record({
  sort: fc.constantFrom('createdAt', 'dueAt', 'priority', 'updatedAt', 'completedAt'),
  order: fc.constantFrom('ASC', 'DESC'),
  isDone: rarely(true, false),
  priority: rarely('none', 'high'),
  label: rarely('home'),
  dueBefore: rarely(...times),
  dueAfter: rarely(...times),
  hasDueDate: rarely(true, false),
  q: rarely('mILk', 'ö', '%', '_'),
})

const reading = fc.record({
  filter,
  limit: fc.integer({ min: 1, max: 6 }),
  meanwhile: fc.array(turn, { maxLength: 4 }),
})

/** Two users, and the to-dos that each should have. */
class World {
  private readonly models: TodoModel[] = [new Map(), new Map()]
  private now = NOON

  constructor(private readonly people: Person[]) {}

  async take({ who, waitMs, steps }: Turn): Promise<void> {
    this.now += waitMs
    setClock(this.now)
    const { client, model } = this.user(who)
    // The ids of the two users alternate.
    const operations = steps.flatMap(({ slot, ...step }) =>
      take(model, { ...step, id: idOf(2 * slot + who) }, this.now),
    )
    if (operations.length === 0) return
    expect((await client.post('/todos/batch', { operations })).status).toBe(200)
  }

  user(who: number): { client: Client; model: TodoModel } {
    const [person, model] = [this.people[who], this.models[who]]
    if (!person || !model) throw new Error(`There is no user ${who}`)
    return { client: person.client, model }
  }
}

interface Reading {
  filter: TodoFilter
  limit: number
  /** The changes after each page. */
  meanwhile: Turn[]
}

/** Reads a list of the first user, and checks each page and all pages together. Answers with how many to-dos kept their place. */
async function read(world: World, { filter, limit, meanwhile }: Reading): Promise<number> {
  const { client, model } = world.user(0)
  const list = () => listOf(model, filter)
  const place = (todo: Todo) => `${sortKey(todo, filter.sort)} ${todo.id}`
  const turns = meanwhile.values()
  const whole = list()
  /** The to-dos that have kept their place in the list since the first page. */
  let unmoved = whole.map(place)
  const shown: Todo[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: TodoPage = await pageOf(
      client,
      queryOf({ ...filter, ids: undefined, limit, cursor: cursor || undefined }),
    )
    const ids = new Set(page.todos.map(({ id }) => id))
    expect(page.todos).toEqual(list().filter(({ id }) => ids.has(id)))
    expect(page.nextCursor).not.toBe(cursor)
    shown.push(...page.todos)
    cursor = page.nextCursor
    if (cursor === null) break
    expect(page.todos).toHaveLength(limit)
    const { value: turn } = turns.next()
    if (turn) await world.take(turn)
    const places = new Set(list().map(place))
    unmoved = unmoved.filter((one) => places.has(one))
  }
  const places = shown.map(place)
  if (meanwhile.length === 0) expect(shown).toEqual(whole)
  expect(shown).toEqual(shown.toSorted((one, other) => compareTodos(one, other, filter)))
  expect(places).toHaveLength(new Set(places).size)
  expect(unmoved.filter((one) => !places.includes(one))).toEqual([])
  return shown.length > limit && meanwhile.length > 0 ? unmoved.length : 0
}

it(`shows every to-do that keeps its place exactly once, while others come and go (${runs.numRuns} runs)`, {
  timeout: 60_000 + runs.numRuns * 500,
}, async () => {
  setClock(NOON)
  const people = await Promise.all(['alice', 'bob'].map((name) => signUp(name, clientOf({ BATCH_LIMIT: noLimit }))))
  let unmoved = 0
  const histories = fc.array(turn, { minLength: 2, maxLength: 6 })
  const readings = fc.array(reading, { minLength: 1, maxLength: 3 })
  const property = fc.asyncProperty(histories, readings, async (history, lists) => {
    await env.DB.batch([env.DB.prepare('DELETE FROM todos')])
    const world = new World(people)
    for (const one of history) await world.take(one)
    for (const one of lists) unmoved += await read(world, one)
    for (const { user } of people) expect(await countsOf(user.id)).toEqual(await recount(user.id))
  })
  await fc.assert(property, runs)
  // The runs are only worth something if many to-dos kept their place.
  expect(unmoved).toBeGreaterThan(runs.numRuns)
})
