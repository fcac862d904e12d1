import { exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { aliceAndBob } from '../helpers/alice-and-bob'
import { type Answer, Client, ORIGIN, type ProblemBody, settleBackground } from '../helpers/client'
import { readDocument } from '../helpers/document'
import { operator } from '../helpers/operator'
import { urlOf, validRequests } from '../helpers/requests'

/* Paths that exist and paths that do not, with every method. */

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

const { operations } = await readDocument()

const { alice } = aliceAndBob()

/** The form that a provider posts is no part of the API: `log-in/social/form-post.routes.ts`. */
const ALSO: Record<string, string[]> = { '/api/v1/auth/social/google/callback': ['POST'] }

/** Every path of the document with its parameters filled in, and its documented methods. */
const paths = (): { path: string; methods: string[] }[] => {
  const concrete = Object.values(validRequests).map((request) => new URL(urlOf(request, alice())).pathname)
  return [...new Set(concrete)].map((path) => {
    // A path without parameters takes precedence over a path with parameters.
    const exact = operations.filter((operation) => operation.path === path)
    const matching = operations.filter((operation) =>
      new RegExp(`^${operation.path.replace(/\{\w+\}/, '[^/]+')}$`).test(path),
    )
    const documented = (exact.length > 0 ? exact : matching).map(({ method }) => method)
    return { path, methods: [...documented, ...(ALSO[path] ?? [])] }
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

describe('a path that does not exist', () => {
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
  ])('answers 404 to everybody: %s', async (path) => {
    for (const method of METHODS) {
      for (const client of [new Client(), alice().client]) {
        expectNotFound(await client.request(method, `${ORIGIN}${path}`))
      }
    }
  })

  it('is no second way to the log-in', async () => {
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

it('applies the same checks to a path with percent-encoded letters', async () => {
  const crossSite = { headers: { 'Sec-Fetch-Site': 'cross-site' } }
  for (const path of ['/api/v1/auth/log%2Din', '/%61pi/v1/auth/log-in', '/api/v1/auth/log-i%6E']) {
    const { status, body } = await new Client().post(`${ORIGIN}${path}`, { identifier: 'alice' }, crossSite)
    expect({ path, status, code: body.code }).toEqual({ path, status: 403, code: 'cross_site_request' })
  }
})

// An operator asks: to others, the paths of operators are not there (test/operator/credentials.test.ts).
it('answers 405 and the allowed methods to any other method', async () => {
  for (const { path, methods } of paths()) {
    const others = [...METHODS, 'PURGE', 'PROPFIND'].filter((method) => !methods.includes(method))
    const has = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].sort()
    for (const method of others) {
      const answer = await operator().request<ProblemBody>(method, `${ORIGIN}${path}`)
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

it('answers OPTIONS with the methods of the path', async () => {
  for (const { path, methods } of paths()) {
    const answer = await operator().request('OPTIONS', `${ORIGIN}${path}`)
    const has = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].sort()
    expect({ path, status: answer.status, allowed: allowed(answer), text: answer.text }).toEqual({
      path,
      status: 204,
      allowed: has,
      text: '',
    })
  }
})

it('answers OPTIONS with the methods of the path also to what is no preflight but names an origin', async () => {
  for (const Origin of [ORIGIN, 'https://app.example.com', 'https://evil.example']) {
    const answer = await new Client().request('OPTIONS', '/todos', { headers: { Origin } })
    expect({ Origin, status: answer.status, allowed: allowed(answer) }).toEqual({
      Origin,
      status: 204,
      allowed: ['GET', 'HEAD', 'OPTIONS', 'POST'],
    })
  }
})

describe('the Location of a new to-do', () => {
  it('is a path that leads to it from any address of this origin', async () => {
    const { client } = alice()
    const headers = { 'Idempotency-Key': 'milk' }
    const made = [
      await client.post<{ id: string }>('/todos', { contents: 'Buy milk' }),
      await client.post<{ id: string }>('/todos', { contents: 'Buy milk' }, { headers }),
      await client.post<{ id: string }>('/todos', { contents: 'Buy milk' }, { headers }),
    ]
    for (const { headers, body } of made) {
      const location = headers.get('Location') ?? ''
      expect(location).toBe(`/api/v1/todos/${body.id}`)
      for (const base of [ORIGIN, `${ORIGIN}/api/v1/todos`, `${ORIGIN}/console/?x=1`]) {
        expect((await client.get(new URL(location, base).href)).body).toEqual(body)
      }
    }
  })
})

describe('HEAD', () => {
  /** The headers that do not differ from request to request. An export does less for HEAD, and the health check remembers. */
  const lasting = (headers: Headers) =>
    [...headers]
      .filter(([name]) => !['x-request-id', 'set-cookie', 'x-d1-bookmark', 'content-length'].includes(name))
      .map(([name, value]) => [name, name === 'server-timing' ? null : value])

  it('answers like GET, without the body', async () => {
    const owner = alice()
    // KV gets a copy of the session now. Otherwise only one of the two requests would have to ask D1.
    await owner.client.get('/auth/session')
    await settleBackground()
    const Cookie = `__Host-access=${owner.client.cookies.get('__Host-access')}`
    // These two send a browser on, each time to another address.
    const { beginSocialLogIn, finishSocialLogIn, ...others } = validRequests
    for (const request of Object.values(others).filter(({ method }) => method === 'GET')) {
      const [get, head] = await Promise.all(
        ['GET', 'HEAD'].map((method) =>
          exports.default.fetch(
            new Request(urlOf(request, owner), { method, headers: { ...request.headers, Cookie } }),
          ),
        ),
      )
      expect({ status: head?.status, text: await head?.text() }).toEqual({ status: 200, text: '' })
      expect(get?.status).toBe(200)
      expect(lasting(head?.headers ?? new Headers())).toEqual(lasting(get?.headers ?? new Headers()))
      await get?.text()
    }
  })

  it('answers like GET where no operation of the document is', async () => {
    for (const path of [
      '/docs',
      '/openapi.json',
      '/console/sign-in',
      '/robots.txt',
      '/favicon.ico',
      '/s/x',
      '/console/',
    ]) {
      const [get, head] = await Promise.all(
        ['GET', 'HEAD'].map((method) => exports.default.fetch(ORIGIN + path, { method, redirect: 'manual' })),
      )
      expect({ path, status: head?.status, body: head?.body }).toEqual({ path, status: get?.status, body: null })
      expect({ path, headers: lasting(head?.headers ?? new Headers()) }).toEqual({
        path,
        headers: lasting(get?.headers ?? new Headers()),
      })
      await get?.text()
    }
  })

  it('answers 304 where GET does, with the same headers', async () => {
    const owner = alice()
    const Cookie = `__Host-access=${owner.client.cookies.get('__Host-access')}`
    for (const path of ['/api/v1/todos', `/api/v1/todos/${owner.todo.id}`]) {
      const headers = { Cookie, 'If-None-Match': '*' }
      const [get, head] = await Promise.all(
        ['GET', 'HEAD'].map((method) => exports.default.fetch(ORIGIN + path, { method, headers })),
      )
      expect([get?.status, head?.status, head?.body]).toEqual([304, 304, null])
      expect(lasting(head?.headers ?? new Headers())).toEqual(lasting(get?.headers ?? new Headers()))
      expect(head?.headers.get('ETag')).toMatch(/^(W\/)?"/)
    }
  })

  it('answers 401 and 404 where GET does', async () => {
    for (const [path, expected] of Object.entries({ '/api/v1/users/me': 401, '/api/v1/nope': 404, '/nope': 404 })) {
      const { status, body } = await exports.default.fetch(new Request(`${ORIGIN}${path}`, { method: 'HEAD' }))
      expect({ path, status, body }).toEqual({ path, status: expected, body: null })
    }
  })

  it('is not allowed on a path without GET', async () => {
    const answer = await exports.default.fetch(new Request(`${ORIGIN}/api/v1/auth/log-in`, { method: 'HEAD' }))
    expect({ status: answer.status, allowed: allowed(answer) }).toEqual({ status: 405, allowed: ['OPTIONS', 'POST'] })
  })
})
