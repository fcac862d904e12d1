import Bowser from 'bowser'
import type { Context } from 'hono'

/** What a request tells about its device. Owners recognise their devices by it. */
export interface ClientInfo {
  /** Such as `Chrome on Windows` or `curl`; null if it is not on our lists. */
  device: string | null
  /** ISO 3166-1 alpha-2, from Cloudflare. */
  country: string | null
}

/** In characters. No browser sends a longer `User-Agent`, and the patterns take longer on longer text. */
const MAX_USER_AGENT = 400

const BROWSERS = new Set<string>(Object.values(Bowser.BROWSER_MAP))
const SYSTEMS = new Set<string>(Object.values(Bowser.OS_MAP))

/** Clients other than browsers, by the product name that their `User-Agent` begins with (RFC 9110 10.1.5). */
const TOOLS = new Set(
  'axios bun curl dart deno go-http-client httpie insomnia java node okhttp postmanruntime python-httpx python-requests ruby undici wget'.split(
    ' ',
  ),
)

/**
 * The device that a `User-Agent` names, in words of our lists only. The words go into messages, and a stranger must not be
 * able to put text there (ASVS 1.3.11).
 */
export function deviceInWords(userAgent: string | undefined): string | null {
  if (!userAgent) return null
  const text = userAgent.slice(0, MAX_USER_AGENT)
  const tool = /^[\w-]+/.exec(text)?.[0].toLowerCase()
  if (tool !== undefined && TOOLS.has(tool)) return tool
  const { browser, os } = Bowser.parse(text)
  const known = [browser.name, os.name].filter(
    (name) => name !== undefined && (BROWSERS.has(name) || SYSTEMS.has(name)),
  )
  return known.length > 0 ? known.join(' on ') : null
}

const COUNTRY = /^[A-Z]{2}$/

export function clientInfo(c: Context): ClientInfo {
  const country = c.req.raw.cf?.country
  return {
    device: deviceInWords(c.req.header('User-Agent')),
    country: typeof country === 'string' && COUNTRY.test(country) ? country : null,
  }
}
