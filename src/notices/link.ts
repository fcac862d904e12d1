import { base64url } from 'jose'
import type { Keys } from '../keys'
import { mac } from '../lib/mac'

/*
 * The token in the link of a notice. It is short, because the link has to fit into a text message. It is random, and only its MAC
 * is stored.
 */

const TOKEN_BYTES = 12

export interface Link {
  token: string
  linkMac: string
}

export async function newLink(keys: Keys): Promise<Link> {
  const token = base64url.encode(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)))
  return { token, linkMac: await mac(keys.current.link, token) }
}

/** A link for each contact that a user may have, so that each contact gets one of its own. */
export interface Links {
  email: Link
  phone: Link
}

export async function newLinks(keys: Keys): Promise<Links> {
  const [email, phone] = await Promise.all([newLink(keys), newLink(keys)])
  return { email, phone }
}

/** What may stand in D1 for a token that somebody brings: one MAC for each key. */
export const macsOfLink = (keys: Keys, token: string): Promise<string[]> =>
  Promise.all(keys.all.map(({ link }) => mac(link, token)))
