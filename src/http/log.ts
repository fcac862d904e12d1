import type { Trace } from './trace'

/**
 * Writes one line for a request (ASVS 16.2.1). Of the path it has only the pattern of the route, and of the user only the id.
 * `ms`, `d1` and `kv` count until the answer.
 */
export function logRequest(method: string, route: string | null, status: number, trace: Trace): void {
  const { requestId, d1, kv, code, userId } = trace
  const level = status >= 500 ? 'error' : 'info'
  const ms = Date.now() - trace.startedAt
  console.log(JSON.stringify({ level, event: 'request', requestId, method, route, status, ms, d1, kv, code, userId }))
}

/** The same numbers for the tools of a browser (`Server-Timing`): the time, and the calls to D1 and KV. */
export const timing = ({ startedAt, d1, kv }: Trace): string =>
  `total;dur=${Date.now() - startedAt}, d1;desc="${d1} calls", kv;desc="${kv} calls"`
