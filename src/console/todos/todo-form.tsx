import type { Locale } from '../../locale'
import { PRIORITIES, type Todo } from '../../todos/schemas'
import { Field, Input, Refused } from '../page/fields'
import type { Refusal } from '../page/refusal'
import { Time } from '../page/time'
import type { Texts } from '../texts/texts'
import type { TypedTodo } from './todo-input'

/** Changes a to-do, if it is still what `etag` stands for. */
export function TodoForm({
  t,
  typed,
  refusal,
  submit,
  cancel,
}: {
  t: Texts
  typed: TypedTodo
  refusal: Refusal | null
  submit: string
  cancel: { href: string; text: string }
}) {
  const field = { t, refusal }
  return (
    <form method="post" autocomplete="off">
      <Refused t={t} refusal={refusal} />
      <input type="hidden" name="etag" value={typed.etag} />
      <input type="hidden" name="labelsBefore" value={typed.labelsBefore} />
      <input type="hidden" name="dueBefore" value={typed.dueBefore} />
      <Field
        {...field}
        name="contents"
        label={t.todos.contents}
        control={(attributes) => (
          <textarea {...attributes} dir="auto" rows={2} maxlength={500} required>
            {asTyped(typed.contents)}
          </textarea>
        )}
      />
      <Field
        {...field}
        name="description"
        label={t.todos.description}
        control={(attributes) => (
          <textarea {...attributes} dir="auto" rows={6} maxlength={10_000}>
            {asTyped(typed.description)}
          </textarea>
        )}
      />
      <div class="pair">
        <Field
          {...field}
          name="priority"
          label={t.todos.priority}
          control={(attributes) => (
            <select {...attributes}>
              {PRIORITIES.map((one) => (
                <option value={one} selected={one === typed.priority}>
                  {t.todos.priorities[one]}
                </option>
              ))}
            </select>
          )}
        />
        <Input
          {...field}
          name="due"
          path="/dueAt"
          type="datetime-local"
          label={t.todos.due}
          hint={t.todos.dueHint}
          value={typed.due}
          data-utc
        />
      </div>
      <Input {...field} name="labels" label={t.todos.labels} hint={t.todos.labelsHint} value={typed.labels} />
      <label class="check">
        <input type="checkbox" name="isDone" value="true" checked={typed.isDone} />
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

/** HTML drops a first line end in a textarea. */
const asTyped = (text: string): string => `\n${text}`

/** A to-do as it stands, beside what somebody typed without knowing of it. */
export function TodoVersion({ t, locale, todo }: { t: Texts; locale: Locale; todo: Todo }) {
  return (
    <section class="panel version" aria-labelledby="theirs">
      <h2 id="theirs">{t.todos.theirs}</h2>
      <dl>
        <dt>{t.todos.contents}</dt>
        <dd dir="auto">{todo.contents}</dd>
        {todo.description !== null && (
          <>
            <dt>{t.todos.description}</dt>
            <dd dir="auto">{todo.description}</dd>
          </>
        )}
        <dt>{t.todos.priority}</dt>
        <dd>{t.todos.priorities[todo.priority]}</dd>
        {todo.dueAt !== null && (
          <>
            <dt>{t.todos.due}</dt>
            <dd>
              <Time locale={locale} at={todo.dueAt} />
            </dd>
          </>
        )}
        {todo.labels.length > 0 && (
          <>
            <dt>{t.todos.labels}</dt>
            <dd>{todo.labels.join(', ')}</dd>
          </>
        )}
        <dt>{t.todos.state}</dt>
        <dd>{todo.isDone ? t.todos.states.done : t.todos.states.open}</dd>
        <dt>{t.todos.changed}</dt>
        <dd>
          <Time locale={locale} at={todo.updatedAt} />
        </dd>
      </dl>
    </section>
  )
}
