import type { Locale } from '../../locale'
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

/** Who sends a request. They are read once for the page and its menu. */
const users = new WeakMap<PageContext, Promise<User>>()

/** Who is signed in. */
export function readMe(c: PageContext): Promise<User> {
  const user = askForMe(c)
  users.set(c, user)
  return user
}

async function askForMe(c: PageContext): Promise<User> {
  const answer = await c.var.api.users.me.$get()
  if (answer.status !== 200) throw await toAppError(answer)
  return answer.json()
}

function readUser(c: PageContext): Promise<User> {
  const user = users.get(c) ?? askForUser(c)
  users.set(c, user)
  return user
}

async function askForUser(c: PageContext): Promise<User> {
  const answer = await c.var.api.auth.session.$get()
  if (answer.status !== 200) throw await toAppError(answer)
  return (await answer.json()).user
}

/** Asks who sends a request, for the menu, while the page asks for what it shows. An error shows where the answer is needed. */
export function beginReadingPerson(c: PageContext): void {
  readUser(c).catch(() => undefined)
}

/** Who reads the page, as KV knows them: a time zone that was set on another device may be a minute old. It asks no database. */
export async function readReader(c: PageContext): Promise<Reader> {
  const user = await readUser(c)
  return { userId: user.id, t: c.var.t, locale: c.var.locale, zone: user.timeZone ?? 'UTC', now: Date.now() }
}

/** Who reads the page, for its menu. Null if nobody is signed in any more. */
export async function readPerson(c: PageContext): Promise<Person | null> {
  const user = await readUser(c).catch(() => null)
  if (user === null) return null
  const contact = user.email ?? user.phone ?? user.username
  const name = user.name ?? user.nickname ?? user.username ?? contact ?? ''
  const initial = /[\p{L}\p{N}]/u.exec(name)?.[0] ?? ''
  return { userId: user.id, name, contact: contact === name ? null : contact, initial: initial.toUpperCase() }
}
