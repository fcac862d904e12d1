import { AppError } from './errors'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './lib/time'

interface Limit {
  /** So many within a window that slides, or in a row: what comes next is refused. */
  quota: number
  windowMs: number
  /** Whom it counts. */
  key: string
  /** `edge`: a `ratelimits` binding, near the client, roughly. `D1`: exactly, by one conditional statement. */
  by: 'edge' | 'D1'
  why: string
  /** What is answered; null where the answer is the same and only something stays away. */
  code: 'rate_limited' | 'too_many_attempts' | 'too_many_codes' | null
}

/**
 * THE limits, each by its name: the one that `RateLimit` headers give. They are enforced where they are used:
 * `http/address-limit.ts`, `log-in/password/throttle.ts` and `log-in/code/otp-limits.ts`.
 */
export const limits = {
  address: {
    quota: 300,
    windowMs: MINUTE_MS,
    key: 'client address; IPv6 by /64',
    by: 'edge',
    why: 'Hashes, codes and exports cost time; one address must not use up an isolate (ASVS 15.2.2).',
    code: 'rate_limited',
  },
  log_in_failures: {
    quota: 5,
    windowMs: 15 * MINUTE_MS,
    key: 'account, or an identifier that nobody has',
    by: 'D1',
    why: 'Passwords are guessed. From the 5th failure in a row: 1 s, 2 s, 4 s … to 15 minutes; a success clears it.',
    code: 'too_many_attempts',
  },
  proof_failures: {
    quota: 5,
    windowMs: 15 * MINUTE_MS,
    key: 'user',
    by: 'D1',
    why: 'A stolen session must not guess the current password; and strangers must not keep the owner from proving it.',
    code: 'too_many_attempts',
  },
  code_guesses: {
    quota: 20,
    windowMs: DAY_MS,
    key: 'recipient and purpose',
    by: 'D1',
    why: 'Wrong guesses over all codes; a right one clears them (NIST 3.2.2). Of one code 5 are compared (ASVS 6.6.3).',
    code: 'too_many_attempts',
  },
  code_resend: {
    quota: 1,
    windowMs: MINUTE_MS,
    key: 'recipient and purpose',
    by: 'D1',
    why: 'A message takes a while to arrive.',
    code: 'too_many_codes',
  },
  code_recipient_hour: {
    quota: 5,
    windowMs: HOUR_MS,
    key: 'recipient',
    by: 'D1',
    why: 'Nobody wants messages that they did not ask for.',
    code: 'too_many_codes',
  },
  code_recipient_day: {
    quota: 10,
    windowMs: DAY_MS,
    key: 'recipient',
    by: 'D1',
    why: 'The same, by those who take their time.',
    code: 'too_many_codes',
  },
  code_address: {
    quota: 10,
    windowMs: HOUR_MS,
    key: 'client address; IPv6 by /64',
    by: 'D1',
    why: 'One client must not write to everybody.',
    code: 'too_many_codes',
  },
  code_prefix: {
    quota: 50,
    windowMs: HOUR_MS,
    key: 'phone number without its last four digits',
    by: 'D1',
    why: 'SMS pumping: numbers that earn by being written to are bought in blocks. SMS_DAILY_BUDGET bounds the rest.',
    code: 'too_many_codes',
  },
  exports: {
    quota: 10,
    windowMs: HOUR_MS,
    key: 'user',
    by: 'D1',
    why: 'An export reads everything that there is of a user.',
    code: 'rate_limited',
  },
  notices: {
    quota: 5,
    windowMs: DAY_MS,
    key: 'recipient and kind of notice',
    by: 'D1',
    why: 'Who has an account could else have a phone written to as often as they like, at our cost.',
    code: null,
  },
} as const satisfies Record<string, Limit>

/** Those that refuse requests. */
export type LimitName = Exclude<keyof typeof limits, 'notices'>

/**
 * The 429 of a limit. It says when to come back, in whole seconds, at least one (RFC 9110 10.2.3), and which limit it was
 * (draft-ietf-httpapi-ratelimit-headers-10).
 */
export function tooMany(name: LimitName, retryAfterMs: number, code = limits[name].code): AppError {
  const { quota, windowMs } = limits[name]
  const seconds = Math.max(1, Math.ceil(retryAfterMs / SECOND_MS))
  return new AppError(code, {
    headers: {
      'Retry-After': String(seconds),
      'RateLimit-Policy': `"${name}";q=${quota};w=${windowMs / SECOND_MS}`,
      RateLimit: `"${name}";r=0;t=${seconds}`,
    },
  })
}
