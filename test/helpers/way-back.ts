import { env } from 'cloudflare:workers'
import { v7 as uuidv7 } from 'uuid'
import { expect } from 'vitest'
import { mac } from '../../src/lib/mac'
import { allMessagesTo } from './codes'
import type { Person } from './people'
import { workerKeys } from './tokens'

/** The token of the change that `prepareWayBack` makes. */
export const WAY_BACK_TOKEN = 'zW8hTm2qVv0xJ3qQ'

/** Keeps what the user has now as if it had been changed; `WAY_BACK_TOKEN`, for the e-mail address, takes that back. */
export async function prepareWayBack({ user }: Pick<Person, 'user'>): Promise<void> {
  const linkMac = await mac((await workerKeys()).current.link, WAY_BACK_TOKEN)
  const sql = `INSERT INTO past_identifiers (id, user_id, changed, username, email, phone, password_hash,
    password_version, email_link_mac, changed_at)
    SELECT ?, id, 'email', username, email, phone, password_hash, password_version, ?, ? FROM users WHERE id = ?`
  await env.DB.prepare(sql)
    .bind(uuidv7({ msecs: Date.now() }), linkMac, Date.now(), user.id)
    .run()
}

/** The token in the link of the newest notice of a change that this contact got. */
export async function wayBackTokenFor(to: string): Promise<string> {
  const texts = (await allMessagesTo(to)).map(({ text }) => text.trim())
  const tokens = texts.flatMap((text) => /\/w\/([\w-]{16})$/m.exec(text)?.[1] ?? [])
  expect(tokens).not.toEqual([])
  return tokens[0] ?? ''
}
