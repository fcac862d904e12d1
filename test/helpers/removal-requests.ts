import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { mac } from '../../src/lib/mac'
import type { ContactName } from '../../src/users/contacts'
import { HOUR } from './clock'
import { allMessagesTo } from './codes'
import type { Person } from './people'
import { workerKeys } from './tokens'

/** The token of the requests that `prepareRequest` makes. */
export const STOP_TOKEN = 'q3Jx0vVq2mT8hW1z'

/** Makes a request to remove the user's e-mail address, or an identity, which `STOP_TOKEN` stops. */
export async function prepareRequest({ user }: Pick<Person, 'user'>, target = 'email'): Promise<void> {
  const linkMac = await mac((await workerKeys()).current.link, STOP_TOKEN)
  const sql = `INSERT INTO removal_requests SELECT id, ?, ?, proof_stamp, ? FROM users WHERE id = ?`
  await env.DB.prepare(sql)
    .bind(target, Date.now() + 72 * HOUR, linkMac, user.id)
    .run()
}

/** Makes all sessions of a user such as a code to this contact begins, some time after the sign-up. */
export async function asIfByCode({ user }: Pick<Person, 'user'>, contact: ContactName): Promise<void> {
  const times = 'created_at = created_at + 1, last_seen_at = last_seen_at + 1'
  await env.DB.prepare(`UPDATE sessions SET proven_by = ?, ${times} WHERE user_id = ?`).bind(contact, user.id).run()
}

/** The notices about requests to remove something, which a contact got. */
export const requestNotices = async (to: string) =>
  (await allMessagesTo(to)).filter(({ purpose }) => /_removal_asked$/.test(purpose))

/** The token in the link of the newest notice about a request. */
export async function stopTokenFor(to: string): Promise<string> {
  const [notice] = await requestNotices(to)
  const [, token = ''] = /\/s\/([\w-]{16})$/m.exec(notice?.text.trim() ?? '') ?? []
  expect(token).not.toBe('')
  return token
}
