import type { Child } from 'hono/jsx'
import { MAX_CONTENTS, MAX_DESCRIPTION } from '../../limits'
import type { List } from '../../todos/lists/schemas'
import { PRIORITIES } from '../../todos/schemas'
import { Field, RefusalMessage } from '../page/fields'
import type { Reader } from '../page/person'
import type { Refusal } from '../page/refusal'
import type { Texts } from '../texts/texts'
import { DueInputs } from './due-fields'
import { LabelInputs } from './panel/label-fields'
import { RepeatInputs } from './repeat-fields'
import type { TodoFields } from './todo-fields'

interface FormProps {
  t: Texts
  fields: TodoFields
  refusal: Refusal | null
}

/** Ties fields outside the form to it. */
export const FORM_ID = 'edit'

interface TodoFormProps {
  reader: Reader
  fields: TodoFields
  refusal: Refusal | null
  lists: readonly List[]
  /** Labels to suggest. */
  suggestions?: readonly string[]
  /** A subtask is in the list of its parent, and comes again with it. */
  isSubtask: boolean
  /** The path and query that it is sent to. */
  path: string
  /** What stands at the foot of the form. */
  actions: Child
  /** What stands above the fields, beside why it was refused. */
  children?: Child
}

/** Changes a to-do, if it is still the version that `etag` names. The names of its fields are no ids, because it may stand on the page of a list. */
export function TodoForm({ lists, suggestions = [], isSubtask, path, actions, children, ...props }: TodoFormProps) {
  const { reader, fields, refusal } = props
  const { t } = reader
  const form = { t, fields, refusal }
  return (
    <form method="post" action={path} id={FORM_ID} class="edit-form" autocomplete="off" data-user={reader.userId}>
      {/* Enter presses the first button of a form, and that has to be rendered. */}
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: nobody gets the focus there, and the same button stands below */}
      <button type="submit" class="unseen" tabindex={-1} aria-hidden="true">
        {t.save}
      </button>
      <div class="says">
        <RefusalMessage t={t} refusal={refusal} />
        {children}
      </div>
      <Draft t={t} />
      <input type="hidden" name="user" value={reader.userId} />
      <Befores fields={fields} />
      <TextArea {...form} name="contents" label={t.todos.contents} rows={1} maxlength={MAX_CONTENTS} required />
      <TextArea {...form} name="description" label={t.todos.description} rows={3} maxlength={MAX_DESCRIPTION} />
      <DueInputs {...form} />
      <PriorityInputs {...form} />
      <LabelInputs {...form} suggestions={suggestions} />
      {!isSubtask && <RepeatInputs {...form} />}
      {!isSubtask && <ListSelect {...form} lists={lists} />}
      <label class="check">
        <input type="checkbox" name="isDone" value="true" checked={fields.isDone} />
        {t.todos.isDone}
      </label>
      <div class="actions">{actions}</div>
    </form>
  )
}

/** What the fields that people see do not show. */
function Befores({ fields }: { fields: TodoFields }) {
  return (
    <>
      <input type="hidden" name="etag" value={fields.etag} />
      <input type="hidden" name="isDoneBefore" value={String(fields.isDoneBefore)} />
      <input type="hidden" name="labelsBefore" value={fields.labelsBefore} />
      <input type="hidden" name="listBefore" value={fields.listBefore} />
      <input type="hidden" name="key" value={crypto.randomUUID()} />
    </>
  )
}

/** Where console.js shows what could not be saved the last time. */
const Draft = ({ t: { panel } }: { t: Texts }) => (
  <div class="notice draft" hidden>
    <p>{panel.draft}</p>
    <blockquote dir="auto" />
    <div class="actions">
      <button type="button" class="use">
        {panel.useDraft}
      </button>
      <button type="button" class="quiet drop">
        {panel.dropDraft}
      </button>
    </div>
  </div>
)

interface TextAreaProps extends FormProps {
  name: 'contents' | 'description'
  label: string
  rows: number
  maxlength: number
  required?: boolean
}

function TextArea({ t, fields, refusal, name, label, ...rest }: TextAreaProps) {
  return (
    <Field
      t={t}
      refusal={refusal}
      name={`edit-${name}`}
      path={`/${name}`}
      label={label}
      control={(attributes) => (
        <textarea {...attributes} name={name} dir="auto" placeholder={label} {...rest}>
          {/* HTML ignores a line break at the start of a textarea. Without this one, the text could lose its own. */}
          {`\n${fields[name]}`}
        </textarea>
      )}
    />
  )
}

function PriorityInputs({ t, fields }: FormProps) {
  return (
    <fieldset class="priorities">
      <legend>{t.todos.priority}</legend>
      <div class="options">
        {PRIORITIES.map((priority) => (
          <label class="option" data-priority={priority}>
            <input type="radio" name="priority" value={priority} checked={priority === fields.priority} />
            <span>{t.todos.priorities[priority]}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

function ListSelect({ t, fields, refusal, lists }: FormProps & { lists: readonly List[] }) {
  return (
    <Field
      t={t}
      refusal={refusal}
      name="edit-list"
      path="/listId"
      label={t.lists.one}
      control={(attributes) => (
        <select {...attributes} name="list">
          <option value="">{t.lists.none}</option>
          {lists.map(({ id, name }) => (
            <option value={id} selected={id === fields.list}>
              {name}
            </option>
          ))}
        </select>
      )}
    />
  )
}
