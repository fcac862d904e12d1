import { AppError } from '../../errors'
import { countAddress } from '../../http/address-limit'
import { countAtEdge } from '../../http/edge-limit'
import { hashTag, hasVersion } from '../../http/etag'
import { createRouter } from '../../http/router'
import { read } from './calendar-feed.openapi'
import { eventCalendar } from './events'
import { macsOfFeed } from './feed-token'
import { readFeed } from './read-feed'

/**
 * What calendars read. A link that has ended, and one that never was, get the same answer in the same time: both are looked for by their
 * MACs, in the same statement.
 */
export const calendarRoutes = createRouter().openapi(read, async (c) => {
  const [token = ''] = /^[\w-]+(?=\.ics$)/.exec(c.req.valid('param').file) ?? []
  await countAddress(c)
  const macs = await macsOfFeed(c.var.keys, token)
  if (!macs) throw new AppError('not_found')
  await countAtEdge(c.env.FEED_LIMIT, 'calendar_feeds', macs[0])
  const now = Date.now()
  const feed = await readFeed(c.var.primary(), macs, now)
  if (!feed) throw new AppError('not_found')
  const calendar = eventCalendar(feed.todos, { timeZone: feed.timeZone, now })
  const tag = await hashTag(calendar)
  const headers = { ETag: tag, 'Cache-Control': 'private, max-age=900' }
  if (hasVersion(c, tag)) return c.body(null, 304, headers)
  return c.body(calendar, 200, { ...headers, 'Content-Type': 'text/calendar; charset=utf-8' })
})
