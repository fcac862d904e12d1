import { $ } from '../dom'
import { fieldsOf, sendForm } from '../part'
import { change, refreshSoon } from './refresh'
import { say, showToast, wordsFor } from './toast'

/** Shows the boxes of the rows and the bar below, or hides them. */
export function setPicking(isOn: boolean): void {
  $('#todos')?.classList.toggle('picking', isOn)
  $('#bulk')?.toggleAttribute('hidden', !isOn)
  if (!isOn) for (const pick of picks()) pick.checked = false
  count()
}

const picks = () => document.querySelectorAll<HTMLInputElement>('.pick:checked')

/** Says how many are selected. */
function count(): void {
  const bar = $('#bulk')
  const place = bar && $('.picked', bar)
  if (place) place.textContent = (bar.dataset['count'] ?? '').replace('{count}', String(picks().length))
}

/** Selects several to-dos, and changes them in one batch without leaving the page. */
export function selectInPlace(): void {
  const bar = $('#bulk')
  if (!(bar instanceof HTMLFormElement)) return
  let last: HTMLInputElement | null = null
  document.addEventListener('click', (event) => {
    const { target } = event
    if (!(target instanceof Element)) return
    const link = target.closest('[data-select]')
    if (link) {
      event.preventDefault()
      setPicking(!$('#todos')?.classList.contains('picking'))
    }
    if (target instanceof HTMLInputElement && target.matches('.pick')) {
      if (event.shiftKey && last) pickRange(last, target)
      last = target
      count()
    }
  })
  document.addEventListener('latchkey:list', count)
  bar.addEventListener('submit', (event) => {
    event.preventDefault()
    void send(bar, event.submitter)
  })
}

/** With Shift, everything between two boxes gets the state of the second one. */
function pickRange(from: HTMLInputElement, to: HTMLInputElement): void {
  const all = [...document.querySelectorAll<HTMLInputElement>('.pick')]
  const [first = 0, last = 0] = [all.indexOf(from), all.indexOf(to)].sort((one, other) => one - other)
  for (const pick of all.slice(first, last + 1)) pick.checked = to.checked
}

async function send(bar: HTMLFormElement, button: HTMLElement | null): Promise<void> {
  const answer = await change(() => sendForm(bar.action, fieldsOf(bar, button)))
  if (answer.kind === 'done') {
    setPicking(false)
    // Rows below the first page may have changed too. The list starts again with its first page.
    $('#todos')?.classList.remove('longer')
    showToast(answer.part)
  } else if (answer.kind === 'refused') {
    say(answer.part.textContent)
  } else {
    say(wordsFor(answer.kind))
    return
  }
  refreshSoon()
}
