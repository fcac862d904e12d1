import { describe, expect, it } from 'vitest'
import { aliceAndBob } from '../helpers/alice-and-bob'
import { type Answer, Client, clientOf, ORIGIN } from '../helpers/client'
import { PASSWORD } from '../helpers/people'
import { send, validRequests } from '../helpers/requests'
import { expectNoChanges } from '../helpers/storage'

interface TokenAnswer {
  accessToken: string
  refreshToken: string
}

/* Requests from pages of other origins: those in ALLOWED_ORIGINS, and all others. */

const ALLOWED = 'https://app.example.com'
const others = [
  'https://evil.example',
  'http://app.example.com',
  'https://app.example.com:8443',
  'https://app.example.com.evil.example',
  'https://evil-app.example.com',
  'https://APP.example.com',
  'https://app.example.com/',
  'null',
  '*',
]

const { alice } = aliceAndBob()

const preflight = (origin: string, path: string, method = 'PATCH') =>
  new Client().request('OPTIONS', path, {
    headers: {
      Origin: origin,
      'Access-Control-Request-Method': method,
      'Access-Control-Request-Headers': 'content-type',
    },
  })

const list = (headers: Headers, name: string): string[] | undefined => headers.get(name)?.split(/, ?/)

describe('a page of an allowed origin', () => {
  it('may use every method of the API, with cookies and our headers', async () => {
    for (const { path, method } of Object.values(validRequests)) {
      if (!path.startsWith('/api/') || path.startsWith('/api/v1/operator/')) continue
      const { status, headers, text } = await preflight(ALLOWED, ORIGIN + path.replace(/\{\w+\}/, 'x'), method)
      expect({ status, text }).toEqual({ status: 204, text: '' })
      expect(headers.get('Access-Control-Allow-Origin')).toBe(ALLOWED)
      expect(headers.get('Access-Control-Allow-Credentials')).toBe('true')
      expect(list(headers, 'Access-Control-Allow-Methods')).toContain(method)
      expect(list(headers, 'Access-Control-Allow-Headers')).toEqual(
        expect.arrayContaining(['Authorization', 'Content-Type', 'If-Match', 'Idempotency-Key', 'X-D1-Bookmark']),
      )
      expect(list(headers, 'Vary')).toContain('Origin')
      expect(headers.get('Access-Control-Max-Age')).toBe('600')
    }
  })

  it('may read every answer, errors included', async () => {
    const headers = { Origin: ALLOWED, 'Sec-Fetch-Site': 'cross-site' }
    const { client } = alice()
    const answers = [
      await client.get('/users/me', { headers }),
      await client.patch('/users/me', { name: 'Alice' }, { headers }),
      await client.post('/todos', {}, { headers }),
      await client.get('/nope', { headers }),
      await client.put('/users/me', {}, { headers }),
      await new Client().get('/users/me', { headers }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 422, 404, 405, 401])
    for (const answer of answers) {
      expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(ALLOWED)
      expect(answer.headers.get('Access-Control-Allow-Credentials')).toBe('true')
      expect(list(answer.headers, 'Vary')).toContain('Origin')
      expect(list(answer.headers, 'Access-Control-Expose-Headers')).toEqual(
        expect.arrayContaining([
          'Accept',
          'Accept-Encoding',
          'Accept-Patch',
          'Allow',
          'Content-Disposition',
          'ETag',
          'Idempotent-Replayed',
          'Location',
          'RateLimit',
          'RateLimit-Policy',
          'Retry-After',
          'WWW-Authenticate',
          'X-D1-Bookmark',
          'X-Request-Id',
        ]),
      )
    }
  })

  it('may be of any origin in ALLOWED_ORIGINS, and of none when that is empty', async () => {
    const two = clientOf({ ALLOWED_ORIGINS: 'https://one.example, https://two.example:8443' })
    for (const Origin of ['https://one.example', 'https://two.example:8443']) {
      const { headers } = await two.get('/users/me', { headers: { Origin } })
      expect(headers.get('Access-Control-Allow-Origin')).toBe(Origin)
    }
    const { headers } = await clientOf({ ALLOWED_ORIGINS: '' }).get('/users/me', { headers: { Origin: ALLOWED } })
    expect(headers.get('Access-Control-Allow-Origin')).toBeNull()
  })
})

