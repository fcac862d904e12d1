import { DAY_MS, HOUR_MS, MINUTE_MS } from './lib/time'

export interface Limit {
  /** How many are allowed within the window or, for wrong passwords, in a row. */
  quota: number
  windowMs: number
  /**
   * `edge`: a `ratelimits` binding close to the client, which counts roughly. `D1`: one conditional statement, which counts
   * exactly.
   */
  by: 'edge' | 'D1'
  /** The error of a request over the limit. Null if no request is refused, and only a message is not sent. */
  errorCode: 'rate_limited' | 'too_many_attempts' | 'too_many_codes' | null
}

/** How many times the quota of a /64 an IPv6 /48 has: it is one customer, or a whole office. */
export const NETWORK_FACTOR = 10

/** Guesses that are compared for one code, or for one second-factor token (ASVS 6.6.3). */
export const MAX_GUESSES = 5

/** The longest password, in characters. */
export const MAX_PASSWORD = 256

/** The texts of a to-do, in characters, and how many labels it has. The API, the tables, imports and pages read them here. */
export const MAX_CONTENTS = 500
export const MAX_DESCRIPTION = 10_000
export const MAX_LABELS = 10
export const MAX_LABEL = 50

/** The name of a list, in characters. */
export const MAX_LIST_NAME = 100

/** Lists of a user. They come whole, so there must not be many: `todos/lists/write-list.ts`. */
export const MAX_LISTS = 200

/**
 * Open to-dos that are read without being a search: for counts (`todos/counts/`), and for a list of open ones in whatever order
 * (`todos/search-limit.ts`).
 */
export const MAX_COUNTED = 1000

/** Subtasks of a to-do. They change with it in one statement: `todos/homes-sql.ts`. */
export const MAX_SUBTASKS = 100

/** Changes in one batch. */
export const MAX_OPERATIONS = 100

/** To-dos that change because others do, in one request. More are `content_too_large`: `todos/count-followers.ts`. */
export const MAX_FOLLOWERS = 500

/** How often in the life of a session a lost refresh is answered again after its 10 s: `sessions/rotate-session.ts`. */
export const MAX_REPEATED_REFRESHES = 3

/**
 * THE limits, each with what it counts by and why. `RateLimit` headers give the names of this table; those of codes have one name,
 * `codes`. How many messages go out in a day is in `delivery/budget.ts`.
 *
 * | limits | where they are enforced |
 * |---|---|
 * | `address` | `http/address-limit.ts` |
 * | `writes`, `batches`, `searches` | `todos/write-limits.ts`, `todos/count-followers.ts`, `todos/search-limit.ts` |
 * | `calendar_feeds` | `todos/calendar-feed/calendar.routes.ts` |
 * | `new_accounts` | `log-in/account-limits.ts` |
 * | `log_in_failures`, `proof_failures` | `log-in/password/throttle.ts` |
 * | `second_factor_failures` | `log-in/second-factor/guess-limits.ts` |
 * | `code_guesses`; all other `code_…` | `log-in/code/guess-limits.ts`; `log-in/code/send-limits.ts` |
 * | `all_…` | `log-in/wrong-guesses.ts` |
 * | `account_changes` | `users/past-identifiers.ts` |
 * | `removal_requests` | `account/removal-requests.ts` |
 * | `exports` | `account/export.routes.ts` |
 * | `notices` | `notices/count-notice.ts` |
 */
