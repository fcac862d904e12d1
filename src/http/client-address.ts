import type { Context } from 'hono'
import { expandIPv6 } from 'hono/utils/ipaddr'

/** Where a request comes from, as limits count it. */
export interface ClientAddress {
  /** IPv4 whole. IPv6 by its /64, which one household has: `2001:db8::1` becomes `2001:db8:0:0::/64`. */
  address: string
  /** The /48 of IPv6, which one customer or office may have. Null for IPv4. */
  network: string | null
}

/** Up to eight groups; what is in them does not matter here. */
const IPV6 = /^(?:[^:]*:){2,8}[^:]*$/

/** IPv4 in the form of IPv6, such as `::ffff:192.0.2.1`. */
const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

/**
 * The address that limits count a request by. Cloudflare sets it, so a client cannot choose it; no other header is read.
 * @returns null for loopback: that is a developer's own computer, and no request from a network has such an address
 */
export function clientAddress(c: Context): ClientAddress | null {
  const given = c.req.header('CF-Connecting-IP') ?? 'unknown'
  const address = MAPPED_IPV4.exec(given)?.[1] ?? given
  if (!IPV6.test(address)) return address.startsWith('127.') ? null : { address, network: null }
  const groups = expandIPv6(address.toLowerCase())
    .split(':')
    .map((group) => group.replace(/^0+(?=.)/, ''))
  if (groups.join(':') === '0:0:0:0:0:0:0:1') return null
  return { address: `${groups.slice(0, 4).join(':')}::/64`, network: `${groups.slice(0, 3).join(':')}::/48` }
}
