import { sql } from 'drizzle-orm'
import type { Context } from 'hono'
import { v7 as uuidv7 } from 'uuid'
import type { AppEnv } from '../context'
import type { Db } from '../db/client'
import { type AppError, isLost } from '../errors'
import { afterAnswer } from '../http/after-answer'
import type { Keys } from '../keys'
import { type Links, newLinks } from '../notices/link'
import { contactsOf, type Notice, type Recipient, sendNotice } from '../notices/notify'
import { tooMany } from '../too-many'
import { contactColumn } from '../users/contacts'
import { type AccountChange, findPastContacts, nextChangeAt, type PastContacts } from '../users/past-identifiers'

/*
 * A change of a contact, the user name or the password. Its owner can take it back for seven days, by the link in its notice:
 * `account/way-back.ts`. A signed-in user can make only a few a day. Otherwise a thief could make so many that no notice goes out.
 */

/** A change that is about to be made, with the links that take it back. */
export interface NewChange extends Omit<AccountChange, 'userId'> {
  links: Links
}

export async function newChange(keys: Keys, changed: AccountChange['changed'], now: number): Promise<NewChange> {
  const links = await newLinks(keys)
  const linkMacs = { email: links.email.linkMac, phone: links.phone.linkMac }
  return { id: uuidv7({ msecs: now }), changed, links, linkMacs, now }
}

/** The query that says when the user may make such a change (ms). */
export const selectNextChange = (db: Db, change: Pick<AccountChange, 'userId' | 'changed'>) =>
  db.select({ at: nextChangeAt(db, change) }).from(sql`(SELECT 1)`)

/** The error for a user who has made too many changes today; undefined for others. */
export function tooManyChanges([next]: { at: number }[], now: number): AppError | undefined {
  return next && next.at > now ? tooMany('account_changes', next.at - now) : undefined
}

/**
 * Makes a change, and tells the contacts from before it. Each that has not changed for seven days gets a link of its own.
 *
 * The notice goes out even if the client hangs up. If D1's answer is lost, D1 is asked whether the change was made.
 * @param making the batch of the change, with what `keepIdentifiers` gave as `kept`
 */
export function makeAndTell<Result extends { kept: PastContacts[] }>(
  c: Context<AppEnv>,
  change: NewChange,
  notice: Omit<Notice, 'to'>,
  making: Promise<Result>,
): Promise<Result> {
  afterAnswer(c, async () => {
    const kept = await making.then(
      (made) => made.kept[0],
      (error: unknown) => (isLost(error) ? findPastContacts(c.var.primary(), change) : undefined),
    )
    if (kept) await sendNotice(c, { to: toldOf(kept, change), ...notice })
  })
  return making
}

/** The contacts from before a change, with their links. */
function toldOf(kept: PastContacts, { links }: NewChange): Recipient[] {
  const macs = { email: kept.emailLinkMac, phone: kept.phoneLinkMac }
  return contactsOf(kept).map((contact) => {
    const name = contactColumn[contact.channel]
    return { ...contact, ...(macs[name] !== null && { linkPath: `/w/${links[name].token}` }) }
  })
}
