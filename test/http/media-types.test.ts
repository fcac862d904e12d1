import { describe, expect, it } from 'vitest'
import type { Todo } from '../../src/todos/schemas'
import { aliceAndBob } from '../helpers/alice-and-bob'
import { Client, ORIGIN } from '../helpers/client'
import { expectNoChanges } from '../helpers/storage'

/* The `Content-Type` and the `Content-Encoding` of a body (RFC 9110 5.6.6, 8.3.1, 8.4 and 15.5.16). */

const { alice } = aliceAndBob()

const post = (headers: Record<string, string>, body: unknown = '{"contents":"Buy bread"}') =>
  alice().client.post('/todos', body, { headers })

const gzip = async (text: string): Promise<Uint8Array<ArrayBuffer>> => {
  const compressed = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))
  return new Uint8Array(await new Response(compressed).arrayBuffer())
}

describe('a body of JSON', () => {
  it.each([
    'application/json',
    'Application/JSON',
    'application/json;',
    'application/json ;',
    'application/json;;',
    'application/json ; ; ',
    'application/json; charset=utf-8',
    'application/json ; charset=utf-8',
    'application/json\t;\tcharset=utf-8',
    'application/json; charset=utf-8;',
    'application/json;charset=UTF-8',
    'application/json; CHARSET="utf-8"',
    'application/json; charset="utf\\-8"',
    'application/json; charset=utf8',
    'application/json; profile=https%3A%2F%2Fexample.com',
    'application/json; profile="https://example.com/a;b, c=\\"d\\""; charset=utf-8',
    'application/json; profile="; charset=iso-8859-1"',
    'application/json; x=""',
    'application/json; odata.metadata=minimal; q=1',
  ])('is taken with the type %s', async (type) => {
    const { status, body } = await post({ 'Content-Type': type })
    expect({ status, body }).toMatchObject({ status: 201, body: { contents: 'Buy bread' } })
  })

  it.each([
    '',
    ';',
    'json',
    'application',
    'application/',
    '/json',
    'application /json',
    'application/json/x',
    'application/json x',
    'application/json charset=utf-8',
    'application/json; charset',
    'application/json; charset=',
    'application/json; charset =utf-8',
    'application/json; charset= utf-8',
    'application/json; =utf-8',
    'application/json; charset="utf-8',
    'application/json; charset="utf-8"x',
    'application/json; charset=utf-16',
    'application/json; charset=iso-8859-1',
    'application/json; charset="us-ascii"',
    'application/json; charset=utf-8; charset=utf-16',
    'application/json, application/json',
    'application/json; charset=utf-8, text/plain',
    'text/plain',
    'text/plain; charset=utf-8; x="application/json"',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/ld+json',
    `application/json; x=${'y'.repeat(1000)}`,
  ])('is refused with the type %s, and told what is taken', async (type) => {
    const { status, headers, body } = await expectNoChanges(() => post({ 'Content-Type': type }))
    expect({ status, code: body.code }).toEqual({ status: 415, code: 'unsupported_media_type' })
    expect(headers.get('Accept')).toBe('application/json')
    expect(headers.get('Accept-Encoding')).toBeNull()
  })

  it('is found to be none although it has thousands of ways to share out its spaces', async () => {
    for (const type of [
      `application/json${' ; '.repeat(320)}x`,
      `application/json${' '.repeat(950)}x`,
      `a/${'b;'.repeat(480)}"`,
    ]) {
      expect((await post({ 'Content-Type': type })).status).toBe(415)
    }
  })
})

