import type { Todo } from '../../todos/schemas'
import { todoTag } from '../../todos/todo'
import { HOME, withQuery } from '../page/local-path'
import type { Reader } from '../page/person'
import { BULK_FORM } from './bulk/bulk-bar'
import { Due, dueClass } from './due'
import { repeatInWords } from './repeat-fields'

/** The names of buttons, which screen readers read aloud, have at most this many characters of the to-do. */
const MAX_BUTTON_NAME_LENGTH = 60

/** What a list knows beside its to-dos. */
export interface ListSetting {
  reader: Reader
  /** The path and query of the page. */
  listPath: string
  /** The names of lists by id. A page that shows one list only has none. */
  listNames: ReadonlyMap<string, string>
  /** The contents of parents that are not on the page. */
  parents: ReadonlyMap<string, string>
  /** The attributes of the buttons that complete and delete a to-do, if they are not those of a list. */
  buttonsOf?: (todo: Todo) => { toggle: ButtonProps; remove: ButtonProps }
}

type ButtonProps = { name: string; value: string } & ({ formaction: string } | { form: string })

/** In a list, each button has an address of its own. */
const listButtons = (todo: Todo) => ({
  toggle: { formaction: `${HOME}/todos/${todo.id}/done`, name: 'isDone', value: String(!todo.isDone) },
  remove: { formaction: `${HOME}/todos/${todo.id}/delete`, name: 'etag', value: todoTag(todo) },
})

/** A subtask below its parent is in the same list. */
const NO_LISTS: ListSetting['listNames'] = new Map()

interface TodoItemProps extends ListSetting {
  todo: Todo
  subtasks?: readonly Todo[]
}

/** One to-do of a list: a button that completes it, its contents and chips, a button that deletes it, and its subtasks. */
export function TodoItem({ todo, subtasks = [], ...setting }: TodoItemProps) {
  const { reader, listPath, buttonsOf = listButtons } = setting
  const { t } = reader
  const { id, contents, isDone, priority } = todo
  const buttons = buttonsOf(todo)
  const path = `${HOME}/todos/${id}`
  const buttonName = contents.slice(0, MAX_BUTTON_NAME_LENGTH).toWellFormed()
  return (
    <li id={`t${id}`} class={isDone ? 'todo done' : 'todo'} data-priority={priority}>
      <input
        type="checkbox"
        class="pick"
        form={BULK_FORM}
        name={`pick-${id}`}
        value="true"
        aria-label={t.todos.pick(buttonName)}
      />
      <button
        type="submit"
        class="toggle"
        {...buttons.toggle}
        aria-label={isDone ? t.todos.reopen(buttonName) : t.todos.complete(buttonName)}
      />
      <div class="body">
        <a class="contents" href={withQuery(path, { to: listPath === HOME ? null : listPath })} dir="auto">
          {contents}
        </a>
        <Chips {...setting} todo={todo} />
      </div>
      <button type="submit" class="remove" {...buttons.remove} aria-label={t.todos.deleteNamed(buttonName)} />
      {subtasks.length > 0 && (
        <ul class="subtasks">
          {subtasks.map((subtask) => (
            <TodoItem {...setting} listNames={NO_LISTS} todo={subtask} />
          ))}
        </ul>
      )}
    </li>
  )
}

/** What a list shows of a to-do beside its contents, if there is anything. */
function Chips({ reader, listNames, parents, todo }: Pick<TodoItemProps, 'reader' | 'listNames' | 'parents' | 'todo'>) {
  const { t } = reader
  const { priority, labels, due, recurrence, listId, parentId, description } = todo
  const listName = listId === null ? undefined : listNames.get(listId)
  const parent = parentId === null ? undefined : parents.get(parentId)
  const isPlain = priority === 'none' && due === null && labels.length === 0 && description === null
  if (isPlain && listName === undefined && parent === undefined) return null
  return (
    <p class="chips">
      {parent !== undefined && (
        <span class="chip part" dir="auto">
          {t.todos.partOf(parent)}
        </span>
      )}
      {due !== null && (
        <span class={['chip due-chip', dueClass(reader, todo)].filter(Boolean).join(' ')}>
          <span class="unseen">{t.todos.due} </span>
          <Due reader={reader} todo={todo} />
          {recurrence !== null && <RepeatMark reader={reader} rule={recurrence} />}
        </span>
      )}
      {priority !== 'none' && <span class="chip priority">{t.todos.priorities[priority]}</span>}
      {labels.map((label) => (
        <a class="chip label" href={withQuery(HOME, { label })} dir="auto">
          #{label}
        </a>
      ))}
      {listName !== undefined && (
        <span class="chip list-chip" dir="auto">
          {listName}
        </span>
      )}
      {description !== null && (
        <span class="chip note" title={t.todos.hasDescription}>
          <span class="unseen">{t.todos.hasDescription}</span>
        </span>
      )}
    </p>
  )
}

/** Says that a to-do comes again: a sign for those who see it, and words for those who hear it. */
function RepeatMark({ reader: { t }, rule }: { reader: Reader; rule: string }) {
  const words = repeatInWords(t, rule)
  return (
    <span title={words}>
      {' '}
      <span aria-hidden="true">↻</span>
      <span class="unseen">{words}</span>
    </span>
  )
}
