import { $ } from '../dom'
import { fieldsOf, sendForm } from '../part'

/** Nobody reads chips faster than this (ms). */
const PAUSE_MS = 250

/** Shows what the server understands of the text, while it is typed. A chip that is taken off stays off. */
export function watchChips(form: HTMLFormElement, field: HTMLInputElement): { clear(): void } {
  const place = $('.quick-chips', form)
  const path = place?.dataset['reads']
  if (!place || path === undefined) return { clear() {} }
  let timer: ReturnType<typeof setTimeout> | undefined
  let before = field.value
  let asked = 0

  const read = async () => {
    const ask = ++asked
    const answer = await sendForm(path, fieldsOf(form))
    if (ask === asked && answer.kind === 'done') place.replaceChildren(answer.part)
  }
  field.addEventListener('input', (event) => {
    moveOff(form, before, field.value)
    before = field.value
    clearTimeout(timer)
    // What an IME composes is not a word yet.
    if (event instanceof InputEvent && event.isComposing) return
    timer = setTimeout(read, PAUSE_MS)
  })
  field.addEventListener('compositionend', () => {
    clearTimeout(timer)
    timer = setTimeout(read, PAUSE_MS)
  })
  place.addEventListener('change', () => void read())
  return {
    clear() {
      clearTimeout(timer)
      asked++
      before = ''
      place.replaceChildren()
    },
  }
}

/** Where chips were taken off moves with the text. What is shown is read anew, so it has to say nothing of the new text. */
function moveOff(form: HTMLFormElement, before: string, after: string): void {
  const off = form.elements.namedItem('off')
  const shown = form.elements.namedItem('shown')
  if (!(off instanceof HTMLInputElement) || !(shown instanceof HTMLInputElement)) return
  let same = 0
  while (same < before.length && before[same] === after[same]) same++
  const moved = (start: number) => (start < same ? start : start + after.length - before.length)
  off.value = off.value.split(',').filter(Boolean).map(Number).map(moved).join()
  // A box that was shown keeps its name for where the chip is now.
  shown.value = shown.value.split(',').filter(Boolean).map(Number).map(moved).join()
  for (const box of form.querySelectorAll<HTMLInputElement>('.quick-chips [type=checkbox]')) {
    box.name = `chip-${moved(Number(box.name.slice('chip-'.length)))}`
  }
}
