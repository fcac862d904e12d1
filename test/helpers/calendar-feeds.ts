import { env } from 'cloudflare:workers'
import { newFeedToken } from '../../src/todos/calendar-feed/feed-token'
import type { Person } from './people'
import { workerKeys } from './tokens'

/** Gives a user a calendar link, and answers with its token. */
export async function giveFeed({ user }: Pick<Person, 'user'>): Promise<string> {
  const { token, tokenMac } = await newFeedToken(await workerKeys())
  await env.DB.prepare('INSERT OR REPLACE INTO calendar_feeds SELECT id, ?, device_epoch, ? FROM users WHERE id = ?')
    .bind(tokenMac, Date.now(), user.id)
    .run()
  return token
}
