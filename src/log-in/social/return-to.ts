import type { Config } from '../../config'
import { AppError } from '../../errors'

/**
 * Where a log-in may lead. Only the console shares our cookies. Everything else gets a code to exchange.
 *
 * | `returnTo` | compared |
 * |---|---|
 * | a path of the console, such as `/console/todos` | as the browser would read it |
 * | a page of an origin in ALLOWED_ORIGINS, by https | its origin, whole |
 * | a link of an app in ALLOWED_REDIRECTS | whole, character by character |
 */
export type Destination = { kind: 'console'; path: string } | { kind: 'outside'; url: string }

/**
 * Reads `returnTo`.
 * @throws {AppError} `invalid_fields` if a log-in may not lead there
 */
export function readDestination(
  returnTo: string,
  { ALLOWED_ORIGINS, ALLOWED_REDIRECTS, PUBLIC_ORIGIN }: Config,
): Destination {
  if (ALLOWED_REDIRECTS.includes(returnTo)) return { kind: 'outside', url: returnTo }
  const url = URL.parse(returnTo, PUBLIC_ORIGIN)
  if (url && returnTo.startsWith('/') && url.origin === PUBLIC_ORIGIN && /^\/console(\/|$)/.test(url.pathname)) {
    return { kind: 'console', path: url.pathname + url.search }
  }
  // The address of a blob has the origin of the page that made it, and one with a user does not begin with its origin.
  if (
    url &&
    isPrivate(url, PUBLIC_ORIGIN) &&
    !returnTo.startsWith('/') &&
    ALLOWED_ORIGINS.includes(url.origin) &&
    url.href.startsWith(`${url.origin}/`)
  ) {
    return { kind: 'outside', url: url.href }
  }
  const message = 'Must be a path of the console, or be allowed by ALLOWED_ORIGINS or ALLOWED_REDIRECTS'
  throw new AppError('invalid_fields', { errors: [{ path: '/returnTo', code: 'not_allowed', message }] })
}

/**
 * Whether the code reaches that page and nobody else. By http the network could read it, and `https://localhost` of an app is any program
 * on the computer of whoever opens it. Where we are on a developer's own computer ourselves, that is no loss.
 */
const isPrivate = ({ protocol, hostname }: URL, publicOrigin: string): boolean =>
  (protocol === 'https:' && !LOOPBACK.test(hostname)) || LOOPBACK.test(new URL(publicOrigin).hostname)

const LOOPBACK = /(?:^|\.)localhost$|^127\.|^\[::1\]$/

/** The destination with these parameters in its query, in place of any that it had under their names. */
export const withQuery = (destination: string, parameters: Record<string, string>): string =>
  destination.replace(/^([^?#]*)(?:\?([^#]*))?/, (_whole, path: string, before?: string) => {
    const query = new URLSearchParams(before)
    for (const [name, value] of Object.entries(parameters)) query.set(name, value)
    return `${path}?${query}`
  })
