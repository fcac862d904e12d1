import { describe, expect, it } from 'vitest'
import { Client } from '../helpers/client'
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

  it('gets a 401 when it is malformed', async () => {
    const token = accessTokenOf(await signUp('alice'))
    const malformed = [
      '',
      ' ',
      'Bearer',
      'Bearer ',
      'Bearer  ',
      'Bearer\t',
      `Bearer\t${token}`,
      'Basic x',
      `Basic ${token}`,
      `Bearerx ${token}`,
      `xBearer ${token}`,
      token,
      'Bearer a b',
      `Bearer ${token} b`,
      `Bearer ${token},`,
      `Bearer ${token}, Bearer ${token}`,
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
    for (const value of [`Bearer ${token}`, 'Bearer x', 'Basic x', '']) {
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
