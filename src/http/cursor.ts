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
 * An opaque cursor: the position and its MAC. `scope` is everything that a cursor is good for (the user, the filter and the
 * order): in another list it would skip or repeat rows, so there it is refused.
 */
export async function writeCursor(keys: Keys, scope: string, { at, id }: Position): Promise<string> {
  const position = `${at}.${id}`
  return base64url.encode(`${position}.${await mac(keys.current.cursor, `${scope}|${position}`)}`)
}

/** The position in a cursor, or null for one that is edited, another user's or another list's. */
export async function readCursor(keys: Keys, scope: string, cursor: string): Promise<Position | null> {
  const [, position, at, id, tag] = /^((\d{1,15})\.([0-9a-f-]{36}))\.([\w-]{43})$/.exec(decode(cursor)) ?? []
  if (position === undefined || id === undefined || tag === undefined) return null
  for (const set of keys.all) {
    if (await verifyMac(set.cursor, `${scope}|${position}`, tag)) return { at: Number(at), id }
  }
  return null
}

function decode(cursor: string): string {
  try {
    return new TextDecoder().decode(base64url.decode(cursor))
  } catch {
    return ''
  }
}

/** The 422 of a cursor that `readCursor` did not take. */
export const wrongCursor = (): AppError =>
  new AppError('invalid_fields', {
    errors: [{ path: '/cursor', code: 'invalid_cursor', message: 'Is not a cursor of this list' }],
  })
