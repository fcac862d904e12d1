import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, inject, it } from 'vitest'
import worker from '../../../src/index'
import { MAX_CHUNK_TODOS } from '../../../src/todos/import/chunks'
import { noLimit } from '../../helpers/bindings'
import { API, type Client, withBindings } from '../../helpers/client'
import { setClock } from '../../helpers/clock'
import { signUp, tally, together } from '../../helpers/people'
import { wrapD1 } from '../../helpers/wrap-d1'
import { type Asked, allTodos, googleFile, importText } from './import-file'
import { NOW } from './read'

/* Large files, and requests that end in the middle. */

/** What the Free plan of D1 lets one request do. */
const MAX_STATEMENTS = 50
/** The longest parameter that D1 takes. */
const MAX_PARAMETER = 2_000_000

async function alice() {
  setClock(NOW)
  return signUp('alice')
}

/** The same browser, and what its requests ask of D1. `onWrite` runs before each write, which is counted from 0. */
function watched(client: Client, onWrite: (count: number) => Promise<void> | void = () => {}, settings: object = {}) {
  const seen = { statements: 0, writes: 0, rowsWritten: 0, longest: 0 }
  const DB = wrapD1({
    onCall: async (run, { statements }) => {
      seen.statements += statements.length
      for (const { parameters } of statements) {
        for (const one of parameters) {
          if (typeof one === 'string') seen.longest = Math.max(seen.longest, new TextEncoder().encode(one).byteLength)
        }
      }
      if (statements.some(({ sql }) => /insert into "todos"/i.test(sql))) await onWrite(seen.writes++)
      return run()
    },
    onMeta: ({ rows_written: rows }) => {
      seen.rowsWritten += rows
    },
  })
  return { seen, client: withBindings(client, { DB, BATCH_LIMIT: noLimit, ...settings }) }
}

const todoCount = async (): Promise<number> =>
  (await env.DB.prepare('SELECT count(*) AS n FROM todos').first<number>('n')) ?? 0

const COUNT = 10_000
const numbers = Array.from({ length: COUNT }, (_, n) => n)

/** 10,000 lines of each format: a tenth has subtasks, lists, dates and rules. */
const LARGE: [name: string, file: () => string, asked: Asked][] = [
  [
    'todoist',
    () =>
      `TYPE,CONTENT,DESCRIPTION,PRIORITY,INDENT,DATE,DATE_LANG\n${numbers
        .slice(1)
        .map((n) =>
          n % 10 === 0
            ? `section,Section ${n % 50},,,,,`
            : `task,Task ${n} @home,"A, ${n}",${(n % 4) + 1},${n % 10 < 2 ? 1 : 2},every ${(n % 27) + 1},en`,
        )
        .join('\n')}`,
    { type: 'text/csv' },
  ],
  [
    'todo.txt',
    () =>
      numbers
        .map((n) => `(${'ABC'[n % 3]}) 2026-11-01 Task ${n} +List${n % 20} @home due:2026-12-${10 + (n % 20)}`)
        .join('\n'),
    { type: 'text/plain' },
  ],
  [
    'icalendar',
    () =>
      `BEGIN:VCALENDAR\n${numbers
        .slice(2)
        .map(
          (n) =>
            `BEGIN:VTODO\nUID:${n}\nSUMMARY:Task ${n}\nDUE;TZID=Asia/Seoul:20261224T180000\n${n % 10 === 2 ? '' : `RELATED-TO:${n - ((n - 2) % 10)}\n`}RRULE:FREQ=WEEKLY;BYDAY=MO\nEND:VTODO\n`,
        )
        .join('')}END:VCALENDAR\n`,
    { type: 'text/calendar' },
  ],
  [
    'google_tasks',
    () =>
      googleFile(
        numbers.slice(1).map((n) => ({
          id: `${n}`,
          title: `Task ${n}`,
          notes: 'x'.repeat(100),
          ...(n % 10 !== 1 && { parent: `${n - ((n - 1) % 10)}` }),
        })),
      ),
    { type: 'application/json' },
  ],
  [
    'microsoft_to_do',
    () =>
      JSON.stringify({
        value: [
          {
            displayName: 'Tasks',
            id: 'l',
            tasks: numbers.slice(0, COUNT / 2 - 1).map((n) => ({
              id: `t${n}`,
              title: `Task ${n}`,
              checklistItems: [{ id: 's', displayName: `Step ${n}` }],
            })),
          },
        ],
      }),
    { type: 'application/json' },
  ],
]

/** Each takes some seconds. CI runs all of them. */
const TRIED = inject('isThorough') ? LARGE : LARGE.filter(([format]) => format === 'icalendar')

