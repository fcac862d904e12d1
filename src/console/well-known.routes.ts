import { readConfig } from '../config'
import { AppError } from '../errors'
import { pageOrigins } from '../log-in/passkey/relying-party'
import { hasPasswords } from '../log-in/password/passwords-off'
import { createPages } from './page/console-env'
import { ACCOUNT } from './page/local-path'

/** For a day: browsers and crawlers ask for these again and again. */
const CACHED = { 'Cache-Control': 'public, max-age=86400' }

/** Nothing here is for a search engine, and the links in messages are nobody else's. */
const ROBOTS = 'User-agent: *\nDisallow: /\n'

/** What browsers, password managers and crawlers look for at fixed addresses. */
export const wellKnownRoutes = createPages()
  // Where a password manager sends somebody who wants a new password (W3C, A Well-Known URL for Changing Passwords).
  .get('/.well-known/change-password', (c) =>
    c.redirect(hasPasswords(readConfig(c.env)) ? `${ACCOUNT}/password` : ACCOUNT, 302),
  )
  // Browsers ask for it where no page names an icon.
  .get('/favicon.ico', (c) => c.body(null, 301, { ...CACHED, Location: '/console/icon.svg' }))
  .get('/robots.txt', (c) => c.text(ROBOTS, 200, CACHED))
  // Browsers ask here which other sites may use the passkeys of this domain (WebAuthn 5.11, Related Origin Requests).
  .get('/.well-known/webauthn', (c) => {
    const config = readConfig(c.env)
    const origins = pageOrigins(config)
    if (config.PASSKEY_RP_ID === undefined || origins.length === 1) throw new AppError('not_found')
    return c.json({ origins }, 200, CACHED)
  })
