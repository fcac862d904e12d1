import { isNotNull } from 'drizzle-orm'
import { users } from './tables'

/*
 * Operators can block an account. Its sessions end at once, and it gets no new one: the gateway (`log-in/log-in.ts`) and refresh
 * (`sessions/rotate-session.ts`) ask for it, and nothing else has to.
 */

/** True of the row of a user whose account is blocked. */
export const isBlocked = isNotNull(users.blockedAt)
