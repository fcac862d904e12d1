import { and, eq, inArray, type SQL, sql } from 'drizzle-orm'
import { record } from '../activity/activity'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import type { ClientInfo } from '../http/client-info'
import { type IdentityKey, isIdentity } from '../users/identities'
import { isOpen, SECOND_FACTOR_TARGET } from '../users/removal-requests'
import { identities, removalRequests, users } from '../users/tables'

/** Which request is to stop: by the MACs of the token in its link, or the one about a user's identity, passkey or second factor. */
export type RequestToStop =
  | { linkMacs: string[] }
  | { userId: string; identity: IdentityKey }
  | { userId: string; passkey: string }
  | { userId: string; secondFactor: true }

/**
 * The statements that stop a request to remove something while it is open. It is open for some days after its time has come, and can
 * be stopped until then.
 * @param onlyIf true in the transaction if it is to be stopped
 * @returns `stopped` gives a row if this stopped it
 */
export function stopRemoval(
  db: Db,
  request: RequestToStop,
  { client, now, onlyIf }: { client: ClientInfo; now: number; onlyIf?: SQL },
) {
  const isNamed = isRequest(db, request)
  const mayStop = and(isNamed, existsRow(db, users, isOpen(now)), onlyIf)
  const about = db.select({ userId: removalRequests.userId }).from(removalRequests).where(isNamed)
  const detail = db
    .select({ detail: detailOf(db) })
    .from(removalRequests)
    .where(isNamed)
  return {
    recorded: record(
      db,
      { userId: sql`${about}`, event: 'removal_stopped', client, now, sequence: 2, detail: sql`${detail}` },
      existsRow(db, removalRequests, mayStop),
    ),
    stopped: db
      .update(removalRequests)
      .set({ stamp: null })
      .where(mayStop)
      .returning({ userId: removalRequests.userId }),
  }
}

function isRequest(db: Db, request: RequestToStop): SQL | undefined {
  if ('linkMacs' in request) return inArray(removalRequests.linkMac, request.linkMacs)
  return and(eq(removalRequests.userId, request.userId), eq(removalRequests.target, targetOf(db, request)))
}

function targetOf(db: Db, request: Exclude<RequestToStop, { linkMacs: string[] }>): string | SQL {
  if ('secondFactor' in request) return SECOND_FACTOR_TARGET
  if ('passkey' in request) return request.passkey
  return sql`${db.select({ id: identities.id }).from(identities).where(isIdentity(request.identity))}`
}

/** What the activity says of a row of `removal_requests`: the channel of the contact, or the provider of the identity. */
function detailOf(db: Db): SQL {
  const isAbout = and(eq(identities.userId, removalRequests.userId), eq(identities.id, removalRequests.target))
  const provider = db
    .select({ detail: sql`json_object('provider', ${identities.provider})` })
    .from(identities)
    .where(isAbout)
  return sql`CASE ${removalRequests.target}
    WHEN 'email' THEN json_object('channel', 'email')
    WHEN 'phone' THEN json_object('channel', 'sms')
    WHEN ${SECOND_FACTOR_TARGET} THEN json_object('factor', 'totp')
    ELSE ${provider}
  END`
}
