import type { Locale } from '../../locale'
import { getAuthCookies } from '../../sessions/cookies'
import type { SessionAnswer } from '../../sessions/schemas'
import type { User } from '../../users/schemas'
import type { Texts } from '../texts/texts'
import type { PageContext } from './console-env'
import { toAppError } from './refusal'

/** How pages show days and times to somebody. */
export interface Reader {
  userId: string
  t: Texts
  locale: Locale
  /** The zone of their profile. Without one it is UTC. */
  zone: string
  hasZone: boolean
  now: number
}

/** Who somebody is, in a few words. */
export interface Person {
  userId: string
  /** What they are called, or else the name or the contact that they sign in by. */
  name: string
  /** The name or the contact that they sign in by, if that is not what they are called. */
  contact: string | null
  /** The first letter or digit of their name. */
  initial: string
}

const sessions = new WeakMap<PageContext, Promise<SessionAnswer>>()

/** The session of a request and its user, as KV knows them. The page and its menu read it once. */
export function readSession(c: PageContext): Promise<SessionAnswer> {
  const session = sessions.get(c) ?? askForSession(c)
  sessions.set(c, session)
  return session
}

async function askForSession(c: PageContext): Promise<SessionAnswer> {
  const answer = await c.var.api.auth.session.$get()
  if (answer.status !== 200) throw await toAppError(answer)
  return answer.json()
}

/** Asks who sends a request while the page asks for what it shows. Errors show later, where the answer is needed. */
export function beginReadingPerson(c: PageContext): void {
  if (getAuthCookies(c).access !== undefined) readSession(c).catch(() => undefined)
}

/** Who is signed in, as D1 knows them. */
export async function readMe(c: PageContext): Promise<User> {
  const answer = await c.var.api.users.me.$get()
  if (answer.status !== 200) throw await toAppError(answer)
  return answer.json()
}

/** Who reads the page, as KV knows them: a time zone that was set on another device may be a minute old. It asks no database. */
export async function readReader(c: PageContext): Promise<Reader> {
  const { user } = await readSession(c)
  const { t, locale } = c.var
  const zone = { zone: user.timeZone ?? 'UTC', hasZone: user.timeZone !== null }
  return { userId: user.id, t, locale, ...zone, now: Date.now() }
}

/** Who reads the page, for its menu. Null if nobody is signed in any more. */
export async function readPerson(c: PageContext): Promise<Person | null> {
  const known = await readSession(c).catch(() => null)
  if (known === null) return null
  const { user } = known
  const contact = user.email ?? user.phone ?? user.username
  const name = user.name ?? user.nickname ?? user.username ?? contact ?? ''
  const initial = /[\p{L}\p{N}]/u.exec(name)?.[0] ?? ''
  return { userId: user.id, name, contact: contact === name ? null : contact, initial: initial.toUpperCase() }
}
