import { isLost } from '../../errors'
import { afterAnswer } from '../../http/after-answer'
import { clientInfo } from '../../http/client-info'
import { createRouter } from '../../http/router'
import { isoTime } from '../../lib/time'
import { contactsOf, sendNotice } from '../../notices/notify'
import { endFeed, findMade, getFeed, makeFeed } from './calendar-feed'
import { end, get, make } from './calendar-feed.openapi'
import { newFeedToken } from './feed-token'

/** What owners do with their link. */
export const calendarFeedRoutes = createRouter()
  .openapi(get, async (c) => c.json(await getFeed(c.var.primary(), c.var.caller, Date.now()), 200))
  .openapi(make, async (c) => {
    const { config, keys, primary } = c.var
    const now = Date.now()
    const { token, tokenMac } = await newFeedToken(keys)
    const making = makeFeed(c.var, tokenMac, { client: clientInfo(c), now })
    // A thief may make a link too, so the owner is told, even if the client hangs up.
    afterAnswer(c, async () => {
      const owner = await making.catch((error: unknown) => (isLost(error) ? findMade(primary(), tokenMac) : undefined))
      if (owner) await sendNotice(c, { to: contactsOf(owner), purpose: 'calendar_feed_made' })
    })
    await making
    return c.json({ url: `${config.PUBLIC_ORIGIN}/calendar/${token}.ics`, createdAt: isoTime(now) }, 201)
  })
  .openapi(end, async (c) => {
    await endFeed(c.var.db, c.var.caller, { client: clientInfo(c), now: Date.now() })
    return c.body(null, 204)
  })
