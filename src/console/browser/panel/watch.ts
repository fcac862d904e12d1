import { HELD, LEFT } from './fields'
import { Saver } from './saver'

/** Fields that are typed in. Others are saved at once. */
const TYPED_IN = 'textarea,[type=text],[type=date],[type=time]'

/**
 * Saves the form inside `root` as people fill it in.
 * @param done called when somebody has pressed the button that saves, and it is saved
 */
export function watchForm(root: HTMLElement, form: HTMLFormElement, done: () => void): Saver {
  const saver = new Saver(root, form)
  root.addEventListener('input', ({ target }) => {
    if (target instanceof Element) saver.change(target.matches(TYPED_IN))
  })
  root.addEventListener('focusout', ({ target }) => {
    saver.save(target instanceof HTMLInputElement && target.name === 'newLabels' ? ['newLabels'] : [])
  })
  root.addEventListener('compositionstart', () => {
    saver.isComposing = true
  })
  root.addEventListener('compositionend', () => {
    saver.isComposing = false
    saver.change(true)
  })
  root.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.isComposing) return
    const name = event.target instanceof HTMLInputElement ? event.target.name : ''
    const isHeld = LEFT.includes(name)
    if (!event.ctrlKey && !event.metaKey && !isHeld) return
    event.preventDefault()
    if (event.ctrlKey || event.metaKey) form.requestSubmit()
    else saver.save([name])
  })
  root.addEventListener('submit', (event) => submit(event, saver, done))
  root.addEventListener('click', ({ target }) => {
    if (!(target instanceof Element)) return
    saver.comesBack = target.matches('.sign-in')
    if (target.matches('.retry')) saver.save()
    if (target.matches('.use')) saver.useDraft()
    if (target.matches('.drop')) saver.dropDraft()
    if (target.matches('[data-reload]')) saver.discard()
  })
  return saver
}

async function submit(event: SubmitEvent, saver: Saver, done: () => void): Promise<void> {
  const { target, submitter } = event
  if (!(target instanceof HTMLFormElement) || event.defaultPrevented) return
  if (target !== saver.form) return
  event.preventDefault()
  // Its subtasks are no rows of the list.
  event.stopPropagation()
  const isLast = !submitter?.hasAttribute('name') && !submitter?.closest('.says')
  const released = isLast ? HELD : submitter?.matches('[name=stay]') ? ['subtask'] : []
  if ((await saver.save(released, submitter)) && isLast) done()
}
