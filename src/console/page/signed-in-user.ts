import { deriveKeys } from '../../keys'
import { getAuthCookies } from '../../sessions/cookies'
import { verifyAccessToken } from '../../sessions/token'
import type { PageContext } from './console-env'

/**
 * Whose access token a page was asked for with, or null. It does not say that the session lives: the API does that. The script keeps to-dos on
 * the device by user, so it has to know whose page it is on.
 */
export async function signedInUser(c: PageContext): Promise<string | null> {
  const { access } = getAuthCookies(c)
  if (access === undefined) return null
  const caller = await verifyAccessToken(await deriveKeys(c.var.config), access, { now: Date.now() })
  return caller?.userId ?? null
}
