import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { D1_LIMIT_MS } from '../../src/db/client'
import worker from '../../src/index'
import { KV_LIMIT_MS } from '../../src/kv'
import { failingD1, failingKv, failingLimit, hangingD1, hangingKv, recordingLimit } from '../helpers/bindings'
import { type Answer, backgroundContext, Client, clientOf, ORIGIN, type ProblemBody } from '../helpers/client'
import { codeRequest } from '../helpers/codes'
import { type Line, logLines } from '../helpers/log-lines'
import { PASSWORD, type Person, signUp } from '../helpers/people'
import { recordingBindings } from '../helpers/recorder'
import { rowsOf } from '../helpers/storage'
import { accessTokenOf } from '../helpers/tokens'
import { withShortDeadline } from './deadlines'

const EMAIL = 'alice@example.com'
const SECRETS = [PASSWORD, EMAIL, 'a wrong password', 'alice', '192.0.2.9', 'secret-query']

type Act = (client: Client) => Promise<Answer<ProblemBody>>

let alice: Person
beforeEach(async () => {
  alice = await signUp('alice')
})

const requestLines = (lines: Line[]) => lines.filter(({ event }) => event === 'request')

/** Sends one request, and answers with its log line and with the calls to D1 and KV that the test itself counted. */
async function logOf(act: Act, { bindings = {}, signedIn = true }: { bindings?: object; signedIn?: boolean } = {}) {
  const recorder = recordingBindings()
  const ownEnv = { ...env, DB: recorder.DB, KV: recorder.KV, ...bindings }
  const headers = {
    'CF-Connecting-IP': '192.0.2.9',
    ...(signedIn && { Authorization: `Bearer ${accessTokenOf(alice)}` }),
  }
  let calls = { d1: 0, kv: 0 }
  const client = new Client(headers, async (request) => {
    recorder.start()
    const response = await worker.fetch(request, ownEnv, backgroundContext())
    const { d1, kv } = recorder.cost()
    calls = { d1, kv }
    return response
  })
  const answers: Answer<ProblemBody>[] = []
  const { lines, text } = await logLines(async () => {
    answers.push(await act(client))
  })
  return { answer: answers[0], lines: requestLines(lines), all: lines, text, calls }
}

interface Expected {
  method: string
  route: string | null
  status: number
  code?: string | null
  userId?: null
  level?: string
}

const todo = '/todos/01a1fa3a-cd78-7305-a121-a7abf5ac70d9'
const wrongLogIn = { identifier: EMAIL, password: 'a wrong password' }

