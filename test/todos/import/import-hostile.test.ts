import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { aliceAndBob } from '../../helpers/alice-and-bob'
import { noLimit } from '../../helpers/bindings'
import { clientOf, withBindings } from '../../helpers/client'
import { expectNoChanges } from '../../helpers/storage'
import { allTodos, fileOf, googleFile, importText } from './import-file'

/* What nobody should send, and what the answer to it is. */

const { alice } = aliceAndBob()
const client = () => withBindings(alice().client, { BATCH_LIMIT: noLimit })

const MIB = 1024 * 1024
const utf8 = new TextEncoder()
const filled = (head: string, unit: string, tail = '', bytes = 5 * MIB): string =>
  head + unit.repeat(Math.floor((bytes - head.length - tail.length) / utf8.encode(unit).length)) + tail

const unreadable = (code: string) => ({
  status: 422,
  body: { code: 'invalid_fields', errors: [{ path: '', code, message: expect.stringMatching(/^Must /) }] },
})

describe('a file that cannot be read', () => {
  it.each<[string, string, string | Uint8Array<ArrayBuffer>, string]>(
    [
      ['unknown_format', 'text/csv', 'name,date\nBuy milk,tomorrow\n'],
      ['unknown_format', 'application/json', '{"todos": []}'],
      ['unknown_format', 'application/json', '['.repeat(200_000)],
      ['unknown_format', 'application/json', `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`],
      ['unknown_format', 'text/calendar', 'BEGIN:VCARD\nEND:VCARD\n'],
      ['unknown_format', 'text/plain', ' \n \n'],
      ['unknown_format', 'text/plain', 'PK\u0003\u0004\0\0'],
      ['too_many_lines', 'text/plain', 'Buy milk\n'.repeat(100_000)],
      ['too_many_lines', 'text/plain', filled('a', '\n')],
      ['too_many_lines', 'text/csv', filled('TYPE,CONTENT\n', 'task,a\n')],
      ['too_many_lines', 'application/json', filled('[{}', ',{}', ']')],
      ['too_many_lines', 'application/json', googleFile(Array.from({ length: 10_000 }, () => ({ title: 'a' })))],
      ['unknown_encoding', 'text/plain', new Uint8Array([0x42, 0xe9, 0x21])],
      ['unknown_encoding', 'text/csv', new Uint8Array([0xff, 0xfe, 0x42])],
    ].map(([code, type, body]) => [String(code), String(type), body ?? '', String(body).slice(0, 20)]),
  )('is 422 %s, and changes nothing: %s', async (code, type, body) => {
    expect(await expectNoChanges(() => importText(client(), body, { type }))).toMatchObject(unreadable(code))
  })

  it('is 413 if it has more than 5 MiB, with or without a Content-Length', async () => {
    const tooLong = utf8.encode('a'.repeat(5 * MIB + 1))
    const stream = () => new Response(tooLong).body ?? ''
    for (const body of [tooLong, stream()]) {
      const answer = await expectNoChanges(() =>
        client().post('/todos/import?dryRun=false', body, { headers: { 'Content-Type': 'text/plain' } }),
      )
      expect(answer).toMatchObject({
        status: 413,
        body: { code: 'content_too_large', detail: 'At most 5242880 bytes.' },
      })
    }
    expect((await importText(client(), tooLong.slice(1))).status).toBe(200)
  })

  it('is 415 if its type is none of the four, or it is compressed', async () => {
    for (const type of [
      'text/html',
      'application/pdf',
      'application/octet-stream',
      'text/csv; charset=utf-16',
      'text',
    ]) {
      const answer = await expectNoChanges(() => importText(client(), 'a', { type }))
      expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } })
      expect(answer.headers.get('Accept')).toBe('text/csv, text/plain, text/calendar, application/json')
    }
    const untyped = await client().post('/todos/import?dryRun=true', utf8.encode('a'))
    expect(untyped.status).toBe(415)
    const headers = { 'Content-Type': 'text/plain', 'Content-Encoding': 'gzip' }
    expect((await client().post('/todos/import?dryRun=true', 'a', { headers })).status).toBe(415)
  })

  it('is read in every spelling of its type', async () => {
    for (const type of ['TEXT/Plain', 'text/plain; charset="UTF-8"', 'text/plain;charset=utf-8;header=present']) {
      expect((await importText(client(), 'Buy milk', { type, dryRun: true })).status).toBe(200)
    }
  })

  it('is 422 without a body', async () => {
    for (const body of ['', undefined]) {
      const answer = await client().post('/todos/import?dryRun=false', body, {
        headers: { 'Content-Type': 'text/csv' },
      })
      expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: '', code: 'required' }] } })
    }
  })

  it('is 422 with a query that says something else', async () => {
    for (const [query, path, code] of [
      ['', '/dryRun', 'required'],
      ['?dryRun=', '/dryRun', 'not_allowed'],
      ['?dryRun=yes', '/dryRun', 'not_allowed'],
      ['?dryRun=true&dryRun=false', '/dryRun', 'duplicate'],
      ['?dryRun=true&timeZone=Mars/Olympus', '/timeZone', 'invalid_format'],
      ['?dryRun=true&timeZone=%2B09:00', '/timeZone', 'invalid_format'],
      [`?dryRun=true&timeZone=${'A'.repeat(5000)}`, '/timeZone', 'too_big'],
      ['?dryRun=true&list=Home', '/list', 'unknown_field'],
    ]) {
      const headers = { 'Content-Type': 'text/plain' }
      const answer = await expectNoChanges(() => client().post(`/todos/import${query}`, 'Buy milk', { headers }))
      expect({ query, ...answer }).toMatchObject({ query, status: 422, body: { errors: [{ path, code }] } })
    }
  })
})

