import { env } from 'cloudflare:workers'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { openDb } from '../../../src/db/client'
import { importedId } from '../../../src/todos/import/identify'
import { purgeTombstones } from '../../../src/todos/purge-tombstones'
import type { Todo } from '../../../src/todos/schemas'
import type { Client } from '../../helpers/client'
import { advanceClock, DAY, MINUTE, setClock } from '../../helpers/clock'
import { signUp } from '../../helpers/people'
import { expectNoChanges } from '../../helpers/storage'
import { allTodos, googleFile, importText, listNames } from './import-file'
import { NOW } from './read'

/* What people change here stays, and what they change there comes along. */

async function alice() {
  setClock(NOW)
  return signUp('alice')
}

const importGoogle = async (client: Client, tasks: object[], dryRun = false) =>
  (await importText(client, googleFile(tasks), { type: 'application/json', dryRun })).body

/** Imports one task, and gives what became of it. A dry run has said the same. */
async function importOne(client: Client, task: object, title?: string) {
  const file = googleFile([{ id: 'one', ...task }], title)
  const asked = { type: 'application/json' }
  const dry = await expectNoChanges(() => importText(client, file, { ...asked, dryRun: true }))
  const real = await importText(client, file, asked)
  expect(real.body).toEqual(dry.body)
  const [, line] = real.body.lines
  if (!line) throw new Error('There is no line')
  return { ...line, codes: line.notes.map(({ code }) => code) }
}

const read = async (client: Client, id: string | null) => (await client.get<Todo>(`/todos/${id}`)).body

describe('a file that has changed', () => {
  it('changes what nobody has touched here, again and again', async () => {
    const { client } = await alice()
    const { todoId } = await importOne(client, { title: 'Plan the trip' })
    const steps = [
      { title: 'Plan the journey', notes: 'By train', due: '2026-12-24T00:00:00.000Z' },
      { title: 'Plan the journey', due: '2026-12-25T00:00:00.000Z' },
      { title: 'Plan the journey', status: 'completed', completed: '2026-11-20T10:00:00.000Z' },
      { title: 'Plan the journey' },
    ]
    for (const [index, task] of steps.entries()) {
      advanceClock(MINUTE)
      expect(await importOne(client, task)).toMatchObject({ outcome: 'changed', todoId, codes: [] })
      const todo = await read(client, todoId)
      expect(todo).toMatchObject({
        contents: 'Plan the journey',
        description: task.notes ?? null,
        due: task.due?.slice(0, 10) ?? null,
        completedAt: task.completed ?? null,
        version: index + 2,
      })
      await expectNoChanges(async () => expect(await importOne(client, task)).toMatchObject({ outcome: 'unchanged' }))
    }
  })

  it('changes nothing that somebody has changed here', async () => {
    const { client } = await alice()
    const { todoId } = await importOne(client, { title: 'Plan the trip' })
    await client.patch(`/todos/${todoId}`, { contents: 'Mine', labels: ['home'] })
    const before = await read(client, todoId)
    expect(await importOne(client, { title: 'Plan the trip' })).toMatchObject({ outcome: 'unchanged', codes: [] })
    const theirs = { title: 'Theirs', status: 'completed' }
    for (const _ of [1, 2]) {
      expect(await importOne(client, theirs)).toMatchObject({ outcome: 'unchanged', todoId, codes: ['kept_yours'] })
    }
    expect(await read(client, todoId)).toEqual(before)
  })

  it('changes nothing that was completed here, and completes nothing again', async () => {
    const { client } = await alice()
    const { todoId } = await importOne(client, { title: 'Plan the trip' })
    await client.patch(`/todos/${todoId}`, { isDone: true })
    expect(await importOne(client, { title: 'Plan it' })).toMatchObject({ outcome: 'unchanged', codes: ['kept_yours'] })
    expect(await read(client, todoId)).toMatchObject({ contents: 'Plan the trip', isDone: true })
  })
})

