import { $ } from '../dom'
import { entryOf } from './add'
import type { Unsent } from './outbox'

/** Somebody who pastes lines is asked whether each of them is to be a to-do. */
export function offerLines(form: HTMLFormElement, field: HTMLInputElement, queue: (entry: Unsent) => void): void {
  const template = $('#lines-offer')
  const to = form.elements.namedItem('to')
  if (!(template instanceof HTMLTemplateElement) || !(to instanceof HTMLInputElement)) return
  field.addEventListener('paste', (event) => {
    const pasted = event.clipboardData?.getData('text') ?? ''
    const lines = pasted.split(/\r\n|[\r\n]/).filter((line) => line.trim() !== '')
    if (lines.length < 2) return
    event.preventDefault()
    $('.lines-offer', form)?.remove()
    form.append(template.content.cloneNode(true))
    const offer = $('.lines-offer', form)
    const all = offer && $('[data-all]', offer)
    const one = offer && $('[data-one]', offer)
    if (!offer || !all || !one) return
    all.textContent = (all.dataset['all'] ?? '').replace('{count}', String(lines.length))
    all.addEventListener('click', () => {
      offer.remove()
      queue(
        entryOf(
          new URL(all.dataset['path'] ?? '', location.href).href,
          new URLSearchParams({ lines: lines.join('\n'), to: to.value, user: form.dataset['user'] ?? '' }),
        ),
      )
      field.focus()
    })
    one.addEventListener('click', () => {
      offer.remove()
      field.setRangeText(lines.join(' '), field.selectionStart ?? 0, field.selectionEnd ?? 0, 'end')
      field.dispatchEvent(new Event('input'))
      field.focus()
    })
    all.focus()
  })
}
