import type { Context } from 'hono'
import { sha256 } from '../lib/sha256'

/*
 * Entity tags, and the conditions that requests make with them (RFC 9110 8.8.3 and 13). Cloudflare weakens strong tags when it compresses
 * an answer, so `W/` in a request says nothing: docs/decisions/weak-tags.md.
 */

/** Longer conditions count as malformed. This one has room for the tags of a hundred pages. */
const MAX_CONDITION = 8192

/** One tag, with a look at what follows it: a comma or the end. */
const TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"(?=\s*(?:,|$))/g

const withoutWeakness = (tag: string): string => tag.replace(/^W\//, '')

/** The tags in a condition, without `W/`; `*` stands for any tag. A malformed condition has none. */
function readTags(condition: string): string[] {
  if (condition.length > MAX_CONDITION) return []
  if (condition.trim() === '*') return ['*']
  return /^[\s,]*$/.test(condition.replace(TAG, '')) ? (condition.match(TAG) ?? []).map(withoutWeakness) : []
}

/** The tags that an `If-Match` allows. It would compare strongly, but a version in quotes means the same with `W/`. */
export const readIfMatch = (condition: string): string[] => readTags(condition)

/** The conditions of a request. The transaction that makes the change checks them. */
export interface Conditions {
  ifMatch?: string[]
  ifNoneMatch?: string[]
}

export function readConditions(c: Context): Conditions {
  const ifMatch = c.req.header('If-Match')
  const ifNoneMatch = c.req.header('If-None-Match')
  return {
    ...(ifMatch !== undefined && { ifMatch: readIfMatch(ifMatch) }),
    ...(ifNoneMatch !== undefined && { ifNoneMatch: readTags(ifNoneMatch) }),
  }
}

/** Whether the client already has the version with this tag, so that the answer is 304. */
export function hasVersion(c: Context, tag: string): boolean {
  const excluded = readConditions(c).ifNoneMatch ?? []
  return excluded.includes('*') || excluded.includes(withoutWeakness(tag))
}

/** Headers that let the client keep the answer for itself. Before each use it has to ask whether the answer is still current. */
export const tagHeaders = (tag: string) => ({ ETag: tag, 'Cache-Control': 'private, no-cache' })

/** The tag of an answer that has no version of its own: a hash of everything that can change in it. Weak, because it is not of the bytes. */
export const hashTag = async (content: string): Promise<string> => `W/"${await sha256(content)}"`
