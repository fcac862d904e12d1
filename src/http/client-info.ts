import type { Context } from 'hono'

/** Who sends a request, as far as it can be told without a cookie: what an owner recognises their devices by. */
export interface ClientInfo {
  /** `Chrome on Windows`, `curl`; null for what nobody would recognise. */
  device: string | null
  /** ISO 3166-1 alpha-2, as Cloudflare saw it. */
  country: string | null
}

/** Longer ones are no browser's. */
const MAX_USER_AGENT = 400

/** The first that fits: most also say that they are one of those below. */
export const BROWSERS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Microsoft Edge', /\bEdg(?:e|A|iOS)?\//],
  ['Opera', /\bOPR\//],
  ['NAVER Whale Browser', /\bWhale\//],
  ['Samsung Internet for Android', /\bSamsungBrowser\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Chrome|CriOS)\//],
  ['Safari', /\bSafari\//],
  ['Internet Explorer', /\bTrident\//],
]

export const SYSTEMS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Android', /\bAndroid\b/],
  ['iOS', /\b(?:iPhone|iPad|iPod)\b/],
  ['Windows', /\bWindows\b/],
  ['Chrome OS', /\bCrOS\b/],
  ['macOS', /\bMac OS X\b/],
  ['Linux', /\bLinux\b/],
]

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
  const known = [BROWSERS, SYSTEMS].flatMap((names) => names.find(([, pattern]) => pattern.test(typed))?.[0] ?? [])
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