describe('10,000 lines', () => {
  it.each(TRIED)(
    'of %s stay within what one request may ask of D1',
    { timeout: 60_000 },
    async (format, file, asked) => {
      const person = await alice()
      const text = file()
      const making = watched(person.client)
      const made = await importText(making.client, text, asked)
      expect({ status: made.status, format: made.body.format }).toEqual({ status: 200, format })
      expect(made.body.summary.made).toBeGreaterThan(8900)
      expect(await todoCount()).toBe(made.body.summary.made)
      expect(making.seen.statements).toBeLessThanOrEqual(MAX_STATEMENTS)
      expect(making.seen.longest).toBeLessThan(MAX_PARAMETER)
      // A row and its entries in four or five indexes.
      expect(making.seen.rowsWritten / made.body.summary.made).toBeLessThan(6)

      const again = watched(person.client)
      const unchanged = await importText(again.client, text, asked)
      expect(unchanged.body.summary.unchanged).toBe(made.body.summary.made)
      expect([again.seen.writes, again.seen.rowsWritten]).toEqual([0, 0])
      expect(again.seen.statements).toBeLessThanOrEqual(10)
    },
  )

  it('that have all changed stay within it too', { timeout: 60_000 }, async () => {
    const person = await alice()
    const fileWith = (notes: string) =>
      googleFile(
        numbers.slice(1, inject('isThorough') ? COUNT : COUNT / 4).map((n) => ({ id: `${n}`, title: `${n}`, notes })),
      )
    const asked = { type: 'application/json' }
    await importText(person.client, fileWith('old'), asked)
    const { seen, client } = watched(person.client)
    const { body } = await importText(client, fileWith('new'), asked)
    expect(body.summary).toMatchObject({ made: 0, changed: body.lines.length - 1, unchanged: 0 })
    expect(seen.statements).toBeLessThanOrEqual(MAX_STATEMENTS)
    expect(
      await env.DB.prepare(`SELECT count(*) AS n FROM todos WHERE description = 'new' AND version = 2`).first('n'),
    ).toBe(body.summary.changed)
  })
})

/** Some chunks of to-dos, each with two subtasks. */
const families = (count: number): string =>
  googleFile(
    Array.from({ length: count }, (_, n) => [
      { id: `${n}`, title: `Task ${n}` },
      { id: `${n}a`, title: `First of ${n}`, parent: `${n}` },
      { id: `${n}b`, title: `Second of ${n}`, parent: `${n}` },
    ]).flat(),
  )

const JSON_TYPE = { type: 'application/json' }
const NDJSON = { ...JSON_TYPE, accept: 'application/x-ndjson' }

const isComplete = async (count: number) => {
  const rows = await env.DB.prepare(
    `SELECT count(*) AS n, count(DISTINCT contents) AS names, count(parent_id) AS subtasks FROM todos`,
  ).first()
  expect(rows).toEqual({ n: 3 * count, names: 3 * count, subtasks: 2 * count })
}

describe('a request that dies in the middle', () => {
  it.each([0, 1, 2, 3])('after chunk %i goes on when it is repeated', async (chunks) => {
    const person = await alice()
    const dying = watched(person.client, (count) => {
      if (count === chunks) throw new Error('D1_ERROR: Network connection lost.')
    })
    const first = await importText(dying.client, families(500), JSON_TYPE)
    expect({ status: first.status, code: first.body.code }).toEqual({ status: 503, code: 'unavailable' })
    expect(await todoCount()).toBeLessThanOrEqual(chunks * MAX_CHUNK_TODOS)
    const written = await todoCount()
    const second = await importText(person.client, families(500), JSON_TYPE)
    expect(second.body.summary).toMatchObject({ made: 1500 - written, unchanged: written })
    await isComplete(500)
  })

  it('says so on the last line of a stream, with what was done before', async () => {
    const person = await alice()
    const dying = watched(person.client, (count) => {
      if (count === 2) throw new Error('D1_ERROR: Network connection lost.')
    })
    const { status, text } = await importText(dying.client, families(500), NDJSON)
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(status).toBe(200)
    expect(lines).toEqual([
      { progress: { done: 498, total: 1500 } },
      { progress: { done: 996, total: 1500 } },
      { problem: expect.objectContaining({ status: 503, code: 'unavailable' }) },
    ])
  })

  it('keeps what was written, if its client hangs up', async () => {
    const { client } = await alice()
    const request = new Request(`${API}/todos/import?dryRun=false`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Accept: 'application/x-ndjson',
        Cookie: [...client.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      },
      body: families(500),
    })
    const response = await worker.fetch(request, env, createExecutionContext())
    const reader = response.body?.getReader()
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('{"progress":{"done":498,"total":1500}}\n')
    await reader?.cancel()
    const written = await todoCount()
    expect(written).toBeGreaterThanOrEqual(498)
    expect((await importText(client, families(500), JSON_TYPE)).body.summary).toMatchObject({ unchanged: written })
    await isComplete(500)
  })
})