describe('what was deleted here', () => {
  it('is not made again while its tombstone is there, nor are its subtasks', async () => {
    const { client } = await alice()
    const { todoId } = await importOne(client, { title: 'Plan the trip' })
    await client.delete(`/todos/${todoId}`)
    for (const title of ['Plan the trip', 'Something else']) {
      const again = await importOne(client, { title })
      expect(again).toMatchObject({ outcome: 'unchanged', todoId: null, codes: ['deleted_here'] })
    }
    const subtask = { id: 'two', title: 'Buy the tickets', parent: 'one' }
    const { lines } = await importGoogle(client, [{ id: 'one', title: 'Plan the trip' }, subtask])
    expect(lines[2]).toMatchObject({ outcome: 'refused', todoId: null, notes: [{ code: 'parent_not_there' }] })
    await client.post(`/todos/${todoId}/restore`)
    expect(await importOne(client, { title: 'Plan the trip' })).toMatchObject({
      outcome: 'unchanged',
      todoId,
      codes: [],
    })
  })

  it('is new when its tombstone is gone', async () => {
    const { client } = await alice()
    const { todoId } = await importOne(client, { title: 'Plan the trip' })
    await client.delete(`/todos/${todoId}`)
    await purgeTombstones(openDb(env.DB, 'first-primary'), NOW + 31 * DAY, 10)
    expect(await importOne(client, { title: 'Plan the trip' })).toMatchObject({ outcome: 'made', todoId })
  })
})

describe('a list', () => {
  const addList = (userId: string, id: string, name: string) =>
    env.DB.prepare('INSERT INTO lists (user_id, id, name, created_at, updated_at, version) VALUES (?, ?, ?, 1, 1, 1)')
      .bind(userId, id, name)
      .run()

  it('that the person has under that name is taken, and others are made once', async () => {
    const { client, user } = await alice()
    const own = uuidv7()
    await addList(user.id, own, 'Home')
    await importText(client, 'a +Home\nb +Garden\nc +Garden\n')
    await importText(client, 'd +Garden\ne +Home\n')
    const lists = await listNames(user.id)
    expect([...lists.values()]).toEqual(['Home', 'Garden'])
    const [garden] = [...lists].flatMap(([id, name]) => (name === 'Garden' ? [id] : []))
    const places = (await allTodos(client)).map(({ contents, listId }) => [contents, listId])
    expect(Object.fromEntries(places)).toEqual({ a: own, b: garden, c: garden, d: garden, e: own })
  })

  it('that an import has made and the person has renamed is taken again', async () => {
    const { client, user } = await alice()
    await importText(client, 'a +Home\n')
    await env.DB.prepare(`UPDATE lists SET name = 'House' WHERE user_id = ?`).bind(user.id).run()
    await importText(client, 'b +Home\n')
    expect([...(await listNames(user.id)).values()]).toEqual(['House'])
    expect(new Set((await allTodos(client)).map(({ listId }) => listId)).size).toBe(1)
  })

  it('is not made if there are 200: its to-dos are in none', async () => {
    const { client, user } = await alice()
    const lines = Array.from({ length: 201 }, (_, n) => `x${n} +List${n}\n`)
    const { body } = await importText(client, lines.join(''))
    expect(body.summary).toMatchObject({ made: 201 })
    expect((await listNames(user.id)).size).toBe(200)
    expect(body.lines[200]).toMatchObject({ outcome: 'made', notes: [{ code: 'list_left_out', what: 'List200' }] })
    expect((await allTodos(client)).filter(({ listId }) => listId === null)).toMatchObject([{ contents: 'x200' }])
  })
})

