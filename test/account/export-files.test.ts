import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { readCsv } from '../../src/todos/import/readers/csv'
import { readFile } from '../../src/todos/import/readers/read-file'
import { breakableD1 } from '../helpers/bindings'
import { clientOf, ORIGIN } from '../helpers/client'
import { setClock } from '../helpers/clock'
import { type Person, signUp } from '../helpers/people'
import { recordingBindings } from '../helpers/recorder'
import { expectNoChanges, rowsOf } from '../helpers/storage'

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const FORMATS = ['csv', 'todo.txt', 'ics'] as const

const fileOf = ({ client }: Pick<Person, 'client'>, format: string) => client.get(`/users/me/export?format=${format}`)

const contentsOf = (text: string, format: (typeof FORMATS)[number]): string[] => {
  if (format === 'csv') return [...readCsv(text, ',')].slice(1).map(({ cells }) => cells[1] ?? '')
  const contentType = format === 'ics' ? 'text/calendar' : 'text/plain'
  const reading = readFile(new TextEncoder().encode(text), { contentType, now: NOON, zone: 'UTC' })
  return 'fault' in reading ? [] : reading.lines.flatMap((line) => (line.kind === 'todo' ? [line.todo.contents] : []))
}

/** Adds to-dos, directly in D1. */
const addTodos = ({ user }: Person, count: number) =>
  env.DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
     INSERT INTO todos (id, user_id, contents, priority, labels, created_at, updated_at, version, seq)
     SELECT printf('01a23179-de00-7000-8000-%012d', i), ?, 'To-do ' || i, 0, '[]', ?, ?, 1, i FROM n`,
  )
    .bind(count, user.id, NOON, NOON)
    .run()

beforeEach(() => {
  setClock(NOON)
})

describe('an export as a file', () => {
  it.each([
    ['csv', 'text/csv; charset=utf-8', 'latchkey-2026-12-01.csv'],
    ['todo.txt', 'text/plain; charset=utf-8', 'latchkey-2026-12-01.txt'],
    ['ics', 'text/calendar; charset=utf-8', 'latchkey-2026-12-01.ics'],
    ['json', 'application/json', 'latchkey-2026-12-01.json'],
  ])('as %s has its type and its name, also where only the head is asked for', async (format, type, name) => {
    const { client } = await signUp('alice')
    for (const method of ['GET', 'HEAD']) {
      const { status, headers } = await client.request(method, `/users/me/export?format=${format}`)
      expect(status).toBe(200)
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-type': type,
        'content-disposition': `attachment; filename="${name}"`,
        'cache-control': 'no-store',
      })
    }
  })

  it('is JSON unless something else is asked for, and refuses what it does not know', async () => {
    const { client } = await signUp('alice')
    expect((await client.get('/users/me/export')).headers.get('Content-Type')).toBe('application/json')
    for (const format of ['xml', 'CSV', '']) {
      expect(await expectNoChanges(() => fileOf({ client }, format))).toMatchObject({
        status: 422,
        body: { code: 'invalid_fields', errors: [{ path: '/format' }] },
      })
    }
  })

  it.each(FORMATS)('as %s has the to-dos that are not deleted, and nothing of others', async (format) => {
    const owner = await signUp('alice')
    const bob = await signUp('bob')
    await bob.client.post('/todos', { contents: 'of Bob' })
    await owner.client.post('/todos', { contents: 'open', due: '2026-12-24T18:00:00[Asia/Seoul]' })
    await owner.client.post('/todos', { contents: 'done', isDone: true })
    const { body } = await owner.client.post<{ id: string }>('/todos', { contents: 'deleted' })
    await owner.client.delete(`/todos/${body.id}`)
    const { text } = await fileOf(owner, format)
    expect(contentsOf(text, format)).toEqual(['open', 'done'])
    expect(text).not.toMatch(/Bob|deleted/)
    expect(contentsOf((await fileOf(await signUp('carol'), format)).text, format)).toEqual([])
  })

  it('names the lists, the zones, and the days of the person', async () => {
    const owner = await signUp('alice')
    await owner.client.post('/todos', { contents: 'Buy milk', due: '2026-12-24T18:00:00[Asia/Seoul]' })
    const listId = '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10'
    await env.DB.batch([
      env.DB.prepare('INSERT INTO lists VALUES (?, ?, ?, NULL, 0, 0, 1)').bind(owner.user.id, listId, 'House'),
      env.DB.prepare('UPDATE todos SET list_id = ?, created_at = ?').bind(listId, Date.parse('2026-11-30T20:00:00Z')),
      env.DB.prepare("UPDATE users SET time_zone = 'Asia/Seoul'"),
    ])
    expect((await fileOf(owner, 'todo.txt')).text).toBe('2026-12-01 Buy milk +House due:2026-12-24\n')
    const { text } = await fileOf(owner, 'ics')
    expect(text).toContain('\r\nTZID:Asia/Seoul\r\n')
    expect(text).toContain('\r\nDUE;TZID=Asia/Seoul:20261224T180000\r\n')
    expect(text).toContain('\r\nX-LATCHKEY-LIST:House\r\n')
    expect((await fileOf(owner, 'csv')).text).toContain(',House,')
  })

  it.each(FORMATS)('as %s reads to-dos a page at a time', async (format) => {
    const owner = await signUp('alice')
    await addTodos(owner, 450)
    const { DB, start, cost } = recordingBindings()
    const client = clientOf({ DB }).copyCookies(owner.client)
    start()
    const { text } = await fileOf({ client }, format)
    expect(contentsOf(text, format)).toEqual(Array.from({ length: 450 }, (_, n) => `To-do ${n + 1}`))
    // One call for what the file needs besides, and three for pages of to-dos.
    expect(cost()).toMatchObject({ d1: 4 })
  })

  it('breaks off when D1 fails on the way, so that nobody takes a part for the whole', async () => {
    const owner = await signUp('alice')
    await addTodos(owner, 450)
    for (const format of FORMATS) {
      let pages = 0
      const { DB } = breakableD1((sql) => sql.includes('"todos"."seq" >') && ++pages === 3)
      const client = clientOf({ DB }).copyCookies(owner.client)
      await expect(fileOf({ client }, format)).rejects.toThrow('The export was broken off')
    }
  })

  it('counts and is recorded like any other export', async () => {
    const { client } = await signUp('alice')
    const all = ['json', ...FORMATS]
    for (let n = 0; n < 10; n++) expect((await fileOf({ client }, all[n % 4] ?? '')).status).toBe(200)
    for (const format of all)
      expect(await fileOf({ client }, format)).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
    expect((await rowsOf('activity')).filter(({ event }) => event === 'export')).toHaveLength(10)
  })

  it('is refused to another site, and to nobody', async () => {
    const { client } = await signUp('alice')
    const { status } = await client.get('/users/me/export?format=csv', { headers: { 'Sec-Fetch-Site': 'cross-site' } })
    expect(status).toBe(403)
    expect((await clientOf({}).get(`${ORIGIN}/api/v1/users/me/export?format=csv`)).status).toBe(401)
  })
})
