import { createPages } from '../../page/console-env'
import { formFields, headerValue, text } from '../../page/form'
import { localPath, withQuery } from '../../page/local-path'
import { redirectWithNotice } from '../../page/notice'
import { renderPart, renderRefusedPart, wantsPart } from '../../page/part'
import { type Refusal, readFormRefusal } from '../../page/refusal'
import { requireSameUser } from '../../page/same-user'
import { showList } from '../list-page'
import { namesOf } from '../lists/read-lists'
import { TodoItem } from '../todo-item'
import { inPlace, placeOf } from './place-of'
import { QuickChips } from './quick-chips'
import { readTyped, type TypedTodo, typedFields } from './read-typed'
import { addLines, RefusedLines, showLinesForm } from './several'

/** Adds to-dos: one that is typed, and several that are pasted. */
export const addRoutes = createPages()
  .post(
    '/todos',
    requireSameUser,
    formFields({ ...typedFields, key: headerValue, to: text, seen: text }),
    async (c) => {
      const form = c.req.valid('form')
      const listPath = localPath(form.to, c.req.url)
      const typed = await readTyped(c, form)
      const { contents } = form
      const { chips, todo } = typed.quick
      const refuse = (refusal: Refusal | null) =>
        wantsPart(c) && refusal
          ? renderRefusedPart(c, refusal)
          : showList(c, listPath, { contents, chips, off: typed.off, refusal })
      // Without a script, people see first what was understood.
      if (!wantsPart(c) && chips.length > 0 && form.seen !== contents) return refuse(null)
      const json = inPlace(await placeOf(c, listPath, form.typedAt), todo)
      const answer = await c.var.api.todos.$post({ json }, { headers: { 'Idempotency-Key': form.key } })
      if (answer.status !== 201) return refuse(await readFormRefusal(answer))
      if (!wantsPart(c)) return redirectWithNotice(c, withQuery(listPath, { cursor: null }), 'added')
      return renderPart(c, <TodoItem {...settingOf(typed, listPath)} todo={await answer.json()} />)
    },
  )
  .post('/todos/quick', formFields(typedFields), async (c) => {
    const { reader, quick, off } = await readTyped(c, c.req.valid('form'))
    return renderPart(c, <QuickChips reader={reader} chips={quick.chips} off={off} />)
  })
  .get('/todos/lines', (c) => showLinesForm(c, localPath(c.req.query('to'), c.req.url), null))
  .post(
    '/todos/lines',
    requireSameUser,
    formFields({ lines: text, key: headerValue, to: text, typedAt: text }),
    async (c) => {
      const { lines, key, to, typedAt } = c.req.valid('form')
      const listPath = localPath(to, c.req.url)
      const added = await addLines(c, { lines, key, listPath, typedAt })
      if (added.kind === 'refused') {
        return wantsPart(c)
          ? renderPart(c, <RefusedLines t={c.var.t} {...added} />, added.refusal)
          : showLinesForm(c, listPath, { lines, ...added })
      }
      if (!wantsPart(c)) return redirectWithNotice(c, withQuery(listPath, { cursor: null }), 'added')
      const setting = { reader: added.reader, listPath, listNames: new Map(), parents: new Map() }
      return renderPart(
        c,
        added.todos.map((todo) => <TodoItem {...setting} todo={todo} />),
      )
    },
  )

const settingOf = ({ reader, lists }: TypedTodo, listPath: string) => ({
  reader,
  listPath,
  listNames: namesOf(lists),
  parents: new Map<string, string>(),
})
