import { MAX_CONTENTS, MAX_DESCRIPTION } from '../../limits'
import type { List } from '../../todos/lists/schemas'
import { PRIORITIES } from '../../todos/schemas'
import { Field, Input, RefusalMessage } from '../page/fields'
import type { Refusal } from '../page/refusal'
import type { Texts } from '../texts/texts'
import { DueInputs } from './due-fields'
import { RepeatInputs } from './repeat-fields'
import type { TodoFields } from './todo-fields'

interface FormProps {
  t: Texts
  fields: TodoFields
  refusal: Refusal | null
}

interface TodoFormProps extends FormProps {
  lists: readonly List[]
  /** A subtask is in the list of its parent, and comes again with it. */
  isSubtask: boolean
  /** The text of the button. */
  submit: string
  cancel: { href: string; text: string }
}

/** Changes a to-do, if it is still the version that `etag` names. */
export function TodoForm({ submit, cancel, lists, isSubtask, ...props }: TodoFormProps) {
  const { t, fields, refusal } = props
  return (
    <form method="post" autocomplete="off">
      <RefusalMessage t={t} refusal={refusal} />
      <input type="hidden" name="etag" value={fields.etag} />
      <input type="hidden" name="labelsBefore" value={fields.labelsBefore} />
      <input type="hidden" name="listBefore" value={fields.listBefore} />
      <TextArea {...props} name="contents" label={t.todos.contents} rows={2} maxlength={MAX_CONTENTS} required />
      <TextArea {...props} name="description" label={t.todos.description} rows={6} maxlength={MAX_DESCRIPTION} />
      <div class="pair">
        <PrioritySelect {...props} />
        {!isSubtask && <ListSelect {...props} lists={lists} />}
      </div>
      <DueInputs t={t} fields={fields} refusal={refusal} />
      {!isSubtask && <RepeatInputs t={t} fields={fields} refusal={refusal} />}
      <Input
        t={t}
        refusal={refusal}
        name="labels"
        label={t.todos.labels}
        hint={t.todos.labelsHint}
        value={fields.labels}
      />
      <label class="check">
        <input type="checkbox" name="isDone" value="true" checked={fields.isDone} />
        {t.todos.isDone}
      </label>
      <div class="actions">
        <button type="submit">{submit}</button>
        <a href={cancel.href} class="button second">
          {cancel.text}
        </a>
      </div>
    </form>
  )
}

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
      name={name}
      label={label}
      control={(attributes) => (
        <textarea {...attributes} dir="auto" {...rest}>
          {/* HTML ignores a line break at the start of a textarea. Without this one, the text could lose its own. */}
          {`\n${fields[name]}`}
        </textarea>
      )}
    />
  )
}

function PrioritySelect({ t, fields, refusal }: FormProps) {
  return (
    <Field
      t={t}
      refusal={refusal}
      name="priority"
      label={t.todos.priority}
      control={(attributes) => (
        <select {...attributes}>
          {PRIORITIES.map((priority) => (
            <option value={priority} selected={priority === fields.priority}>
              {t.todos.priorities[priority]}
            </option>
          ))}
        </select>
      )}
    />
  )
}

function ListSelect({ t, fields, refusal, lists }: FormProps & { lists: readonly List[] }) {
  return (
    <Field
      t={t}
      refusal={refusal}
      name="list"
      path="/listId"
      label={t.lists.one}
      control={(attributes) => (
        <select {...attributes}>
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
