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

/** Who is signed in. */
export async function readMe(c: PageContext): Promise<User> {
  const answer = await c.var.api.users.me.$get()
  if (answer.status !== 200) throw await toAppError(answer)
  return answer.json()
}

/** Who reads the page, as KV knows them: a time zone that was set on another device may be a minute old. It asks no database. */
export async function readReader(c: PageContext): Promise<Reader> {
  const answer = await c.var.api.auth.session.$get()
  if (answer.status !== 200) throw await toAppError(answer)
  const { user } = await answer.json()
  return { userId: user.id, t: c.var.t, locale: c.var.locale, zone: user.timeZone ?? 'UTC', now: Date.now() }
}