describe('an id', () => {
  it('of another user is refused, and their to-do is not shown', async () => {
    const [{ client, user }, bob] = [await alice(), await signUp('bob')]
    const id = await importedId({ userId: user.id, format: 'google_tasks' }, 'one')
    await bob.client.put(`/todos/${id}`, { contents: 'A secret of Bob' })
    const subtask = { id: 'two', title: 'Buy the tickets', parent: 'one' }
    const report = await importGoogle(client, [{ id: 'one', title: 'Plan' }, subtask, { id: 'three', title: 'Rest' }])
    expect(report.lines.slice(1)).toMatchObject([
      { outcome: 'refused', todoId: null, notes: [{ code: 'id_taken' }] },
      { outcome: 'refused', todoId: null, notes: [{ code: 'parent_not_there' }] },
      { outcome: 'made' },
    ])
    expect(JSON.stringify(report)).not.toContain('Bob')
    expect(await read(bob.client, id)).toMatchObject({ contents: 'A secret of Bob', version: 1 })
  })

  it('is another one for each user and each format', async () => {
    const ids = await Promise.all([
      importedId({ userId: 'a', format: 'todoist' }, 'x'),
      importedId({ userId: 'a', format: 'todo.txt' }, 'x'),
      importedId({ userId: 'b', format: 'todoist' }, 'x'),
      importedId({ userId: 'a', format: 'todoist' }, 'y'),
    ])
    expect(new Set(ids).size).toBe(4)
  })
})

describe('an export of ours', () => {
  const exportOf = async (client: Client) => (await client.get('/users/me/export?format=ics')).text
  const todo = {
    contents: 'Call',
    due: '2026-12-24T18:00:00[Asia/Seoul]',
    recurrence: 'FREQ=WEEKLY;BYDAY=TH',
    labels: ['home'],
  }

  it('makes nothing where it comes from, and never changes what is there', async () => {
    const { client } = await alice()
    const { id } = (await client.post<Todo>('/todos', todo)).body
    await client.post('/todos', { contents: 'Find the number', parentId: id })
    const file = await exportOf(client)
    await client.patch(`/todos/${id}`, { contents: 'Call again' })
    const { body } = await expectNoChanges(() => importText(client, file, { type: 'text/calendar' }))
    expect(body.summary).toMatchObject({ made: 0, unchanged: 2 })
    const kept = body.lines.filter(({ outcome }) => outcome === 'unchanged')
    for (const { notes } of kept) expect(notes).toMatchObject([{ code: 'exported_from_here' }])
  })

  it('makes the same to-dos for somebody else', async () => {
    const [{ client }, bob] = [await alice(), await signUp('bob')]
    const { id } = (await client.post<Todo>('/todos', todo)).body
    await client.post('/todos', { contents: 'Find the number', parentId: id })
    const { body } = await importText(bob.client, await exportOf(client), { type: 'text/calendar' })
    expect(body.summary).toMatchObject({ made: 2, unchanged: 0 })
    const [call, find] = (await allTodos(bob.client)).toSorted((a, b) => (a.contents < b.contents ? -1 : 1))
    expect(call).toMatchObject(todo)
    expect(find).toMatchObject({ contents: 'Find the number', parentId: call?.id })
    expect([call?.id, find?.id]).not.toContain(id)
  })
})

