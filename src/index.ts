import { app } from './app'
import { runCron } from './cron'
import { hasOutbox } from './delivery/channels'
import { logRequest, timing } from './http/log'
import { routeOf } from './http/not-found'
import { secure } from './http/security-headers'
import { type Trace, traceOf } from './http/trace'
import { raiseAlarm } from './signals/alarm'
import { signalRequest } from './signals/data-points'
import { countAnswer } from './signals/error-share'

export { Latchkey } from './service-binding'

export default {
  async fetch(request: Request, env: Env, context: ExecutionContext) {
    const trace = traceOf(request)
    const response = secure(await app.fetch(request, env, context), trace.requestId)
    // Only for developers: strangers must not see how long a part took.
    if (hasOutbox(env, request.url)) response.headers.set('Server-Timing', timing(trace))
    const { method, cf } = request
    const [route, { status }] = [routeOf(app, request), response]
    logRequest(method, route, status, trace)
    signalRequest(env, { method, route, status, country: cf?.country }, trace)
    raiseAlarms(env, context, { status, code: trace.code })
    return response
  },
  async scheduled(_controller, env) {
    await runCron(env)
  },
} satisfies ExportedHandler<Env>

/** The alarms that an answer is a reason for. */
function raiseAlarms(env: Env, context: ExecutionContext, answer: Pick<Trace, 'code'> & { status: number }): void {
  const background = (task: Promise<unknown>) => context.waitUntil(task)
  if (countAnswer(env, answer, Date.now())) raiseAlarm(env, background, 'server_errors')
  const { code } = answer
  if (code === 'sms_budget_spent' || code === 'email_budget_spent') raiseAlarm(env, background, code)
}
