import { AppError } from './errors'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './lib/time'

interface Limit {
  /** How many are allowed within the window or, for wrong passwords, in a row. */
  quota: number
  windowMs: number
  /** What the limit counts by. */
  key: string
  /**
   * `edge`: a `ratelimits` binding close to the client, which counts roughly. `D1`: one conditional statement, which counts
   * exactly.
   */
  by: 'edge' | 'D1'
  why: string
  /** The error of a request over the limit. Null if no request is refused, and only a message is not sent. */
  errorCode: 'rate_limited' | 'too_many_attempts' | 'too_many_codes' | null
}

/**
 * THE limits. `RateLimit` headers give the names of this table. They are enforced in `http/address-limit.ts`,
 * `todos/write-limits.ts`, `todos/search-limit.ts`, `log-in/password/throttle.ts`, `log-in/code/send-limits.ts`,
 * `log-in/code/guess-limits.ts`, `account/contact-requests.ts`, `account/export.routes.ts` and
 * `notices/count-notice.ts`.
 */
export const limits = {
  address: {
    quota: 300,
    windowMs: MINUTE_MS,
    key: 'client address; IPv6 by /64',
    by: 'edge',
    why: 'Password hashes, codes and exports cost time. One address must not use up an isolate (ASVS 15.2.2).',
    errorCode: 'rate_limited',
  },
  writes: {
    quota: 600,
    windowMs: MINUTE_MS,
    key: 'user',
    by: 'edge',
    why: 'D1 makes one change after another, for all users. One account must not keep the others waiting.',
    errorCode: 'rate_limited',
  },
  batches: {
    quota: 20,
    windowMs: MINUTE_MS,
    key: 'user',
    by: 'edge',
    why: 'The same. A batch writes up to 100 to-dos, so it counts here and not among the writes.',
    errorCode: 'rate_limited',
  },
  searches: {
    quota: 30,
    windowMs: MINUTE_MS,
    key: 'user',
    by: 'D1',
    why: 'A search may read all to-dos of its user, and D1 answers nobody else meanwhile.',
    errorCode: 'rate_limited',
  },
  log_in_failures: {
    quota: 5,
    windowMs: 15 * MINUTE_MS,
    key: 'account, or an identifier that nobody has',
    by: 'D1',
    why: 'Against guessing passwords. From the 5th failure in a row: wait 1 s, 2 s, 4 s … 15 minutes. A success clears the count.',
    errorCode: 'too_many_attempts',
  },
  proof_failures: {
    quota: 5,
    windowMs: 15 * MINUTE_MS,
    key: 'user',
    by: 'D1',
    why: 'Somebody with a stolen session must not guess the current password. Strangers who fail to log in do not count here.',
    errorCode: 'too_many_attempts',
  },
  code_guesses: {
    quota: 20,
    windowMs: DAY_MS,
    key: 'recipient and purpose',
    by: 'D1',
    why: 'Against guessing at one code after another (NIST 3.2.2). A right guess clears the count. A code takes 5 guesses (ASVS 6.6.3).',
    errorCode: 'too_many_attempts',
  },
  code_resend: {
    quota: 1,
    windowMs: MINUTE_MS,
    key: 'recipient and purpose',
    by: 'D1',
    why: 'A message takes a while to arrive, so people should wait before they ask again.',
    errorCode: 'too_many_codes',
  },
  code_recipient_hour: {
    quota: 5,
    windowMs: HOUR_MS,
    key: 'recipient',
    by: 'D1',
    why: 'Strangers can ask for codes too. Nobody should get many messages that they did not ask for.',
    errorCode: 'too_many_codes',
  },
  code_recipient_day: {
    quota: 10,
    windowMs: DAY_MS,
    key: 'recipient',
    by: 'D1',
    why: 'The same, against strangers who ask slowly.',
    errorCode: 'too_many_codes',
  },
  code_address: {
    quota: 10,
    windowMs: HOUR_MS,
    key: 'client address; IPv6 by /64',
    by: 'D1',
    why: 'One client must not make us send messages to many people.',
    errorCode: 'too_many_codes',
  },
  code_prefix: {
    quota: 50,
    windowMs: HOUR_MS,
    key: 'phone number without its last four digits',
    by: 'D1',
    why: 'Against SMS pumping: fraudsters buy blocks of numbers that earn money with each message (also SMS_DAILY_BUDGET).',
    errorCode: 'too_many_codes',
  },
  contact_requests: {
    quota: 1,
    windowMs: DAY_MS,
    key: 'user and contact',
    by: 'D1',
    why: 'Each request to remove or replace a contact has a notice that must go out. Otherwise a thief could use up the notices.',
    errorCode: 'rate_limited',
  },
  exports: {
    quota: 10,
    windowMs: HOUR_MS,
    key: 'user',
    by: 'D1',
    why: 'An export reads everything that we store about a user.',
    errorCode: 'rate_limited',
  },
  notices: {
    quota: 5,
    windowMs: DAY_MS,
    key: 'recipient and kind of notice',
    by: 'D1',
    why: 'Otherwise somebody could change things in their account again and again, and each notice would cost us a text message.',
    errorCode: null,
  },
} as const satisfies Record<string, Limit>

/** The limits that refuse requests. */
export type LimitName = Exclude<keyof typeof limits, 'notices'>

/**
 * The 429 of a limit. Its headers say when to come back, in whole seconds and at least one (RFC 9110 10.2.3), and which limit
 * it was (draft-ietf-httpapi-ratelimit-headers-10).
 * @param errorCode the error, if it is not the usual one of the limit
 */
export function tooMany(name: LimitName, retryAfterMs: number, errorCode = limits[name].errorCode): AppError {
  const { quota, windowMs } = limits[name]
  const seconds = Math.max(1, Math.ceil(retryAfterMs / SECOND_MS))
  return new AppError(errorCode, {
    headers: {
      'Retry-After': String(seconds),
      'RateLimit-Policy': `"${name}";q=${quota};w=${windowMs / SECOND_MS}`,
      RateLimit: `"${name}";r=0;t=${seconds}`,
    },
  })
}