describe('a merge patch', () => {
  const patch = (type: string, body: object) =>
    alice().client.patch<Todo>(`/todos/${alice().todo.id}`, JSON.stringify(body), { headers: { 'Content-Type': type } })

  it.each(['application/json', 'application/merge-patch+json', 'Application/Merge-Patch+JSON ; charset=UTF-8;'])(
    'changes what it names and empties what is null (RFC 7396), as %s',
    async (type) => {
      const { contents } = alice().todo
      const before = { description: 'two of them', dueAt: '2026-12-24T18:00:00.000Z', labels: ['home', 'shop'] }
      expect((await patch(type, before)).body).toMatchObject({ contents, ...before })
      const after = { description: null, dueAt: null, labels: ['shop'] }
      expect((await patch(type, after)).body).toMatchObject({ contents, ...after })
      const profile = { name: 'Alice', nickname: null }
      expect(
        (await alice().client.patch('/users/me', profile, { headers: { 'Content-Type': type } })).body,
      ).toMatchObject(profile)
    },
  )

  it('cannot empty what must not be empty, or replace the whole', async () => {
    await expectNoChanges(async () => {
      for (const field of ['contents', 'priority', 'isDone', 'labels']) {
        const { status, body } = await patch('application/merge-patch+json', { [field]: null })
        expect({ field, status, body }).toMatchObject({ field, status: 422, body: { errors: [{ path: `/${field}` }] } })
      }
      for (const whole of ['null', '[]', '"text"']) {
        const headers = { 'Content-Type': 'application/merge-patch+json' }
        expect((await alice().client.patch(`/todos/${alice().todo.id}`, whole, { headers })).status).toBe(422)
      }
    })
  })

  it('is for PATCH only, where a 415 and OPTIONS name both types', async () => {
    expect((await post({ 'Content-Type': 'application/merge-patch+json' })).status).toBe(415)
    const refused = await patch('application/json-patch+json', {})
    const both = 'application/json, application/merge-patch+json'
    expect([refused.status, refused.headers.get('Accept-Patch'), refused.headers.get('Accept')]).toEqual([
      415,
      both,
      null,
    ])
    const options = await new Client().request('OPTIONS', '/users/me')
    expect(options.headers.get('Accept-Patch')).toBe(both)
    expect((await new Client().request('OPTIONS', '/todos')).headers.get('Accept-Patch')).toBeNull()
  })
})

describe('a compressed body', () => {
  it.each(['gzip', 'GZIP', 'x-gzip', 'deflate', 'br', 'zstd', 'identity, gzip', 'gzip, identity', 'nonsense'])(
    'is refused before it is read, and told what is taken: %s',
    async (coding) => {
      const body = await gzip('{"contents":"Buy bread"}')
      const headers = { 'Content-Type': 'application/json', 'Content-Encoding': coding }
      const unread = new ReadableStream(
        {
          pull: () => {
            throw new Error('It was read')
          },
        },
        { highWaterMark: 0 },
      )
      for (const sent of [body, unread]) {
        const answer = await expectNoChanges(() => post(headers, sent))
        expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } })
        expect(answer.headers.get('Accept-Encoding')).toBe('identity')
      }
    },
  )

  it('is refused in a form as well', async () => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Encoding': 'gzip' }
    const form = await new Client().post(`${ORIGIN}/console/sign-in`, 'recipient=x', { headers })
    const posted = await new Client().post('/auth/social/apple/callback', 'state=x', { headers })
    expect([form.status, posted.status]).toEqual([415, 415])
  })

  it.each(['identity', 'Identity', '', 'identity, identity'])('is none with the coding %s', async (coding) => {
    const { status } = await post({ 'Content-Type': 'application/json', 'Content-Encoding': coding })
    expect(status).toBe(201)
  })
})

describe('a form', () => {
  it.each(['application/x-www-form-urlencoded', 'application/x-www-form-urlencoded ; charset=UTF-8;'])(
    'is read by the pages with the type %s',
    async (type) => {
      const form = { headers: { 'Content-Type': type, Cookie: '__Host-probe=kept' } }
      const { status } = await new Client().post(`${ORIGIN}/console/language`, 'language=ko&to=%2Fconsole', form)
      expect(status).toBe(303)
    },
  )
})

describe.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
  'a body that another site can make a browser send, of type %s',
  (type) => {
    it('is refused, whatever it looks like and whether or not the browser tells the site', async () => {
      await expectNoChanges(async () => {
        for (const headers of [{}, { 'Sec-Fetch-Site': 'cross-site' }, { Origin: 'null' }]) {
          const { status } = await post({ 'Content-Type': type, ...headers })
          expect({ headers, status }).toEqual({ headers, status: Object.keys(headers).length === 0 ? 415 : 403 })
        }
      })
    })
  },
)
