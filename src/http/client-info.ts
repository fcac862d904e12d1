import Bowser from 'bowser'
import type { Context } from 'hono'

/** Who sends a request, as far as it can be told without a cookie: what an owner recognises their devices by. */
export interface ClientInfo {
  /** `Chrome on Windows`, `curl`; null for what nobody would recognise. */
  device: string | null
  /** ISO 3166-1 alpha-2, as Cloudflare saw it. */
  country: string | null
}

/** Longer ones are no browser's, and patterns that read them take time. */
const MAX_USER_AGENT = 400

const BROWSERS = new Set<string>(Object.values(Bowser.BROWSER_MAP))
const SYSTEMS = new Set<string>(Object.values(Bowser.OS_MAP))

/** Clients that are no browsers, by the product that they begin with (RFC 9110 10.1.5). */
const TOOLS = new Set(
  'axios bun curl dart deno go-http-client httpie insomnia java node okhttp postmanruntime python-httpx python-requests ruby undici wget'.split(
    ' ',
  ),
)

/**
 * A `User-Agent` in words. Only words of these lists come out, whatever goes in: they stand in messages, where nobody else's
 * text belongs (ASVS 1.3.11).
 */
export function deviceInWords(userAgent: string | undefined): string | null {
  if (!userAgent) return null
  const typed = userAgent.slice(0, MAX_USER_AGENT)
  const tool = /^[\w-]+/.exec(typed)?.[0].toLowerCase()
  if (tool !== undefined && TOOLS.has(tool)) return tool
  const { browser, os } = Bowser.parse(typed)
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
