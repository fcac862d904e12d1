import type { Child } from 'hono/jsx'
import { AppError } from '../../errors'
import type { List } from '../../todos/lists/schemas'
import type { Todo } from '../../todos/schemas'
import type { PageContext } from '../page/console-env'
import { renderPage } from '../page/layout'
import { HOME, localPath } from '../page/local-path'
import { Notice, takeNotice } from '../page/notice'
import { renderPart, wantsPart } from '../page/part'
import { type Reader, readReader } from '../page/person'
import type { Refusal } from '../page/refusal'
import type { Texts } from '../texts/texts'
import { readLists } from './lists/read-lists'
import { UndoSubtask } from './panel/change-subtasks'
import { Foot } from './panel/foot'
import { Head } from './panel/head'
import { readLabels } from './panel/read-labels'
import { RowTemplate } from './panel/row-template'
import { KeptSubtask, Subtasks } from './panel/subtasks'
import { readSubtasks, readTodo } from './read-todo'
import { type TodoFields, toFields } from './todo-fields'
import { TodoForm } from './todo-form'

/** What was typed into the form, and why it was refused. */
export interface Refused {
  fields: TodoFields
  /** The contents of a new subtask. */
  subtask: string
  refusal: Refusal | null
  subtaskRefusal: Refusal | null
}

interface TodoPage {
  /** Null if it was deleted while somebody was typing. */
  todo: Todo | null
  parent: Todo | null
  subtasks: Todo[]
  lists: List[]
  labels: string[]
  reader: Reader
}

async function readTodoPage(c: PageContext, id: string): Promise<TodoPage> {
  const [todo, subtasks, lists, labels, reader] = await Promise.all([
    readTodo(c, id),
    readSubtasks(c, id),
    readLists(c),
    readLabels(c),
    readReader(c),
  ])
  const parent = todo?.parentId ? await readTodo(c, todo.parentId) : null
  return { todo, parent, subtasks, lists, labels, reader }
}

/** The path and query of the page. */
export const pathOf = (c: PageContext, id: string): string => `${HOME}/todos/${id}${new URL(c.req.url).search}`

/**
 * A to-do with its form and its subtasks: a page, or the inside of a panel.
 * @throws {AppError} `not_found`; but not if a form was refused, which shows what was typed
 */
export async function showTodo(c: PageContext, id: string, refused: Refused | null) {
  const page = await readTodoPage(c, id)
  const { todo, reader, parent } = page
  const fields = refused?.fields ?? (todo && toFields(todo, reader.zone))
  if (!fields) throw new AppError('not_found')
  const { t } = reader
  const listPath = localPath(c.req.query('to'), c.req.url)
  const path = pathOf(c, id)
  const notice = wantsPart(c) ? null : takeNotice(c)
  const { subtask = '', refusal = null, subtaskRefusal = null } = refused ?? {}
  return renderTodo(
    c,
    { title: t.todos.edit, refusal: refusal ?? subtaskRefusal },
    <>
      <Head t={t} title={t.todos.edit} listPath={listPath} path={path} />
      <Notice t={t} notice={notice}>
        <UndoSubtask t={t} notice={notice} />
      </Notice>
      <ParentLink t={t} parent={parent} />
      <TodoForm
        reader={reader}
        fields={fields}
        lists={page.lists}
        suggestions={page.labels}
        isSubtask={todo?.parentId != null}
        refusal={refusal}
        path={path}
        actions={<Actions t={t} listPath={listPath} />}
      >
        {todo === null && <Gone t={t} />}
        {todo === null && <KeptSubtask c={c} subtask={subtask} />}
      </TodoForm>
      {todo?.parentId === null && (
        <Subtasks
          reader={reader}
          subtasks={page.subtasks}
          path={path}
          typed={subtask}
          refusal={subtaskRefusal}
          notice={null}
          focus={notice?.name === 'added'}
        />
      )}
      {todo && <Foot reader={reader} todo={todo} listPath={listPath} />}
      {todo && wantsPart(c) && <RowTemplate {...page} todo={todo} listPath={listPath} />}
    </>,
  )
}

/** A page, or the same as a part without a frame. */
export function renderTodo(
  c: PageContext,
  { title, refusal }: { title: string; refusal: Refusal | null },
  body: Child,
) {
  if (wantsPart(c)) return renderPart(c, body, refusal)
  return renderPage(c, { title, section: 'todos', refusal }, body)
}

const Actions = ({ t, listPath }: { t: Texts; listPath: string }) => (
  <>
    <button type="submit">{t.save}</button>
    <a href={listPath} class="button second" data-close>
      {t.panel.back}
    </a>
  </>
)

/** Says that the to-do was deleted, and what can be done with what was typed. */
const Gone = ({ t }: { t: Texts }) => (
  <>
    <p>{t.panel.gone}</p>
    <button type="submit" class="second" name="again" value="true">
      {t.panel.makeNew}
    </button>
  </>
)

function ParentLink({ t, parent }: { t: Texts; parent: Todo | null }) {
  if (!parent) return null
  return (
    <p dir="auto">
      <a href={`${HOME}/todos/${parent.id}`}>{t.todos.partOf(parent.contents)}</a>
    </p>
  )
}
