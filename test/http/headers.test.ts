import { describe, expect, it, vi } from 'vitest'
import { aliceAndBob } from '../helpers/alice-and-bob'
import { failingD1, failingLimit } from '../helpers/bindings'
import { type Answer, Client, clientOf, ORIGIN, type ProblemBody } from '../helpers/client'
import { PASSWORD, signUp, together } from '../helpers/people'
import { accessTokenOf } from '../helpers/tokens'

/* Headers that every answer has. */

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

const { alice } = aliceAndBob()

/** A client with Alice's token, of a Worker whose D1 fails. */
const brokenForAlice = () => clientOf({ DB: failingD1() }, { Authorization: `Bearer ${accessTokenOf(alice())}` })

/** An answer of each kind, in the API and outside of it. */
const answers: Record<string, () => Promise<Answer>> = {
  '200 of the service': () => new Client().get(`${ORIGIN}/`),
  '200 of the health check': () => new Client().get(`${ORIGIN}/health`),
  '200 of the document': () => new Client().get(`${ORIGIN}/openapi.json`),
  '200 of the reference': () => new Client().get(`${ORIGIN}/docs`),
  '200 of a problem': () => new Client().get(`${ORIGIN}/problems/not_found`),
  '204 of OPTIONS': () => new Client().request('OPTIONS', `${ORIGIN}/health`),
  '404 outside of the API': () => new Client().get(`${ORIGIN}/nope`),
  '404 of a double slash': () => new Client().get(`${ORIGIN}//api/v1/users/me`),
  '405 outside of the API': () => new Client().post(`${ORIGIN}/health`),
  '404 of a problem that there is not': () => new Client().get(`${ORIGIN}/problems/nope`),
  '503 of the health check': () => clientOf({ DB: failingD1() }).get(`${ORIGIN}/health`),
  'API 200': () => alice().client.get('/users/me'),
  'API 201': () => alice().client.post('/todos', { contents: 'Buy bread' }),
  'API 204': () => alice().client.delete(`/todos/${alice().todo.id}`),
  'API 204 of OPTIONS': () => new Client().request('OPTIONS', '/users/me'),
  'API 204 of a preflight': () =>
    new Client().request('OPTIONS', '/users/me', {
      headers: { Origin: 'https://app.example.com', 'Access-Control-Request-Method': 'PATCH' },
    }),
  'API 400': () => new Client().post('/auth/log-in', '{', { headers: { 'Content-Type': 'application/json' } }),
  'API 401': () => new Client().get('/users/me'),
  'API 403': () => new Client().post('/auth/log-in', {}, { headers: { 'Sec-Fetch-Site': 'cross-site' } }),
  'API 404': () => new Client().get('/nope'),
  'API 405': () => new Client().get('/auth/log-in'),
  'API 409': () => new Client().post('/auth/sign-up', { username: 'alice', password: PASSWORD }),
  'API 413': () => alice().client.post('/todos', new Uint8Array(65_537)),
  'API 415': () => alice().client.post('/todos', 'contents=Buy+bread'),
  'API 422': () => alice().client.post('/todos', {}),
  'API 500': () => clientOf(failingLimit()).post('/auth/log-in', {}),
  'API 503 of D1': () => brokenForAlice().get('/users/me'),
  'API 503': () => clientOf({ AUTH_SECRET: '' }).get('/users/me'),
}

describe.each(Object.entries(answers))('%s', (name, answer) => {
  it('has the security headers and a request id', async () => {
    const { status, headers } = await answer()
    expect(status).toBe(Number(/\d{3}/.exec(name)?.[0]))
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-request-id': expect.stringMatching(UUID),
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
      'strict-transport-security': expect.stringMatching(/^max-age=63072000\b/),
      'referrer-policy': expect.stringMatching(/^(no-referrer|same-origin|strict-origin)/),
      'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
    })
    expect(headers.get('Content-Security-Policy')).toMatch(/default-src '(none|self)'/)
    expect(headers.get('Content-Security-Policy')).not.toContain('unsafe-')
    if (name.startsWith('API')) expect(headers.get('Cache-Control')).toBe('no-store')
  })
})

describe('the request id', () => {
  it('is new each time', async () => {
    const all = await together(20, () => new Client().get('/users/me'))
    expect(new Set(all.map(({ headers }) => headers.get('X-Request-Id'))).size).toBe(20)
  })

  it('is never chosen by the client', async () => {
    const chosen = '00000000-0000-4000-8000-000000000000'
    const headers = { 'X-Request-Id': chosen, 'Request-Id': chosen, 'X-Correlation-Id': chosen }
    for (const path of ['/users/me', `${ORIGIN}/`, `${ORIGIN}/nope`]) {
      const answer = await new Client().get(path, { headers })
      expect(answer.headers.get('X-Request-Id')).toMatch(UUID)
      expect([answer.text, ...answer.headers.values()].join()).not.toContain(chosen)
    }
  })

  it('is also in the problem', async () => {
    for (const path of ['/users/me', '/nope', `${ORIGIN}/nope`, `${ORIGIN}/problems/nope`]) {
      const { headers, body } = await new Client().get(path)
      expect(body.requestId).toBe(headers.get('X-Request-Id'))
    }
  })
})

describe('an error on our side', () => {
  it('says nothing about the cause, and logs its kind and place with the request id', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const client = brokenForAlice()
    const unexpected = { status: 500, code: 'internal_error', title: 'Something went wrong on our side' }
    const down = { status: 503, code: 'unavailable', title: 'A part of the service does not answer; try again' }
    const faults = [
      { ...(await clientOf(failingLimit()).post('/auth/log-in', {})), problem: unexpected },
      { ...(await client.get('/users/me')), problem: down },
      { ...(await client.get('/todos')), problem: down },
      { ...(await client.post('/todos', { contents: 'Buy bread' })), problem: down },
      { ...(await client.patch<ProblemBody>('/users/me', { name: 'Alice' })), problem: down },
    ]
    for (const { status, headers, body, text, problem } of faults) {
      const requestId = headers.get('X-Request-Id')
      expect({ status, body }).toEqual({
        status: problem.status,
        body: { type: `/problems/${problem.code}`, ...problem, requestId },
      })
      expect([text, ...headers.values()].join()).not.toMatch(/D1_ERROR|no such host|select|insert|\.ts\b|\bat\b /i)
      const lines = log.mock.calls.map(([line]) => String(line)).filter((line) => line.includes(String(requestId)))
      expect(lines).not.toEqual([])
      for (const line of lines) {
        const cause = expect.stringContaining('Error')
        expect(JSON.parse(line)).toEqual({
          level: 'error',
          requestId,
          code: problem.code,
          cause,
          d1: 'unknown',
        })
        expect(line).not.toMatch(/no such host|select /i)
      }
    }
    log.mockRestore()
  })

  it('clears no cookie, because the next request may succeed', async () => {
    const { client } = await signUp('carol')
    const broken = clientOf({ DB: failingD1() }).copyCookies(client)
    expect((await broken.post('/auth/refresh')).status).toBe(503)
    expect(broken.cookies.get('__Host-access')).toBe(client.cookies.get('__Host-access'))
    expect((await client.get('/users/me')).status).toBe(200)
  })
})
