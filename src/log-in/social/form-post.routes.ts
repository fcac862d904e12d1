import { Hono } from 'hono'
import type { AppEnv } from '../../context'
import { limitByAddress } from '../../http/address-limit'
import { readBodyText } from '../../http/body'
import { sealForm } from './posted-form'

/** What we use of the form. `user` is the name that Apple gives the first time. */
const PARAMETERS = ['code', 'state', 'iss', 'error', 'user']
/** Apple's forms have about 500 bytes. All of it goes into an address. */
const MAX_FORM_BYTES = 4096

/**
 * Where a provider posts a form that answers in that way (`response_mode=form_post`; Apple does). The post comes from another site, so
 * the browser sends none of our cookies with it. It only sends the browser on to the callback, by GET, with the parameters sealed: the
 * code and the name are in no log.
 */
export const formPostRoutes = new Hono<AppEnv>().post('/social/:provider/callback', limitByAddress, async (c) => {
  const mediaTypes = ['application/x-www-form-urlencoded']
  const text = await readBodyText(c.req.raw, { mediaTypes, maxBytes: MAX_FORM_BYTES })
  const form = new URLSearchParams(text)
  const given = new URLSearchParams()
  for (const name of PARAMETERS) for (const value of form.getAll(name)) given.append(name, value)
  const sealed = await sealForm(c.var.keys, given)
  return c.redirect(`${new URL(c.req.url).pathname}?${new URLSearchParams({ form: sealed })}`, 303)
})
