/*
 * What an error of D1 means. D1 gives nothing but text, so this is the one place that looks at it. The texts are those of
 * https://developers.cloudflare.com/d1/observability/debug-d1/#error-list (November 2026), which also says what to do. The binding
 * puts `D1_ERROR: ` before them (`_sendOrThrow` in workerd's `src/cloudflare/internal/d1-api.ts`). By then D1 itself has tried statements
 * that only read twice more (https://developers.cloudflare.com/d1/best-practices/retry-queries/).
 */

/** Temporary errors. Nobody knows whether the statements were done. */
const LOST = [
  'Network connection lost',
  'Replica disconnected from primary',
  'Internal error in D1 DB storage caused object to be reset',
  'Internal error while starting up D1 DB storage caused object to be reset',
  'D1 DB reset because its code was updated',
  'Cannot resolve D1 DB due to transient issue on remote node',
  "Can't read from request stream because client disconnected",
  // The list says to write less at once. Nothing of ours writes gigabytes, so it was something else that kept D1 busy.
  'D1 DB storage operation exceeded timeout which caused object to be reset',
]

/** Temporary errors: the database has too much to do. The statements were not done. The list says to spread the load over time. */
const OVERLOADED = [
  'D1 DB is overloaded. Requests queued for too long',
  'D1 DB is overloaded. Too many requests queued',
]

/** Errors that stay until somebody does something. */
const LASTING = [
  'Exceeded maximum DB size',
  'maximum account storage limit',
  "exceeded D1's free tier daily row read limit",
  "exceeded D1's free tier daily row write limit",
  "D1 DB's isolate exceeded its memory limit and was reset",
  'D1 DB exceeded its CPU time limit and was reset',
  'invalid bookmark or constraint',
]

/** What SQLite says of our statements and tables. Only names of ours are taken from it. */
const SQL_FAULT =
  /\b(?:(?:UNIQUE|CHECK|NOT NULL|FOREIGN KEY) constraint failed(?:: \w+(?:\.\w+)?(?:, \w+\.\w+)*(?=: SQLITE_|$))?|no such (?:table|column|function): [\w.]+(?= at offset|: SQLITE_|$)|string or blob too big|too many SQL variables|database or disk is full|database is locked|too many terms in compound SELECT)/

export interface D1Fault {
  /** `lost`: it may have been done. `overloaded`: it was not done. Both are temporary. `lasting`: trying again does not help. */
  kind: 'lost' | 'overloaded' | 'lasting'
  /** The text of D1, for the log. It never has a value in it: what is not known here is left out. */
  text: string
}

/** What an error of D1 means, or null if the error is not from D1. An error may be the cause of another one. */
export function readD1Error(error: unknown): D1Fault | null {
  if (!(error instanceof Error)) return null
  const { message } = error
  if (!/^D1_\w+: /.test(message)) return readD1Error(error.cause)
  const found = (texts: readonly string[]) => texts.find((text) => message.includes(text))
  const [lost, overloaded] = [found(LOST), found(OVERLOADED)]
  if (lost !== undefined) return { kind: 'lost', text: lost }
  if (overloaded !== undefined) return { kind: 'overloaded', text: overloaded }
  return { kind: 'lasting', text: found(LASTING) ?? SQL_FAULT.exec(message)?.[0] ?? 'unknown' }
}
