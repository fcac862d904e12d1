import { isNotNull, isNull, sql } from 'drizzle-orm'
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

/*
 * What must be true lives here. Times are milliseconds since 1970 in UTC, ids are UUIDv7 strings.
 * A column that could be derived from others is not stored: a to-do is done when it has a `completed_at`.
 */

export const ACTIVITY_EVENTS = [
  'sign_up',
  'log_in',
  'log_in_failed',
  'new_device',
  'code_sent',
  'password_changed',
  'contact_changed',
  'username_changed',
  'proof_failed',
  'session_ended',
  'refresh_reused',
  'export',
  'deletion_asked',
] as const

/** What there is to know of an entry beyond its event. */
export interface ActivityDetail {
  /** How somebody logged in, or tried to. */
  by?: 'password' | 'code' | undefined
  channel?: 'sms' | 'email' | undefined
  /** What a code is for. */
  purpose?: 'log_in' | 'verify' | 'reset_password' | undefined
  /** What became of a message. */
  outcome?: 'sent' | 'failed' | undefined
  /** What became of a contact. */
  change?: 'set' | 'removed' | undefined
}

/** People. A contact stands here only once it is proven, and everybody can log in again: the CHECK says how. */
export const users = sqliteTable(
  'users',
  {
    id: text().primaryKey(),
    /** 3–32 of a–z, 0–9, `.`, `_`, `-`, with a letter: never the shape of a phone number or an e-mail address. */
    username: text().unique(),
    email: text().unique(),
    /** E.164. */
    phone: text().unique(),
    /** PHC-style string of `log-in/password/password.ts`; null for those who only use codes. */
    passwordHash: text('password_hash'),
    /** Goes up with each change of the password, not when a hash is only made anew. */
    passwordVersion: integer('password_version').notNull().default(0),
    name: text(),
    nickname: text(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (user) => [
    check(
      'users_can_log_in',
      sql`${user.email} IS NOT NULL OR ${user.phone} IS NOT NULL
      OR (${user.username} IS NOT NULL AND ${user.passwordHash} IS NOT NULL)`,
    ),
    check(
      'users_username',
      sql`length(${user.username}) BETWEEN 3 AND 32
      AND ${user.username} NOT GLOB '*[^a-z0-9._-]*' AND ${user.username} GLOB '*[a-z]*'`,
    ),
    check('users_email', sql`${user.email} GLOB '?*@?*' AND length(${user.email}) <= 254`),
    check('users_phone', sql`${user.phone} GLOB '+[1-9]*' AND length(${user.phone}) <= 16`),
    check('users_name', sql`length(${user.name}) BETWEEN 1 AND 100`),
    check('users_nickname', sql`length(${user.nickname}) BETWEEN 1 AND 50`),
  ],
)

/** Signed-in devices. A row lives until `expires_at`; a row that is gone is a session that has ended. */
export const sessions = sqliteTable(
  'sessions',
  {
    id: text().primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** How often the refresh token was rotated: the only refresh token that works carries this number. */
    generation: integer().notNull().default(0),
    createdAt: integer('created_at').notNull(),
    /** When the refresh token was last rotated, or the session made. */
    lastSeenAt: integer('last_seen_at').notNull(),
    /** The earlier of the absolute and the idle end. */
    expiresAt: integer('expires_at').notNull(),
    /** The client that logged in, in words: `Chrome on Windows`. */
    device: text(),
    /** ISO 3166-1 alpha-2, as Cloudflare saw it at the log-in. */
    country: text(),
  },
  (session) => [
    index('sessions_by_user').on(session.userId, session.id),
    index('sessions_by_expiry').on(session.expiresAt),
    check('sessions_generation', sql`${session.generation} >= 0`),
    check(
      'sessions_life',
      sql`${session.expiresAt} > ${session.createdAt} AND ${session.lastSeenAt} >= ${session.createdAt}`,
    ),
  ],
)

/**
 * What happened to an account, for its owner: added to and never changed, for 90 days. No secret stands here, and no contact.
 * See `activity/activity.ts`.
 */
export const activity = sqliteTable(
  'activity',
  {
    /** UUIDv7: what happened later has the greater one. */
    id: text().primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    event: text({ enum: ACTIVITY_EVENTS }).notNull(),
    at: integer().notNull(),
    /** The session that it is about, which may have ended. */
    sessionId: text('session_id'),
    /** Who did it: device and country as in `sessions`. */
    device: text(),
    country: text(),
    detail: text({ mode: 'json' }).$type<ActivityDetail>(),
  },
  (entry) => [
    index('activity_by_user').on(entry.userId, entry.id),
    index('activity_by_event').on(entry.userId, entry.event, entry.at),
    index('activity_by_device')
      .on(entry.userId, entry.device, entry.country)
      .where(sql`${entry.event} IN ('sign_up', 'log_in')`),
    index('activity_by_age').on(entry.at),
  ],
)

/** Passwords tried in a row without success: see `log-in/password/throttle.ts`. */
export const logInThrottle = sqliteTable(
  'log_in_throttle',
  {
    /** A user's id, or the MAC of an identifier that nobody has. */
    key: text().primaryKey(),
    failures: integer().notNull(),
    lastFailureAt: integer('last_failure_at').notNull(),
    blockedUntil: integer('blocked_until').notNull(),
  },
  (throttle) => [
    index('log_in_throttle_by_age').on(throttle.lastFailureAt),
    check('log_in_throttle_failures', sql`${throttle.failures} > 0`),
  ],
)

/**
 * The newest code of a recipient for a purpose: whether it is spent, how often it was guessed, and how often codes before it
 * were. The code itself is in KV, as a MAC. No contact stands here in clear: keys are MACs.
 */
export const otpGuards = sqliteTable(
  'otp_guards',
  {
    /** MAC of purpose, channel and recipient. */
    key: text().primaryKey(),
    challengeId: text('challenge_id').notNull(),
    /** Guesses at this code that were counted. */
    attempts: integer().notNull(),
    /** The request that spent the code. */
    spentBy: text('spent_by'),
    expiresAt: integer('expires_at').notNull(),
    /** Wrong guesses over all codes since `wrong_since`, cleared by a right one. */
    wrong: integer().notNull(),
    wrongSince: integer('wrong_since').notNull(),
  },
  (guard) => [
    index('otp_guards_by_expiry').on(guard.expiresAt),
    check('otp_guards_attempts', sql`${guard.attempts} BETWEEN 0 AND 5`),
    check('otp_guards_wrong', sql`${guard.wrong} BETWEEN 0 AND 20`),
  ],
)

/** Codes that were asked for in the last day: what the limits of sends count. Recipient, address and prefix are MACs. */
export const otpSends = sqliteTable(
  'otp_sends',
  {
    challengeId: text('challenge_id').primaryKey(),
    guard: text().notNull(),
    recipient: text().notNull(),
    address: text().notNull(),
    /** The number without its last four digits; null for e-mail. */
    prefix: text(),
    sentAt: integer('sent_at').notNull(),
  },
  (send) => [
    index('otp_sends_by_guard').on(send.guard, send.sentAt),
    index('otp_sends_by_recipient').on(send.recipient, send.sentAt),
    index('otp_sends_by_address').on(send.address, send.sentAt),
    index('otp_sends_by_prefix').on(send.prefix, send.sentAt),
    index('otp_sends_by_age').on(send.sentAt),
  ],
)

/** Text messages asked for on a day (UTC), which SMS_DAILY_BUDGET bounds. */
export const smsDays = sqliteTable('sms_days', {
  /** Days since 1970. */
  day: integer().primaryKey(),
  sends: integer().notNull(),
})

/** Verification tokens that were used, until they would have expired. */
export const spentTokens = sqliteTable(
  'spent_tokens',
  { jti: text().primaryKey(), expiresAt: integer('expires_at').notNull() },
  (token) => [index('spent_tokens_by_expiry').on(token.expiresAt)],
)

/** What `sort=dueAt` takes a to-do without a due date for: later than every date that there can be. */
export const NO_DUE_DATE = Date.parse('9999-12-31T23:59:59.999Z') + 1

/** To-dos, always of one user. One that was deleted stays for a while as a tombstone: see `todos/changes.ts`. */
export const todos = sqliteTable(
  'todos',
  {
    id: text().primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    contents: text().notNull(),
    description: text(),
    /** 0 none, 1 low, 2 medium, 3 high, 4 urgent: a number, so that it sorts. */
    priority: integer().notNull(),
    labels: text({ mode: 'json' }).$type<string[]>().notNull(),
    dueAt: integer('due_at'),
    dueOrder: integer('due_order')
      .notNull()
      .generatedAlwaysAs(sql.raw(`coalesce(due_at, ${NO_DUE_DATE})`), { mode: 'virtual' }),
    completedAt: integer('completed_at'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    version: integer().notNull(),
    deletedAt: integer('deleted_at'),
    /** Greater with each change of any of the user's to-dos: the one order of all changes. */
    seq: integer().notNull().default(0),
    /** What `q` looks into: contents and description folded by `todos/fold.ts`, since SQLite's `lower()` knows ASCII only. */
    foldedContents: text('folded_contents').notNull().default(''),
    foldedDescription: text('folded_description').notNull().default(''),
  },
  (todo) => {
    const lives = isNull(todo.deletedAt)
    const isOpen = sql`${lives} AND ${isNull(todo.completedAt)}`
    const isDone = sql`${lives} AND ${isNotNull(todo.completedAt)}`
    return [
      index('todos_by_creation').on(todo.userId, todo.createdAt, todo.id).where(lives),
      index('todos_by_due').on(todo.userId, todo.dueOrder, todo.id).where(lives),
      index('todos_by_priority').on(todo.userId, todo.priority, todo.id).where(lives),
      index('todos_by_update').on(todo.userId, todo.updatedAt, todo.id).where(lives),
      // What is open gets lists of its own: it stays few while what is done becomes more and more.
      index('todos_open_by_creation').on(todo.userId, todo.createdAt, todo.id).where(isOpen),
      index('todos_open_by_due').on(todo.userId, todo.dueOrder, todo.id).where(isOpen),
      index('todos_open_by_priority').on(todo.userId, todo.priority, todo.id).where(isOpen),
      index('todos_done_by_creation').on(todo.userId, todo.createdAt, todo.id).where(isDone),
      uniqueIndex('todos_by_change').on(todo.userId, todo.seq),
      index('todos_deleted').on(todo.deletedAt).where(isNotNull(todo.deletedAt)),
      check('todos_contents', sql`length(${todo.contents}) BETWEEN 1 AND 500`),
      check('todos_description', sql`length(${todo.description}) <= 10000`),
      check('todos_priority', sql`${todo.priority} BETWEEN 0 AND 4`),
      check('todos_labels', sql`json_type(${todo.labels}) = 'array' AND json_array_length(${todo.labels}) <= 10`),
      check('todos_version', sql`${todo.version} >= 1`),
    ]
  },
)

/** The to-dos that were made with an `Idempotency-Key`, for a day: see `todos/idempotency.ts`. */
export const idempotencyKeys = sqliteTable(
  'idempotency_keys',
  {
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    key: text().notNull(),
    /** SHA-256 of what was asked for, in base64url. */
    inputHash: text('input_hash').notNull(),
    todoId: text('todo_id').notNull(),
    usedAt: integer('used_at').notNull(),
  },
  (used) => [primaryKey({ columns: [used.userId, used.key] }), index('idempotency_keys_by_age').on(used.usedAt)],
)