describe('a strange file', () => {
  it.each([
    ['5 MiB of one word', 'text/plain', filled('', 'a')],
    ['5 MiB of one line of words', 'text/plain', filled('', 'a @b ')],
    ['5 MiB of marks on one letter', 'text/plain', filled('a', '\u0301')],
    ['5 MiB in one cell', 'text/csv', filled('TYPE,CONTENT\ntask,"', 'a""', '"')],
    ['5 MiB in a cell that nobody closes', 'text/csv', filled('TYPE,CONTENT\ntask,"', 'a\n')],
    [
      '5 MiB in one folded line',
      'text/calendar',
      filled('BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:', 'a\n ', '\nEND:VTODO\n'),
    ],
    ['5 MiB of one title', 'application/json', googleFile([{ title: 'ﷺ'.repeat(1_700_000) }])],
    ['5 MiB of notes', 'application/json', googleFile([{ title: 'a', notes: '"\\'.repeat(1_300_000) }])],
  ])('with %s is one to-do at most', async (_, type, body) => {
    const { status, body: report } = await importText(client(), body, { type })
    expect(status).toBe(200)
    expect(report.summary.made + report.summary.refused).toBe(1)
    expect(JSON.stringify(report).length).toBeLessThan(10_000)
  })

  it('with ten thousand rules is read at once, whatever they are', async () => {
    const rules = [
      (n: number) => `FREQ=YEARLY;INTERVAL=${(n % 999) + 1};BYMONTH=2;BYMONTHDAY=30`,
      (n: number) => `FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;COUNT=${(n % 999) + 1}`,
      (n: number) => `FREQ=MONTHLY;BYDAY=${Array.from({ length: 31 }, () => '5MO').join()};BYSETPOS=${(n % 366) + 1}`,
      (n: number) => `FREQ=SECONDLY;INTERVAL=${n}`,
    ]
    const todos = Array.from({ length: 9000 }, (_, n) => {
      const rule = rules[n % rules.length]?.(n)
      return `BEGIN:VTODO\nUID:${n}\nSUMMARY:a\nDUE;VALUE=DATE:20261224\nRRULE:${rule}\nEND:VTODO\n`
    })
    const file = `BEGIN:VCALENDAR\n${todos.join('')}END:VCALENDAR\n`
    const { status, body } = await importText(client(), file, { type: 'text/calendar', dryRun: true })
    expect([status, body.summary.made]).toEqual([200, 9000])
  })

  it('with a chain of 9,000 subtasks has one level of them', async () => {
    const chain = Array.from({ length: 9000 }, (_, n) => ({ id: `${n}`, title: `${n}`, parent: `${n - 1}` }))
    const { body } = await importText(client(), googleFile(chain), { type: 'application/json', dryRun: true })
    expect(body.summary.made).toBe(9000)
    expect(body.lines.filter(({ notes }) => notes.some(({ code }) => code === 'too_many_subtasks'))).toHaveLength(8899)
  })

  it('with a circle of parents has none', async () => {
    const circle = [
      { id: 'a', title: 'a', parent: 'b' },
      { id: 'b', title: 'b', parent: 'a' },
      { id: 'c', title: 'c', parent: 'c' },
    ]
    const { body } = await importText(client(), googleFile(circle), { type: 'application/json' })
    expect(body.summary).toMatchObject({ made: 3, refused: 0 })
    expect((await allTodos(alice().client)).every(({ parentId }) => parentId === null)).toBe(true)
  })

  it('with the names of our own fields sets none of them', async () => {
    const bad = { id: alice().todo.id, userId: 'x', version: 7, importHash: 'x.1', seq: 1, __proto__: { isDone: true } }
    const { body } = await importText(client(), googleFile([{ ...bad, title: 'a' }]), { type: 'application/json' })
    expect(body.summary.made).toBe(1)
    expect(body.lines[1]?.todoId).not.toBe(alice().todo.id)
    const { todo } = alice()
    expect((await alice().client.get(`/todos/${todo.id}`)).body).toEqual(todo)
  })
})

describe('an import', () => {
  it('counts as a batch, and is refused before its file is read', async () => {
    const spent = { limit: async () => ({ success: false }) }
    const { status, headers, body } = await importText(withBindings(alice().client, { BATCH_LIMIT: spent }), 'a')
    expect({ status, code: body.code }).toEqual({ status: 429, code: 'rate_limited' })
    expect(headers.get('RateLimit-Policy')).toContain('batches')
  })

  it('is refused to another site, also as plain text, which a form can send', async () => {
    for (const site of ['cross-site', 'same-site']) {
      const headers = { 'Content-Type': 'text/plain', 'Sec-Fetch-Site': site }
      const answer = await expectNoChanges(() => client().post('/todos/import?dryRun=false', 'Buy milk', { headers }))
      expect(answer).toMatchObject({ status: 403, body: { code: 'cross_site_request' } })
    }
  })

  it('needs somebody who is signed in, before its file is read', async () => {
    const { status } = await importText(clientOf({}), fileOf('todo.txt'))
    expect(status).toBe(401)
  })

  it('is no to-do: other methods are not there', async () => {
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
      const { status } = await alice().client.request(method, '/todos/import', method === 'GET' ? {} : { body: {} })
      expect(status).toBe(405)
    }
    expect(await env.DB.prepare('SELECT count(*) AS n FROM todos').first('n')).toBe(2)
  })
})
