import { createRoute } from '@hono/zod-openapi'
import { accountDataSchema, selectAccountData, toAccountData } from '../account-data/account-data'
import { exportDocument, readFirstPage, toStream } from '../account-data/export-document'
import { activityPages } from '../activity/activity'
import { batchNamed } from '../db/batch-named'
import { AppError } from '../errors'
import { jsonOf } from '../http/openapi'
import { toFieldErrors } from '../http/problem'
import { createRouter } from '../http/router'
import { traceOf } from '../http/trace'
import { recordAct } from './acts'
import { forOperators, readProblemsOfOperators } from './openapi'
import { accountParams, blockAnswerSchema, toBlocked } from './schemas'

/** For the OpenAPI document only, as for the owner's export: the answer is streamed. */
const exportAccount = createRoute({
  ...forOperators,
  method: 'get',
  path: '/accounts/{id}/export',
  operationId: 'exportAccount',
  summary: 'All that we store about an account, but no to-dos',
  description: 'One JSON document, streamed. To-dos are in the export of the owner only.',
  request: { params: accountParams },
  responses: {
    200: jsonOf(
      () => accountDataSchema().extend(blockAnswerSchema().shape).meta({ id: 'AccountExport' }),
      'The document',
    ),
    ...readProblemsOfOperators,
  },
})

const router = createRouter()
router.openAPIRegistry.registerPath(exportAccount)

export const exportAccountRoutes = router.get('/accounts/:id/export', async (c) => {
  const { config, operator, primary } = c.var
  const params = accountParams.safeParse(c.req.param())
  if (!params.success) throw new AppError('invalid_fields', { errors: toFieldErrors(params.error, c.req.param()) })
  const db = primary()
  const userId = params.data.id
  const now = Date.now()
  const exporting = recordAct(db, { operator, act: 'export', userId, now })
  const { data } = await batchNamed(db, { ...exporting, data: selectAccountData(db, userId, now) })
  const [user] = data.users
  if (!user) throw new AppError('not_found')
  const head = { ...toAccountData(data, user, { config, sessionId: null, now }), ...toBlocked(user.blockedAt) }
  const parts = exportDocument(head, { activity: await readFirstPage(activityPages(db, userId)) })
  return c.body(toStream(parts, traceOf(c.req.raw).requestId), 200, {
    'Content-Type': 'application/json',
    'Content-Disposition': `attachment; filename="account-${userId}.json"`,
  })
})
