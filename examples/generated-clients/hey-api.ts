// With @hey-api/openapi-ts:
//
//     npx @hey-api/openapi-ts --input https://todo.example.com/openapi.json --output latchkey

import { client } from './latchkey/client.gen.js'
import { createTodo, listTodos, logIn, signUp } from './latchkey/index.js'

/** Signs up, logs in, makes a to-do, and lists what there is to do. */
export async function tryIt(baseUrl: string, username: string, password: string): Promise<string[]> {
  client.setConfig({ baseUrl })
  const signedUp = await signUp({ body: { username, password } })
  if (signedUp.error) throw new Error(signedUp.error.code)

  const loggedIn = await logIn({ body: { identifier: username, password, tokens: 'body' } })
  if (!loggedIn.data) throw new Error(loggedIn.error.code)
  if (!('accessToken' in loggedIn.data)) throw new Error('The tokens are in cookies')
  client.setConfig({ auth: loggedIn.data.accessToken })

  const made = await createTodo({ body: { contents: 'Buy milk' } })
  if (made.error) throw new Error(made.error.code)
  const list = await listTodos({ query: { isDone: false } })
  if (!list.data) throw new Error(list.error.code)
  return list.data.todos.map(({ contents }) => contents)
}