export const limits = {
  /**
   * By client address: IPv4 whole, IPv6 by /64, and by /48 with ten times the quota.
   * Password hashes, codes and exports cost time. One address must not use up an isolate (ASVS 15.2.2).
   */
  address: { quota: 300, windowMs: MINUTE_MS, by: 'edge', errorCode: 'rate_limited' },
  /**
   * By user.
   * D1 makes one change after another, for all users. One account must not keep the others waiting.
   */
  writes: { quota: 600, windowMs: MINUTE_MS, by: 'edge', errorCode: 'rate_limited' },
  /**
   * By user.
   * For the same reason. A batch writes up to 100 to-dos, so it counts here and not among the writes. An import counts
   * here too, and once more for each full 1,000 to-dos.
   */
  batches: { quota: 20, windowMs: MINUTE_MS, by: 'edge', errorCode: 'rate_limited' },
  /**
   * By link, whether it opens a feed or not.
   * A feed reads up to 1,000 to-dos, and works out when they come again. Calendars ask a few times an hour.
   */
  calendar_feeds: { quota: 20, windowMs: MINUTE_MS, by: 'edge', errorCode: 'rate_limited' },
  /**
   * By user.
   * A search may read all to-dos of its user, and D1 answers nobody else meanwhile.
   */
  searches: { quota: 30, windowMs: MINUTE_MS, by: 'D1', errorCode: 'rate_limited' },
  /**
   * By client address: IPv4 whole, IPv6 by /64, and by /48 with ten times the quota.
   * An account is a row that stays. It counts by the hour of the clock (UTC), and SIGN_UPS_PER_HOUR holds for all together.
   */
  new_accounts: { quota: 20, windowMs: HOUR_MS, by: 'D1', errorCode: 'rate_limited' },
  /**
   * By account, or an identifier that nobody has; a known device has a count of its own.
   * Against guessing passwords. From the 5th failure: wait 1 s, 2 s, 4 s … 15 minutes. A success takes back only its own attempt.
   */
  log_in_failures: { quota: 5, windowMs: 15 * MINUTE_MS, by: 'D1', errorCode: 'too_many_attempts' },
  /**
   * By user.
   * Somebody with a stolen session must not guess the current password. Strangers who fail to log in do not count here.
   */
  proof_failures: { quota: 5, windowMs: 15 * MINUTE_MS, by: 'D1', errorCode: 'too_many_attempts' },
  /**
   * By account; a known device has a count of its own, and so have proofs of somebody who is signed in.
   * Whoever guesses here knows the first factor. From the 5th failure: wait 1 s, 2 s, 4 s … an hour. A new token clears nothing, and takes 5 guesses.
   */
  second_factor_failures: { quota: 5, windowMs: HOUR_MS, by: 'D1', errorCode: 'too_many_attempts' },
  /**
   * By recipient and purpose.
   * Against guessing at one code after another (NIST 3.2.2). A right guess clears nothing. A code takes 5 guesses (ASVS 6.6.3).
   */
  code_guesses: { quota: 20, windowMs: DAY_MS, by: 'D1', errorCode: 'too_many_attempts' },
  /**
   * By all recipients together.
   * Somebody may guess at the codes of many people, a few for each. Above it, the log has a line `guesses_ceiling`.
   */
  all_code_guesses: { quota: 1000, windowMs: HOUR_MS, by: 'D1', errorCode: null },
  /**
   * By all accounts together, and identifiers that nobody has.
   * The same for passwords: one common password may be tried at many accounts. Wrong proofs of the current password count too.
   */
  all_password_guesses: { quota: 1000, windowMs: HOUR_MS, by: 'D1', errorCode: null },
  /**
   * By recipient and purpose.
   * A message takes a while to arrive, so people should wait before they ask again.
   */
  code_resend: { quota: 1, windowMs: MINUTE_MS, by: 'D1', errorCode: 'too_many_codes' },
  /**
   * By recipient; e-mail by mailbox, without what follows a `+`.
   * Strangers can ask for codes too. Nobody should get many messages that they did not ask for.
   */
  code_recipient_hour: { quota: 5, windowMs: HOUR_MS, by: 'D1', errorCode: 'too_many_codes' },
  /**
   * By recipient; e-mail by mailbox, without what follows a `+`.
   * The same, against strangers who ask slowly.
   */
  code_recipient_day: { quota: 10, windowMs: DAY_MS, by: 'D1', errorCode: 'too_many_codes' },
  /**
   * By client address: IPv4 whole, IPv6 by /64, and by /48 with ten times the quota.
   * One client must not make us send messages to many people. CODES_PER_ADDRESS is another quota: an office shares an address.
   */
  code_address: { quota: 10, windowMs: HOUR_MS, by: 'D1', errorCode: 'too_many_codes' },
  /**
   * By phone number without its last four digits.
   * Against SMS pumping: fraudsters buy blocks of numbers that earn money with each message (also SMS_DAILY_BUDGET).
   */
  code_prefix: { quota: 50, windowMs: HOUR_MS, by: 'D1', errorCode: 'too_many_codes' },
  /**
   * By user; contacts and user name together, and the password on its own.
   * Each change has a notice with a way back, which must go out. With those that were taken back they may be nine. No reset is refused.
   */
  account_changes: { quota: 3, windowMs: DAY_MS, by: 'D1', errorCode: 'rate_limited' },
  /**
   * By user and contact or identity.
   * Each request to remove one has a notice that must go out. Otherwise a thief could use up the notices.
   */
  removal_requests: { quota: 1, windowMs: DAY_MS, by: 'D1', errorCode: 'rate_limited' },
  /**
   * By user.
   * An export reads everything that we store about a user.
   */
  exports: { quota: 10, windowMs: HOUR_MS, by: 'D1', errorCode: 'rate_limited' },
  /**
   * By recipient and kind of notice.
   * Otherwise somebody could change things in their account again and again, and each notice would cost us a text message.
   */
  notices: { quota: 5, windowMs: DAY_MS, by: 'D1', errorCode: null },
} as const satisfies Record<string, Limit>

/** The limits that refuse requests. */
export type LimitName = {
  [Name in keyof typeof limits]: (typeof limits)[Name]['errorCode'] extends null ? never : Name
}[keyof typeof limits]
