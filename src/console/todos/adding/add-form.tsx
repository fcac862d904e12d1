import { MAX_CONTENTS } from '../../../limits'
import type { Chip } from '../../../todos/quick-add/chips'
import { Input, RefusalMessage } from '../../page/fields'
import { HOME, withQuery } from '../../page/local-path'
import type { Reader } from '../../page/person'
import type { Refusal } from '../../page/refusal'
import { QuickChips } from './quick-chips'
import { LINES, LinesOffer, UnsentRow } from './unsent-row'

/** What was typed, and why it is not a to-do yet: it was refused, or its chips are shown first. */
export interface Typed {
  contents: string
  chips: readonly Chip[]
  off: readonly number[]
  refusal: Refusal | null
}

export const NOTHING_TYPED: Typed = { contents: '', chips: [], off: [], refusal: null }

interface AddFormProps {
  reader: Reader
  /** The path and query of the page that it comes back to. */
  listPath: string
  typed: Typed
  /** Whether the field gets the focus. */
  focus: boolean
}

/** Adds a to-do. `key` makes sure that a form that is sent twice adds one. `seen` is the text whose chips the form shows. */
export function AddForm({ reader, listPath, typed, focus }: AddFormProps) {
  const { t } = reader
  const { contents, chips, off, refusal } = typed
  return (
    <>
      <RefusalMessage t={t} refusal={refusal} />
      <form method="post" action={`${HOME}/todos`} class="add" autocomplete="off" data-user={reader.userId}>
        <input type="hidden" name="to" value={listPath} />
        <input type="hidden" name="user" value={reader.userId} />
        <input type="hidden" name="key" value={crypto.randomUUID()} />
        <input type="hidden" name="seen" value={contents} />
        <Input
          t={t}
          name="contents"
          label={t.todos.new}
          placeholder={t.quick.placeholder}
          refusal={refusal}
          value={contents}
          maxlength={2 * MAX_CONTENTS}
          required
          dir="auto"
          enterkeyhint="done"
          data-focus={focus || undefined}
        />
        <button type="submit">{t.todos.add}</button>
        <div class="quick-chips" data-reads={`${HOME}/todos/quick`}>
          <QuickChips reader={reader} chips={chips} off={off} />
        </div>
        {chips.length > 0 && <p class="hint">{t.quick.confirm}</p>}
        <a class="several" href={withQuery(LINES, { to: listPath === HOME ? null : listPath })}>
          {t.quick.several}
        </a>
        <UnsentRow t={t} />
        <LinesOffer t={t} />
      </form>
    </>
  )
}
