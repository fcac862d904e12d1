import type { ErrorCode } from '../errors'

/** What the log line of a request says. Each part adds what it knows. */
export interface Trace {
  readonly requestId: string
  readonly startedAt: number
  /** How many calls to D1 and to KV were started. */
  d1: number
  kv: number
  /** Rows of D1, as it bills them. */
  rowsRead: number
  rowsWritten: number
  /** The error code of the answer. */
  code: ErrorCode | null
  /** The user that the request acts for, as soon as it is known. */
  userId: string | null
  /** The limit that refused the request. */
  limit: string | null
  /** The contact that a code was asked for or used, without the contact itself: the channel, and the country of a phone number. */
  channel: string | null
  contactCountry: string | null
}

const traces = new WeakMap<Request, Trace>()

/** The trace of a request. The first call begins it. */
export function traceOf(request: Request): Trace {
  const known = traces.get(request)
  if (known) return known
  const trace: Trace = {
    requestId: crypto.randomUUID(),
    startedAt: Date.now(),
    d1: 0,
    kv: 0,
    rowsRead: 0,
    rowsWritten: 0,
    code: null,
    userId: null,
    limit: null,
    channel: null,
    contactCountry: null,
  }
  traces.set(request, trace)
  return trace
}

/** Makes an inner request count for the outer one: the console answers a request with requests to the API in this process. */
export function shareTrace(outer: Request, inner: Request): void {
  traces.set(inner, traceOf(outer))
}
