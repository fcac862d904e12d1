import { MAX_CONTENTS } from '../../limits'
import { Input, RefusalMessage } from '../page/fields'
import { HOME } from '../page/local-path'
import type { Refusal } from '../page/refusal'
import type { Texts } from '../texts/texts'

interface AddFormProps {
  t: Texts
  /** The path and query of the page that it comes back to. */
  listPath: string
  /** The to-do that gets a subtask. Without it, the form adds a to-do. */
  parentId?: string
  /** What was typed into a form that was refused. */
  contents: string
  refusal: Refusal | null
  /** Whether the field gets the focus. */
  focus: boolean
}

/** Adds a to-do, or a subtask. `key` makes sure that a form that is sent twice adds one to-do. */
export function AddForm({ t, listPath, parentId, contents, refusal, focus }: AddFormProps) {
  const path = parentId === undefined ? '' : `/${parentId}/subtasks`
  return (
    <>
      <RefusalMessage t={t} refusal={refusal} />
      <form method="post" action={`${HOME}/todos${path}`} class="add" autocomplete="off">
        <input type="hidden" name="to" value={listPath} />
        <input type="hidden" name="key" value={crypto.randomUUID()} />
        <Input
          t={t}
          name={parentId === undefined ? 'contents' : 'subtask'}
          path="/contents"
          label={parentId === undefined ? t.todos.new : t.todos.newSubtask}
          refusal={refusal}
          value={contents}
          maxlength={MAX_CONTENTS}
          required
          enterkeyhint="done"
          data-focus={focus || undefined}
        />
        <button type="submit">{t.todos.add}</button>
      </form>
    </>
  )
}
