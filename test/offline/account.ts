import { env } from 'cloudflare:workers'
import { v7 as uuidv7 } from 'uuid'
import { openDb } from '../../src/db/client'
import worker from '../../src/index'
import type { Keys } from '../../src/keys'
import { DAY_MS } from '../../src/lib/time'
import { signAccessToken } from '../../src/sessions/token'
import { purgeTombstones } from '../../src/todos/purge-tombstones'
import { backgroundContext } from '../helpers/client'
import { workerKeys } from '../helpers/tokens'

/*
 * Accounts for histories. There are thousands of them, so none signs up: its rows are written at once.
 */

export interface Account {
  userId: string
  accessToken: string
}

/** A limiter that lets everything through. A history makes more batches a minute than people do. */
const OPEN_GATE = { limit: async () => ({ success: true }) }

const bindings: Env = { ...env, BATCH_LIMIT: OPEN_GATE, WRITE_LIMIT: OPEN_GATE }

/** The Worker on its real D1, without the limits by minute. */
export const ask = async (request: Request, settings: Partial<Env> = {}): Promise<Response> =>
  worker.fetch(request, { ...bindings, ...settings }, backgroundContext())

let keys: Keys | undefined

export async function newAccount(): Promise<Account> {
  const [userId, sessionId, now] = [uuidv7(), uuidv7(), Date.now()]
  await env.DB.batch([
    env.DB.prepare('INSERT INTO users (id, username, created_at, updated_at) VALUES (?1, ?2, ?3, ?3)').bind(
      userId,
      `u${userId.slice(-12)}`,
      now,
    ),
    env.DB.prepare(
      "INSERT INTO sessions (id, user_id, device_hash, created_at, last_seen_at, expires_at) VALUES (?1, ?2, '', ?3, ?3, ?4)",
    ).bind(sessionId, userId, now, now + DAY_MS),
  ])
  keys ??= await workerKeys()
  const { token } = await signAccessToken(keys, { sessionId, userId, sessionEndsAt: now + DAY_MS, now })
  return { userId, accessToken: token }
}

/** A day passes: the server forgets the keys of batches. */
export const forgetKeys = ({ userId }: Account) =>
  env.DB.prepare('UPDATE idempotency_keys SET used_at = 0 WHERE user_id = ?').bind(userId).run()

/** A month passes: it forgets what was deleted, too. */
export async function forgetDeleted(account: Account): Promise<void> {
  await forgetKeys(account)
  const deleted = env.DB.prepare('UPDATE todos SET deleted_at = 0 WHERE user_id = ? AND deleted_at IS NOT NULL')
  await deleted.bind(account.userId).run()
  await purgeTombstones(openDb(env.DB, 'first-primary'), 0, 1000)
}

/** All to-dos that the server knows, deleted ones too. */
export async function allIds({ userId }: Account): Promise<string[]> {
  const { results } = await env.DB.prepare('SELECT id FROM todos WHERE user_id = ?').bind(userId).all<{ id: string }>()
  return results.map(({ id }) => id)
}

/** The to-dos that were deleted with their parent or with their list. */
export async function deletedWithOthers({ userId }: Account): Promise<string[]> {
  const deleted = env.DB.prepare(`SELECT todo.id FROM todos todo LEFT JOIN todos parent ON parent.id = todo.parent_id
    WHERE todo.user_id = ?1 AND todo.deleted_at IS NOT NULL AND (parent.deleted_at = todo.deleted_at
      OR (todo.list_id IS NOT NULL AND todo.list_id NOT IN (SELECT id FROM lists WHERE user_id = ?1)))`)
  const { results } = await deleted.bind(userId).all<{ id: string }>()
  return results.map(({ id }) => id)
}
