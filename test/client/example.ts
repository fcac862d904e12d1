import type { InferRequestType, InferResponseType } from 'hono/client'
import { v7 as uuidv7 } from 'uuid'
import { createClient, keepInMemory } from '../../packages/client/src/client'

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

type Todo = InferResponseType<(typeof app.todos)[':id']['$get'], 200>
type Operation = InferRequestType<typeof app.todos.batch.$post>['json']['operations'][number]

/** What the device keeps: the to-dos as last read, how far it has read, and by to-do what was done here since. */
export const device = { todos: new Map<string, Todo>(), since: '', pending: new Map<string, Operation>() }

export async function sync() {
  await push()
  await pull()
}

async function push() {
  while (device.pending.size > 0) {
    const batch = [...device.pending].slice(0, 100)
    const answer = await app.todos.batch.$post({ json: { operations: batch.map(([, operation]) => operation) } })
    if (answer.ok) {
      // What was done meanwhile stays for the next batch.
      for (const [id, operation] of batch) if (device.pending.get(id) === operation) device.pending.delete(id)
      continue
    }
    const { code, errors = [] } = await answer.json()
    const [, , refused] = errors[0]?.path.split('/') ?? []
    const [id] = batch[Number(refused)] ?? []
    if (code !== 'not_found' || id === undefined) throw new Error(code)
    // It was deleted elsewhere, and nothing of this batch was done: the others once more.
    device.pending.delete(id)
  }
}

async function pull() {
  for (let hasMore = true; hasMore; ) {
    const answer = await app.todos.changes.$get({ query: device.since === '' ? {} : { since: device.since } })
    if (answer.status === 410) {
      // Away for a month: what was deleted is no longer told, so begin again.
      device.todos.clear()
      device.since = ''
      continue
    }
    if (!answer.ok) throw new Error((await answer.json()).code)
    const read = await answer.json()
    for (const change of read.changes) {
      if ('todo' in change) device.todos.set(change.todo.id, change.todo)
      else device.todos.delete(change.id)
    }
    device.since = read.nextToken
    hasMore = read.hasMore
  }
}

const id = uuidv7()
device.pending.set(id, { op: 'put', id, todo: { contents: 'Buy bread' } })
await sync()
