import { base64url } from 'jose'
import type { Keys } from '../../keys'
import { isMacSpelling, mac } from '../../lib/mac'

/*
 * The token in the link of a feed: 256 random bits. Only its MAC is stored, so a copy of the database opens no feed.
 */

const TOKEN_BYTES = 32

export interface FeedToken {
  token: string
  tokenMac: string
}

export async function newFeedToken(keys: Keys): Promise<FeedToken> {
  const token = base64url.encode(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)))
  return { token, tokenMac: await mac(keys.current.calendarFeed, token) }
}

/**
 * What may stand in D1 for a token that somebody brings: one MAC for each key, that of the current key first. Null for what is no token:
 * a token and a MAC have the same 43 characters.
 */
export async function macsOfFeed(keys: Keys, token: string): Promise<[string, ...string[]] | null> {
  if (!isMacSpelling(token)) return null
  const { current, all } = keys
  const others = all.filter((one) => one !== current)
  return [
    await mac(current.calendarFeed, token),
    ...(await Promise.all(others.map(({ calendarFeed }) => mac(calendarFeed, token)))),
  ]
}
