import type { Trace } from './trace'

/**
 * Writes the one line of a request (ASVS 16.2.5): its route as a pattern, never its path, and nobody's name but a user's id.
 * `ms`, `d1` and `kv` are those until the answer.
 */
export function logRequest(method: string, route: string | null, status: number, trace: Trace): void {
  const { requestId, d1, kv, code, userId } = trace
  const level = status >= 500 ? 'error' : 'info'
  const ms = Date.now() - trace.startedAt
  console.log(JSON.stringify({ level, event: 'request', requestId, method, route, status, ms, d1, kv, code, userId }))
}

/** The same for a browser's tools (`Server-Timing`): how long, and how many calls to D1 and KV. */
export const timing = ({ startedAt, d1, kv }: Trace): string =>
  `total;dur=${Date.now() - startedAt}, d1;desc="${d1} calls", kv;desc="${kv} calls"`
