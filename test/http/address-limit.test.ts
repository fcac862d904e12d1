import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { aliceAndBob } from '../helpers/alice-and-bob'
import { recordingLimit } from '../helpers/bindings'
import { Client, clientOf } from '../helpers/client'
import { documentedProblems, readDocument } from '../helpers/document'
import { PASSWORD, tally, together } from '../helpers/people'
import { recordingBindings } from '../helpers/recorder'
import { send, type ValidRequest, validRequests } from '../helpers/requests'
import { accessTokenOf } from '../helpers/tokens'
import { hashCalls } from '../log-in/password/hashes'

const { alice } = aliceAndBob()
const { operations } = await readDocument()

/** Changes and searches of to-dos and lists are limited by user: test/todos/write-limits.test.ts. */
const tested = operations.filter(({ path }) => !/^\/api\/v1\/(?:todos|lists)/.test(path))
const limited = tested.filter((operation) => documentedProblems(operation).includes('429 rate_limited'))

const validRequest = (operationId: string): ValidRequest => {
  const request = validRequests[operationId]
  if (!request) throw new Error(`There is no operation ${operationId}`)
  return request
}

/** A valid request to each operation that documents the limit. A reset is another way through a route. */
const requests: [operationId: string, request: ValidRequest][] = [
  ...limited.map(({ operationId }): [string, ValidRequest] => [operationId, validRequest(operationId)]),
  ['changePassword', { ...validRequest('changePassword'), body: () => ({ newPassword: 'x', verificationToken: 'x' }) }],
]

describe('an IP address over its limit', () => {
  it('is refused by exactly the operations that document the limit', async () => {
    const { ADDRESS_LIMIT } = recordingLimit(false)
    const refused: string[] = []
    for (const { operationId } of tested) {
      const client = clientOf({ ADDRESS_LIMIT }).copyCookies(alice().client)
      const { body } = await send(validRequest(operationId), alice(), { client })
      if (body?.code === 'rate_limited') refused.push(operationId)
    }
    expect(refused).toEqual(limited.map(({ operationId }) => operationId))
    expect(refused).toContain('logIn')
  })

  it('is refused by every route with that limit before D1 is asked and a password is hashed', async () => {
    const { DB, statements, cost } = recordingBindings()
    const { ADDRESS_LIMIT, keys } = recordingLimit(false)
    const owner = alice()
    const client = clientOf(
      { ADDRESS_LIMIT, DB },
      { Authorization: `Bearer ${accessTokenOf(owner)}`, 'CF-Connecting-IP': '192.0.2.1' },
    )
    const calls = await hashCalls(async () => {
      for (const [name, request] of requests) {
        // With it, most of them would hash a password.
        const sent = request.body && { body: { currentPassword: PASSWORD, ...request.body(owner) } }
        const { status, headers, body } = await send(request, owner, { client, ...sent })
        expect({
          name,
          status,
          retryAfter: headers.get('Retry-After'),
          policy: headers.get('RateLimit-Policy'),
          limit: headers.get('RateLimit'),
          body,
        }).toEqual({
          name,
          status: 429,
          retryAfter: '60',
          policy: '"address";q=300;w=60',
          limit: '"address";r=0;t=60',
          body: {
            type: '/problems/rate_limited',
            title: 'Too many requests; wait a little',
            status: 429,
            code: 'rate_limited',
            requestId: expect.any(String),
          },
        })
      }
    })
    expect(calls).toEqual([])
    expect([...statements.keys()]).toEqual([])
    expect(cost().d1).toBe(0)
    expect(keys).toEqual(requests.map(() => '192.0.2.1'))
    expect(await env.DB.prepare('SELECT * FROM log_in_throttle').all()).toMatchObject({ results: [] })
    expect((await owner.client.get('/users/me')).body).toEqual(owner.user)
  })

  it('is refused before the body and the token are checked', async () => {
    const { ADDRESS_LIMIT, keys } = recordingLimit(false)
    const client = clientOf({ ADDRESS_LIMIT })
    for (const [, request] of requests) {
      const { body } = await send(request, alice(), { client, ...(request.body && { body: {} }) })
      expect(body.code).toBe('rate_limited')
    }
    expect(keys).toHaveLength(requests.length)
  })

  it('can still read, refresh and log out', async () => {
    const { ADDRESS_LIMIT, keys } = recordingLimit(false)
    const client = clientOf({ ADDRESS_LIMIT }).copyCookies(alice().client)
    expect((await client.get('/users/me')).status).toBe(200)
    expect((await client.post('/auth/refresh')).status).toBe(200)
    expect((await client.post('/auth/log-out')).status).toBe(204)
    expect(keys).toEqual([])
  })

  it('is refused by the real rate limiter, while other addresses are not', async () => {
    const from = (address: string) => () => new Client({ 'CF-Connecting-IP': address }).post('/auth/log-in', {})
    const first = await together(300, from('203.0.113.207'))
    expect(tally(first.map(({ body }) => body.code))).toEqual({ invalid_fields: 300 })
    // A new window may have started in between, but 601 requests in two windows are more than 300 in one of them.
    const second = await together(301, from('203.0.113.207'))
    expect(second.map(({ body }) => body.code)).toContain('rate_limited')
    expect((await from('203.0.113.8')()).body.code).toBe('invalid_fields')
  })
})

