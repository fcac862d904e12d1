import { base64url } from 'jose'
import { AppError } from '../errors'
import type { Keys } from '../keys'
import { mac, verifyMac } from '../lib/mac'

/** Where a page ends: the sort value and id of its last row. */
export interface Position {
  at: number
  id: string
}

/**
 * An opaque token: a place in a list (of `\w`, `.` and `-`) and its MAC. `scope` is everything that it is good for (the user,
 * the filter and the order): in another list it would skip or repeat rows, so there it is refused.
 */
export const writePlace = async (keys: Keys, scope: string, place: string): Promise<string> =>
  base64url.encode(`${place}.${await mac(keys.current.cursor, `${scope}|${place}`)}`)

/** The place in a token, or null for one that is edited, another user's or another list's. */
export async function readPlace(keys: Keys, scope: string, token: string): Promise<string | null> {
  const [, place, tag] = /^([\w.-]+)\.([\w-]{43})$/.exec(decode(token)) ?? []
  if (place === undefined || tag === undefined) return null
  for (const set of keys.all) {
    if (await verifyMac(set.cursor, `${scope}|${place}`, tag)) return place
  }
  return null
}

function decode(token: string): string {
  try {
    const bytes = base64url.decode(token)
    // One spelling only: base64url ignores the last bits of the last character.
    return base64url.encode(bytes) === token ? new TextDecoder().decode(bytes) : ''
  } catch {
    return ''
  }
}

/** The cursor of the page that follows a position; null where there is none. */
export const writeCursor = async (keys: Keys, scope: string, next: Position | null): Promise<string | null> =>
  next && writePlace(keys, scope, `${next.at}.${next.id}`)

/**
 * The position that a cursor of this list stands for; null for the first page.
 * @throws {AppError} `invalid_fields`
 */
export async function readCursor(keys: Keys, scope: string, cursor: string | undefined): Promise<Position | null> {
  if (cursor === undefined) return null
  const [at, id] = (await readPlace(keys, scope, cursor))?.split('.') ?? []
  if (id === undefined) {
    throw new AppError('invalid_fields', {
      errors: [{ path: '/cursor', code: 'invalid_cursor', message: 'Is not a cursor of this list' }],
    })
  }
  return { at: Number(at), id }
}