describe('the times of a file', () => {
  const floating = 'BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:1\nSUMMARY:Call\nDUE:20261224T180000\nEND:VTODO\nEND:VCALENDAR\n'
  const instant = floating.replace('180000', '180000Z')
  const asked = { type: 'text/calendar' }
  const dueOf = async (client: Client) => (await allTodos(client)).map(({ due, dueAt }) => [due, dueAt])
  const setZone = (userId: string, zone: string) =>
    env.DB.prepare('UPDATE users SET time_zone = ? WHERE id = ?').bind(zone, userId).run()

  it('without a zone are in UTC, if the profile names none', async () => {
    const { client } = await alice()
    await importText(client, floating, asked)
    expect(await dueOf(client)).toEqual([['2026-12-24T18:00:00[UTC]', '2026-12-24T18:00:00.000Z']])
  })

  it('without a zone are in that of the profile', async () => {
    const { client, user } = await alice()
    await setZone(user.id, 'America/Sao_Paulo')
    await importText(client, floating, asked)
    expect(await dueOf(client)).toEqual([['2026-12-24T18:00:00[America/Sao_Paulo]', '2026-12-24T21:00:00.000Z']])
  })

  it('without a zone are in that of the query, before that of the profile', async () => {
    const { client, user } = await alice()
    await setZone(user.id, 'America/Sao_Paulo')
    await importText(client, floating, { ...asked, timeZone: 'Asia/Seoul' })
    expect(await dueOf(client)).toEqual([['2026-12-24T18:00:00[Asia/Seoul]', '2026-12-24T09:00:00.000Z']])
  })

  it('in UTC are shown on the wall clock of the person, and stay the same instants', async () => {
    const { client } = await alice()
    await importText(client, instant, { ...asked, timeZone: 'Asia/Seoul' })
    expect(await dueOf(client)).toEqual([['2026-12-25T03:00:00[Asia/Seoul]', '2026-12-24T18:00:00.000Z']])
  })

  it('that a wall clock shows twice stay in UTC', async () => {
    const { client } = await alice()
    const twice = instant.replace('20261224T180000Z', '20261025T010000Z')
    await importText(client, twice, { ...asked, timeZone: 'Europe/Berlin' })
    expect(await dueOf(client)).toEqual([['2026-10-25T01:00:00[UTC]', '2026-10-25T01:00:00.000Z']])
  })

  it('are never in the future, where they say what has happened', async () => {
    const { client } = await alice()
    const soon = new Date(NOW + DAY / 2).toISOString()
    const { todoId } = await importOne(client, { title: 'x', status: 'completed', completed: soon, created: soon })
    const now = new Date(NOW).toISOString()
    expect(await read(client, todoId)).toMatchObject({ createdAt: now, completedAt: now })
  })

  it('at the ends of the calendar are kept, or left out with a note', async () => {
    const { client } = await alice()
    const due = (text: string, uid: string) =>
      `BEGIN:VTODO\nUID:${uid}\nSUMMARY:${uid}\nDUE${text}\nRRULE:FREQ=DAILY\nEND:VTODO\n`
    const file = `BEGIN:VCALENDAR\n${[
      due(':99991231T235959Z', 'a'),
      due(';TZID=America/New_York:99991231T235959', 'b'),
      due(';TZID=Asia/Seoul:00000101T000000', 'c'),
      due(';VALUE=DATE:99991231', 'd'),
    ].join('')}END:VCALENDAR\n`
    const { status, body } = await importText(client, file, { ...asked, timeZone: 'America/New_York' })
    expect(status).toBe(200)
    expect(body.summary.made).toBe(4)
    const todos = await allTodos(client)
    expect(todos.map(({ contents, due: kept }) => [contents, kept?.slice(0, 10) ?? null])).toEqual([
      ['a', '9999-12-31'],
      ['b', null],
      ['c', null],
      ['d', '9999-12-31'],
    ])
  })

  it('keep the order of the file, where it does not say when something was made', async () => {
    const { client } = await alice()
    const names = Array.from({ length: 30 }, (_, n) => `to-do ${n}`)
    await importText(client, names.join('\n'))
    expect((await allTodos(client)).map(({ contents }) => contents)).toEqual(names)
  })
})

describe('subtasks', () => {
  const family = (count: number) => [
    { id: 'top', title: 'Top', due: '2026-12-24T00:00:00.000Z' },
    ...Array.from({ length: count }, (_, n) => ({ id: `s${n}`, title: `Sub ${n}`, parent: 'top' })),
  ]

  it('are at most 100, and the others stand by themselves', async () => {
    const { client } = await alice()
    const report = await importGoogle(client, family(102))
    expect(report.summary.made).toBe(103)
    const todos = await allTodos(client)
    expect(todos.filter(({ parentId }) => parentId !== null)).toHaveLength(100)
    expect(report.lines.slice(-2)).toMatchObject([
      { notes: [{ code: 'too_many_subtasks' }] },
      { notes: [{ code: 'too_many_subtasks' }] },
    ])
    expect((await importGoogle(client, family(102))).summary).toMatchObject({ made: 0, unchanged: 103 })
  })

  it('are in the list of their parent', async () => {
    const { client } = await alice()
    await importGoogle(client, family(1))
    const [parent, subtask] = (await allTodos(client)).toSorted((a, b) => (a.contents < b.contents ? 1 : -1))
    expect(subtask).toMatchObject({ contents: 'Sub 0', parentId: parent?.id, listId: parent?.listId })
  })
})
