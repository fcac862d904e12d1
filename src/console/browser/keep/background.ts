import { openCopy, syncCopy } from './copy'
import { make } from './elements'
import { noteKept, openCopyIn, readKept } from './owners'
import { texts } from './texts'
import { refreshShell, registerWorker } from './worker-link'

/** A copy that is younger is not asked about again, because each sync costs the server something (ms). */
const FRESH_MS = 60_000

/** How long after a change on the page (ms). Several changes are one sync. */
const AFTER_CHANGE_MS = 5000

/** On a page with a network: keeps the copy up to date, and sends what waits. */
export function syncInBackground(pageOf: string | null): void {
  // A page that says of nobody may be one that asks to sign in: then the session of the open copy may be over.
  const userId = pageOf ?? openCopyIn(localStorage)
  const kept = userId === null ? null : readKept(localStorage, userId)
  if (userId === null || !kept) return
  registerWorker()
    .then(refreshShell)
    .catch(() => undefined)
  const isFresh = Date.now() - kept.syncedAt < FRESH_MS && kept.waits === 0 && !kept.isStale
  if (!isFresh || pageOf === null) void sync(userId)
  watchChanges(userId)
}

async function sync(userId: string): Promise<void> {
  const todos = await openCopy(userId)
  try {
    const { state, sent, refused } = await syncCopy(userId, todos)
    if (state !== 'synced' || document.body.dataset['user'] !== userId) return
    const t = texts()
    if (sent > 0) {
      showNotice(t.sent(sent))
      // The list is read again.
      document.dispatchEvent(new Event('latchkey:sent'))
    }
    if (refused > 0) showNotice(t.notTaken(refused)).append(make('a', { text: t.look, href: '/console/offline' }))
  } finally {
    todos.close()
  }
}

function watchChanges(userId: string): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const isStale = () => readKept(localStorage, userId)?.isStale === true
  addEventListener('submit', () => {
    noteKept(localStorage, userId, { isStale: true })
    clearTimeout(timer)
    timer = setTimeout(() => void sync(userId), AFTER_CHANGE_MS)
  })
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden' && isStale()) void sync(userId)
  })
  addEventListener('online', () => void sync(userId))
}

function showNotice(text: string): HTMLElement {
  const notice = make('div', { className: 'notice', role: 'status' }, make('p', { text }))
  const heading = document.querySelector('main h1')
  if (heading) heading.after(notice)
  else document.querySelector('main')?.prepend(notice)
  return notice
}
