import { expect } from 'vitest'
import type { ProviderId } from '../../src/users/provider-ids'
import { Client, ORIGIN } from '../helpers/client'
import { authorize, type CameBack, newPerson } from '../helpers/providers'
import { Browser, type Page } from './browser'

/*
 * Log-ins by a provider, through the pages.
 */

const HTML = { Accept: 'text/html,application/xhtml+xml' }
const START = '/api/v1/auth/social/'

/** The addresses on a page that begin a log-in by a provider. */
export const startsOn = ({ text }: Pick<Page, 'text'>): string[] =>
  [...text.matchAll(/href="(\/api\/v1\/auth\/social\/[^"]*)"/g)].map(([, href = '']) => href.replaceAll('&amp;', '&'))

/** Follows the link to a provider. Gives the address of the provider. */
export async function press(browser: Browser, page: Page, provider: ProviderId): Promise<string> {
  const start = startsOn(page).find((one) => one.split('?')[0] === START + provider) ?? ''
  const { status, headers } = await browser.client.get(ORIGIN + start, {
    headers: { ...HTML, 'Sec-Fetch-Site': 'same-origin' },
  })
  expect(status).toBe(303)
  return headers.get('Location') ?? ''
}

/** Comes back from the provider, and follows all redirects. */
export async function comeBack(browser: Browser, { path, form }: CameBack): Promise<Page> {
  let target = path
  if (form !== undefined) {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'cross-site' }
    const posted = await new Client().post(path, form, { headers })
    target = posted.headers.get('Location') ?? ''
  }
  const { pathname, search } = new URL(target, ORIGIN)
  return browser.visit(pathname + search, { from: 'cross-site', headers: HTML })
}

/** Signs somebody in by a provider, from the page `wanted`. */
export async function signInBy(
  provider: ProviderId,
  person = newPerson(),
  browser = new Browser(),
  wanted = '/console',
) {
  const start = await press(browser, await browser.visit(wanted), provider)
  return { browser, page: await comeBack(browser, authorize(start, person)) }
}
