import { MAX_CONTENTS } from '../../../limits'
import type { Todo } from '../../../todos/schemas'
import type { PageContext } from '../../page/console-env'
import { Field, RefusalMessage } from '../../page/fields'
import { Notice, type PageNotice } from '../../page/notice'
import { wantsPart } from '../../page/part'
import type { Reader } from '../../page/person'
import type { Refusal } from '../../page/refusal'
import { FORM_ID } from '../todo-form'
import { TodoList } from '../todo-list'
import { subtaskButtons, UndoSubtask } from './change-subtasks'

interface SubtasksProps {
  reader: Reader
  subtasks: readonly Todo[]
  /** The path and query of the page. */
  path: string
  /** What was typed into the field for a new one, and why that or a button was refused. */
  typed: string
  refusal: Refusal | null
  /** What one of their buttons has done. */
  notice: PageNotice | null
  /** Whether the field gets the focus. */
  focus: boolean
}

/** The subtasks of a to-do, and a field for a new one. They belong to the form of the to-do, so that nothing else that was typed is lost. */
export function Subtasks({ reader, subtasks, path, typed, refusal, notice, focus }: SubtasksProps) {
  const { t } = reader
  const setting = {
    reader,
    listPath: path,
    listNames: new Map<string, string>(),
    parents: new Map<string, string>(),
    buttonsOf: subtaskButtons,
  }
  return (
    <section class="subtasks-of" aria-labelledby="edit-subtasks">
      <h2 id="edit-subtasks">{t.todos.subtasks}</h2>
      <div class="rows-of">
        {subtasks.length > 0 && <TodoList {...setting} todos={subtasks} name={t.todos.subtasks} />}
      </div>
      <div class="said">
        <Notice t={t} notice={notice}>
          <UndoSubtask t={t} notice={notice} />
        </Notice>
      </div>
      <RefusalMessage t={t} refusal={refusal} />
      <div class="add-subtask">
        <Field
          t={t}
          refusal={refusal}
          name="edit-subtask"
          path="/contents"
          label={t.todos.newSubtask}
          control={(attributes) => (
            <input
              type="text"
              {...attributes}
              name="subtask"
              form={FORM_ID}
              value={typed}
              maxlength={MAX_CONTENTS}
              autocomplete="off"
              enterkeyhint="done"
              data-focus={focus || undefined}
            />
          )}
        />
        <button type="submit" class="second" form={FORM_ID} name="stay" value="true">
          {t.todos.add}
        </button>
      </div>
    </section>
  )
}

/** Keeps what was typed for a new subtask on a page without that field. A panel still has it. */
export const KeptSubtask = ({ c, subtask }: { c: PageContext; subtask: string }) =>
  wantsPart(c) ? null : <input type="hidden" name="subtask" value={subtask} />