describe.each([
  'capacitor://localhost',
  'ionic://localhost',
  'tauri://localhost',
  'http://tauri.localhost',
  'https://localhost',
  'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
])('an app whose pages are at %s', (Origin) => {
  const settings = { ALLOWED_ORIGINS: `https://app.example.com, ${Origin}` }
  /** Some web views send `Sec-Fetch-Site`, others do not. */
  const webViews: Record<string, string>[] = [{ Origin, 'Sec-Fetch-Site': 'cross-site' }, { Origin }]

  it('signs up, uses its token and signs out, and may read every answer', async () => {
    for (const [index, headers] of webViews.entries()) {
      const app = clientOf(settings, headers)
      const allowed: (string | null)[] = []
      const noteAllowed = <Body>(answer: Answer<Body>) => {
        allowed.push(answer.headers.get('Access-Control-Allow-Origin'))
        return answer
      }
      const body = { username: `alice-${index}-in-app`, password: PASSWORD, tokens: 'body' }
      const signedUp = noteAllowed(await app.post<TokenAnswer>('/auth/sign-up', body))
      const bearer = { headers: { Authorization: `Bearer ${signedUp.body.accessToken}` } }
      const { refreshToken } = signedUp.body
      const answers = [
        noteAllowed(await app.post('/todos', { contents: 'Buy bread' }, bearer)),
        noteAllowed(await app.get('/todos', bearer)),
        noteAllowed(await app.post('/auth/refresh', { refreshToken })),
        noteAllowed(await app.get('/nope', bearer)),
        noteAllowed(await app.post('/auth/log-out', {}, bearer)),
      ]
      expect(answers.map(({ status }) => status)).toEqual([201, 200, 200, 404, 204])
      expect(new Set(allowed)).toEqual(new Set([Origin]))
      expect(app.setCookies.filter((line) => !line.includes('Max-Age=0'))).toEqual([])
    }
  })

  it('is compared whole', async () => {
    for (const other of [
      `${Origin}.evil.example`,
      `${Origin}:8100`,
      `${Origin}/`,
      `x${Origin}`,
      Origin.replace('://', ':'),
    ]) {
      const app = clientOf(settings, { Origin: other, 'Sec-Fetch-Site': 'cross-site' })
      const { status, headers, body } = await app.post('/auth/log-in', { identifier: 'alice', password: PASSWORD })
      expect({ other, status, code: body.code }).toEqual({ other, status: 403, code: 'cross_site_request' })
      expect(headers.get('Access-Control-Allow-Origin')).toBeNull()
    }
  })

  it('is nowhere that a log-in by a provider leads to, unless ALLOWED_REDIRECTS has the whole link', async () => {
    const returnTo = `${Origin}/signed-in`
    const query = new URLSearchParams({ returnTo, codeChallenge: 'x'.repeat(43) })
    const PUBLIC_ORIGIN = 'https://todo.example.com'
    const deployed = clientOf({ ...settings, PUBLIC_ORIGIN, DELIVERY: '' })
    expect((await deployed.get(`${PUBLIC_ORIGIN}/api/v1/auth/social/google?${query}`)).status).toBe(422)
    // Pages of http are for one's own computer, and no link of an app begins with http.
    const isPage = Origin.startsWith('http')
    const begun = await clientOf(settings).get(`/auth/social/google?${query}`)
    expect(begun.status).toBe(isPage ? 303 : 422)
    if (isPage) return
    const listed = clientOf({ ...settings, ALLOWED_REDIRECTS: returnTo })
    expect((await listed.get(`/auth/social/google?${query}`)).status).toBe(303)
    query.set('returnTo', `${returnTo}/`)
    expect((await listed.get(`/auth/social/google?${query}`)).status).toBe(422)
  })
})

describe.each(others)('a page of %s', (Origin) => {
  it('gets no permission from a preflight', async () => {
    const { headers } = await preflight(Origin, '/users/me')
    expect(headers.get('Access-Control-Allow-Origin')).toBeNull()
    expect(list(headers, 'Vary')).toContain('Origin')
  })

  it('cannot read any answer', async () => {
    const { client } = alice()
    for (const answer of [
      await client.get('/users/me', { headers: { Origin } }),
      await client.get('/nope', { headers: { Origin } }),
      await new Client().get('/users/me', { headers: { Origin } }),
    ]) {
      expect(answer.headers.get('Access-Control-Allow-Origin')).toBeNull()
      expect(list(answer.headers, 'Vary')).toContain('Origin')
    }
  })
})

describe.each(['signUp', 'logIn', 'refresh', 'logOut'])('%s', (operationId) => {
  const request = () => {
    const found = validRequests[operationId]
    if (!found) throw new Error(`There is no ${operationId}`)
    return found
  }

  it.each(['without cookies', 'with cookies'])('is refused for a page of another site, %s', async (cookies) => {
    const headersOfOthers: Record<string, string>[] = [
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site', Origin: 'https://evil.example' },
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { 'Sec-Fetch-Site': 'cross-site', Authorization: 'Basic eDp5' },
    ]
    for (const headers of headersOfOthers) {
      const client = cookies === 'with cookies' ? alice().client : new Client()
      const answer = await expectNoChanges(() => send(request(), alice(), { client, headers }))
      expect({ headers, status: answer.status, code: answer.body?.code }).toEqual({
        headers,
        status: 403,
        code: 'cross_site_request',
      })
      expect(client.setCookies).toEqual([])
    }
  })

  it.each<Record<string, string>>([{ Origin: ALLOWED, 'Sec-Fetch-Site': 'cross-site' }, { Origin: ORIGIN }, {}])(
    'is allowed for our own pages and outside of browsers: %o',
    async (headers) => {
      expect((await send(request(), alice(), { headers })).status).toBeLessThan(300)
    },
  )
})
