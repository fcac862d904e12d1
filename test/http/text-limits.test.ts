import { describe, expect, it } from 'vitest'
import type { Todo } from '../../src/todos/schemas'
import { aliceAndBob } from '../helpers/alice-and-bob'
import { type Answer, Client, type ProblemBody } from '../helpers/client'
import { unsortedMarks } from '../helpers/hostile-text'
import { logIn } from '../helpers/people'

/* The edges of the rules for text, as a client meets them. `test/lib/text.test.ts` has the rules themselves. */

const { alice } = aliceAndBob()

/** Three marks on a letter that NFC makes one of: four UTF-16 units for one code point. */
const LONG_LETTER = 'ᾂ'.normalize('NFD')

const refusal = (path: string, code: string) => ({
  status: 422,
  body: { code: 'invalid_fields', errors: [{ path, code, message: expect.any(String) }] },
})

describe('combining marks in a row', () => {
  const asContents = (text: string) => alice().client.post('/todos', { contents: text })
  const fields: Record<string, [path: string, send: (text: string) => Promise<Answer<ProblemBody>>]> = {
    'contents of a to-do': ['/contents', asContents],
    'a label': ['/labels/0', (text) => alice().client.post('/todos', { contents: 'x', labels: [text] })],
    'the text of a search': ['/q', (text) => alice().client.get(`/todos?q=${encodeURIComponent(text)}`)],
    'the label of a list': ['/label', (text) => alice().client.get(`/todos?label=${encodeURIComponent(text)}`)],
    'a name': ['/name', (text) => alice().client.patch('/users/me', { name: text })],
    'a new password': [
      '/password',
      (text) => new Client().post('/auth/sign-up', { username: 'carol', password: `${text} and more` }),
    ],
  }

  it.each(Object.entries(fields))('are at most 30 in %s', async (_, [path, send]) => {
    expect((await send(unsortedMarks(30))).status).toBeLessThan(300)
    expect(await send(unsortedMarks(31))).toMatchObject(refusal(path, 'too_many_marks'))
  })

  it('are kept as they were typed, in NFC', async () => {
    const { body } = await alice().client.post<Todo>('/todos', { contents: unsortedMarks(30) })
    expect(body.contents).toBe(unsortedMarks(30).normalize('NFC'))
  })
})

describe('the length of a text as it is sent', () => {
  it('is at most four UTF-16 units for each character that a field may have', async () => {
    // In a batch, because another body is too small for it.
    const make = (description: string) =>
      alice().client.post<ProblemBody & { results: { todo: Todo }[] }>('/todos/batch', {
        operations: [{ op: 'create', todo: { contents: 'x', description } }],
      })
    expect((await make(LONG_LETTER.repeat(10_000))).body.results[0]?.todo.description).toBe('ᾂ'.repeat(10_000))
    const tooLong = refusal('/operations/0/todo/description', 'too_long')
    expect(await make(`${LONG_LETTER.repeat(10_000)}x`)).toMatchObject(tooLong)
  })

  it('is the same for passwords: new ones, and those that are compared', async () => {
    const password = LONG_LETTER.repeat(256)
    expect((await new Client().post('/auth/sign-up', { username: 'carol', password })).status).toBe(201)
    await logIn('carol', new Client(), 'ᾂ'.repeat(256))
    await logIn('carol', new Client(), password)
    for (const longer of [`${password}x`, 'x'.repeat(257)]) {
      const attempt = await new Client().post('/auth/log-in', { identifier: 'carol', password: longer })
      expect(attempt).toMatchObject(refusal('/password', 'too_long'))
    }
  })

  it('is at most 8,192 in a condition, and a longer one matches nothing', async () => {
    const { client, todo } = alice()
    const update = (condition: string) => client.patch(`/todos/${todo.id}`, {}, { headers: { 'If-Match': condition } })
    expect((await update('"1"'.padStart(8192, ','))).status).toBe(200)
    expect((await update('"1"'.padStart(8193, ','))).status).toBe(412)
  })
})

it('refuses a name of nothing but spaces and invisible characters, and contents too', async () => {
  for (const blank of [' ', '\u200b', '\u3164\u115f', '\u2800', '\u00a0\u{e0061}', '\ufe0f\u0301']) {
    expect(await alice().client.patch('/users/me', { name: blank })).toMatchObject(refusal('/name', 'too_short'))
    expect(await alice().client.patch('/users/me', { nickname: blank })).toMatchObject(
      refusal('/nickname', 'too_short'),
    )
    expect(await alice().client.post('/todos', { contents: blank })).toMatchObject(refusal('/contents', 'too_short'))
  }
})
