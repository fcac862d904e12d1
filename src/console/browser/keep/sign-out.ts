import { DRAFT, EDIT, KEPT, UNSENT } from '../stored'
import { openCopy, syncWithin, waitsIn } from './copy'
import { button, make } from './elements'
import { forget, keepersIn, keysOf, openCopyIn, readKept } from './owners'
import { texts } from './texts'

/** How long a sign-out waits for what has to be sent (ms). */
const LIMIT_MS = 6000

/**
 * Signs out: sends what waits first, or asks. Then it deletes what this user keeps here and tells the server so, which otherwise makes the
 * browser forget what all users keep.
 */
export async function signOut(form: HTMLFormElement): Promise<void> {
  const userId = document.body.dataset['user'] ?? openCopyIn(localStorage)
  const isKept = userId !== null && readKept(localStorage, userId) !== null
  const todos = isKept ? await openCopy(userId) : null
  try {
    if (userId !== null && !(await mayLeave(userId, todos))) return
    await todos?.clear()
  } finally {
    todos?.close()
  }
  if (isKept) forget(localStorage, userId, { forGood: false })
  if (keepersIn(localStorage).length > 0) {
    clearTheRest(userId)
    form.append(make('input', { type: 'hidden', name: 'kept', value: 'true' }))
  }
  // `submit` and not `requestSubmit`: nobody is asked again.
  form.submit()
}

async function mayLeave(userId: string, todos: OfflineTodos | null): Promise<boolean> {
  while (true) {
    const [state] = await Promise.all([todos ? stateOf(userId, todos) : 'synced', sendUnsent(userId)])
    const waits = (todos ? waitsIn(todos) : 0) + unsentOf(userId) + draftsOf(userId)
    if (waits === 0 && state !== 'offline') return true
    const choice = await ask(waits)
    if (choice !== 'again') return choice === 'leave'
  }
}

/** A session that is over already needs no network. */
async function stateOf(userId: string, todos: OfflineTodos): Promise<'synced' | 'offline'> {
  const { state } = await syncWithin(LIMIT_MS, userId, todos)
  return state === 'synced' || state === 'signed_out' || state === 'wrong_user' ? 'synced' : 'offline'
}

/** How many texts the form of the list has not sent: `todos/outbox.ts`. */
function unsentOf(userId: string): number {
  const all = [localStorage, sessionStorage].map((storage) => storage.getItem(UNSENT + userId))
  return all.reduce((sum, json) => sum + (json === null ? 0 : JSON.parse(json).length), 0)
}

/** How many texts stand in a field or a panel and are not saved: `todos/draft.ts` and `panel/draft.ts`. They are gone after a sign-out. */
function draftsOf(userId: string): number {
  const drafts = [DRAFT + userId, `${EDIT}${userId}/`]
  return keysOf(sessionStorage).filter((key) => drafts.some((draft) => key.startsWith(draft))).length
}

/** The form of the list sends what it has when it hears of a network. */
async function sendUnsent(userId: string): Promise<void> {
  if (unsentOf(userId) === 0) return
  dispatchEvent(new Event('online'))
  const until = Date.now() + LIMIT_MS
  while (unsentOf(userId) > 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 100))
}

type Choice = 'stay' | 'again' | 'leave'

function ask(waits: number): Promise<Choice> {
  const t = texts()
  const isLoss = waits > 0
  return new Promise((resolve) => {
    const choose = (choice: Choice) => () => {
      resolve(choice)
      dialog.close()
    }
    const dialog = make(
      'dialog',
      { className: 'unsent-dialog', 'aria-labelledby': 'unsent-title' },
      make('h2', { id: 'unsent-title', text: isLoss ? t.leaving(waits) : t.leavingOffline }),
      make('p', { text: isLoss ? t.leavingText : t.leavingOfflineText }),
      make(
        'div',
        { className: 'actions' },
        button(t.stay, choose('stay')),
        button(t.tryAgain, choose('again'), 'second'),
        ...(isLoss ? [button(t.lose, choose('leave'), 'quiet danger')] : []),
      ),
    )
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve('stay')
    })
    document.body.append(dialog)
    dialog.showModal()
  })
}

/** What other parts of the pages have stored, as the browser would clear it. What others keep here, with changes that wait, stays. */
function clearTheRest(userId: string | null): void {
  sessionStorage.clear()
  const stays = keepersIn(localStorage).flatMap((keeper) => [
    KEPT + keeper,
    ...(keeper === userId ? [] : [UNSENT + keeper]),
  ])
  for (const key of keysOf(localStorage)) if (!stays.includes(key)) localStorage.removeItem(key)
}
