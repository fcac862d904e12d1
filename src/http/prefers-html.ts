import type { Context } from 'hono'

/** Whether the client is a browser that wants a page. */
export const prefersHtml = (c: Context): boolean => /^text\/html *(,|$)/i.test(c.req.header('Accept') ?? '')
