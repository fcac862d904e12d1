import { hc, type InferRequestType } from 'hono/client'
import { createClient, keepInMemory } from '../../packages/client/src/client'
import type { Field, TodoPatch } from '../../packages/client/src/offline'
import type { AppType } from '../../src/app'

/*
 * What the types of the client allow and refuse. This file is compiled with everything else, and never run. The compiler
 * reports an `@ts-expect-error` above a line that has no error.
 */

const latchkey = hc<AppType>('https://latchkey.example')
const { auth, todos, users } = createClient('https://latchkey.example')

type ApiField = keyof InferRequestType<(typeof todos)[':id']['$patch']>['json']

/** Offline to-dos take every field that the API takes, and no other. What they keep of a due date is `due`. */
export const knownOffline = (field: ApiField): keyof TodoPatch => field
export const knownOnline = (field: keyof TodoPatch): ApiField => field
export const keptOffline = (field: Exclude<ApiField, 'dueAt'>): Field => field

export const rightOptions = [
  createClient('https://latchkey.example', { tokens: keepInMemory({ accessToken: 'a', refreshToken: 'r' }) }),
  createClient('https://latchkey.example', { fetch, tokens: { get: async () => null, set: async () => {} } }),
]

export const wrongOptions = [
  // @ts-expect-error there is no such option
  createClient('https://latchkey.example', { mode: 'cookie' }),
  // @ts-expect-error both tokens are needed
  createClient('https://latchkey.example', { tokens: keepInMemory({ accessToken: 'a' }) }),
  // @ts-expect-error a store takes tokens, too
  createClient('https://latchkey.example', { tokens: { get: () => null } }),
]

export async function rightCalls(id: string) {
  await latchkey.index.$get()
  await latchkey.health.$get()
  await latchkey.problems[':code'].$get({ param: { code: 'not_found' } })
  await auth['sign-up'].$post({ json: { username: 'alice', password: 'correct horse', name: 'Alice', tokens: 'body' } })
  await auth['log-in'].$post({ json: { identifier: 'alice', password: 'correct horse' } })
  await auth.refresh.$post({ json: {} })
  await auth['log-out'].$post({ json: {} })
  await auth.password.$put({ json: { newPassword: 'battery staple', currentPassword: 'correct horse' } })
  await users.me.$patch({ json: { name: null } })
  await users.me.$delete({ json: { currentPassword: 'correct horse' } })
  await users.me.export.$get({ query: { format: 'todo.txt' } })
  await users.me['calendar-feed'].$get()
  await users.me['calendar-feed'].$post({ json: { currentPassword: 'correct horse' } })
  await users.me['calendar-feed'].$delete()
  await todos.$get({ query: { order: 'DESC', limit: '10', isDone: 'true' } })
  await todos.$post({ json: { contents: 'Buy milk', priority: 'high', labels: ['home'], dueAt: null } })
  await todos[':id'].$get({ param: { id } })
  await todos[':id'].$put({ param: { id }, json: { contents: 'Buy milk' } })
  await todos[':id'].$patch({ param: { id }, json: { isDone: true } })
  await todos[':id'].$delete({ param: { id } })
}

export async function wrongCalls(id: string) {
  // @ts-expect-error there is no such format
  await users.me.export.$get({ query: { format: 'xml' } })
  // @ts-expect-error a to-do has no title
  await todos.$post({ json: { contents: 'Buy milk', title: 'Milk' } })
  // @ts-expect-error a label is a string
  await todos.$post({ json: { contents: 'Buy milk', labels: [1] } })
  // @ts-expect-error there is no such priority
  await todos.$post({ json: { contents: 'Buy milk', priority: 'huge' } })
  // @ts-expect-error `contents` is required
  await todos.$post({ json: { isDone: true } })
  // @ts-expect-error a body is required
  await todos.$post()
  // @ts-expect-error the contents of a to-do cannot be cleared
  await todos[':id'].$patch({ param: { id }, json: { contents: null } })
  // @ts-expect-error there is no such order
  await todos.$get({ query: { order: 'UP' } })
  // @ts-expect-error the id is missing
  await todos[':id'].$delete({})
  // @ts-expect-error the password is missing
  await auth['log-in'].$post({ json: { identifier: 'alice' } })
  // @ts-expect-error tokens go to cookies or into the body
  await auth.refresh.$post({ json: { tokens: 'header' } })
  // @ts-expect-error a user name can be replaced but not cleared
  await users.me.$patch({ json: { username: null } })
  // @ts-expect-error there is no such path
  await latchkey.api.v2.todos.$get()
  // @ts-expect-error there is no such resource
  await latchkey.api.v1.tasks.$get()
  // @ts-expect-error the session has no such method
  await auth.session.$delete()
}

export async function answersReadRight(id: string) {
  const list = await todos.$get({ query: {} })
  if (list.status === 200) {
    const { todos: page, nextCursor } = await list.json()
    const [first] = page
    return [first?.contents, first?.priority, first?.dueAt?.slice(0, 10), nextCursor?.length]
  }
  const made = await todos[':id'].$put({ param: { id }, json: { contents: 'Buy milk' } })
  if (made.status === 200 || made.status === 201) return (await made.json()).version + 1
  const login = await auth['log-in'].$post({ json: { identifier: 'alice', password: 'correct horse' } })
  if (login.status === 200) {
    const answer = await login.json()
    return 'accessToken' in answer ? answer.accessToken : answer.user.username
  }
  if (login.status === 429) return (await login.json()).code satisfies 'rate_limited' | 'too_many_attempts'
  return (await login.json()).requestId
}

/** Every answer can be an error, and the compiler knows of which kind. */
export async function errorsReadRight(id: string) {
  const answer = await todos[':id'].$get({ param: { id } })
  if (answer.ok) return (await answer.json()).contents
  switch (answer.status) {
    case 401:
      return (await answer.json()).code satisfies 'unauthenticated'
    case 404:
      return (await answer.json()).code satisfies 'not_found'
    case 304:
      return null
    default: {
      const { code, errors = [] } = await answer.json()
      return [code, ...errors.map(({ path }) => path)]
    }
  }
}

export async function answersReadWrong(id: string) {
  const todo = await todos[':id'].$get({ param: { id } })
  if (todo.status === 200) {
    const body = await todo.json()
    // @ts-expect-error a to-do has no title
    body.title
    // @ts-expect-error a time is a string
    body.createdAt.getTime()
    // @ts-expect-error a to-do may have no due date
    body.dueAt.slice(0, 10)
  }
  const list = await todos.$get({ query: {} })
  if (list.status === 200) {
    const body = await list.json()
    // @ts-expect-error a cursor is a string or null
    const next: number = body.nextCursor
    // @ts-expect-error a page may be empty
    return [next, body.todos[0].contents]
  }
  const login = await auth['log-in'].$post({ json: { identifier: 'alice', password: 'correct horse' } })
  if (login.status === 200) {
    const body = await login.json()
    // @ts-expect-error the tokens may stand in cookies
    return body.accessToken
  }
  const session = await auth.session.$get()
  // @ts-expect-error the answer may be an error, which has no user
  const user = (await session.json()).user
  // @ts-expect-error this route never answers that a user name is taken
  if (todo.status === 404 && (await todo.json()).code === 'username_taken') return null
  return user
}
