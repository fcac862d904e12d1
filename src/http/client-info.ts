import type { Context } from 'hono'

/** What a request tells about its device. Owners recognise their devices by it. */
export interface ClientInfo {
  /** Such as `Chrome on Windows` or `curl`; null if it is not on our lists. */
  device: string | null
  /** ISO 3166-1 alpha-2, from Cloudflare. */
  country: string | null
}

/** In characters. No browser sends a longer `User-Agent`. */
const MAX_USER_AGENT = 400

/**
 * Browsers by the product token that only they send. Most also name the browsers that they are built on, so those come later. A
 * library for this knows versions, engines and models too, and is 8 kB of the gzipped Worker.
 */
const BROWSERS: readonly [name: string, pattern: RegExp][] = [
  ['Microsoft Edge', /\bEdg(?:e|A|iOS)?\//],
  ['Opera', /\b(?:OPR|OPT|OPiOS|Opera)\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Whale', /\bWhale\//],
  ['Vivaldi', /\bVivaldi\//],
  ['Yandex Browser', /\bYaBrowser\//],
  ['UC Browser', /\bUC ?Browser\//],
  ['DuckDuckGo', /\b(?:DuckDuckGo|Ddg)\//],
  ['KakaoTalk', /\bKAKAOTALK\b/],
  ['NAVER', /\bNAVER\(/],
  ['LINE', /\bLine\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Internet Explorer', /\b(?:MSIE |Trident\/)/],
  ['Chrome', /\b(?:Chrome|Chromium|CriOS)\//],
  ['Safari', /\bSafari\//],
]

/** Systems by the word that only they send. Android also says Linux. */
const SYSTEMS: readonly [name: string, pattern: RegExp][] = [
  ['iPadOS', /\biPad\b/],
  ['iOS', /\b(?:iPhone|iPod)\b/],
  ['Android', /\bAndroid\b/],
  ['Windows', /\bWindows\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['macOS', /\bMacintosh\b/],
  ['Linux', /\bLinux\b/],
]

/** The names that a device can have, for tests of the texts that it goes into. */
export const DEVICE_NAMES = { browsers: BROWSERS.map(([name]) => name), systems: SYSTEMS.map(([name]) => name) }

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
  // All browsers begin like this.
  if (!text.startsWith('Mozilla/') && !text.startsWith('Opera/')) return null
  const known = [BROWSERS, SYSTEMS].flatMap((table) => table.find(([, pattern]) => pattern.test(text))?.[0] ?? [])
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
