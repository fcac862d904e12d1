import { MAX_CONTENTS } from '../../../limits'
import type { Todo } from '../../../todos/schemas'
import type { PageContext } from '../../page/console-env'
import { Field, RefusalMessage } from '../../page/fields'
import { wantsPart } from '../../page/part'
import type { Reader } from '../../page/person'
import type { Refusal } from '../../page/refusal'
import { FORM_ID } from '../todo-form'
import { TodoList } from '../todo-list'

interface SubtasksProps {
  reader: Reader
  subtasks: readonly Todo[]
  /** The path and query of the page. */
  path: string
  /** What was typed into the field for a new one, and why it was refused. */
  typed: string
  refusal: Refusal | null
  /** Whether the field gets the focus. */
  focus: boolean
}

/** The subtasks of a to-do, and a field for a new one. It belongs to the form of the to-do, so that adding one saves what else was typed. */
export function Subtasks({ reader, subtasks, path, typed, refusal, focus }: SubtasksProps) {
  const { t } = reader
  const setting = { reader, listPath: path, listNames: new Map<string, string>(), parents: new Map<string, string>() }
  return (
    <section class="subtasks-of" aria-labelledby="edit-subtasks">
      <h2 id="edit-subtasks">{t.todos.subtasks}</h2>
      <div class="rows-of">
        {subtasks.length > 0 && <TodoList {...setting} todos={subtasks} name={t.todos.subtasks} />}
      </div>
      {/* Where console.js says what became of one of them, with a button that undoes it. */}
      <div class="said" />
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