describe('the IP address of a client', () => {
  const { ADDRESS_LIMIT, keys } = recordingLimit()
  const client = clientOf({ ADDRESS_LIMIT }, { 'CF-Connecting-IP': '192.0.2.1' })
  const keyOf = async (headers: Record<string, string>): Promise<string | undefined> => {
    expect((await client.post('/auth/log-in', {}, { headers })).body.code).toBe('invalid_fields')
    return keys.at(-1)
  }

  it('comes from CF-Connecting-IP, on every route that has the limit', async () => {
    for (const [n, [, request]] of requests.entries()) {
      const counted = recordingLimit()
      const own = clientOf({ ADDRESS_LIMIT: counted.ADDRESS_LIMIT }, { 'CF-Connecting-IP': `203.0.113.${n}` })
      await send(request, alice(), { client: own })
      expect(counted.keys).toEqual([`203.0.113.${n}`])
    }
  })

  it('never comes from another header', async () => {
    const spoofed = ['X-Forwarded-For', 'X-Real-IP', 'Forwarded', 'True-Client-IP', 'X-Client-IP', 'CF-Connecting-IPv6']
    for (const name of spoofed) expect(await keyOf({ [name]: '203.0.113.99' })).toBe('192.0.2.1')
  })

  it('is the /64 network for IPv6, in any spelling', async () => {
    const network = '2001:db8:1:2::/64'
    for (const address of [
      '2001:db8:1:2::',
      '2001:db8:1:2::1',
      '2001:db8:1:2:3:4:5:6',
      '2001:DB8:1:2:FFFF:FFFF:FFFF:FFFF',
      '2001:0db8:0001:0002:0003:0004:0005:0006',
    ]) {
      expect(await keyOf({ 'CF-Connecting-IP': address }), address).toBe(network)
    }
    for (const address of ['2001:db8:1:3::1', '2001:db8:1::1', '2001:db8:1:1:ffff:ffff:ffff:ffff', '::2']) {
      expect(await keyOf({ 'CF-Connecting-IP': address }), address).not.toBe(network)
    }
    expect(await keyOf({ 'CF-Connecting-IP': '2001:db8::1' })).toBe('2001:db8:0:0::/64')
    expect(await keyOf({ 'CF-Connecting-IP': '2001:db8:0:0:1::' })).toBe('2001:db8:0:0::/64')
    expect(await keyOf({ 'CF-Connecting-IP': '::ffff:203.0.113.5' })).toBe('203.0.113.5')
  })

  it('of IPv6 is counted by its /48 too, which has a limit of its own', async () => {
    const networks = recordingLimit(false)
    const counted = recordingLimit()
    const both = { ADDRESS_LIMIT: counted.ADDRESS_LIMIT, NETWORK_LIMIT: networks.ADDRESS_LIMIT }
    const from = (address: string) => clientOf(both, { 'CF-Connecting-IP': address }).post('/auth/log-in', {})
    for (const address of ['2001:db8:1:2::1', '2001:DB8:0001:ffff::', '2001:db8:1::']) {
      expect((await from(address)).body.code).toBe('rate_limited')
    }
    expect(networks.keys).toEqual(Array(3).fill('2001:db8:1::/48'))
    expect((await from('203.0.113.5')).body.code).toBe('invalid_fields')
    expect(networks.keys).toHaveLength(3)
  })

  it('is not counted if it is loopback', async () => {
    const closed = recordingLimit(false)
    const both = { ADDRESS_LIMIT: closed.ADDRESS_LIMIT, NETWORK_LIMIT: closed.ADDRESS_LIMIT }
    for (const address of ['127.0.0.1', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1']) {
      const answer = await clientOf(both, { 'CF-Connecting-IP': address }).post('/auth/log-in', {})
      expect(answer.body.code, address).toBe('invalid_fields')
    }
    expect(closed.keys).toEqual([])
  })
})
