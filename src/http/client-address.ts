import type { Context } from 'hono'

/**
 * Whom a limit counts: the address that Cloudflare saw, never a header that a client could choose. One household has a
 * whole IPv6 /64, so those count as one.
 */
export function clientAddress(c: Context): string {
  const address = c.req.header('CF-Connecting-IP') ?? 'unknown'
  return address.includes(':') ? ipv6Network(address) : address
}

/** `2001:db8::1` → `2001:db8:0:0::/64`; an IPv4 address in IPv6 form (`::ffff:192.0.2.1`) → the IPv4 address. */
function ipv6Network(address: string): string {
  const ipv4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (ipv4 !== undefined) return ipv4
  const [head = '', tail] = address.toLowerCase().split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail ? tail.split(':') : []
  const groups = [...before, ...Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0'), ...after]
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}
