import { beforeEach, describe, expect, it } from 'vitest'
import type { Todo } from '../../src/todos/schemas'
import { type Client, ORIGIN } from '../helpers/client'
import { signUp } from '../helpers/people'

/*
 * The expectations of https://github.com/TodoBackend/todo-backend-js-spec, as far as docs/todos.md says that they hold here.
 * `title` is `contents`, `completed` is `isDone`, and the root is a list in pages.
 */

interface Page {
  todos: Todo[]
  nextCursor: string | null
}

let client: Client

beforeEach(async () => {
  client = (await signUp('alice')).client
})

const postRoot = (todo: object) => client.post<Todo>('/todos', todo)
const getRoot = async () => (await client.get<Page>('/todos')).body.todos
const pathOf = ({ headers }: { headers: Headers }) => `${ORIGIN}${headers.get('Location')}`

describe('the pre-requisites', () => {
  it('answers a GET at the root, for pages of allowed origins', async () => {
    const { status, headers } = await client.get('/todos', { headers: { Origin: 'https://app.example.com' } })
    expect([status, headers.get('Access-Control-Allow-Origin')]).toEqual([200, 'https://app.example.com'])
    const other = await client.get('/todos', { headers: { Origin: 'https://other.example' } })
    expect(other.headers.get('Access-Control-Allow-Origin')).toBeNull()
  })

  it('answers a POST at the root with the new todo', async () => {
    expect((await postRoot({ contents: 'a todo' })).body).toHaveProperty('contents', 'a todo')
  })

  it('deletes everything with a batch instead of a DELETE at the root, which is empty then', async () => {
    await postRoot({ contents: 'a todo' })
    expect((await client.delete('/todos')).status).toBe(405)
    const operations = (await getRoot()).map(({ id }) => ({ op: 'delete', id }))
    expect((await client.post('/todos/batch', { operations })).status).toBe(200)
    expect((await client.get('/todos')).body).toEqual({ todos: [], nextCursor: null })
  })
})

describe('posting new todos to the root', () => {
  it('adds a new todo to the list of todos at the root', async () => {
    await postRoot({ contents: 'walk the dog' })
    expect(await getRoot()).toMatchObject([{ contents: 'walk the dog' }])
  })

  it('makes a new todo that is not completed', async () => {
    const { body } = await postRoot({ contents: 'blah' })
    expect([body.isDone, ...(await getRoot()).map(({ isDone }) => isDone)]).toEqual([false, false])
  })

  it('gives each new todo a path, which answers with the todo', async () => {
    const posted = await postRoot({ contents: 'my todo' })
    expect(posted.body).not.toHaveProperty('url')
    expect((await client.get(pathOf(posted))).body).toHaveProperty('contents', 'my todo')
  })
})

describe('working with an existing todo', () => {
  it('leads from the list of todos to a todo by its id', async () => {
    await postRoot({ contents: 'todo the first' })
    await postRoot({ contents: 'todo the second' })
    const [first, ...others] = await getRoot()
    expect(others).toHaveLength(1)
    expect((await client.get(`/todos/${first?.id}`)).body).toHaveProperty('contents', 'todo the first')
  })

  it('changes contents and completion with PATCH, in the todo and in the list', async () => {
    const path = pathOf(await postRoot({ contents: 'initial' }))
    expect((await client.patch(path, { contents: 'bathe the cat' })).body).toHaveProperty('contents', 'bathe the cat')
    expect((await client.patch(path, { isDone: true })).body).toHaveProperty('isDone', true)
    const expected = { contents: 'bathe the cat', isDone: true, completedAt: expect.any(String) }
    expect((await client.get(path)).body).toMatchObject(expected)
    expect(await getRoot()).toMatchObject([expected])
  })

  it('deletes a todo with DELETE at its path', async () => {
    const path = pathOf(await postRoot({ contents: 'blah' }))
    expect((await client.delete(path)).status).toBe(204)
    expect(await getRoot()).toEqual([])
  })
})

describe('the order of todos', () => {
  it('needs no order field, because lists sort by other fields', async () => {
    const { status, body } = await client.post('/todos', { contents: 'blah', order: 523 })
    expect({ status, errors: body.errors }).toMatchObject({
      status: 422,
      errors: [{ path: '/order', code: 'unknown_field' }],
    })
  })
})