const cases: [name: string, act: Act, expected: Expected, how?: { bindings?: object; signedIn?: boolean }][] = [
  ['a read', (c) => c.get('/users/me'), { method: 'GET', route: '/api/v1/users/me', status: 200 }],
  ['a HEAD request', (c) => c.request('HEAD', '/todos'), { method: 'HEAD', route: '/api/v1/todos', status: 200 }],
  ['a write', (c) => c.post('/todos', { contents: EMAIL }), { method: 'POST', route: '/api/v1/todos', status: 201 }],
  [
    'a write without a body',
    (c) => c.delete('/auth/sessions'),
    { method: 'DELETE', route: '/api/v1/auth/sessions', status: 204 },
  ],
  [
    'a log-in',
    (c) => c.post('/auth/log-in', { identifier: 'alice', password: PASSWORD }),
    { method: 'POST', route: '/api/v1/auth/log-in', status: 200 },
    { signedIn: false },
  ],
  [
    'a log-in that fails',
    (c) => c.post('/auth/log-in', wrongLogIn),
    { method: 'POST', route: '/api/v1/auth/log-in', status: 401, code: 'invalid_credentials', userId: null },
    { signedIn: false },
  ],
  [
    'a query',
    (c) => c.get(`/todos?cursor=${EMAIL}&limit=secret-query&q=secret-query`),
    { method: 'GET', route: '/api/v1/todos', status: 422, code: 'invalid_fields' },
  ],
  [
    'a to-do that does not exist',
    (c) => c.get(todo),
    { method: 'GET', route: '/api/v1/todos/:id', status: 404, code: 'not_found' },
  ],
  [
    'a path that does not exist',
    (c) => c.get(`${ORIGIN}/api/v1/${EMAIL}?secret-query`),
    { method: 'GET', route: null, status: 404, code: 'not_found', userId: null },
  ],
  [
    'a method that is not allowed',
    (c) => c.put('/users/me', {}),
    { method: 'PUT', route: null, status: 405, code: 'method_not_allowed', userId: null },
  ],
  [
    'a request without a token',
    (c) => c.get('/users/me'),
    { method: 'GET', route: '/api/v1/users/me', status: 401, code: 'unauthenticated', userId: null },
    { signedIn: false },
  ],
  [
    'a request from another site',
    (c) => c.patch('/users/me', {}, { headers: { Authorization: '', 'Sec-Fetch-Site': 'cross-site' } }),
    { method: 'PATCH', route: '/api/v1/users/me', status: 403, code: 'cross_site_request', userId: null },
  ],
  [
    'a body that is no JSON',
    (c) => c.patch('/users/me', '{', { headers: { 'Content-Type': 'application/json' } }),
    { method: 'PATCH', route: '/api/v1/users/me', status: 400, code: 'malformed_json' },
  ],
  [
    'a request over a limit',
    (c) => c.get('/users/me/export'),
    { method: 'GET', route: '/api/v1/users/me/export', status: 429, code: 'rate_limited', userId: null },
    { bindings: recordingLimit(false) },
  ],
  [
    'an unexpected error',
    (c) => c.get('/users/me/export'),
    {
      method: 'GET',
      route: '/api/v1/users/me/export',
      status: 500,
      code: 'internal_error',
      userId: null,
      level: 'error',
    },
    { bindings: failingLimit() },
  ],
  [
    'a database that is down',
    (c) => c.get('/users/me'),
    { method: 'GET', route: '/api/v1/users/me', status: 503, code: 'unavailable', level: 'error' },
    { bindings: { DB: failingD1(), KV: failingKv() } },
  ],
  [
    'settings that are wrong',
    (c) => c.get('/users/me'),
    { method: 'GET', route: '/api/v1/users/me', status: 503, code: 'misconfigured', userId: null, level: 'error' },
    { bindings: { AUTH_SECRET: 'too short' } },
  ],
]

describe('the request log', () => {
  it.each(cases)('has one line for %s', async (_, act, { level = 'info', code = null, ...expected }: Expected, how) => {
    const { answer, lines, all, text, calls } = await logOf(act, how)
    expect(lines).toEqual([
      {
        level,
        event: 'request',
        requestId: answer?.headers.get('X-Request-Id'),
        userId: alice.user.id,
        ms: expect.any(Number),
        // The test does not count the calls of bindings that the case replaces.
        ...(how?.bindings && 'DB' in how.bindings ? { d1: expect.any(Number), kv: expect.any(Number) } : calls),
        code,
        ...expected,
      },
    ])
    expect(lines[0]?.['ms']).toBeGreaterThanOrEqual(0)
    expect(answer?.status).toBe(expected.status)
    for (const line of all.filter(({ event }) => event !== 'request')) {
      expect(line).toMatchObject({ level: 'error', requestId: lines[0]?.['requestId'], code })
    }
    for (const secret of [...SECRETS, accessTokenOf(alice), todo.slice(7)]) expect(text).not.toContain(secret)
  })

  it('has one line for each of several requests at once, with its own cost', async () => {
    const { client, user } = alice
    const { lines } = await logLines(() =>
      Promise.all([
        client.get('/auth/session'),
        client.get('/users/me'),
        client.post('/todos', { contents: 'Buy milk' }),
        new Client().get(`${ORIGIN}/`),
      ]),
    )
    const seen = requestLines(lines).map(({ route, d1, kv, userId }) => ({ route, d1, kv, userId }))
    expect(seen).toHaveLength(4)
    expect(seen).toEqual(
      expect.arrayContaining([
        { route: '/api/v1/auth/session', d1: 0, kv: 1, userId: user.id },
        { route: '/api/v1/users/me', d1: 1, kv: 1, userId: user.id },
        { route: '/api/v1/todos', d1: 1, kv: 0, userId: user.id },
        { route: '/', d1: 0, kv: 0, userId: null },
      ]),
    )
    expect(new Set(requestLines(lines).map(({ requestId }) => requestId)).size).toBe(4)
  })
})

