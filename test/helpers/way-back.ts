import { env } from 'cloudflare:workers'
import { v7 as uuidv7 } from 'uuid'
import { expect } from 'vitest'
import { mac } from '../../src/lib/mac'
import { allMessagesTo, stranger } from './codes'
import type { Person } from './people'
import { rowsOf } from './storage'
import { verificationTokenFor, workerKeys } from './tokens'

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

/** Takes a change back with the token of a link and, if it is needed, one more proof. */
export const undo = (token: string, proof: object = {}, client = stranger()) =>
  client.post('/auth/way-back', { token, ...proof })

export const contactOf = (to: string) => ({ channel: to.includes('@') ? 'email' : 'sms', to }) as const

/** Sets a contact of a user, who has proven it. */
export const put = async ({ client }: Pick<Person, 'client'>, name: 'email' | 'phone', to: string) =>
  client.put(`/users/me/${name}`, { verificationToken: await verificationTokenFor(contactOf(to)) })

export const rename = ({ client }: Pick<Person, 'client'>, username: string) => client.patch('/users/me', { username })

/** The user name and the contacts of each user. */
export const identifiers = async () =>
  (await rowsOf('users')).map(({ username, email, phone }) => [username, email, phone])

/** The token in the link of the newest notice of a change that this contact got. */
export async function wayBackTokenFor(to: string): Promise<string> {
  const texts = (await allMessagesTo(to)).map(({ text }) => text.trim())
  const tokens = texts.flatMap((text) => /\/w\/([\w-]{16})$/m.exec(text)?.[1] ?? [])
  expect(tokens).not.toEqual([])
  return tokens[0] ?? ''
}
