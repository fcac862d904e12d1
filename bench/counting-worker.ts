import { recordTrips } from './record-trips.mjs'
import worker from './stub-limiter'

/*
 * Latchkey, which says in `X-Trips` which calls to D1 and KV a request made until it was answered, if the request has the header
 * `X-Count-Trips`. Other requests cost what they always cost.
 */

async function count(request: Request, env: Env, context: ExecutionContext): Promise<Response> {
  const { trips, ...bindings } = recordTrips(env)
  const answer = await worker.fetch(request, { ...env, ...bindings }, context)
  const body = await answer.arrayBuffer()
  const response = new Response(answer.body === null ? null : body, answer)
  response.headers.set('X-Trips', JSON.stringify(trips()))
  return response
}

export default {
  fetch: (request: Request, env: Env, context: ExecutionContext) =>
    request.headers.has('X-Count-Trips') ? count(request, env, context) : worker.fetch(request, env, context),
}
