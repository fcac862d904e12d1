import { sql } from 'drizzle-orm'
import type { Context } from 'hono'
import { v7 as uuidv7 } from 'uuid'
import type { AppEnv } from '../context'
import type { Db } from '../db/client'
import { AppError } from '../errors'
import { afterAnswer } from '../http/after-answer'
import type { Keys } from '../keys'
import { type Links, newLinks } from '../notices/link'
import { contactsOf, type Notice, type Recipient, sendNotice } from '../notices/notify'
import { tooMany } from '../too-many'
import { contactColumn } from '../users/contacts'
import { type AccountChange, findKept, nextChangeAt } from '../users/past-identifiers'
import type { UserRow } from '../users/users'

/*
 * A change of a contact, the user name or the password. Its owner can take it back for seven days, by the link in its notice:
 * `account/way-back.ts`. A signed-in user can make three a day. Otherwise a thief could make so many that no notice goes out.
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

/** The statement that tells when the user may make such a change (ms). */
export const selectNextChange = (db: Db, userId: string) =>
  db.select({ at: nextChangeAt(db, userId) }).from(sql`(SELECT 1)`)

/** The error for a user who has made three changes today; undefined for others. */
export function tooManyChanges([next]: { at: number }[], now: number): AppError | undefined {
  return next && next.at > now ? tooMany('account_changes', next.at - now) : undefined
}

/** The contacts that get the notice of a change: those from before it, each with a link of its own. */
export const toldOf = (before: Pick<UserRow, 'email' | 'phone'>, { links }: NewChange): Recipient[] =>
  contactsOf(before).map((contact) => ({ ...contact, linkPath: `/w/${links[contactColumn[contact.channel]].token}` }))

/**
 * Waits for a change. If D1's answer is lost, the change may have been made all the same. Then its row is there, and the owner gets
 * the notice.
 */
export async function tellIfLost<Result>(
  c: Context<AppEnv>,
  change: NewChange,
  notice: Omit<Notice, 'to'>,
  making: Promise<Result>,
): Promise<Result> {
  try {
    return await making
  } catch (error) {
    if (error instanceof AppError && error.code === 'unavailable') {
      afterAnswer(c, async () => {
        const before = await findKept(c.var.primary(), change)
        if (before) await sendNotice(c, { to: toldOf(before, change), ...notice })
      })
    }
    throw error
  }
}
