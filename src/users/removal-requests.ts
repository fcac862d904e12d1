import { and, eq, gt, type SQL } from 'drizzle-orm'
import { DAY_MS, HOUR_MS } from '../lib/time'
import type { ContactName } from './contacts'
import { removalRequests, users } from './tables'

/*
 * Requests to remove a contact, an identity or a passkey, and operators' requests to erase a second factor. Who has to make one is decided
 * in `account/removal-requests.ts`; of second factors, `operator/erase-second-factor.ts` decides.
 */

/** How long after a request what it is about may be removed. */
export const WAIT_MS = 72 * HOUR_MS
/** How long a request is good for, once its time has come. Cron removes it then. */
export const REQUEST_LIFE_MS = 7 * DAY_MS

/** What stands for the second factor in the column `target`. */
export const SECOND_FACTOR_TARGET = 'second_factor'

/** What somebody wants to remove, or replace: a contact, or an identity or a passkey by its id. */
export type Target = { contact: ContactName } | { identity: string } | { passkey: string }

/** What stands for it in the column `target`. Two ids are never the same. */
export const targetKey = (target: Target): string =>
  'contact' in target ? target.contact : 'identity' in target ? target.identity : target.passkey

/** What the activity and the notice say of a request. */
export const askedEvent = (target: Target) =>
  'contact' in target
    ? 'contact_removal_asked'
    : 'identity' in target
      ? 'identity_removal_asked'
      : 'passkey_removal_asked'

/** True of a row of `removal_requests` of the user while it is good, or will be: not stopped, not done, not void, not too old. */
export const isOpen = (now: number): SQL | undefined =>
  and(
    eq(removalRequests.userId, users.id),
    eq(removalRequests.stamp, users.proofStamp),
    gt(removalRequests.effectiveAt, now - REQUEST_LIFE_MS),
  )
