import { MAX_CONTENTS } from '../../../limits'
import { Input, RefusalMessage } from '../../page/fields'
import { HOME } from '../../page/local-path'
import type { Refusal } from '../../page/refusal'
import type { Texts } from '../../texts/texts'

interface SubtaskFormProps {
  t: Texts
  /** The path and query of the page that it comes back to. */
  listPath: string
  parentId: string
  /** What was typed into a form that was refused. */
  contents: string
  refusal: Refusal | null
  /** Whether the field gets the focus. */
  focus: boolean
}

/** Adds a subtask. */
export function SubtaskForm({ t, listPath, parentId, contents, refusal, focus }: SubtaskFormProps) {
  return (
    <>
      <RefusalMessage t={t} refusal={refusal} />
      <form method="post" action={`${HOME}/todos/${parentId}/subtasks`} class="add" autocomplete="off">
        <input type="hidden" name="to" value={listPath} />
        <input type="hidden" name="key" value={crypto.randomUUID()} />
        <Input
          t={t}
          name="subtask"
          path="/contents"
          label={t.todos.newSubtask}
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
