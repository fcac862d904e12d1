import { MAX_LABEL } from '../../../limits'
import type { List } from '../../../todos/lists/schemas'
import { HOME, withQuery } from '../../page/local-path'
import type { Texts } from '../../texts/texts'

/** The form that the boxes of the rows belong to. */
export const BULK_FORM = 'bulk'

interface BulkBarProps {
  t: Texts
  lists: readonly List[]
  listPath: string
}

/** Whether the page at this address shows the boxes. */
export const isPicking = (listPath: string): boolean => new URLSearchParams(listPath.split('?')[1] ?? '').has('select')

/** Leads to the same list with boxes. */
export const SelectLink = ({ t, listPath }: Omit<BulkBarProps, 'lists'>) => (
  <a class="select" href={withQuery(listPath, { select: isPicking(listPath) ? null : 'true' })} data-select>
    {t.bulk.start}
  </a>
)

/** What can be done with all that are selected. Each action is one batch. */
export function BulkBar({ t, lists, listPath }: BulkBarProps) {
  const { bulk } = t
  return (
    <form
      id={BULK_FORM}
      method="post"
      action={`${HOME}/todos/bulk`}
      class="bulk"
      aria-label={bulk.title}
      autocomplete="off"
      hidden={!isPicking(listPath)}
      data-count={bulk.count}
    >
      <input type="hidden" name="to" value={listPath} />
      <output class="picked">{bulk.title}</output>
      <a href={withQuery(listPath, { select: null })} class="button second" data-select>
        {bulk.stop}
      </a>
      <div class="bulk-actions">
        <Action value="complete" text={bulk.complete} />
        <fieldset>
          <legend class="unseen">{bulk.due}</legend>
          <Action value="today" text={bulk.today} />
          <Action value="tomorrow" text={bulk.tomorrow} />
          <input type="date" name="day" aria-label={bulk.dueDay} />
          <Action value="due" text={bulk.due} />
          <Action value="no_due" text={bulk.noDue} />
        </fieldset>
        {lists.length > 0 && (
          <fieldset>
            <legend class="unseen">{bulk.move}</legend>
            <select name="list" aria-label={bulk.list}>
              <option value="">{t.lists.none}</option>
              {lists.map(({ id, name }) => (
                <option value={id}>{name}</option>
              ))}
            </select>
            <Action value="move" text={bulk.move} />
          </fieldset>
        )}
        <fieldset>
          <legend class="unseen">{bulk.addLabel}</legend>
          <input type="text" name="label" aria-label={bulk.labelName} maxlength={MAX_LABEL} />
          <Action value="label" text={bulk.addLabel} />
        </fieldset>
        <Action value="delete" text={t.todos.delete} isDanger />
      </div>
    </form>
  )
}

const Action = ({ value, text, isDanger }: { value: string; text: string; isDanger?: boolean }) => (
  <button type="submit" class={isDanger ? 'second danger' : 'second'} name="bulk" value={value}>
    {text}
  </button>
)
