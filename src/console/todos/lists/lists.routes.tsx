import * as z from 'zod'
import type { List } from '../../../todos/lists/schemas'
import { createPages, type PageContext } from '../../page/console-env'
import { formFields, trimmedText } from '../../page/form'
import { redirectWithNotice } from '../../page/notice'
import { readFormRefusal, toAppError } from '../../page/refusal'
import { requireSameUser } from '../../page/same-user'
import { LISTS } from '../view-links'
import { movesFor } from './list-moves'
import { showDeletion, showListForm, showLists } from './lists-page'
import { readLists } from './read-lists'

const LIST = '/lists/:id{[0-9a-f-]{36}}' as const

/** Makes, renames, moves and deletes lists. */
export const listRoutes = createPages()
  .get('/lists', (c) => showLists(c, null))
  .post('/lists', requireSameUser, formFields({ name: trimmedText }), async (c) => {
    const { name } = c.req.valid('form')
    const answer = await c.var.api.lists.$post({ json: { name } })
    if (answer.status === 201) return redirectWithNotice(c, LISTS, 'list_made')
    return showLists(c, { name, refusal: await readFormRefusal(answer) })
  })
  .get(LIST, async (c) => showListForm(c, await readList(c), null))
  // What the browser opens if somebody loads the page again that asks what becomes of the to-dos.
  .get(`${LIST}/delete`, (c) => c.redirect(`${LISTS}/${c.req.param('id')}`, 303))
  .post(LIST, requireSameUser, formFields({ name: trimmedText }), async (c) => {
    const { name } = c.req.valid('form')
    const answer = await c.var.api.lists[':id'].$patch({ param: c.req.param(), json: { name } })
    if (answer.status === 200) return redirectWithNotice(c, LISTS, 'saved')
    const refusal = await readFormRefusal(answer)
    return showListForm(c, await readList(c), { name, refusal })
  })
  .post(`${LIST}/move`, formFields({ direction: z.enum(['up', 'down']).catch('up') }), async (c) => {
    const { id } = c.req.param()
    const moves = movesFor(await readLists(c), id, c.req.valid('form').direction)
    for (const { id: moved, position } of moves) {
      const answer = await c.var.api.lists[':id'].$patch({ param: { id: moved }, json: { position } })
      if (answer.status !== 200) throw await toAppError(answer)
    }
    return redirectWithNotice(c, `${LISTS}#l${id}`, 'list_moved')
  })
  .post(`${LIST}/delete`, formFields({ todos: z.enum(['move', 'delete']).optional().catch(undefined) }), async (c) => {
    const { todos } = c.req.valid('form')
    const query = todos === undefined ? {} : { todos }
    const answer = await c.var.api.lists[':id'].$delete({ param: c.req.param(), query })
    // Somebody has deleted it meanwhile.
    if (answer.status === 204 || answer.status === 404) return redirectWithNotice(c, LISTS, 'list_deleted')
    const list = await readList(c)
    return answer.status === 409 ? showDeletion(c, list) : showDeletion(c, list, await readFormRefusal(answer))
  })

/** The list in the address. */
async function readList(c: PageContext): Promise<List> {
  const answer = await c.var.api.lists[':id'].$get({ param: { id: c.req.param('id') ?? '' } })
  if (answer.status !== 200) throw await toAppError(answer)
  return answer.json()
}
