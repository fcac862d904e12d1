import type { ErrorCode } from '../errors'

/** What is known of a request at its end, for its line in the log. */
export interface Trace {
  readonly requestId: string
  readonly startedAt: number
  /** Calls to D1 and KV that were begun. */
  d1: number
  kv: number
  /** The error that it was answered with. */
  code: ErrorCode | null
  /** Whose access token it carried. */
  userId: string | null
}

const traces = new WeakMap<Request, Trace>()

/** The trace of a request, which begins when it is first asked for. */
export function traceOf(request: Request): Trace {
  const known = traces.get(request)
  if (known) return known
  const trace = { requestId: crypto.randomUUID(), startedAt: Date.now(), d1: 0, kv: 0, code: null, userId: null }
  traces.set(request, trace)
  return trace
}

/** Counts what `part` does as done for `whole`: a request that is made in this process to answer another. */
export function shareTrace(whole: Request, part: Request): void {
  traces.set(part, traceOf(whole))
}
