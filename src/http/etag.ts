import type { Context } from 'hono'
import { base64url } from 'jose'

/*
 * Entity tags and the conditions made of them (RFC 9110 8.8.3 and 13). Ours are strong.
 */

/** With what must follow it in a list. */
const TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"(?=\s*(?:,|$))/g

/** The tags of a condition, or `*` for any. In one that is malformed there are none. */
function readTags(condition: string): string[] {
  if (condition.trim() === '*') return ['*']
  return /^[\s,]*$/.test(condition.replace(TAG, '')) ? (condition.match(TAG) ?? []) : []
}

/** The tags that an `If-Match` allows. It compares strongly, so a weak tag is equal to none, and a malformed one allows none. */
export const readIfMatch = (condition: string): string[] => readTags(condition).filter((tag) => !tag.startsWith('W/'))

/** The tags that an `If-None-Match` excludes. It compares weakly. */
export const readIfNoneMatch = (condition: string): string[] =>
  readTags(condition).map((tag) => tag.replace(/^W\//, ''))

/** What a request asks of the state that it would change, for the transaction that changes it to decide. */
export interface Conditions {
  ifMatch?: string[]
  ifNoneMatch?: string[]
}

export function readConditions(c: Context): Conditions {
  const ifMatch = c.req.header('If-Match')
  const ifNoneMatch = c.req.header('If-None-Match')
  return {
    ...(ifMatch !== undefined && { ifMatch: readIfMatch(ifMatch) }),
    ...(ifNoneMatch !== undefined && { ifNoneMatch: readIfNoneMatch(ifNoneMatch) }),
  }
}

/** Whether the client of a read has what the tag stands for, and so is answered 304. */
export function hasAlready(c: Context, tag: string): boolean {
  const excluded = readConditions(c).ifNoneMatch ?? []
  return excluded.includes('*') || excluded.includes(tag)
}

/** The headers of what a client may keep for itself if it asks each time whether it still holds. */
export const kept = (tag: string) => ({ ETag: tag, 'Cache-Control': 'private, no-cache' })

/** A tag of what is nowhere numbered: the hash of the answer. */
export async function tagOf(answer: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(answer))
  return `"${base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))}"`
}
