// With openapi-typescript and openapi-fetch:
//
//     npx openapi-typescript https://todo.example.com/openapi.json --output latchkey.d.ts
//     npm install openapi-fetch

import createClient from 'openapi-fetch'
import type { paths } from './latchkey.js'

/** Signs up, logs in, makes a to-do, and lists what there is to do. */
export async function tryIt(baseUrl: string, username: string, password: string): Promise<string[]> {
  const client = createClient<paths>({ baseUrl })
  const signedUp = await client.POST('/api/v1/auth/sign-up', { body: { username, password } })
  if (signedUp.error) throw new Error(signedUp.error.code)

  const loggedIn = await client.POST('/api/v1/auth/log-in', {
    body: { identifier: username, password, tokens: 'body' },
  })
  if (loggedIn.error) throw new Error(loggedIn.error.code)
  if (!('accessToken' in loggedIn.data)) throw new Error('The tokens are in cookies')
  const headers = { Authorization: `Bearer ${loggedIn.data.accessToken}` }

  const made = await client.POST('/api/v1/todos', { headers, body: { contents: 'Buy milk' } })
  if (made.error) throw new Error(made.error.code)
  const list = await client.GET('/api/v1/todos', { headers, params: { query: { isDone: false } } })
  if (list.error) throw new Error(list.error.code)
  return list.data.todos.map(({ contents }) => contents)
}
