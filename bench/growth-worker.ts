import { wrapD1 } from '../test/helpers/wrap-d1'
import worker from './stub-limiter'

/*
 * Latchkey, which says how many rows D1 reads for a request that asks for it with `X-Count-Rows`: before each statement that only
 * reads, the same one runs for its `meta`. Other requests cost what they always cost.
 */

const isRead = (sql: string) => !/\b(?:insert|update|delete)\b/i.test(sql)

async function count(request: Request, env: Env, context: ExecutionContext): Promise<Response> {
  let rows = 0
  const DB = wrapD1({
    onCall: async (run, { statements }) => {
      for (const { sql, parameters } of statements.filter((statement) => isRead(statement.sql))) {
        const { meta } = await env.DB.prepare(sql)
          .bind(...parameters)
          .all()
        rows += meta.rows_read
      }
      return run()
    },
  })
  const response = await worker.fetch(request, { ...env, DB }, context)
  await response.arrayBuffer()
  return Response.json({ rows, status: response.status })
}

export default {
  fetch: (request: Request, env: Env, context: ExecutionContext) =>
    request.headers.has('X-Count-Rows') ? count(request, env, context) : worker.fetch(request, env, context),
}
