import { AppError } from '../../errors'
import type { List } from '../../todos/lists/schemas'
import type { Todo } from '../../todos/schemas'
import type { PageContext } from '../page/console-env'
import { renderPage } from '../page/layout'
import { HOME, localPath } from '../page/local-path'
import { Notice, takeNotice } from '../page/notice'
import { type Reader, readReader } from '../page/person'
import type { Refusal } from '../page/refusal'
import type { Texts } from '../texts/texts'
import { SubtaskForm } from './adding/subtask-form'
import { readLists } from './lists/read-lists'
import { readSubtasks, readTodo } from './read-todo'
import { befores, type TodoFields, toFields } from './todo-fields'
import { TodoForm } from './todo-form'
import { TodoList } from './todo-list'
import { TodoVersion } from './todo-version'
import { UndoForm } from './undo-form'

/** What was typed into one of the forms of the page, and why it was refused. */
export type Refused =
  | { form: 'todo'; fields: TodoFields; refusal: Refusal }
  | { form: 'subtask'; contents: string; refusal: Refusal }

interface TodoPage {
  /** Null if it was deleted while somebody was typing. */
  todo: Todo | null
  parent: Todo | null
  subtasks: Todo[]
  lists: List[]
  reader: Reader
}

async function readTodoPage(c: PageContext, id: string): Promise<TodoPage> {
  const [todo, subtasks, lists, reader] = await Promise.all([
    readTodo(c, id),
    readSubtasks(c, id),
    readLists(c),
    readReader(c),
  ])
  const parent = todo?.parentId ? await readTodo(c, todo.parentId) : null
  return { todo, parent, subtasks, lists, reader }
}

const pathOf = (c: PageContext, id: string): string => {
  const { pathname, search } = new URL(c.req.url)
  // Forms of the page have addresses below it.
  const own = `${HOME}/todos/${id}`
  return pathname === own ? pathname + search : own
}

/**
 * A to-do with its form and its subtasks.
 * @throws {AppError} `not_found`; but not if a form was refused, which shows what was typed
 */
export async function showTodo(c: PageContext, id: string, refused: Refused | null) {
  const { t } = c.var
  const page = await readTodoPage(c, id)
  const { todo, reader } = page
  const fields = refused?.form === 'todo' ? refused.fields : todo && toFields(todo, reader.zone)
  if (!fields) throw new AppError('not_found')
  const listPath = localPath(c.req.query('to'), c.req.url)
  const notice = takeNotice(c)
  const path = pathOf(c, id)
  return renderPage(
    c,
    { title: t.todos.edit, section: 'todos', refusal: refused?.refusal ?? null },
    <>
      <h1>{t.todos.edit}</h1>
      <Notice t={t} notice={notice}>
        <UndoForm t={t} notice={notice} listPath={path} />
      </Notice>
      <ParentLink t={t} parent={page.parent} />
      <TodoForm
        t={t}
        fields={fields}
        lists={page.lists}
        isSubtask={page.todo?.parentId != null}
        refusal={refused?.form === 'todo' ? refused.refusal : null}
        submit={t.save}
        cancel={{ href: listPath, text: t.cancel }}
      />
      {todo?.parentId === null && (
        <Subtasks page={page} path={path} parentId={id} focus={notice?.name === 'added'} refused={refused} />
      )}
      <form method="post" action={`${HOME}/todos/${id}/delete`} class="aside">
        <input type="hidden" name="to" value={listPath} />
        <button type="submit" class="quiet danger" name="etag" value={fields.etag}>
          {t.todos.delete}
        </button>
      </form>
    </>,
  )
}

function ParentLink({ t, parent }: { t: Texts; parent: Todo | null }) {
  if (!parent) return null
  return (
    <p dir="auto">
      <a href={`${HOME}/todos/${parent.id}`}>{t.todos.partOf(parent.contents)}</a>
    </p>
  )
}

interface SubtasksProps {
  page: TodoPage
  /** The path and query of the page. */
  path: string
  parentId: string
  /** Whether the field for a new one gets the focus. */
  focus: boolean
  refused: Refused | null
}

function Subtasks({ page, path, parentId, focus, refused }: SubtasksProps) {
  const { reader, subtasks } = page
  const { t } = reader
  const { contents, refusal } = refused?.form === 'subtask' ? refused : { contents: '', refusal: null }
  const setting = { reader, listPath: path, listNames: new Map<string, string>(), parents: new Map<string, string>() }
  return (
    <section class="subtasks" aria-labelledby="subtasks">
      <h2 id="subtasks">{t.todos.subtasks}</h2>
      {subtasks.length > 0 && <TodoList {...setting} todos={subtasks} name={t.todos.subtasks} />}
      <SubtaskForm t={t} listPath={path} parentId={parentId} contents={contents} refusal={refusal} focus={focus} />
    </section>
  )
}

/**
 * Somebody else has changed the to-do meanwhile. Shows their version and the form with what was typed. The form now has the tag
 * of their version, so that saving it replaces that version.
 */
export async function showConflict(
  c: PageContext,
  id: string,
  { fields, refusal }: Extract<Refused, { form: 'todo' }>,
) {
  const { t } = c.var
  const [theirs, lists, reader] = await Promise.all([readTodo(c, id), readLists(c), readReader(c)])
  if (!theirs) throw new AppError('not_found')
  const { pathname, search } = new URL(c.req.url)
  return renderPage(
    c,
    { title: t.todos.conflict, section: 'todos', refusal },
    <>
      <h1>{t.todos.conflict}</h1>
      <p role="alert">{t.todos.conflictText}</p>
      <TodoVersion reader={reader} todo={theirs} lists={lists} />
      <h2>{t.todos.yours}</h2>
      <TodoForm
        t={t}
        fields={{ ...fields, ...befores(toFields(theirs, reader.zone)) }}
        lists={lists}
        isSubtask={theirs.parentId !== null}
        refusal={null}
        submit={t.todos.keepYours}
        cancel={{ href: pathname + search, text: t.todos.keepTheirs }}
      />
    </>,
  )
}