describe('a stream', () => {
  it('says after each chunk how far it is, and ends with the report', async () => {
    const { client } = await alice()
    const dry = await importText(client, families(400), { ...JSON_TYPE, dryRun: true })
    const { headers, text } = await importText(client, families(400), NDJSON)
    expect(headers.get('Content-Type')).toBe('application/x-ndjson')
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.map((line) => Object.keys(line).join())).toEqual(['progress', 'progress', 'progress', 'report'])
    expect(lines.at(-2)).toEqual({ progress: { done: 1200, total: 1200 } })
    expect(lines.at(-1)).toEqual({ report: dry.body })
  })

  it('begins only if there is something to read, and a session', async () => {
    const { client } = await alice()
    expect(await importText(client, 'Dear reader', { ...NDJSON })).toMatchObject({
      status: 422,
      body: { code: 'invalid_fields', errors: [{ path: '', code: 'unknown_format' }] },
    })
    await client.post('/auth/log-out')
    expect((await importText(client, families(1), NDJSON)).status).toBe(401)
  })
})

describe('a session that ends in the middle', () => {
  it('writes nothing after its end', async () => {
    const person = await alice()
    const ending = watched(person.client, async (count) => {
      if (count === 1) await env.DB.prepare('DELETE FROM sessions').run()
    })
    const { status } = await importText(ending.client, families(500), JSON_TYPE)
    expect([status, await todoCount()]).toEqual([401, 498])
  })
})

const RACING = inject('isThorough') ? 20 : 8

describe('imports that race', () => {
  it('many of the same file make each to-do once', { timeout: 60_000 }, async () => {
    const { client } = await alice()
    const browser = withBindings(client, { BATCH_LIMIT: noLimit })
    const answers = await together(RACING, () => importText(browser, families(200), JSON_TYPE))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 200: RACING })
    await isComplete(200)
    const made = answers.reduce((sum, { body }) => sum + body.summary.made, 0)
    expect(made).toBe(600)
    for (const { body } of answers) expect(body.summary).toMatchObject({ refused: 0, changed: 0 })
  })

  it('20 of a file that has changed change each to-do once', { timeout: 60_000 }, async () => {
    const { client } = await alice()
    const browser = withBindings(client, { BATCH_LIMIT: noLimit })
    await importText(browser, families(30), JSON_TYPE)
    const changed = families(30).replaceAll('"Task ', '"Work ')
    const answers = await together(20, () => importText(browser, changed, JSON_TYPE))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 200: 20 })
    expect(answers.reduce((sum, { body }) => sum + body.summary.changed, 0)).toBe(30)
    expect(await env.DB.prepare('SELECT max(version) AS n FROM todos').first('n')).toBe(2)
  })

  it('a change of the person in the middle stays, and the rest is changed', async () => {
    const { client } = await alice()
    await importText(client, families(2), JSON_TYPE)
    const [mine] = await allTodos(client)
    const meddling = watched(client, async (count) => {
      if (count === 0) await client.patch(`/todos/${mine?.id}`, { contents: 'Mine' })
    })
    const { body } = await importText(meddling.client, families(2).replaceAll('"title":"', '"title":"New '), JSON_TYPE)
    expect(body.summary).toMatchObject({ changed: 5, unchanged: 1 })
    expect(body.lines.find(({ todoId }) => todoId === mine?.id)).toMatchObject({ notes: [{ code: 'kept_yours' }] })
    const contents = (await allTodos(client)).map((todo) => todo.contents)
    expect(contents.filter((one) => !one.startsWith('New'))).toEqual(['Mine'])
  })

  it('the zone that was asked for stays, if the rest is tried again', async () => {
    const { client } = await alice()
    const file = (name: string) =>
      `BEGIN:VCALENDAR\n${['1', '2'].map((uid) => `BEGIN:VTODO\nUID:${uid}\nSUMMARY:${name} ${uid}\nDUE:20261224T090000Z\nEND:VTODO\n`).join('')}END:VCALENDAR\n`
    const asked = { type: 'text/calendar', timeZone: 'Asia/Seoul' }
    await importText(client, file('Old'), asked)
    const [mine] = await allTodos(client)
    const meddling = watched(client, async (count) => {
      if (count === 0) await client.patch(`/todos/${mine?.id}`, { contents: 'Mine' })
    })
    await importText(meddling.client, file('New'), asked)
    const todos = await allTodos(client)
    expect(todos.map(({ contents }) => contents).sort()).toEqual(['Mine', 'New 2'])
    expect(todos.map(({ due }) => due)).toEqual(['2026-12-24T18:00:00[Asia/Seoul]', '2026-12-24T18:00:00[Asia/Seoul]'])
  })

  it('a list that is deleted in the middle is made again', async () => {
    const { client } = await alice()
    await importText(client, 'a +Home\n')
    const meddling = watched(client, async (count) => {
      if (count === 0)
        await env.DB.batch([env.DB.prepare('UPDATE todos SET list_id = NULL'), env.DB.prepare('DELETE FROM lists')])
    })
    const { body } = await importText(meddling.client, 'a +Home\nb +Home\n')
    expect(body.summary).toMatchObject({ made: 1, unchanged: 1 })
    expect((await allTodos(client)).filter(({ listId }) => listId !== null)).toMatchObject([{ contents: 'b' }])
  })

  it('a to-do that has become a subtask here gets no subtasks: they stand by themselves', async () => {
    const { client } = await alice()
    const file = (tasks: object[]) => googleFile([{ id: '1', title: 'One' }, { id: '2', title: 'Two' }, ...tasks])
    await importText(client, file([]), JSON_TYPE)
    const [one, two] = await allTodos(client)
    await client.patch(`/todos/${two?.id}`, { parentId: one?.id })
    const { body } = await importText(client, file([{ id: '3', title: 'Three', parent: '2' }]), JSON_TYPE)
    expect(body.lines[3]).toMatchObject({ outcome: 'made', notes: [{ code: 'parent_left_out' }] })
    expect((await allTodos(client)).find(({ contents }) => contents === 'Three')).toMatchObject({ parentId: null })
  })

  it('a to-do that has 100 subtasks here gets no more', async () => {
    const { client } = await alice()
    const subtasks = (from: number, to: number) =>
      googleFile([
        { id: 'top', title: 'Top' },
        ...Array.from({ length: to - from }, (_, n) => ({
          id: `s${from + n}`,
          title: `Sub ${from + n}`,
          parent: 'top',
        })),
      ])
    await importText(client, subtasks(0, 99), JSON_TYPE)
    const { body } = await importText(client, subtasks(99, 102), JSON_TYPE)
    expect(body.summary).toMatchObject({ made: 3, refused: 0 })
    const todos = await allTodos(client)
    expect(todos.filter(({ parentId }) => parentId !== null).length).toBeLessThanOrEqual(100)
    expect(todos).toHaveLength(103)
  })
})

