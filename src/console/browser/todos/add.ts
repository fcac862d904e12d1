import { $ } from '../dom'
import { fieldsOf } from '../part'
import { watchChips } from './chips'
import { keepDraft } from './draft'
import { Outbox, type Unsent } from './outbox'
import { offerLines } from './paste'
import { Sender } from './sender'
import { UnsentRows } from './unsent-rows'

/** Adds to-dos without leaving the page. What is typed stays until the server has it. */
export function addInPlace(): void {
  const form = $('form.add[data-user]')
  const template = $('#unsent-row')
  if (!(form instanceof HTMLFormElement) || !(template instanceof HTMLTemplateElement)) return
  const field = form.elements.namedItem('contents')
  if (!(field instanceof HTMLInputElement)) return
  const outbox = new Outbox(form.dataset['user'] ?? '')
  const rows = new UnsentRows(form, template, {
    retry: (entry) => queue(entry),
    edit(entry) {
      const text = new Map(entry.fields).get('contents') ?? new Map(entry.fields).get('lines')?.replaceAll('\n', ' ')
      discard(entry)
      // What stands in the field is no to-do yet, and must not be lost.
      field.value = [text, field.value].filter(Boolean).join(' ')
      field.dispatchEvent(new Event('input'))
      field.focus()
    },
    discard: (entry) => discard(entry),
  })
  const sender = new Sender(outbox, rows)
  const queue = (entry: Unsent) => {
    entry.state = 'sending'
    if (!outbox.all.includes(entry)) outbox.add(entry)
    rows.show(entry)
    void sender.send()
  }
  const discard = (entry: Unsent) => {
    outbox.remove(entry)
    rows.replace(entry, null)
  }
  const chips = watchChips(form, field)
  const forgetDraft = keepDraft(field, outbox.user)
  offerLines(form, field, queue)

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (field.value.trim() === '') return
    queue(entryOf(form.action, fieldsOf(form)))
    field.value = ''
    chips.clear()
    forgetDraft()
  })
  document.addEventListener('latchkey:list', () => rows.forgetMade())
  warnBeforeLoss(outbox)
  for (const entry of outbox.all) rows.show(entry)
  if (!outbox.isEmpty) void sender.send()
}

/** What a form sends, with an idempotency key of its own and the time at which it was typed. */
export function entryOf(path: string, fields: URLSearchParams): Unsent {
  const key = crypto.randomUUID()
  fields.set('key', key)
  fields.set('typedAt', String(Date.now()))
  return { key, path: new URL(path).pathname, fields: [...fields], state: 'sending' }
}

/** What waits is kept in the tab, so it is lost when the tab is closed. Another page of the tab still has it. */
function warnBeforeLoss(outbox: Outbox): void {
  let staysInTab = false
  for (const name of ['click', 'submit'] as const) {
    document.addEventListener(name, ({ target }) => {
      staysInTab = name === 'submit' || (target instanceof Element && target.closest('a[href]') !== null)
    })
  }
  addEventListener('beforeunload', (event) => {
    if (!outbox.isEmpty && !outbox.isOnDevice && !staysInTab) event.preventDefault()
  })
}
