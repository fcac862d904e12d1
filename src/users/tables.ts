import { isNotNull, sql } from 'drizzle-orm'
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { PROVIDER_IDS } from './provider-ids'

/**
 * The accounts. A contact is stored only after its owner has proven it. Each account has a way to log in:
 * `users/ways-to-log-in.ts`.
 */
export const users = sqliteTable(
  'users',
  {
    id: text().primaryKey(),
    /** 3–32 of a–z, 0–9, `.`, `_`, `-`, with a letter, so that it never looks like a phone number or an e-mail address. */
    username: text(),
    email: text(),
    /** E.164. */
    phone: text(),
    /** PHC-style string of `log-in/password/hash.ts`. Null for people who only use codes. */
    passwordHash: text('password_hash'),
    /** Goes up when the password changes, but not when the same password gets a new hash. */
    passwordVersion: integer('password_version').notNull().default(0),
    /** Codes and verification tokens carry it. Another one ends those that are out: `users/proof-stamp.ts`. */
    proofStamp: text('proof_stamp').notNull().default(sql`(lower(hex(randomblob(16))))`),
    /** When each was last set, changed or removed; at first, when the account was made. */
    emailChangedAt: integer('email_changed_at').notNull().default(0),
    phoneChangedAt: integer('phone_changed_at').notNull().default(0),
    passwordChangedAt: integer('password_changed_at').notNull().default(0),
    /** Goes up when all known devices are forgotten: `sessions/known-device.ts`. */
    deviceEpoch: integer('device_epoch').notNull().default(0),
    /** Since when operators keep everybody out of the account: `users/blocked.ts`. Null for almost all. */
    blockedAt: integer('blocked_at'),
    name: text(),
    nickname: text(),
    /** The IANA time zone that the user lives in, such as `Asia/Seoul`. Null until it is set. */
    timeZone: text('time_zone'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (user) => [
    // People log in by each of these, and no two accounts share one. What an account does not have is no row in its index.
    uniqueIndex('users_by_username').on(user.username).where(isNotNull(user.username)),
    uniqueIndex('users_by_email').on(user.email).where(isNotNull(user.email)),
    uniqueIndex('users_by_phone').on(user.phone).where(isNotNull(user.phone)),
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

/**
 * Identities at providers that people log in with. A key is the issuer and the subject, never an e-mail address: an address can get
 * another owner.
 */
export const identities = sqliteTable(
  'identities',
  {
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** UUIDv7 of the time when it was linked. */
    id: text().notNull(),
    provider: text({ enum: PROVIDER_IDS }).notNull(),
    issuer: text().notNull(),
    /** The person at the issuer, as the issuer names them. */
    subject: text().notNull(),
    /** The e-mail address or the user name there, so that the owner knows which it is. It is only shown. */
    label: text(),
    createdAt: integer('created_at').notNull(),
  },
  (identity) => [
    primaryKey({ columns: [identity.userId, identity.id] }),
    // Each log-in by a provider asks whose identity it is, and no two accounts share one.
    uniqueIndex('identities_by_subject').on(identity.issuer, identity.subject),
    check('identities_subject', sql`length(${identity.subject}) BETWEEN 1 AND 255`),
  ],
)

/** The longest name of a passkey, in code points. */
export const MAX_PASSKEY_NAME = 50

/** Passkeys that people log in with: `users/passkeys.ts`. The authenticator keeps the private key; here is the public one. */
export const passkeys = sqliteTable(
  'passkeys',
  {
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** UUIDv7 of the time when it was added. */
    id: text().notNull(),
    /** What the authenticator calls it, as base64url. */
    credentialId: text('credential_id').notNull(),
    /** COSE_Key (RFC 9052 7), as base64url. */
    publicKey: text('public_key').notNull(),
    /** How often the authenticator says that it was used. Zero for those that do not count. */
    counter: integer().notNull(),
    /** How browsers reach the authenticator, in its own words. */
    transports: text({ mode: 'json' }).$type<string[]>().notNull(),
    /** Whether its provider may copy it to other devices, and whether it has. Both are of the last use. */
    isBackupEligible: integer('is_backup_eligible', { mode: 'boolean' }).notNull(),
    isBackedUp: integer('is_backed_up', { mode: 'boolean' }).notNull(),
    /** The model of the authenticator, or the provider that keeps it. It is not proven. */
    aaguid: text().notNull(),
    name: text().notNull(),
    createdAt: integer('created_at').notNull(),
    /** When it last logged somebody in; null for never. */
    lastUsedAt: integer('last_used_at'),
  },
  (passkey) => [
    primaryKey({ columns: [passkey.userId, passkey.id] }),
    // Each log-in by a passkey asks whose it is, and no two accounts share one.
    uniqueIndex('passkeys_by_credential').on(passkey.credentialId),
    // WebAuthn 4 (Credential ID): at most 1023 bytes.
    check('passkeys_credential_id', sql`length(${passkey.credentialId}) BETWEEN 1 AND 1364`),
    check('passkeys_counter', sql`${passkey.counter} BETWEEN 0 AND 4294967295`),
    check('passkeys_name', sql`length(${passkey.name}) BETWEEN 1 AND ${sql.raw(String(MAX_PASSKEY_NAME))}`),
  ],
)

/** What users had before the changes of the last seven days: `users/past-identifiers.ts`. */
export const pastIdentifiers = sqliteTable(
  'past_identifiers',
  {
    /** A row for each change. UUIDv7 of the time of the change: the purge goes by it. */
    id: text().primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** `undone` if the change was taken back. The row then says no more than that. */
    changed: text({ enum: ['username', 'email', 'phone', 'password', 'second_factor', 'reset', 'undone'] }).notNull(),
    username: text(),
    email: text(),
    phone: text(),
    /** The hash of a password that had not changed for seven days. It only proves who takes a change back. */
    passwordHash: text('password_hash'),
    passwordVersion: integer('password_version').notNull(),
    /** Of a contact that had not changed for seven days: the MAC of the token in its notice. */
    emailLinkMac: text('email_link_mac'),
    phoneLinkMac: text('phone_link_mac'),
    /** Later than that of the user's change before it, whatever the clocks say. */
    changedAt: integer('changed_at').notNull(),
  },
  (past) => [
    // The limit of changes a day. Whether an identifier is kept for somebody is asked by everybody who takes one, and its link is
    // opened by anybody. What a row does not have is no row in its index.
    index('past_identifiers_by_user').on(past.userId, past.changedAt),
    index('past_identifiers_by_username').on(past.username).where(isNotNull(past.username)),
    index('past_identifiers_by_email').on(past.email).where(isNotNull(past.email)),
    index('past_identifiers_by_phone').on(past.phone).where(isNotNull(past.phone)),
    uniqueIndex('past_identifiers_by_email_link').on(past.emailLinkMac).where(isNotNull(past.emailLinkMac)),
    uniqueIndex('past_identifiers_by_phone_link').on(past.phoneLinkMac).where(isNotNull(past.phoneLinkMac)),
  ],
)

/**
 * Second factors: an authenticator app, and recovery codes for the day when it is lost. A row without `confirmed_at` is only a set-up
 * that was begun. `log-in/second-factor/` says what the columns mean.
 */
export const secondFactors = sqliteTable(
  'second_factors',
  {
    userId: text('user_id')
      .primaryKey()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** A secret that waits for its first code, sealed, and until when it waits. */
    pendingSecret: text('pending_secret'),
    pendingUntil: integer('pending_until'),
    /** The secret, sealed, and the name of the key that it is sealed under. */
    secret: text(),
    kid: text(),
    /** When this secret was confirmed. The account has a second factor if this is set. */
    confirmedAt: integer('confirmed_at'),
    /** Since when the account has had one without a break. A new authenticator app leaves it as it is. */
    since: integer(),
    /** The time step of the last code that was accepted: no code is accepted twice. */
    lastStep: integer('last_step').notNull().default(0),
    /** The request that was accepted last, by whichever code. */
    passedBy: text('passed_by'),
    /** The hashes of the recovery codes that are left. */
    recoveryHashes: text('recovery_hashes', { mode: 'json' }).$type<string[]>().notNull().default([]),
  },
  (factor) => [
    check(
      'second_factors_confirmed',
      sql`(${factor.confirmedAt} IS NULL) = (${factor.secret} IS NULL)
      AND (${factor.confirmedAt} IS NULL) = (${factor.kid} IS NULL) AND (${factor.confirmedAt} IS NULL) = (${factor.since} IS NULL)`,
    ),
  ],
)

/** Requests to remove a contact, an identity, a passkey or the second factor that have to wait. The rule is in `account/removal-requests.ts`. */
export const removalRequests = sqliteTable(
  'removal_requests',
  {
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** `email`, `phone`, `second_factor`, or the id of an identity or a passkey. */
    target: text().notNull(),
    /** From when on it may be removed, or the contact replaced. */
    effectiveAt: integer('effective_at').notNull(),
    /** The user's proof stamp when it was asked. Another stamp makes it void, and so does null, which stands for stopped or done. */
    stamp: text(),
    /** MAC of the token in the link that stops it. */
    linkMac: text('link_mac').notNull().unique(),
  },
  (request) => [
    primaryKey({ columns: [request.userId, request.target] }),
    index('removal_requests_by_age').on(request.effectiveAt),
  ],
)