describe('the quota', () => {
  it('of to-dos is filled, and the rest is refused, with its subtasks', async () => {
    const { client } = await alice()
    const small = withBindings(client, { TODO_QUOTA_ROWS: '700', BATCH_LIMIT: noLimit })
    const dry = await importText(small, families(300), { ...JSON_TYPE, dryRun: true })
    const { body } = await importText(small, families(300), JSON_TYPE)
    expect(body).toEqual(dry.body)
    expect(body.summary).toMatchObject({ made: 700, refused: 200 })
    const refused = body.lines.filter(({ outcome }) => outcome === 'refused')
    for (const { notes } of refused) expect(notes.map(({ code }) => code)).toEqual(['quota_exceeded'])
    expect(await todoCount()).toBe(700)
    const { body: rest } = await importText(client, families(300), JSON_TYPE)
    expect(rest.summary).toMatchObject({ made: 200, unchanged: 700 })
    await isComplete(300)
  })

  it('of bytes takes what fits, also after something that does not', async () => {
    const { client } = await alice()
    const small = withBindings(client, { TODO_QUOTA_BYTES: '1000' })
    const lines = ['a'.repeat(300), 'b'.repeat(300), 'c'.repeat(450), 'd'.repeat(300)]
    const { body } = await importText(small, lines.join('\n'))
    expect(body.lines.map(({ outcome }) => outcome)).toEqual(['made', 'made', 'refused', 'made'])
  })

  it('that somebody else uses up meanwhile is kept', async () => {
    const { client } = await alice()
    const meddling = watched(
      client,
      async (count) => {
        if (count === 1) await importText(client, 'y\n'.repeat(600))
      },
      { TODO_QUOTA_ROWS: '1500' },
    )
    const { status, body } = await importText(meddling.client, families(500), JSON_TYPE)
    expect(status).toBe(200)
    expect(body.summary).toMatchObject({ made: 900, refused: 600 })
    expect(await todoCount()).toBe(1500)
  })

  it('takes changes that make a to-do smaller', async () => {
    const { client } = await alice()
    const file = (notes: string) => googleFile([{ id: '1', title: 'x', notes }])
    await importText(client, file('y'.repeat(1000)), JSON_TYPE)
    const small = withBindings(client, { TODO_QUOTA_BYTES: '10', TODO_QUOTA_ROWS: '1' })
    expect((await importText(small, file('y'.repeat(900)), JSON_TYPE)).body.summary).toMatchObject({ changed: 1 })
    expect((await importText(small, file('y'.repeat(950)), JSON_TYPE)).body.summary).toMatchObject({ refused: 1 })
  })
})
