import { and, eq } from 'drizzle-orm'
import type { Context } from 'hono'
import type { AppEnv } from '../context'
import type { Db } from '../db/client'
import { isLost } from '../errors'
import { afterAnswer } from '../http/after-answer'
import { nameOfProvider } from '../log-in/social/providers'
import type { Link } from '../notices/link'
import { contactsOf, type Notice, sendNotice } from '../notices/notify'
import { channelOf } from '../users/contacts'
import { askedEvent, type Target } from '../users/removal-requests'
import { identities, removalRequests, users } from '../users/tables'
import type { Asked } from './removal-requests'

/**
 * Tells owners of a request to remove something, with the link that stops it.
 *
 * The notice goes out even if the client hangs up. If D1's answer is lost, D1 is asked whether the request was made.
 * @param making the batch that makes the request, or does at once what was asked for
 */
export function tellOfRequest(
  c: Context<AppEnv>,
  making: Promise<Asked | { kind: 'changed' | 'removed' }>,
  { target, link }: { target: Target; link: Link },
): void {
  afterAnswer(c, async () => {
    const asked = await making.then(
      (outcome) => (outcome.kind === 'asked' ? outcome : undefined),
      (error: unknown) => (isLost(error) ? findRequest(c.var.primary(), target, link) : undefined),
    )
    if (!asked) return
    const to = asked.toTell.map((contact) => ({ ...contact, linkPath: `/s/${link.token}` }))
    await sendNotice(c, { to, ...noticeOf(c, target, asked) })
  })
}

function noticeOf(c: Context<AppEnv>, target: Target, { provider }: Pick<Asked, 'provider'>): Omit<Notice, 'to'> {
  return {
    purpose: askedEvent(target),
    ...('contact' in target && { changed: channelOf[target.contact] }),
    ...(provider && { provider: nameOfProvider(c.var.config, provider) }),
  }
}

/** The request that was made with this link, if it was made: whom to tell, and whose identity it is about. */
async function findRequest(
  db: Db,
  target: Target,
  { linkMac }: Link,
): Promise<Pick<Asked, 'toTell' | 'provider'> | undefined> {
  const isAbout = and(eq(identities.userId, removalRequests.userId), eq(identities.id, removalRequests.target))
  const found = await db
    .select({ email: users.email, phone: users.phone, provider: identities.provider })
    .from(removalRequests)
    .innerJoin(users, eq(users.id, removalRequests.userId))
    .leftJoin(identities, isAbout)
    .where(eq(removalRequests.linkMac, linkMac))
    .get()
  if (!found) return undefined
  const isTold = 'contact' in target ? channelOf[target.contact] : null
  const toTell = contactsOf(found).filter(({ channel }) => isTold === null || channel === isTold)
  return { toTell, ...(found.provider && { provider: found.provider }) }
}
