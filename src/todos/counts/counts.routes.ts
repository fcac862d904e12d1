import { createRouter } from '../../http/router'
import { countTodos } from './count-todos'
import { counts } from './counts.openapi'

export const countRoutes = createRouter().openapi(counts, async (c) =>
  c.json(await countTodos(c, c.req.valid('query').timeZone, Date.now()), 200),
)

// Without this, another method would be one of the to-do `counts`.
countRoutes.all('/counts', (c) => c.notFound())
