import { base64url } from 'jose'
import { AppError } from '../errors'
import type { Keys } from '../keys'
import { mac, verifyMac } from '../lib/mac'
import { namedGroups } from '../lib/named-groups'

/** Where a page of a list ends: the sort value and the id of its last row. */
export interface Position {
  /** A text has letters and digits only. */
  at: number | string
  id: string
}

/**
 * An opaque token: a position in a list, written with `\w`, `.` and `-`, and its MAC. `scope` names the list by its user,
 * filter and order. In another list the position would skip or repeat rows, so the token is refused there.
 */
export const writeListToken = async (keys: Keys, scope: string, position: string): Promise<string> =>
  base64url.encode(`${position}.${await mac(keys.current.cursor, `${scope}|${position}`)}`)

const LIST_TOKEN = /^(?<position>[\w.-]+)\.(?<tag>[\w-]{43})$/

/** The position in a token, or null if the token was edited or belongs to another user or list. */
export async function readListToken(keys: Keys, scope: string, token: string): Promise<string | null> {
  const { position, tag } = namedGroups(LIST_TOKEN, decode(token))
  if (position === undefined || tag === undefined) return null
  for (const set of keys.all) {
    if (await verifyMac(set.cursor, `${scope}|${position}`, tag)) return position
  }
  return null
}

/** Whether a text has the form of a token, whoever made it. */
export const isListToken = (token: string): boolean => LIST_TOKEN.test(decode(token))

function decode(token: string): string {
  try {
    const bytes = base64url.decode(token)
    // Accepts one spelling only, because base64url ignores the last bits of the last character.
    return base64url.encode(bytes) === token ? new TextDecoder().decode(bytes) : ''
  } catch {
    return ''
  }
}

/** Stands before a sort value that is a text. */
const TEXT = '_'

/** The cursor of the page after a position; null if there is no such page. */
export const writeCursor = async (keys: Keys, scope: string, next: Position | null): Promise<string | null> =>
  next && writeListToken(keys, scope, `${typeof next.at === 'string' ? TEXT : ''}${next.at}.${next.id}`)

/**
 * The position in a cursor of this list; null for the first page.
 * @throws {AppError} `invalid_fields`
 */
export async function readCursor(keys: Keys, scope: string, cursor: string | undefined): Promise<Position | null> {
  if (cursor === undefined) return null
  const [at, id] = (await readListToken(keys, scope, cursor))?.split('.') ?? []
  if (id === undefined) {
    throw new AppError('invalid_fields', {
      errors: [{ path: '/cursor', code: 'invalid_cursor', message: 'Is not a cursor of this list' }],
    })
  }
  return { at: at?.startsWith(TEXT) ? at.slice(TEXT.length) : Number(at), id }
}
