import { app } from './app'
import { readConfig } from './config'
import { purge } from './cron'
import { openDb } from './db/client'
import { hasOutbox } from './delivery/channels'
import { logRequest, timing } from './http/log'
import { routeOf } from './http/not-found'
import { secure } from './http/security-headers'
import { traceOf } from './http/trace'

export default {
  async fetch(request: Request, env: Env, context: ExecutionContext) {
    const trace = traceOf(request)
    const response = secure(await app.fetch(request, env, context), trace.requestId)
    // Only for developers: strangers must not see how long a part took.
    if (hasOutbox(env, request.url)) response.headers.set('Server-Timing', timing(trace))
    logRequest(request.method, routeOf(app, request), response.status, trace)
    return response
  },
  async scheduled(_controller, env) {
    const removed = await purge(openDb(env.DB, 'first-primary'), readConfig(env), Date.now())
    console.log(JSON.stringify({ level: 'info', event: 'purged', ...removed }))
  },
} satisfies ExportedHandler<Env>
