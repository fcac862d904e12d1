import { describe, expect, it } from 'vitest'
import { Client, ORIGIN } from '../helpers/client'
import { logLines } from '../helpers/log-lines'
import { signUp } from '../helpers/people'
import { accessTokenOf } from '../helpers/tokens'

const withHeader = (value: string) => new Client({ Authorization: value })

describe('the Authorization header', () => {
  it('accepts its scheme in any letter case, with any number of spaces', async () => {
    const { user, client } = await signUp('alice')
    const token = accessTokenOf({ client })
    for (const value of [`Bearer ${token}`, `bearer ${token}`, `BEARER ${token}`, `bEaReR    ${token}`]) {
      const { status, body } = await withHeader(value).get('/users/me')
      expect({ value, status, body }).toEqual({ value, status: 200, body: user })
    }
  })

  it('gets a 401 when its bearer token is malformed', async () => {
    const token = accessTokenOf(await signUp('alice'))
    const malformed = [
      'Bearer',
      'Bearer ',
      'Bearer  ',
      'bearer',
      'Bearer\t',
      `Bearer\t${token}`,
      'Bearer a b',
      `Bearer ${token} b`,
      `Bearer ${token},`,
      `Bearer ${token}, Bearer ${token}`,
      `Bearer ${token}, Basic x`,
      `Bearer "${token}"`,
      'Bearer é',
      `Bearer ${'x'.repeat(8000)}`,
      'Bearer null',
      'Bearer undefined',
      'Bearer ..',
      'Bearer %',
    ]
    for (const value of malformed) {
      for (const act of [
        () => withHeader(value).get('/users/me'),
        () => withHeader(value).get('/todos'),
        () => withHeader(value).post('/todos', { contents: 'Buy milk' }),
      ]) {
        const { status, headers, body } = await act()
        expect({ value, status, code: body.code }).toEqual({ value, status: 401, code: 'unauthenticated' })
        expect(headers.get('WWW-Authenticate')).toBe('Bearer realm="latchkey", error="invalid_token"')
      }
    }
  })

  it('gets only the scheme in the answer when it is missing', async () => {
    const { status, headers, body } = await new Client().get('/users/me')
    expect({ status, code: body.code }).toEqual({ status: 401, code: 'unauthenticated' })
    expect(headers.get('WWW-Authenticate')).toBe('Bearer realm="latchkey"')
  })

  it('gets a 400 together with the cookie, even if both are valid', async () => {
    const alice = await signUp('alice')
    const token = accessTokenOf(await signUp('bob'))
    for (const value of [`Bearer ${token}`, 'bearer x', 'Bearer', 'Bearer a b']) {
      const options = { headers: { Authorization: value } }
      for (const answer of [
        await alice.client.get('/auth/session', options),
        await alice.client.patch('/users/me', { name: 'Alice' }, options),
        await alice.client.post('/auth/log-out', {}, options),
      ]) {
        expect(answer).toMatchObject({ status: 400, body: { code: 'ambiguous_credentials' } })
      }
    }
    expect((await alice.client.get('/auth/session')).status).toBe(200)
  })

  it('may be the token of the cookie once more, as generated clients send it', async () => {
    const alice = await signUp('alice')
    const answer = await alice.client.get('/auth/session', {
      headers: { Authorization: `Bearer ${accessTokenOf(alice)}` },
    })
    expect(answer).toMatchObject({ status: 200, body: { user: { username: 'alice' } } })
  })
})

describe.each([
  ['Basic of a staging proxy', `Basic ${btoa('staging:secret')}`],
  ['Negotiate of a company network', 'Negotiate YIIFzwYGKwYBBQUCoIIFwzCC'],
  ['Digest', 'Digest username="x", realm="y", nonce="z", uri="/", response="0"'],
  ['DPoP', 'DPoP eyJhbGciOiJIUzI1NiJ9.e30.x'],
  ['a scheme that only begins like ours', 'BearerToken x'],
  ['a scheme that only ends like ours', 'xBearer x'],
  ['two headers in one, of which ours is not the first', 'Basic x, Bearer y'],
  ['no scheme', 'nonsense'],
  ['nothing', ''],
  ['spaces', '   '],
])('an Authorization header with %s', (_, value) => {
  const headers = { Authorization: value }

  it('is as good as none: the cookies count', async () => {
    const { user, client } = await signUp('alice')
    expect(await client.get('/users/me', { headers })).toMatchObject({ status: 200, body: user })
    expect((await client.post('/todos', { contents: 'Buy milk' }, { headers })).status).toBe(201)
    expect((await client.post('/auth/refresh', {}, { headers })).status).toBe(200)
    expect((await client.post('/auth/log-out', {}, { headers })).status).toBe(204)
    expect((await client.get('/users/me', { headers })).status).toBe(401)
  })

  it('gets the challenge of a request without a token', async () => {
    for (const path of ['/users/me', '/todos', `${ORIGIN}/dev/outbox`]) {
      const { status, headers: answered, body } = await new Client(headers).get(path)
      expect({ path, status, code: body.code, challenge: answered.get('WWW-Authenticate') }).toEqual({
        path,
        status: 401,
        code: 'unauthenticated',
        challenge: 'Bearer realm="latchkey"',
      })
    }
  })

  it('does not stand in for a check of the site, because browsers may send it by themselves', async () => {
    const { client } = await signUp('alice')
    for (const site of ['cross-site', 'same-site']) {
      const { status, body } = await client.post('/todos', {}, { headers: { ...headers, 'Sec-Fetch-Site': site } })
      expect({ status, code: body.code }).toEqual({ status: 403, code: 'cross_site_request' })
    }
  })

  it('makes no line about an operator in the log', async () => {
    const { lines } = await logLines(() => new Client(headers).get(`${ORIGIN}/api/v1/operator/counters`))
    expect(lines.map(({ event, status }) => ({ event, status }))).toEqual([{ event: 'request', status: 404 }])
  })
})
