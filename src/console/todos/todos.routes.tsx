import { readDueAt } from '../account/read-second-factor'
import { SetUpBanner } from '../account/second-factor-overview'
import { createPages, type PageContext } from '../page/console-env'
import { flag, formFields, headerValue, text } from '../page/form'
import { renderPage } from '../page/layout'
import { localPath, withQuery } from '../page/local-path'
import { Notice, redirectWithNotice, takeNotice } from '../page/notice'
import { type Refusal, readFormRefusal, readRefusal, toAppError } from '../page/refusal'
import { type TodoFields, todoFields, toFields, toPatch } from './todo-fields'
import { TodoForm } from './todo-form'
import { AddForm, FilterForm, PageLinks, StateLinks, TodoList, UndoForm } from './todo-list'
import { TodoVersion } from './todo-version'
import { readView, toApiQuery } from './todo-view'

const TODO = '/todos/:id{[0-9a-f-]{36}}' as const

export const todoRoutes = createPages()
  .get('/', (c) => {
    const { pathname, search } = new URL(c.req.url)
    return showList(c, withQuery(pathname + search, {}), null)
  })
  .post('/todos', formFields({ contents: text, key: headerValue, to: text }), async (c) => {
    const { contents, key, to } = c.req.valid('form')
    const listPath = localPath(to, c.req.url)
    const headers = { 'Idempotency-Key': key }
    const answer = await c.var.api.todos.$post({ json: { contents } }, { headers })
    if (answer.status !== 201) return showList(c, listPath, { contents, refusal: await readFormRefusal(answer) })
    return redirectWithNotice(c, withQuery(listPath, { cursor: null }), 'added')
  })
  .get(TODO, async (c) => {
    const answer = await c.var.api.todos[':id'].$get({ param: c.req.param() })
    if (answer.status !== 200) throw await toAppError(answer)
    return showForm(c, toFields(await answer.json()), null)
  })
  .post(TODO, formFields(todoFields), async (c) => {
    const param = c.req.param()
    const fields = c.req.valid('form')
    const answer = await c.var.api.todos[':id'].$patch({ param, json: toPatch(fields) }, ifMatch(fields.etag))
    if (answer.status === 200) {
      const listPath = localPath(c.req.query('to'), c.req.url)
      return redirectWithNotice(c, `${listPath}#t${param.id}`, 'saved')
    }
    // If the to-do was deleted meanwhile (404), the form still shows what was typed.
    const refusal = await (answer.status === 404 ? readRefusal(answer) : readFormRefusal(answer))
    if (refusal.errorCode === 'precondition_failed') return showConflict(c, param, fields, refusal)
    return showForm(c, fields, refusal)
  })
  .post(`${TODO}/done`, formFields({ isDone: flag, to: text }), async (c) => {
    const param = c.req.param()
    const { isDone, to } = c.req.valid('form')
    // No If-Match is needed: only `isDone` changes, and changes of others stay.
    const answer = await c.var.api.todos[':id'].$patch({ param, json: { isDone } })
    if (answer.status !== 200) throw await toAppError(answer)
    return c.redirect(`${localPath(to, c.req.url)}#t${param.id}`, 303)
  })
  .post(`${TODO}/delete`, formFields({ etag: headerValue, to: text }), async (c) => {
    const param = c.req.param()
    const { etag, to } = c.req.valid('form')
    const listPath = localPath(to, c.req.url)
    const answer = await c.var.api.todos[':id'].$delete({ param }, ifMatch(etag))
    if (answer.status === 204) return redirectWithNotice(c, listPath, 'deleted', { undo: param.id })
    if (answer.status !== 412) throw await toAppError(answer)
    return redirectWithNotice(c, `${listPath}#t${param.id}`, 'changed')
  })
  .post(`${TODO}/restore`, formFields({ to: text }), async (c) => {
    const param = c.req.param()
    const listPath = localPath(c.req.valid('form').to, c.req.url)
    const answer = await c.var.api.todos[':id'].restore.$post({ param })
    if (answer.status !== 200) throw await toAppError(answer)
    return redirectWithNotice(c, `${listPath}#t${param.id}`, 'restored')
  })

const ifMatch = (etag: string) => ({ headers: { 'If-Match': etag } })

interface RefusedTodo {
  /** What was typed. */
  contents: string
  refusal: Refusal
}

/** Shows the list whose path and query are `listPath`, with the form that adds a to-do above it. */
async function showList(c: PageContext, listPath: string, refused: RefusedTodo | null) {
  const { locale, t } = c.var
  const view = readView(new URL(listPath, c.req.url).searchParams)
  const [answer, dueAt] = await Promise.all([c.var.api.todos.$get({ query: toApiQuery(view) }), readDueAt(c)])
  if (answer.status !== 200) throw await toAppError(answer)
  const { todos, nextCursor } = await answer.json()
  const notice = takeNotice(c)
  const { contents, refusal } = refused ?? { contents: '', refusal: null }
  const list = { t, view, listPath }
  return renderPage(
    c,
    { title: t.todos.title, section: 'todos', refusal },
    <>
      <h1>{t.todos.title}</h1>
      <Notice t={t} notice={notice}>
        {notice?.undo && <UndoForm t={t} id={notice.undo} listPath={listPath} />}
      </Notice>
      <SetUpBanner t={t} locale={locale} dueAt={dueAt} />
      <AddForm t={t} listPath={listPath} contents={contents} refusal={refusal} focus={notice?.name === 'added'} />
      <StateLinks {...list} />
      <FilterForm t={t} view={view} />
      <TodoList {...list} locale={locale} todos={todos} now={Date.now()} />
      <PageLinks {...list} nextCursor={nextCursor} />
    </>,
  )
}

function showForm(c: PageContext, fields: TodoFields, refusal: Refusal | null) {
  const { t } = c.var
  const listPath = localPath(c.req.query('to'), c.req.url)
  const { pathname } = new URL(c.req.url)
  return renderPage(
    c,
    { title: t.todos.edit, section: 'todos', refusal },
    <>
      <h1>{t.todos.edit}</h1>
      <TodoForm t={t} fields={fields} refusal={refusal} submit={t.save} cancel={{ href: listPath, text: t.cancel }} />
      <form method="post" action={`${pathname}/delete`} class="aside">
        <input type="hidden" name="to" value={listPath} />
        <button type="submit" class="quiet danger" name="etag" value={fields.etag}>
          {t.todos.delete}
        </button>
      </form>
    </>,
  )
}

/**
 * Somebody else has changed the to-do meanwhile. Shows their version and the form with what was typed. The form now has the tag
 * of their version, so that saving it replaces that version.
 */
async function showConflict(c: PageContext, param: { id: string }, fields: TodoFields, refusal: Refusal) {
  const { locale, t } = c.var
  const answer = await c.var.api.todos[':id'].$get({ param })
  if (answer.status !== 200) throw await toAppError(answer)
  const theirs = await answer.json()
  const { etag, labelsBefore, dueBefore } = toFields(theirs)
  const { pathname, search } = new URL(c.req.url)
  return renderPage(
    c,
    { title: t.todos.conflict, section: 'todos', refusal },
    <>
      <h1>{t.todos.conflict}</h1>
      <p role="alert">{t.todos.conflictText}</p>
      <TodoVersion t={t} locale={locale} todo={theirs} />
      <h2>{t.todos.yours}</h2>
      <TodoForm
        t={t}
        fields={{ ...fields, etag, labelsBefore, dueBefore }}
        refusal={null}
        submit={t.todos.keepYours}
        cancel={{ href: pathname + search, text: t.todos.keepTheirs }}
      />
    </>,
  )
}
