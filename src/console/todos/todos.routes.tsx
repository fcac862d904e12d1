import { nextIdOf } from '../../todos/derived-id'
import type { Todo } from '../../todos/schemas'
import { createPages, type PageContext } from '../page/console-env'
import { flag, formFields, headerValue, text } from '../page/form'
import { localPath, withQuery } from '../page/local-path'
import { redirectWithNotice } from '../page/notice'
import { renderPart, wantsPart } from '../page/part'
import { readReader } from '../page/person'
import { toAppError } from '../page/refusal'
import { dueInWords } from './due'
import { showList } from './list-page'
import { readTodo } from './read-todo'
import { said } from './said'

const TODO = '/todos/:id{[0-9a-f-]{36}}' as const

export const todoRoutes = createPages()
  .get('/', (c) => {
    const { pathname, search } = new URL(c.req.url)
    return showList(c, withQuery(pathname + search, {}))
  })
  .post(`${TODO}/done`, formFields({ isDone: flag, to: text }), async (c) => {
    const param = c.req.param()
    const { isDone, to } = c.req.valid('form')
    // No If-Match is needed: only `isDone` changes, and changes of others stay.
    const answer = await c.var.api.todos[':id'].$patch({ param, json: { isDone } })
    if (answer.status !== 200) throw await toAppError(answer)
    const path = `${localPath(to, c.req.url)}#t${param.id}`
    if (!isDone) return wantsPart(c) ? renderPart(c, null) : c.redirect(path, 303)
    const about = await nextInWords(c, await answer.json())
    const next = about === null ? {} : { about }
    return said(c, path, about === null ? 'completed' : 'completed_next', { undo: [param.id], ...next })
  })
  .post(`${TODO}/delete`, formFields({ etag: headerValue, to: text }), async (c) => {
    const param = c.req.param()
    const { etag, to } = c.req.valid('form')
    const listPath = localPath(to, c.req.url)
    const answer = await c.var.api.todos[':id'].$delete({ param }, ifMatch(etag))
    if (answer.status === 204) return said(c, listPath, 'deleted', { undo: [param.id] })
    if (answer.status !== 412 || wantsPart(c)) throw await toAppError(answer)
    return redirectWithNotice(c, `${listPath}#t${param.id}`, 'changed')
  })
  .post(`${TODO}/restore`, formFields({ to: text }), async (c) => {
    const param = c.req.param()
    const listPath = localPath(c.req.valid('form').to, c.req.url)
    const answer = await c.var.api.todos[':id'].restore.$post({ param })
    if (answer.status !== 200) throw await toAppError(answer)
    return said(c, `${listPath}#t${param.id}`, 'restored')
  })

const ifMatch = (etag: string) => ({ headers: { 'If-Match': etag } })

/** When the to-do that follows a completed one is due; null if none follows. */
async function nextInWords(c: PageContext, { id, recurrence }: Todo): Promise<string | null> {
  if (recurrence === null) return null
  const reader = await readReader(c)
  const next = await readTodo(c, await nextIdOf(reader.userId, id))
  return next && dueInWords(reader, next)
}
