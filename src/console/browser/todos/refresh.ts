import { $, $$ } from '../dom'
import { readPart } from '../part'
import { showTimes } from '../times'

/** What the list shows, and what leads to other lists with their counts. */
const PARTS = ['nav.views', '#todos']

/** Several changes in a row are followed by one reading (ms). */
const PAUSE_MS = 250

let timer: ReturnType<typeof setTimeout> | undefined
let isWanted = false
/** How many changes are on their way. What is read meanwhile may be older than they are. */
let underWay = 0
let changes = 0

/** Runs a change of to-dos. After the last one, the list is read again. */
export async function change<Result>(run: () => Promise<Result>): Promise<Result> {
  underWay++
  changes++
  clearTimeout(timer)
  try {
    return await run()
  } finally {
    underWay--
    if (isWanted) refreshSoon()
  }
}

/** Reads the list again, once nothing is on its way. */
export function refreshSoon(): void {
  isWanted = true
  clearTimeout(timer)
  timer = setTimeout(refresh, PAUSE_MS)
}

// Behind a dialog the list stays as it is. `close` does not bubble.
document.addEventListener('close', () => isWanted && refreshSoon(), { capture: true })

async function refresh(): Promise<void> {
  if (underWay > 0 || $('dialog[open]')) return
  isWanted = false
  const before = changes
  // The page of a view without a name has that of another one by now: the list says which it is.
  const answer = await readPart($('#todos')?.dataset['address'] ?? location.pathname + location.search)
  // Something has changed since: it asks again.
  if (answer.kind !== 'done' || changes !== before) return
  showList(answer.part)
}

/** Puts a newer list into the page. The focus and what is selected stay. */
function showList(part: DocumentFragment): void {
  const focused = placeOf(document.activeElement)
  const picked = new Set([...document.querySelectorAll<HTMLInputElement>('.pick:checked')].map(({ name }) => name))
  for (const pick of part.querySelectorAll<HTMLInputElement>('.pick')) pick.checked = picked.has(pick.name)
  showTimes(part)
  for (const selector of PARTS) {
    const [now, next] = [$(selector), $(selector, part)]
    if (!now || !next) continue
    if (now.classList.contains('picking')) next.classList.add('picking')
    // Pages were loaded below the first one.
    if (now.classList.contains('longer')) updateRows(now, next)
    else now.replaceWith(next)
  }
  if (focused) $(focused)?.focus({ preventScroll: true })
  document.dispatchEvent(new Event('latchkey:list'))
}

/** Replaces the rows that are on both, and puts new ones where they are in the newer list: after the row before them. */
function updateRows(now: HTMLElement, next: HTMLElement): void {
  const rows = $$('.group > form > .list > li', next)
  // Read first, because rows leave the newer list below.
  const before = new Map(rows.map((row) => [row, row.previousElementSibling?.id]))
  for (const row of rows) {
    const known = document.getElementById(row.id)
    const beforeId = before.get(row)
    const group = row.closest<HTMLElement>('.group')?.dataset['group']
    if (known) known.replaceWith(row)
    else if (beforeId) document.getElementById(beforeId)?.after(row)
    else $(`[data-group="${group}"] .list`, now)?.prepend(row)
  }
}

/** A selector of an element inside a row, or undefined. */
function placeOf(element: Element | null): string | undefined {
  const row = element?.closest('li[id]')
  const name = element?.classList.item(0)
  return row && name ? `#${row.id} > .${name}, #${row.id} > .body > .${name}` : undefined
}