describe('Server-Timing', () => {
  const timingOf = async (client: Client, url = `${ORIGIN}/health`) =>
    (await client.get(url)).headers.get('Server-Timing')

  it('shows the cost of a request on a developer’s own computer', async () => {
    expect(await timingOf(clientOf({}))).toMatch(/^total;dur=\d+, d1;desc="1 calls", kv;desc="1 calls"$/)
    expect(await timingOf(alice.client, `${ORIGIN}/nowhere`)).toMatch(
      /^total;dur=\d+, d1;desc="0 calls", kv;desc="0 calls"$/,
    )
  })

  it('is missing everywhere else', async () => {
    expect(await timingOf(clientOf({ DELIVERY: '' }))).toBeNull()
    for (const host of ['latchkey.example.com', 'localhost.example.com', '127.0.0.1.example.com']) {
      expect(await timingOf(new Client(), `https://${host}/health`)).toBeNull()
      expect(await timingOf(new Client(), `https://${host}/api/v1/users/me`)).toBeNull()
    }
  })
})

describe('a D1 that never answers', () => {
  const bindings = { DB: hangingD1() }
  const bearer = () => ({ Authorization: `Bearer ${accessTokenOf(alice)}` })

  it('is given up after five seconds with a 503', async () => {
    expect(D1_LIMIT_MS).toBe(5000)
    const acts: Act[] = [
      (client) => client.get('/users/me'),
      (client) => client.post('/todos', { contents: 'Buy milk' }),
      (client) => client.get('/users/me/export'),
      (client) => client.get('/auth/sessions'),
    ]
    for (const act of acts) {
      const answer = await withShortDeadline(D1_LIMIT_MS, () => act(clientOf(bindings, bearer())))
      expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    }
  })

  it('does not delay an answer that KV can give', async () => {
    const { status, body } = await clientOf(bindings, bearer()).get('/auth/session')
    expect({ status, body }).toMatchObject({ status: 200, body: { user: alice.user } })
  })
})

describe('a KV that never answers', () => {
  const bindings = { KV: hangingKv() }
  const bearer = () => ({ Authorization: `Bearer ${accessTokenOf(alice)}` })
  const hurried = <Body = ProblemBody>(act: (client: Client) => Promise<Answer<Body>>, headers = bearer()) =>
    withShortDeadline(KV_LIMIT_MS, () => act(clientOf(bindings, headers)))

  it('is given up after three seconds, and then D1 is asked', async () => {
    expect(KV_LIMIT_MS).toBe(3000)
    const { status, body } = await hurried((client) => client.get('/auth/session'))
    expect({ status, body }).toMatchObject({ status: 200, body: { user: alice.user } })
    const logIn = { identifier: 'alice', password: PASSWORD }
    expect((await withShortDeadline(KV_LIMIT_MS, () => clientOf(bindings).post('/auth/log-in', logIn))).status).toBe(
      200,
    )
    expect((await hurried((client) => client.delete(`/auth/sessions/${alice.session.id}`))).status).toBe(204)
  })

  it('makes a request for a code fail, without counting it', async () => {
    const request = codeRequest(EMAIL, 'log_in')
    const answer = await withShortDeadline(KV_LIMIT_MS, () =>
      clientOf(bindings).post<ProblemBody>('/auth/otp', request),
    )
    expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    expect(await rowsOf('otp_codes')).toEqual([])
    expect((await new Client().post('/auth/otp', request)).status).toBe(202)
  })
})

it('reports parts that never answer in the health check', async () => {
  const slow = { DB: hangingD1(), KV: hangingKv() }
  const answer = await withShortDeadline(D1_LIMIT_MS, () =>
    withShortDeadline(KV_LIMIT_MS, () => clientOf(slow).get<ProblemBody>(`${ORIGIN}/health`)),
  )
  expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable', detail: 'D1 and KV do not answer.' } })
})
