import { exports } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { aliceAndBob } from '../helpers/alice-and-bob'
import { type Answer, Client, ORIGIN, type ProblemBody, settleBackground } from '../helpers/client'
import { type Operation, readDocument } from '../helpers/document'
import { urlOf, validRequests } from '../helpers/requests'

/* What HTTP asks of every path: those that are there, and those that are not. */

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

let operations: Operation[]
beforeAll(async () => {
  operations = (await readDocument()).operations
})

const { alice } = aliceAndBob()

/** Every path of the document with something in its braces, and the methods that the document gives it. */
const paths = (): { path: string; methods: string[] }[] => {
  const concrete = Object.values(validRequests).map((request) => new URL(urlOf(request, alice())).pathname)
  return [...new Set(concrete)].map((path) => {
    // A path that is written out is no other's with something in its braces.
    const written = operations.filter((operation) => operation.path === path)
    const matching = operations.filter((operation) =>
      new RegExp(`^${operation.path.replace(/\{\w+\}/, '[^/]+')}$`).test(path),
    )
    return { path, methods: (written.length > 0 ? written : matching).map(({ method }) => method) }
  })
}

const allowed = ({ headers }: { headers: Headers }) => headers.get('Allow')?.split(', ').sort()

function expectNotFound({ status, headers, body }: Answer<ProblemBody>): void {
  expect({ status, type: headers.get('Content-Type'), body }).toEqual({
    status: 404,
    type: 'application/problem+json',
    body: {
      type: '/problems/not_found',
      title: 'There is nothing here',
      status: 404,
      code: 'not_found',
      requestId: headers.get('X-Request-Id'),
    },
  })
}

describe('a path that is not there', () => {
  it.each([
    '/nope',
    '/index.html',
    '/health/',
    '/openapi.json/',
    '/problems',
    '/problems/',
    '/api',
    '/api/',
    '/api/v1',
    '/api/v1/',
    '/api/v1/nope',
    '/api/v2/users/me',
    '/v1/users/me',
    '//api/v1/users/me',
    '/api//v1/users/me',
    '/api/v1//users/me',
    '/api/v1/users//me',
    '/api/v1/users/me/',
    '/api/v1/users/me//',
    '/api/v1/users/me/me',
    '/api/v1/todos/',
    '/api/v1/todos//',
    '/api%2Fv1%2Fusers%2Fme',
    '/api/v1/users%2Fme',
    '/api/v1/users%2fme',
    '/api/v1/users%252Fme',
    '/api/v1/users/me%2F',
    '/api/v1/users/me%00',
    '/api/v1/users/me%20',
    '/api/v1/users/me;v=1',
    '/api/v1/users/me%3Fx=1',
    '/api/v1/users/me%E0%A4%A',
    '/API/v1/users/me',
    '/api/V1/users/me',
    '/api/v1/Users/me',
    '/api/v1/users/ME',
    '/api/v1/users/mе',
  ])('is a 404 for everybody: %s', async (path) => {
    for (const method of METHODS) {
      for (const client of [new Client(), alice().client]) {
        expectNotFound(await client.request(method, `${ORIGIN}${path}`))
      }
    }
  })

  it('gives a log-in no second address', async () => {
    for (const path of [
      '//api/v1/auth/log-in',
      '/api/v1/auth%2Flog-in',
      '/api/v1/auth/log-in/',
      '/api/v1/auth/Log-In',
    ]) {
      const body = { identifier: 'alice', password: 'wrong' }
      expectNotFound(await new Client().post(`${ORIGIN}${path}`, body))
    }
  })
})

it('meets the same checks when its letters are percent-encoded', async () => {
  const crossSite = { headers: { 'Sec-Fetch-Site': 'cross-site' } }
  for (const path of ['/api/v1/auth/log%2Din', '/%61pi/v1/auth/log-in', '/api/v1/auth/log-i%6E']) {
    const { status, body } = await new Client().post(`${ORIGIN}${path}`, { identifier: 'alice' }, crossSite)
    expect({ path, status, code: body.code }).toEqual({ path, status: 403, code: 'cross_site_request' })
  }
})

it('answers a method that a path does not have with those that it has', async () => {
  for (const { path, methods } of paths()) {
    const others = [...METHODS, 'PURGE', 'PROPFIND'].filter((method) => !methods.includes(method))
    const has = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].sort()
    for (const method of others) {
      const answer = await new Client().request<ProblemBody>(method, `${ORIGIN}${path}`)
      const { status, headers, body } = answer
      const requestId = headers.get('X-Request-Id')
      expect({ path, method, status, allowed: allowed(answer), body }).toMatchObject({
        path,
        method,
        status: 405,
        allowed: has,
        body: { type: '/problems/method_not_allowed', code: 'method_not_allowed', requestId },
      })
    }
  }
})

it('lists the methods of a path for OPTIONS', async () => {
  for (const { path, methods } of paths()) {
    const answer = await new Client().request('OPTIONS', `${ORIGIN}${path}`)
    const has = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].sort()
    expect({ path, status: answer.status, allowed: allowed(answer), text: answer.text }).toEqual({
      path,
      status: 204,
      allowed: has,
      text: '',
    })
  }
})

describe('HEAD', () => {
  /** Headers but for those that name the request, and for how long it took. */
  const lasting = (headers: Headers) =>
    [...headers]
      .filter(([name]) => !['x-request-id', 'set-cookie', 'x-d1-bookmark', 'content-length'].includes(name))
      .map(([name, value]) => [name, name === 'server-timing' ? value.replace(/^total;dur=\d+,/, 'total,') : value])

  it('answers what GET answers, without the body', async () => {
    const owner = alice()
    // Both find the copy of the session in KV, or the first one alone would ask D1 for it.
    await owner.client.get('/auth/session')
    await settleBackground()
    const Cookie = `__Host-access=${owner.client.cookies.get('__Host-access')}`
    for (const request of Object.values(validRequests).filter(({ method }) => method === 'GET')) {
      const [get, head] = await Promise.all(
        ['GET', 'HEAD'].map((method) =>
          exports.default.fetch(new Request(urlOf(request, owner), { method, headers: { Cookie } })),
        ),
      )
      expect({ status: head?.status, text: await head?.text() }).toEqual({ status: 200, text: '' })
      expect(get?.status).toBe(200)
      expect(lasting(head?.headers ?? new Headers())).toEqual(lasting(get?.headers ?? new Headers()))
      await get?.text()
    }
  })

  it('needs a token where GET does, and finds nothing where GET does not', async () => {
    for (const [path, expected] of Object.entries({ '/api/v1/users/me': 401, '/api/v1/nope': 404, '/nope': 404 })) {
      const { status, body } = await exports.default.fetch(new Request(`${ORIGIN}${path}`, { method: 'HEAD' }))
      expect({ path, status, body }).toEqual({ path, status: expected, body: null })
    }
  })

  it('is no method of a path without GET', async () => {
    const answer = await exports.default.fetch(new Request(`${ORIGIN}/api/v1/auth/log-in`, { method: 'HEAD' }))
    expect({ status: answer.status, allowed: allowed(answer) }).toEqual({ status: 405, allowed: ['OPTIONS', 'POST'] })
  })
})
