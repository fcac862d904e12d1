import { createRoute } from '@hono/zod-openapi'
import { json, readProblems, signedIn } from '../../http/openapi'
import { requireCaller } from '../../sessions/require-user'
import { countsQuerySchema, countsSchema } from './schemas'

/** What the route of counts takes and answers. `counts.routes.ts` handles it. */
export const counts = createRoute({
  tags: ['To-dos'],
  security: signedIn,
  middleware: requireCaller,
  method: 'get',
  path: '/counts',
  operationId: 'countTodos',
  summary: 'How many to-dos are open',
  description: 'In all, by day, by list and by label. It is no search.',
  request: { query: countsQuerySchema },
  responses: { 200: json(countsSchema, 'The counts'), ...readProblems },
})
