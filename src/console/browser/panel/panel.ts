import { $ } from '../dom'
import { readPart } from '../part'
import { showTimes } from '../times'
import { inRow, putRow } from './row'
import type { Saver } from './saver'
import { watchForm } from './watch'

const TODO = /^\/console\/todos\/[\da-f-]{36}$/
/** The to-do that is open. */
let saver: Saver | null = null
let dialog: HTMLDialogElement | null = null
/** What follows when the panel is closed, and the address is that of the list again. */
let whenClosed = (): void => undefined
/** What was closed, and is still being saved. */
let leaving: Promise<void> = Promise.resolve()

/** Opens to-dos in a panel over their list, and saves them as people edit them, there or on a page of their own. */
export function openPanels(): void {
  const startPath = location.pathname
  const form = $('main form.edit-form')
  const main = $('main')
  if (main && form instanceof HTMLFormElement) {
    saver = watchForm(main, form, () => {
      saver?.discard()
      const list = $('[data-close]', main)
      if (list instanceof HTMLAnchorElement) location.assign(list.href)
    })
  } else {
    addEventListener('click', follow)
  }
  addEventListener('popstate', () => {
    if (history.state?.panel && !form) open(location.href)
    else if (location.pathname !== startPath) location.reload()
    else dialog?.close()
    whenClosed()
    whenClosed = () => undefined
  })
  keepWhatIsTyped()
}

/** The page may be left, and the network may come back. */
function keepWhatIsTyped(): void {
  addEventListener('online', () => saver?.save())
  document.addEventListener('visibilitychange', () => document.hidden && saver?.save())
  addEventListener('beforeunload', (event) => {
    if (saver?.isDirty() && !saver.comesBack) event.preventDefault()
  })
  addEventListener('pagehide', () => saver?.sendLast())
}

/** A click on a link that leads to a to-do, or back to the list. */
function follow(event: MouseEvent): void {
  const link = event.target instanceof Element && event.target.closest('a')
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
  const isInside = dialog?.contains(link)
  if (isInside && link.matches('[data-close]')) {
    event.preventDefault()
    dialog?.close()
  } else if (TODO.test(link.pathname) && (isInside || link.matches('.contents'))) {
    event.preventDefault()
    if (isInside) history.replaceState(history.state, '', link.href)
    else history.pushState({ panel: true }, '', link.href)
    open(link.href)
  }
}

/** Shows a to-do in the panel. The one that was there before is saved first. */
async function open(address: string): Promise<void> {
  dialog ??= makeDialog(address)
  const panel = dialog
  panel.ariaBusy = 'true'
  leave()
  await leaving
  const answer = await readPart(address)
  if (dialog !== panel || location.href !== address) return
  if (answer.kind !== 'done') return location.assign(address)
  showTimes(answer.part)
  putRow(answer.part)
  const inside = document.createElement('div')
  inside.append(answer.part)
  panel.replaceChildren(inside)
  panel.ariaBusy = null
  panel.ariaLabel = $('h1', panel)?.textContent ?? ''
  const form = $('form.edit-form', panel)
  if (form instanceof HTMLFormElement) saver = watchForm(inside, form, () => panel.close())
}

function leave(): void {
  if (saver) leaving = saver.leave()
  saver = null
}

function makeDialog(address: string): HTMLDialogElement {
  const panel = document.createElement('dialog')
  panel.className = 'panel-dialog'
  panel.ariaLabel = inRow(address, '.body .contents')?.textContent ?? ''
  panel.setAttribute('closedby', 'any')
  panel.addEventListener('close', () => {
    leave()
    dialog = null
    // What has to be saved yet is read from the form, as long as it is there.
    leaving = leaving.then(() => panel.remove())
    inRow(address, '.body .contents')?.focus()
    if (history.state?.panel) history.back()
  })
  panel.addEventListener('submit', (event) => {
    if (!(event.target instanceof Element && event.target.matches('.panel-foot form'))) return
    if (!inRow(address, '.remove')) return saver?.discard()
    // The row is deleted as if its own button had been pressed, which can be undone.
    event.preventDefault()
    saver?.discard()
    whenClosed = () => inRow(address, '.remove')?.click()
    panel.close()
  })
  // The newest one comes first, because one that is still being saved has the same ids.
  $('main')?.after(panel)
  panel.showModal()
  return panel
}
