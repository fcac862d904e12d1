import { AppError } from '../../../errors'
import type { PageContext } from '../../page/console-env'
import { localPath } from '../../page/local-path'
import { wantsPart } from '../../page/part'
import { readReader } from '../../page/person'
import type { Texts } from '../../texts/texts'
import { readLists } from '../lists/read-lists'
import { readTodo } from '../read-todo'
import { befores, toFields } from '../todo-fields'
import { TodoForm } from '../todo-form'
import { pathOf, type Refused, renderTodo } from '../todo-page'
import { TodoVersion } from '../todo-version'
import { Head } from './head'
import { KeptSubtask } from './subtasks'

/**
 * Somebody else has changed the to-do meanwhile. Shows their version and the form with what was typed. The form now has the tag
 * of their version, so that saving it replaces that version.
 */
export async function showConflict(c: PageContext, id: string, { fields, subtask, refusal }: Refused) {
  const [theirs, lists, reader] = await Promise.all([readTodo(c, id), readLists(c), readReader(c)])
  if (!theirs) throw new AppError('not_found')
  const { t } = reader
  const listPath = localPath(c.req.query('to'), c.req.url)
  const path = pathOf(c, id)
  return renderTodo(
    c,
    { title: t.todos.conflict, refusal },
    <>
      <Head t={t} title={t.todos.conflict} listPath={listPath} path={path} />
      <TodoForm
        reader={reader}
        fields={{ ...fields, ...befores(toFields(theirs, reader.zone)) }}
        lists={lists}
        isSubtask={theirs.parentId !== null}
        refusal={null}
        path={path}
        actions={<Choice t={t} path={path} />}
      >
        <p role="alert">{t.todos.conflictText}</p>
        <TodoVersion reader={reader} todo={theirs} lists={lists} />
        {wantsPart(c) && (
          <div class="actions">
            <Choice t={t} path={path} />
          </div>
        )}
        <h2>{t.todos.yours}</h2>
        <KeptSubtask c={c} subtask={subtask} />
      </TodoForm>
    </>,
  )
}

const Choice = ({ t, path }: { t: Texts; path: string }) => (
  <>
    <button type="submit">{t.todos.keepYours}</button>
    <a href={path} class="button second" data-reload>
      {t.todos.keepTheirs}
    </a>
  </>
)
