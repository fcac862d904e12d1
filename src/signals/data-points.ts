import type { Trace } from '../http/trace'

/*
 * THE data points for Cloudflare's Analytics Engine. docs/operations.md has the SQL that reads them, so a place never gets another
 * meaning. None has a user, a contact, an address or a text that somebody typed.
 *
 * |         | of a request                          | of a message                                |
 * |---------|---------------------------------------|---------------------------------------------|
 * | index1  | route, or `none`                      | `message`                                   |
 * | blob1   | route, or `none`                      | `message`                                   |
 * | blob2   | method                                | purpose                                     |
 * | blob3   | error code                            | outcome: `sent`, or why not                 |
 * | blob4   | country of the client                 |                                             |
 * | blob5   | limit that refused it                 |                                             |
 * | blob6   | channel of the code                   | channel                                     |
 * | blob7   | country of the code's phone number    | country of the phone number                 |
 * | double1 | status                                | 1 if it was sent, else 0                    |
 * | double2 | ms until the answer                   | ms from the first try                       |
 * | double3 | calls to D1                           | tries                                       |
 * | double4 | rows read in D1                       |                                             |
 * | double5 | rows written in D1                    |                                             |
 * | double6 | calls to KV                           |                                             |
 *
 * The numbers of a request end with its answer.
 */

/** A request that was answered. */
export interface Answered {
  method: string
  route: string | null
  status: number
  country: unknown
}

export function signalRequest(env: Env, { method, route, status, country }: Answered, trace: Trace): void {
  const { startedAt, code, limit, channel, contactCountry, d1, kv, rowsRead, rowsWritten } = trace
  const where = route ?? 'none'
  const from = typeof country === 'string' ? country : ''
  write(env, {
    indexes: [where],
    blobs: [where, method, code ?? '', from, limit ?? '', channel ?? '', contactCountry ?? ''],
    doubles: [status, Date.now() - startedAt, d1, rowsRead, rowsWritten, kv],
  })
}

/** How the delivery of a message ended. */
export interface Delivered {
  purpose: string
  outcome: string
  channel: string
  country: string | null
  tries: number
  ms: number
}

export function signalMessage(env: Env, { purpose, outcome, channel, country, tries, ms }: Delivered): void {
  write(env, {
    indexes: ['message'],
    blobs: ['message', purpose, outcome, '', '', channel, country ?? ''],
    doubles: [outcome === 'sent' ? 1 : 0, ms, tries],
  })
}

/** Where there is no binding, nothing is written. A point that is refused must not fail a request. */
function write({ SIGNALS }: Partial<Pick<Env, 'SIGNALS'>>, point: AnalyticsEngineDataPoint): void {
  try {
    SIGNALS?.writeDataPoint(point)
  } catch {
    console.warn(JSON.stringify({ level: 'warn', event: 'signal_not_written' }))
  }
}
