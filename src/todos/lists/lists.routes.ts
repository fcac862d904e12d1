import { hashTag, hasVersion, readConditions, tagHeaders } from '../../http/etag'
import { createRouter } from '../../http/router'
import { newBaseId } from '../new-ids'
import { deleteList } from './delete-list'
import { getList, listTag, readLists, toList } from './list'
import { all, create, get, patch, put, remove } from './lists.openapi'
import { writeList } from './write-list'

export const listRoutes = createRouter()
  .openapi(all, async (c) => {
    const lists = await readLists(c, Date.now())
    const tag = await hashTag(JSON.stringify(lists))
    return hasVersion(c, tag) ? c.body(null, 304, tagHeaders(tag)) : c.json({ lists }, 200, tagHeaders(tag))
  })
  .openapi(create, async (c) => {
    const operation = { op: 'put' as const, id: newBaseId(), patch: c.req.valid('json') }
    // The id is made for this request, so a second run finds what the first one made, and changes nothing.
    const { caller, db } = c.var
    const list = toList((await writeList({ caller, db: db.repeatable() }, operation, Date.now())).row)
    return c.json(list, 201, { ETag: listTag(list), Location: `${c.req.path}/${list.id}` })
  })
  .openapi(get, async (c) => {
    const list = await getList(c, c.req.valid('param').id, Date.now())
    return c.json(list, 200, tagHeaders(listTag(list)))
  })
  .openapi(put, async (c) => {
    const operation = { op: 'put' as const, ...c.req.valid('param'), patch: c.req.valid('json'), ...readConditions(c) }
    const { row, existed } = await writeList(c.var, operation, Date.now())
    const list = toList(row)
    return c.json(list, existed ? 200 : 201, { ETag: listTag(list) })
  })
  .openapi(patch, async (c) => {
    const operation = {
      op: 'update' as const,
      ...c.req.valid('param'),
      patch: c.req.valid('json'),
      ...readConditions(c),
    }
    const list = toList((await writeList(c.var, operation, Date.now())).row)
    return c.json(list, 200, { ETag: listTag(list) })
  })
  .openapi(remove, async (c) => {
    const { ifMatch } = readConditions(c)
    const deletion = { ...c.req.valid('param'), ...c.req.valid('query'), ...(ifMatch && { ifMatch }) }
    await deleteList(c.var, deletion, Date.now())
    return c.body(null, 204)
  })
