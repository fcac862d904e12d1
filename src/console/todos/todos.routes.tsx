import type { Context } from 'hono'
import { type ConsoleEnv, createPages } from '../page/console-env'
import { form, typed, visible } from '../page/form'
import { Notice, renderPage } from '../page/layout'
import { HOME, localPath, withQuery } from '../page/local-path'
import { failureOf, type Refusal, readRefusal, refusalOf } from '../page/refusal'
import { TodoForm, TodoVersion } from './todo-form'
import { isTrue, type TypedTodo, todoFields, toPatch, toTyped } from './todo-input'
import { AddForm, FilterForm, Pages, StateLinks, TodoList } from './todo-list'
import { readView, toTodoQuery } from './todo-query'

const ID = '/todos/:id{[0-9a-f-]{36}}' as const

export const todoRoutes = createPages()
  .get('/', (c) => {
    const { pathname, search } = new URL(c.req.url)
    return showList(c, withQuery(pathname + search, { notice: null, undo: null }), null)
  })
  .post('/todos', form({ contents: typed, key: visible, to: typed }), async (c) => {
    const { contents, key, ...rest } = c.req.valid('form')
    const to = localPath(rest.to, c.req.url)
    const headers = { 'Idempotency-Key': key }
    const answer = await c.var.api.todos.$post({ json: { contents } }, { headers })
    if (answer.status !== 201) return showList(c, to, { contents, refusal: await refusalOf(answer) })
    return c.redirect(withQuery(to, { notice: 'added', cursor: null }), 303)
  })
  .get(ID, async (c) => {
    const answer = await c.var.api.todos[':id'].$get({ param: c.req.param() })
    if (answer.status !== 200) throw await failureOf(answer)
    return showForm(c, toTyped(await answer.json()), null)
  })
  .post(ID, form(todoFields), async (c) => {
    const param = c.req.param()
    const typed = c.req.valid('form')
    const answer = await c.var.api.todos[':id'].$patch({ param, json: toPatch(typed) }, ifMatch(typed.etag))
    if (answer.status === 200) return c.redirect(backTo(c, param.id, 'saved'), 303)
    // What was typed is not lost with a to-do that was deleted elsewhere.
    const refusal = await (answer.status === 404 ? readRefusal(answer) : refusalOf(answer))
    return refusal.code === 'precondition_failed' ? showConflict(c, param, typed, refusal) : showForm(c, typed, refusal)
  })
  .post(`${ID}/done`, form({ isDone: isTrue, to: typed }), async (c) => {
    const param = c.req.param()
    const { isDone, to } = c.req.valid('form')
    // Without a condition: whoever else has changed it meanwhile loses nothing.
    const answer = await c.var.api.todos[':id'].$patch({ param, json: { isDone } })
    if (answer.status !== 200) throw await failureOf(answer)
    return c.redirect(`${localPath(to, c.req.url)}#t${param.id}`, 303)
  })
  .post(`${ID}/delete`, form({ etag: visible, to: typed }), async (c) => {
    const param = c.req.param()
    const { etag, ...rest } = c.req.valid('form')
    const to = localPath(rest.to, c.req.url)
    const answer = await c.var.api.todos[':id'].$delete({ param }, ifMatch(etag))
    if (answer.status === 204) return c.redirect(withQuery(to, { notice: 'deleted', undo: param.id }), 303)
    if (answer.status !== 412) throw await failureOf(answer)
    return c.redirect(`${withQuery(to, { notice: 'changed' })}#t${param.id}`, 303)
  })
  .post(`${ID}/restore`, form({ to: typed }), async (c) => {
    const param = c.req.param()
    const to = localPath(c.req.valid('form').to, c.req.url)
    const answer = await c.var.api.todos[':id'].restore.$post({ param })
    if (answer.status !== 200) throw await failureOf(answer)
    return c.redirect(`${withQuery(to, { notice: 'restored' })}#t${param.id}`, 303)
  })

type Page = Context<ConsoleEnv>

const ifMatch = (etag: string) => ({ headers: { 'If-Match': etag } })

/** To the list that a to-do was opened from. */
const backTo = (c: Page, id: string, notice: string): string =>
  `${withQuery(localPath(c.req.query('to'), c.req.url), { notice })}#t${id}`

/** The list that stands at `here`, below the form that adds to it. */
async function showList(c: Page, here: string, refused: { contents: string; refusal: Refusal } | null) {
  const { locale, t } = c.var.reader
  const view = readView(new URL(here, c.req.url).searchParams)
  const answer = await c.var.api.todos.$get({ query: toTodoQuery(view) })
  if (answer.status !== 200) throw await failureOf(answer)
  const { todos, nextCursor } = await answer.json()
  const [notice, undo] = [c.req.query('notice'), c.req.query('undo')]
  const list = { t, view, here }
  return renderPage(
    c,
    { title: t.todos.title, section: 'todos', refusal: refused?.refusal ?? null },
    <>
      <h1>{t.todos.title}</h1>
      <Notice t={t} code={notice}>
        {notice === 'deleted' && undo && (
          <form method="post" action={`${HOME}/todos/${encodeURIComponent(undo)}/restore`}>
            <input type="hidden" name="to" value={here} />
            <button type="submit" class="second">
              {t.todos.undo}
            </button>
          </form>
        )}
      </Notice>
      <AddForm
        t={t}
        here={here}
        typed={refused?.contents ?? ''}
        refusal={refused?.refusal ?? null}
        focus={notice === 'added'}
      />
      <StateLinks {...list} />
      <FilterForm t={t} view={view} />
      <TodoList {...list} locale={locale} todos={todos} now={Date.now()} />
      <Pages {...list} nextCursor={nextCursor} />
    </>,
  )
}

function showForm(c: Page, typed: TypedTodo, refusal: Refusal | null) {
  const { t } = c.var.reader
  const to = localPath(c.req.query('to'), c.req.url)
  const { pathname } = new URL(c.req.url)
  return renderPage(
    c,
    { title: t.todos.edit, section: 'todos', refusal },
    <>
      <h1>{t.todos.edit}</h1>
      <TodoForm t={t} typed={typed} refusal={refusal} submit={t.save} cancel={{ href: to, text: t.cancel }} />
      <form method="post" action={`${pathname}/delete`} class="aside">
        <input type="hidden" name="to" value={to} />
        <button type="submit" class="quiet danger" name="etag" value={typed.etag}>
          {t.todos.delete}
        </button>
      </form>
    </>,
  )
}

/** A lost update, before it is one: how the to-do stands now, and the form with what was typed. */
async function showConflict(c: Page, param: { id: string }, typed: TypedTodo, refusal: Refusal) {
  const { locale, t } = c.var.reader
  const answer = await c.var.api.todos[':id'].$get({ param })
  if (answer.status !== 200) throw await failureOf(answer)
  const theirs = await answer.json()
  const { etag, labelsBefore, dueBefore } = toTyped(theirs)
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
        typed={{ ...typed, etag, labelsBefore, dueBefore }}
        refusal={null}
        submit={t.todos.keepYours}
        cancel={{ href: pathname + search, text: t.todos.keepTheirs }}
      />
    </>,
  )
}
