import { createClient } from '@latchkey/client'
import { createOfflineTodos, indexedDbStore } from '@latchkey/client/offline'

const client = createClient('http://localhost:8787')
const [logIn, add] = document.forms
const [status, list] = [document.querySelector('[role=status]'), document.querySelector('ul')]
if (!logIn || !add || !status || !list) throw new Error('This is another page')

/** Without a network, the page shows the to-dos of whoever was signed in last. */
async function findUser(): Promise<string | null> {
  const init = { signal: AbortSignal.timeout(3000) }
  const answer = await client.auth.session.$get({}, { init }).catch(() => null)
  if (answer?.ok) localStorage.userId = (await answer.json()).user.id
  else if (answer?.status === 401) localStorage.removeItem('userId')
  return localStorage.userId ?? null
}

const userId = await findUser()
logIn.hidden = userId !== null
logIn.onsubmit = async (event) => {
  event.preventDefault()
  const [identifier, password] = [...new FormData(logIn).values()].map(String)
  const answer = await client.auth['log-in'].$post({ json: { identifier: identifier ?? '', password: password ?? '' } })
  if (answer.ok) location.reload()
  else status.textContent = (await answer.json()).title
}

if (userId !== null) {
  const store = indexedDbStore('offline-todos')
  const todos = await createOfflineTodos({ client, userId, store, onChange: show })
  function show() {
    const reasons = new Map(todos.refused.map(({ id, problem }) => [id, problem.errors?.[0]?.message ?? problem.title]))
    const noteOf = (id: string, state: string) => (reasons.has(id) ? `${state}: ${reasons.get(id)}` : state)
    list?.replaceChildren(
      ...todos.list().map(({ id, contents, isDone, state }) => {
        const row = document.createElement('li')
        row.textContent = `${isDone ? '✓' : '○'} ${contents}${state === 'synced' ? '' : ` (${noteOf(id, state)})`}`
        const change = () => (state === 'refused' ? todos.discard(id) : todos.update(id, { isDone: !isDone }))
        row.onclick = () => change().then(sync)
        return row
      }),
    )
  }
  async function sync() {
    const { state } = await todos.sync()
    // Another tab has logged out, or somebody else in.
    if (state === 'signed_out' || state === 'wrong_user') {
      localStorage.removeItem('userId')
      location.reload()
    }
    if (status) status.textContent = state
  }
  add.hidden = false
  add.onsubmit = async (event) => {
    event.preventDefault()
    await todos.create({ contents: String(new FormData(add).get('contents')) })
    add.reset()
    await sync()
  }
  addEventListener('online', sync)
  // The server may be back without such an event.
  setInterval(sync, 30_000)
  show()
  await sync()
}
