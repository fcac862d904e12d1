import { $ } from '../dom'
import { openCopy, syncCopy } from './copy'
import { forget, keepersIn, open, readKept, writeKept } from './owners'
import { texts } from './texts'
import { refreshShell, registerWorker, removeWorker } from './worker-link'

/** The page that turns it on and off. */
export function startSwitch(page: HTMLElement, userId: string): void {
  const t = texts()
  const [on, off, show, outcome] = ['on', 'off', 'show', 'outcome'].map((name) => $(`[data-${name}]`))
  const say = (text: string) => {
    if (outcome) outcome.textContent = text
  }
  const update = () => {
    const isKept = readKept(localStorage, userId) !== null
    on?.toggleAttribute('hidden', isKept)
    off?.toggleAttribute('hidden', !isKept)
    show?.toggleAttribute('hidden', !isKept)
  }
  if (!('serviceWorker' in navigator && 'indexedDB' in window && 'caches' in window)) {
    say(t.notPossible)
    return
  }
  update()

  on?.addEventListener('click', async () => {
    say(t.filling)
    on.setAttribute('disabled', '')
    try {
      say(t.kept(await turnOn(page, userId)))
    } catch {
      say(t.notFilled)
    }
    on.removeAttribute('disabled')
    update()
  })

  let isSure = false
  off?.addEventListener('click', async () => {
    const waits = readKept(localStorage, userId)?.waits ?? 0
    if (waits > 0 && !isSure) {
      isSure = true
      say(t.notRemoved(waits))
      off.textContent = t.removeAll
      return
    }
    await removeCopy(userId)
    say(t.removed)
    off.textContent = t.turnOff
    update()
  })
}

/** @returns how many to-dos are kept */
async function turnOn({ dataset }: HTMLElement, userId: string): Promise<number> {
  writeKept(localStorage, userId, {
    name: dataset['name'] ?? '',
    zone: dataset['zone'] ?? 'UTC',
    syncedAt: 0,
    waits: 0,
  })
  try {
    const todos = await openCopy(userId)
    const { state } = await syncCopy(userId, todos)
    if (state !== 'synced') throw new Error(`The copy is not complete: ${state}`)
    await registerWorker()
    await refreshShell()
    open(localStorage, userId)
    // Otherwise the browser may delete it when it wants the space. It may ask first, or say no.
    void navigator.storage.persist?.()
    const count = todos.list().length
    todos.close()
    return count
  } catch (error) {
    await removeCopy(userId).catch(() => undefined)
    throw error
  }
}

/** Removes what this user keeps here, and the worker if nobody else keeps anything. */
async function removeCopy(userId: string): Promise<void> {
  // First, so that no other tab fills it again.
  forget(localStorage, userId, { forGood: true })
  const todos = await openCopy(userId)
  await todos.clear()
  todos.close()
  if (keepersIn(localStorage).length === 0) await removeWorker()
}
