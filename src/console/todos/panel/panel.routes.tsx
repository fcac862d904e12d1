import { createPages, type PageContext } from '../../page/console-env'
import { formFields } from '../../page/form'
import { HOME, localPath, withQuery } from '../../page/local-path'
import { redirectWithNotice, type SaidNotice } from '../../page/notice'
import { wantsPart } from '../../page/part'
import { beginReadingPerson, readReader } from '../../page/person'
import type { Refusal } from '../../page/refusal'
import { requireSameUser } from '../../page/same-user'
import { readLists } from '../lists/read-lists'
import { todoFields, toFields } from '../todo-fields'
import { showTodo } from '../todo-page'
import { changeSubtasks } from './change-subtasks'
import { showConflict } from './conflict-page'
import { quickDue } from './quick-due'
import { actionFields, addSubtask, changeTodo, makeTodo, type Outcome } from './save-todo'
import { showSaved } from './saved-part'

const TODO = '/todos/:id{[0-9a-f-]{36}}' as const

/** Shows and changes one to-do: on a page of its own, and in a panel on the page of a list. */
export const panelRoutes = createPages()
  .get(TODO, (c) => showTodo(c, c.req.param('id'), null))
  .post(TODO, requireSameUser, formFields({ ...todoFields, ...actionFields }), async (c) => {
    // The row and the zone of a part need it.
    if (wantsPart(c)) beginReadingPerson(c)
    const id = c.req.param('id')
    const { dueQuick, subtask, key, again, stay, 'subtasks[]': pressed, ...typed } = c.req.valid('form')
    const fields = dueQuick === undefined ? typed : { ...typed, ...quickDue(dueQuick, await readReader(c)) }
    const [outcome, lists] = await Promise.all([
      again ? makeTodo(c, fields, key) : changeTodo(c, id, fields),
      wantsPart(c) ? readLists(c) : [],
    ])
    if (outcome.todo === null) return showRefused(c, id, { fields, subtask, refusal: outcome.refusal })
    const { todo } = outcome
    const { notice, refusal } = await changeSubtasks(c, pressed)
    const subtaskRefusal = refusal ?? (await addSubtask(c, todo.id, { subtask, key }))
    const hasNewSubtask = subtask.trim() !== '' && subtaskRefusal === null
    if (wantsPart(c)) {
      const showsSubtasks = again || hasNewSubtask || pressed.length > 0 || fields.isDone !== fields.isDoneBefore
      return showSaved(c, { todo, lists, showsSubtasks, subtask, subtaskRefusal, notice })
    }
    if (subtaskRefusal !== null) {
      const { zone } = await readReader(c)
      return showTodo(c, todo.id, { fields: toFields(todo, zone), subtask, refusal: null, subtaskRefusal })
    }
    const staysHere = stay || hasNewSubtask || pressed.length > 0 || dueQuick !== undefined
    return goOn(c, todo.id, { staysHere, notice: notice ?? { name: again || hasNewSubtask ? 'added' : 'saved' } })
  })

interface Typed {
  fields: Parameters<typeof changeTodo>[2]
  subtask: string
  refusal: Extract<Outcome, { todo: null }>['refusal']
}

function showRefused(c: PageContext, id: string, typed: Typed) {
  const refused: Typed & { subtaskRefusal: Refusal | null } = { ...typed, subtaskRefusal: null }
  return typed.refusal.errorCode === 'precondition_failed' ? showConflict(c, id, refused) : showTodo(c, id, refused)
}

/** The next page: that of the to-do again, or its list. */
function goOn(c: PageContext, id: string, { staysHere, notice }: { staysHere: boolean; notice: SaidNotice }) {
  const to = c.req.query('to') ?? null
  const path = staysHere ? withQuery(`${HOME}/todos/${id}`, { to }) : `${localPath(to, c.req.url)}#t${id}`
  const { name, ...details } = notice
  return redirectWithNotice(c, path, name, details)
}
