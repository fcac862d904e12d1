import { describe, expect, it } from 'vitest'
import { Client } from '../helpers/client'
import { signUp } from '../helpers/people'
import { accessTokenOf, refreshTokenOf } from '../helpers/tokens'

describe('the Cookie header', () => {
  it('gives only the cookie with exactly the right name', async () => {
    const alice = await signUp('alice')
    const good = accessTokenOf(alice)
    const statusOf = async (cookie: string) => (await new Client({ Cookie: cookie }).get('/auth/session')).status
    const NBSP = '\u00a0'
    const others = [
      'host-access',
      '__host-access',
      '__HOST-ACCESS',
      'x__Host-access',
      '__Host-access2',
      '%5F_Host-access',
    ]
    for (const other of [`${NBSP}__Host-access`, `__Host-access${NBSP}`, `\u2003__Host-access`, ...others]) {
      const statuses = [
        await statusOf(`${other}=evil; __Host-access=${good}`),
        await statusOf(`__Host-access=${good}; ${other}=evil`),
        await statusOf(`${other}=${good}`),
      ]
      expect({ other, statuses }).toEqual({ other, statuses: [200, 200, 401] })
    }
  })

  it('gives the first of two cookies with the same name', async () => {
    const alice = await signUp('alice')
    const good = accessTokenOf(alice)
    const first = new Client({ Cookie: `__Host-access=${good}; __Host-access=evil` })
    const second = new Client({ Cookie: `__Host-access=evil; __Host-access=${good}` })
    expect((await first.get('/auth/session')).status).toBe(200)
    expect((await second.get('/auth/session')).status).toBe(401)

    const refresh = refreshTokenOf(alice)
    const evil = new Client({ Cookie: `__Secure-refresh=evil; __Secure-refresh=${refresh}` })
    expect((await evil.post('/auth/refresh')).status).toBe(401)
    const own = new Client({ Cookie: `__Secure-refresh=${refresh}; __Secure-refresh=evil` })
    expect((await own.post('/auth/refresh')).status).toBe(200)
  })

  it('does not confuse the two token cookies', async () => {
    const alice = await signUp('alice')
    const swapped = new Client({
      Cookie: `__Host-access=${refreshTokenOf(alice)}; __Secure-refresh=${accessTokenOf(alice)}`,
    })
    expect((await swapped.get('/auth/session')).status).toBe(401)
    expect((await swapped.post('/auth/refresh')).status).toBe(401)
  })

  it('signs nobody in when it is malformed', async () => {
    const client = new Client()
    for (const Cookie of [
      ';',
      '=',
      '__Host-access',
      '__Host-access=',
      '__Host-access=%',
      '__Host-access="',
      '; ; =; ,',
    ]) {
      const { status, body } = await client.get('/auth/session', { headers: { Cookie } })
      expect({ Cookie, status, code: body.code }).toEqual({ Cookie, status: 401, code: 'unauthenticated' })
    }
  })
})
