import { createMiddleware } from 'hono/factory'
import type { ConsoleEnv } from './console-env'
import { renderRefusedPart, wantsPart } from './part'
import { readReader } from './person'
import { SIGNED_OUT, showSignedOut } from './signed-out-page'

/**
 * For a form with the field `user`: what somebody has typed goes to their account only, also if somebody else has signed in since in the same
 * browser. They are told that they are signed out, and it is kept.
 */
export const requireSameUser = createMiddleware<ConsoleEnv>(async (c, next) => {
  const user = (await c.req.formData()).get('user')
  if (user === null || user === (await readReader(c)).userId) return next()
  const { pathname, search } = new URL(c.req.url)
  return (wantsPart(c) ? null : await showSignedOut(c, pathname + search)) ?? renderRefusedPart(c, SIGNED_OUT)
})
