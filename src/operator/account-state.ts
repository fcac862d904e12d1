import { desc, eq, type SQL, sql } from 'drizzle-orm'
import type * as z from 'zod'
import { nextExportAt, toRemovalRequest } from '../account-data/account-data'
import { selectIdentities, toIdentity } from '../account-data/identities'
import { selectPasskeys, toPasskey } from '../account-data/passkeys'
import { selectSecondFactor, toSecondFactor } from '../account-data/second-factor'
import { selectActivity, toEntry } from '../activity/activity'
import type { Config } from '../config'
import { batchNamed, type ResultsOf } from '../db/batch-named'
import type { Db } from '../db/client'
import type { Keys } from '../keys'
import { isoTime } from '../lib/time'
import { type CountedRecipient, recipientsOf, selectCodeCounts } from '../log-in/code/code-throttles'
import { logInThrottle } from '../log-in/password/tables'
import { failureKindOf, failuresOf } from '../log-in/password/throttle'
import { contactsOf } from '../notices/notify'
import { toDevice } from '../sessions/session-copy'
import { liveSessionsOf } from '../sessions/sessions'
import { sessions } from '../sessions/tables'
import { nextChangeAt } from '../users/past-identifiers'
import { removalRequests, users } from '../users/tables'
import { toUser, type UserRow } from '../users/users'
import { waysOf } from '../users/ways-to-log-in'
import { type NewAct, recordAct } from './acts'
import { type accountStateSchema, toBlocked } from './schemas'

/*
 * What an operator sees of an account: no secrets, no MACs, and nothing of what is in its to-dos.
 */

const LATEST_ENTRIES = 20

type AccountState = z.output<ReturnType<typeof accountStateSchema>>

/** What it takes to read an account. */
interface Reading {
  db: Db
  keys: Keys
  config: Config
}

/** The state of an account, and the record that somebody has seen it. Undefined if there is no such account. */
export async function readAccountState(
  { db, keys, config }: Reading,
  seeing: NewAct,
): Promise<AccountState | undefined> {
  const { userId, now } = seeing
  const rows = await batchNamed(db, { ...recordAct(db, seeing), state: selectState(db, userId, now) })
  const [user] = rows.state.user
  if (!user) return undefined
  // What codes are counted by is a MAC of the contact, which D1 cannot make.
  const recipients = await recipientsOf(keys, contactsOf(user))
  const codes = recipients.length === 0 ? [] : await selectCodeCounts(db, recipients, now)
  return toState(user, rows.state, { config, now, codes: toCodeThrottles(recipients, codes) })
}

const selectState = (db: Db, userId: string, now: number) => ({
  user: db.select().from(users).where(eq(users.id, userId)),
  identities: selectIdentities(db, userId, now),
  passkeys: selectPasskeys(db, userId, now),
  factor: selectSecondFactor(db, userId, now),
  sessions: db.select().from(sessions).where(liveSessionsOf(userId, now)).orderBy(desc(sessions.id)),
  failures: db.select().from(logInThrottle).where(failuresOf(userId)),
  requests: db.select().from(removalRequests).where(eq(removalRequests.userId, userId)),
  activity: selectActivity(db, userId, { limit: LATEST_ENTRIES - 1, before: null }),
  next: db
    .select({
      identifiers: nextChangeAt(db, { userId, changed: 'username' }),
      password: nextChangeAt(db, { userId, changed: 'password' }),
      export: nextExportAt(db, userId, now),
    })
    .from(sql`(SELECT 1)`),
  todos: db
    .select({ rows: countOfTodos(userId, 'total_rows'), bytes: countOfTodos(userId, 'total_bytes') })
    .from(sql`(SELECT 1)`),
})

/**
 * How many to-dos count, or how many bytes are in them: the counts of the newest change (`todos/usage.ts`). This folder cannot import
 * todos/, so that it cannot show what is in a to-do, and asks for these two numbers by their names.
 */
const countOfTodos = (userId: string, column: 'total_rows' | 'total_bytes'): SQL<number> =>
  sql<number>`coalesce((SELECT ${sql.raw(column)} FROM todos WHERE user_id = ${userId} ORDER BY seq DESC LIMIT 1), 0)`

const toCodeThrottles = (
  recipients: CountedRecipient[],
  counts: { recipient: string; sent: number; lastSentAt: number; wrongGuesses: number }[],
): AccountState['throttles']['codes'] =>
  recipients.flatMap(({ recipient, channel, asker }) =>
    counts
      .filter((count) => count.recipient === recipient)
      .map(({ sent, lastSentAt, wrongGuesses }) => ({
        channel,
        byKnownDevice: asker === 'known device',
        sent,
        lastSentAt: isoTime(lastSentAt),
        wrongGuesses,
      })),
  )

function toState(
  user: UserRow,
  rows: ResultsOf<ReturnType<typeof selectState>>,
  { config, now, codes }: { config: Config; now: number; codes: AccountState['throttles']['codes'] },
): AccountState {
  const [next] = rows.next
  const later = (ms = 0) => (ms > now ? isoTime(ms) : null)
  const { rows: todos, bytes } = rows.todos[0] ?? { rows: 0, bytes: 0 }
  return {
    user: toUser(user),
    ...toBlocked(user.blockedAt),
    waysToLogIn: waysOf(user, { identity: rows.identities.length > 0, passkey: rows.passkeys.length > 0 }, config),
    identities: rows.identities.map((row) => toIdentity(row, config)),
    passkeys: rows.passkeys.map(toPasskey),
    secondFactor: toSecondFactor(rows.factor),
    sessions: rows.sessions.map((row) => toDevice(row, null)),
    throttles: {
      passwords: rows.failures.map(({ key, failures, lastFailureAt, blockedUntil }) => ({
        of: failureKindOf(user.id, key),
        failures,
        lastFailureAt: isoTime(lastFailureAt),
        blockedUntil: later(blockedUntil),
      })),
      codes,
    },
    quotas: {
      todos: { rows: todos, maxRows: config.TODO_QUOTA_ROWS, bytes, maxBytes: config.TODO_QUOTA_BYTES },
      identifierChangeAt: later(next?.identifiers),
      passwordChangeAt: later(next?.password),
      exportAt: later(next?.export),
    },
    removalRequests: rows.requests.map((row) => toRemovalRequest(row, user)),
    activity: rows.activity.slice(0, LATEST_ENTRIES).map(toEntry),
  }
}
