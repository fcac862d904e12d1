import { $ } from '../dom'

/** The id of a to-do in its address. */
const idIn = (address: string): string => /todos\/([\w-]+)/.exec(address)?.[1] ?? ''

/** What is in the row of the to-do with this address, on the page of a list. A panel has rows too: those of subtasks. */
export const inRow = (address: string, selector: string): HTMLElement | null =>
  $(`main .list #t${idIn(address)} > ${selector}`)

/** Puts a row that was saved in the place of the one in the list. */
export function putRow(part: DocumentFragment): void {
  const template = part.querySelector('template.row')
  const fresh = template instanceof HTMLTemplateElement && template.content.firstElementChild
  const old = fresh && $(`main .list #${fresh.id}`)
  if (!old) return
  const subtasks = $(':scope > .subtasks', old)
  if (subtasks && !$('.subtasks', fresh)) fresh.append(subtasks)
  // Below its parent, a subtask does not say what it is part of.
  if (!$(':scope > .body .part', old)) $(':scope > .body .part', fresh)?.remove()
  old.replaceWith(fresh)
}
