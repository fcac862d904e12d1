import { $ } from '../dom'
import { openCopy, syncCopy } from './copy'
import { idleMs, isBusy, make } from './elements'
import { isFact, noteKept, shownOffline } from './owners'
import { ShellList } from './shell-list'
import { texts } from './texts'
import { waitForNetwork } from './worker-link'

/** How often the page looks whether the network is back: not every system tells (ms). */
const LOOK_MS = 30_000

/** After so long without a key, nobody is typing (ms). */
const PAUSE_MS = 1500

/** Where the page stays when there is a network. */
const OWN_PATH = '/console/offline'

/** What is shown without a network: what the user who was signed in last keeps here, if it is not locked. */
export async function startShell(page: HTMLElement): Promise<void> {
  // The facts are read again whenever they change, so a copy that another tab has locked goes off the page at once.
  let shown: OpenShell | null = null
  const show = async () => {
    const state = shownOffline(localStorage)
    if (state.kind === 'open' && shown?.userId === state.userId) return
    shown?.close()
    shown = null
    if (state.kind === 'open') shown = await openShell(page, state)
    else showClosed(page, state)
  }
  let last = Promise.resolve()
  const update = () => {
    last = last.then(show).catch(() => say(page, texts().broken))
    return last
  }
  const onFact = ({ key }: StorageEvent) => {
    if (isFact(key)) void update()
  }
  const look = async () => {
    if (shown) await shown.sync()
    else await goOnIfReachable()
    await update()
  }
  addEventListener('storage', onFact)
  addEventListener('pageshow', ({ persisted }) => persisted && void look())
  addEventListener('online', () => void look())
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && void look())
  setInterval(() => document.visibilityState === 'visible' && void look(), LOOK_MS)
  await update()
  await look()
}

interface OpenShell {
  userId: string
  sync(): Promise<void>
  close(): void
}

async function openShell(page: HTMLElement, { userId, zone }: { userId: string; zone: string }): Promise<OpenShell> {
  let render: () => void = () => undefined
  const todos = await openCopy(userId, () => render())
  const list = new ShellList(page, { userId, zone, todos, onWrite: () => void sync() })
  render = () => {
    list.render()
    noteKept(localStorage, userId, { waits: todos.pending.length + todos.refused.length })
  }
  render()
  toggle(page, true)
  say(page, navigator.onLine ? texts().keptHere : texts().noNetwork)

  let isSyncing = false
  const sync = async () => {
    if (isSyncing) return
    isSyncing = true
    const { state } = await syncCopy(userId, todos).finally(() => {
      isSyncing = false
    })
    if (state === 'synced') await goOn(page, todos)
    else if (state !== 'signed_out' && state !== 'wrong_user') say(page, texts().noNetwork)
  }
  return {
    userId,
    sync,
    close() {
      render = () => undefined
      todos.close()
      list.clear()
    },
  }
}

/** The network is back, and everything is sent: on to the page that was asked for, if nothing that is here would be lost. */
async function goOn(page: HTMLElement, todos: OfflineTodos): Promise<void> {
  const t = texts()
  if (location.pathname === OWN_PATH) return say(page, t.keptHere)
  if (todos.refused.length === 0 && !isBusy()) {
    // Whoever types has a word in the fingers that a new page would not get.
    while (idleMs() < PAUSE_MS) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    await waitForNetwork()
    if (todos.pending.length === 0 && !isBusy()) return location.reload()
  }
  const link = make('a', { text: t.wholePage, href: location.href })
  link.addEventListener('click', (event) => {
    event.preventDefault()
    void waitForNetwork().then(() => location.reload())
  })
  say(page, t.back, link)
}

/** Where nothing may be shown, the server knows better what to do, if it can be asked. */
async function goOnIfReachable(): Promise<void> {
  if (location.pathname === OWN_PATH) return
  const answer = await fetch(OWN_PATH, { method: 'HEAD', cache: 'no-store' }).catch(() => null)
  if (!answer?.ok) return
  await waitForNetwork()
  location.reload()
}

function showClosed(page: HTMLElement, state: { kind: 'locked'; name: string | null } | { kind: 'nothing' }): void {
  const t = texts()
  toggle(page, false)
  if (state.kind === 'nothing') {
    say(page, t.nothing)
    return
  }
  say(page, state.name === null ? t.lockedOther : t.locked(state.name))
  $('[data-sign-in]', page)?.removeAttribute('hidden')
  const to = location.pathname === OWN_PATH ? '/console' : location.pathname + location.search
  $('[data-sign-in] a', page)?.setAttribute('href', `/console/sign-in?to=${encodeURIComponent(to)}`)
}

function toggle(page: HTMLElement, isOpen: boolean): void {
  $('form.add', page)?.toggleAttribute('hidden', !isOpen)
  $('[data-sign-in]', page)?.setAttribute('hidden', '')
}

function say(page: HTMLElement, text: string, ...more: HTMLElement[]): void {
  const state = $('[data-state]', page)
  if (state?.textContent === text) return
  state?.replaceChildren(make('p', { text }), ...more)
}
