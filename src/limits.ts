import { DAY_MS, HOUR_MS, MINUTE_MS } from './lib/time'

export interface Limit {
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

/** An IPv6 /48 may do so many times what a /64 may: it is one customer, or a whole office. */
export const NETWORK_FACTOR = 10

/** Guesses that are compared for one code (ASVS 6.6.3). */
export const MAX_GUESSES = 5

/**
 * THE limits. `RateLimit` headers give the names of this table; those of codes have one name, `codes`. They are enforced in
 * `http/address-limit.ts`, `todos/write-limits.ts`, `todos/search-limit.ts`, `log-in/account-limits.ts`,
 * `log-in/password/throttle.ts`, `log-in/code/send-limits.ts`, `log-in/code/guess-limits.ts`, `log-in/wrong-guesses.ts`,
 * `users/past-identifiers.ts`, `account/contact-requests.ts`, `account/export.routes.ts` and `notices/count-notice.ts`. How many
 * messages go out in a day is in `delivery/budget.ts`.
 */
export const limits = {
  address: {
    quota: 300,
    windowMs: MINUTE_MS,
    key: 'client address: IPv4 whole, IPv6 by /64, and by /48 with ten times the quota',
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
  new_accounts: {
    quota: 20,
    windowMs: HOUR_MS,
    key: 'client address: IPv4 whole, IPv6 by /64, and by /48 with ten times the quota',
    by: 'D1',
    why: 'An account is a row that stays. It counts by the hour of the clock (UTC), and SIGN_UPS_PER_HOUR holds for all together.',
    errorCode: 'rate_limited',
  },
  log_in_failures: {
    quota: 5,
    windowMs: 15 * MINUTE_MS,
    key: 'account, or an identifier that nobody has; a known device has a count of its own',
    by: 'D1',
    why: 'Against guessing passwords. From the 5th failure: wait 1 s, 2 s, 4 s … 15 minutes. A success takes back only its own attempt.',
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
    why: `Against guessing at one code after another (NIST 3.2.2). A right guess clears nothing. A code takes ${MAX_GUESSES} guesses.`,
    errorCode: 'too_many_attempts',
  },
  all_code_guesses: {
    quota: 1000,
    windowMs: HOUR_MS,
    key: 'all recipients together',
    by: 'D1',
    why: 'Somebody may guess at the codes of many people, a few for each. Above it, the log has a line `guesses_ceiling`.',
    errorCode: null,
  },
  all_password_guesses: {
    quota: 1000,
    windowMs: HOUR_MS,
    key: 'all accounts together, and identifiers that nobody has',
    by: 'D1',
    why: 'The same for passwords: one common password may be tried at many accounts. Wrong proofs of the current password count too.',
    errorCode: null,
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
    key: 'recipient; e-mail by mailbox, without what follows a `+`',
    by: 'D1',
    why: 'Strangers can ask for codes too. Nobody should get many messages that they did not ask for.',
    errorCode: 'too_many_codes',
  },
  code_recipient_day: {
    quota: 10,
    windowMs: DAY_MS,
    key: 'recipient; e-mail by mailbox, without what follows a `+`',
    by: 'D1',
    why: 'The same, against strangers who ask slowly.',
    errorCode: 'too_many_codes',
  },
  code_address: {
    quota: 10,
    windowMs: HOUR_MS,
    key: 'client address: IPv4 whole, IPv6 by /64, and by /48 with ten times the quota',
    by: 'D1',
    why: 'One client must not make us send messages to many people. CODES_PER_ADDRESS is another quota: an office shares an address.',
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
  account_changes: {
    quota: 3,
    windowMs: DAY_MS,
    key: 'user; contacts and user name together, and the password',
    by: 'D1',
    why: 'Each change has a notice with a way back, which must go out. With those that were taken back they are nine. A reset is not refused.',
    errorCode: 'rate_limited',
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
export type LimitName = {
  [Name in keyof typeof limits]: (typeof limits)[Name]['errorCode'] extends null ? never : Name
}[keyof typeof limits]
