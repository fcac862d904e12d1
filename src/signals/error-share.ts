import type { ErrorCode } from '../errors'
import { MINUTE_MS } from '../lib/time'

/*
 * How many of the answers are server errors. Each isolate counts its own, in memory, minute by minute: a count over all of them would cost
 * a write for each request. So a deployment with very few requests a minute raises no alarm; its log lines and data points still tell.
 */

/** Fewer answers than this say nothing. */
const MIN_ANSWERS = 20
const MOST_ERRORS = 1 / 10

/** These have other causes: a budget, a provider, or a channel that this deployment does not have. */
const EXPECTED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'sms_budget_spent',
  'email_budget_spent',
  'channel_not_configured',
  'provider_failed',
  'provider_unavailable',
])

interface Minute {
  since: number
  answers: number
  errors: number
}

const minutes = new WeakMap<object, Minute>()

/** Counts an answer. True if too many answers of this minute were server errors. */
export function countAnswer(
  env: object,
  { status, code }: { status: number; code: ErrorCode | null },
  now: number,
): boolean {
  const known = minutes.get(env)
  const isCurrent = known !== undefined && known.since <= now && now < known.since + MINUTE_MS
  const minute = isCurrent ? known : { since: now, answers: 0, errors: 0 }
  const isError = status >= 500 && (code === null || !EXPECTED.has(code))
  minute.answers++
  if (isError) minute.errors++
  minutes.set(env, minute)
  return isError && minute.answers >= MIN_ANSWERS && minute.errors > minute.answers * MOST_ERRORS
}
