import type { Context } from 'hono'
import { expandIPv6 } from 'hono/utils/ipaddr'

/** Up to eight groups; what is in them does not matter here. */
const IPV6 = /^(?:[^:]*:){2,8}[^:]*$/

/** IPv4 in the form of IPv6, such as `::ffff:192.0.2.1`. */
const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

/**
 * The address that a limit counts requests by. Cloudflare sets it, so a client cannot choose it. A household has a whole
 * IPv6 /64, so all of a /64 counts as one address: `2001:db8::1` becomes `2001:db8:0:0::/64`.
 */
export function clientAddress(c: Context): string {
  const address = c.req.header('CF-Connecting-IP') ?? 'unknown'
  return MAPPED_IPV4.exec(address)?.[1] ?? (IPV6.test(address) ? ipv6Network(address) : address)
}

function ipv6Network(address: string): string {
  const groups = expandIPv6(address.toLowerCase()).split(':', 4)
  return `${groups.map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`
}
