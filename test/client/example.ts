import { createClient, keepInMemory, positionBetween } from '../../packages/client/src/client'
import { createOfflineTodos, memoryStore } from '../../packages/client/src/offline'

const page = createClient('https://todo.example.com')

const signedUp = await page.auth['sign-up'].$post({
  json: { username: 'alice', password: 'correct horse battery staple' },
})
if (signedUp.ok) console.log('Welcome', (await signedUp.json()).user.username)

const tokens = keepInMemory()
const app = createClient('https://todo.example.com', { tokens })

await app.auth['log-in'].$post({
  json: { identifier: 'alice', password: 'correct horse battery staple', tokens: 'body' },
})

const taken = await page.auth['sign-up'].$post({
  json: { username: 'alice', password: 'another long password' },
})
if (!taken.ok) {
  const { code, title, errors = [] } = await taken.json()
  switch (code) {
    case 'username_taken':
      console.log('Please choose another name.')
      break
    case 'invalid_fields':
      for (const { path, message } of errors) console.log(path, message)
      break
    default:
      console.log(title)
  }
}

const key = crypto.randomUUID()
const make = () => app.todos.$post({ json: { contents: 'Buy milk' } }, { headers: { 'Idempotency-Key': key } })
// Whether or not the first one arrived, there is one to-do.
const made = await make().catch(make)

if (made.ok) {
  const { id, version } = await made.json()
  const changed = await app.todos[':id'].$patch(
    { param: { id }, json: { isDone: true } },
    { headers: { 'If-Match': `"${version}"` } },
  )
  if (changed.status === 412) console.log('It was changed elsewhere: get it anew, and decide.')
}

const sorted = await app.todos.$get({ query: { sort: 'position' } })
if (sorted.ok) {
  const [first, ...others] = (await sorted.json()).todos
  const last = others.at(-1)
  if (first && last) {
    const position = positionBetween(null, first.position)
    await app.todos[':id'].$patch({ param: { id: last.id }, json: { position } })
  }
}

const answer = await app.auth.session.$get()
if (!answer.ok) throw new Error('Nobody is signed in')
const { user } = await answer.json()

export const todos = await createOfflineTodos({
  client: app,
  userId: user.id,
  store: memoryStore(), // in a browser: indexedDbStore()
  onChange: () => console.log('Show the list again', todos.list().length),
  onRefused: ({ todo, problem }) => console.log(todo.contents, problem.errors ?? problem.title),
})

const milk = await todos.create({ contents: 'Buy milk' })
await todos.update(milk.id, { isDone: true, labels: ['shop'] })

const { state } = await todos.sync()
if (state === 'signed_out') console.log('Please log in again. Everything is still here.')
