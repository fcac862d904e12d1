import { $, $$ } from '../dom'
import { setPicking } from './select'

const TYPING = 'input:not([type=checkbox]), textarea, select, [contenteditable]'

/** Keys of the list. None of them counts while somebody types, composes, or has a dialog open. */
export function listenToKeys(): void {
  const sheet = $('#keys')
  if (!(sheet instanceof HTMLDialogElement)) return
  if (location.hash === '#q') search()
  addEventListener('keydown', (event) => {
    const { target, key } = event
    if (event.isComposing || event.defaultPrevented || !(target instanceof Element)) return
    const isTyping = target.matches(TYPING)
    if (key === 'Enter' && (event.ctrlKey || event.metaKey)) return sendOrComplete(event, target, isTyping)
    if (isTyping || $('dialog[open]') || event.ctrlKey || event.metaKey || event.altKey) return
    const act: Action | undefined = key === '?' ? () => sheet.showModal() : ACTIONS[key]
    if (!act) return
    event.preventDefault()
    act(target.closest<HTMLElement>('li.todo'))
  })
}

type Action = (row: HTMLElement | null) => void

const ACTIONS: Record<string, Action | undefined> = {
  n: () => $('.add [name=contents]')?.focus(),
  '/': search,
  j: (row) => go(row, 1),
  k: (row) => go(row, -1),
  x(row) {
    if (!row) return
    setPicking(true)
    const pick = $(':scope > .pick', row)
    pick?.click()
    pick?.focus()
  },
  e: (row) => row && $(':scope > .body > .contents', row)?.click(),
  Escape: () => setPicking(false),
}

/** Where a list has no search, that of all to-dos opens. */
const SEARCH = '/console?view=all#q'

function search(): void {
  const field = $('#q')
  if (field === null) location.assign(SEARCH)
  field?.closest('details')?.setAttribute('open', '')
  field?.focus()
}

/** Goes to the next row, or the one before. Without one, to the first. */
function go(row: HTMLElement | null, step: 1 | -1): void {
  const rows = $$('#todos li.todo')
  const next = row ? rows[rows.indexOf(row) + step] : rows[0]
  const place = next && $(':scope > .body > .contents', next)
  place?.focus()
  place?.scrollIntoView({ block: 'nearest' })
}

function sendOrComplete(event: KeyboardEvent, target: Element, isTyping: boolean): void {
  const form = target.closest('form')
  const row = target.closest('li.todo')
  if (isTyping && form) {
    event.preventDefault()
    form.requestSubmit()
  } else if (row && !$('dialog[open]')) {
    event.preventDefault()
    $(':scope > .toggle', row)?.click()
  }
}
