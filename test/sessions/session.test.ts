import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { REFRESH_GRACE_MS } from '../../src/sessions/rotate-session'
import type { SessionAnswer } from '../../src/sessions/schemas'
import { SESSION_IDLE_MS, SESSION_LIFE_MS } from '../../src/sessions/sessions'
import { signUpInBrowser } from '../console/browser'
import { Client, ORIGIN } from '../helpers/client'
import { setClock } from '../helpers/clock'
import { logIn, logInForTokens, signUp, type Tokens, tally, together, withBearer } from '../helpers/people'
import { expectNoChanges } from '../helpers/storage'

const keyOf = (id: string) => `session:${id}`
const liveSessions = async () => (await env.DB.prepare('SELECT id FROM sessions ORDER BY id').raw()).flat()
const refresh = (refreshToken: string) => new Client().post<Tokens>('/auth/refresh', { refreshToken })

describe('reading the session', () => {
  it('needs only KV', async () => {
    const { client, user, session } = await signUp('alice')
    await env.DB.prepare('DELETE FROM sessions').run()
    const { status, body } = await client.get('/auth/session')
    expect(status).toBe(200)
    expect(body).toEqual({ session, user })
  })

  it('asks D1 when KV has no copy, and puts the copy back', async () => {
    const { client, user, session } = await signUp('alice')
    await env.KV.delete(keyOf(session.id))
    expect((await client.get('/auth/session')).body).toEqual({ session, user })
    await expect.poll(() => env.KV.get(keyOf(session.id), 'json')).toEqual({ session, user })
  })

  it('asks D1 when the copy in KV is not valid', async () => {
    const { client, user, session } = await signUp('alice')
    await env.KV.put(keyOf(session.id), '{"session":{"id":1}}')
    expect((await client.get('/auth/session')).body).toEqual({ session, user })
  })

  it('is refused when neither D1 nor KV has the session', async () => {
    const { client, session } = await signUp('alice')
    await env.DB.prepare('DELETE FROM sessions').run()
    await env.KV.delete(keyOf(session.id))
    expect(await client.get('/auth/session')).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
    expect(await env.KV.get(keyOf(session.id))).toBeNull()
  })

  it('is refused after the end of the session, even if KV still has a copy', async () => {
    const start = Date.now()
    setClock(start)
    await signUp('alice')
    const tokens = await logInForTokens('alice')
    setClock(start + SESSION_IDLE_MS - 1000)
    const { body } = await refresh(tokens.refreshToken)
    // As if the session had been refreshed for the last time just before its absolute end.
    await env.DB.prepare('UPDATE sessions SET expires_at = ? WHERE id = ?')
      .bind(start + SESSION_IDLE_MS, tokens.session.id)
      .run()
    await env.KV.put(
      keyOf(tokens.session.id),
      JSON.stringify({
        ...body,
        session: { ...body.session, expiresAt: new Date(start + SESSION_IDLE_MS).toISOString() },
      }),
    )
    setClock(start + SESSION_IDLE_MS - 1)
    expect((await withBearer(body.accessToken).get('/auth/session')).status).toBe(200)
    setClock(start + SESSION_IDLE_MS)
    expect((await withBearer(body.accessToken).get('/auth/session')).status).toBe(401)
  })

  it('keeps the copy in KV no longer than the session', async () => {
    const { session } = await signUp('alice')
    const { keys } = await env.KV.list()
    expect(keys).toHaveLength(1)
    const [copy] = keys
    expect(copy?.name).toBe(keyOf(session.id))
    expect(Math.abs((copy?.expiration ?? 0) - Date.parse(session.expiresAt) / 1000)).toBeLessThanOrEqual(2)
  })
})

describe('a refresh token', () => {
  it('is exchanged for a new one, by cookie or in the body, as it came', async () => {
    const { client } = await signUp('alice')
    const before = client.cookies.get('__Secure-refresh')
    const byCookie = await client.post<SessionAnswer>('/auth/refresh')
    expect(byCookie.status).toBe(200)
    expect(byCookie.text).not.toContain('refreshToken')
    expect(client.cookies.get('__Secure-refresh')).not.toBe(before)
    expect((await client.get('/users/me')).status).toBe(200)

    const tokens = await logInForTokens('alice')
    const byBody = await refresh(tokens.refreshToken)
    expect(byBody).toMatchObject({ status: 200, body: { tokenType: 'Bearer', expiresIn: 600 } })
    expect(byBody.headers.getSetCookie()).toEqual([])
    expect(byBody.body.refreshToken).not.toBe(tokens.refreshToken)
    expect((await withBearer(byBody.body.accessToken).get('/users/me')).status).toBe(200)
  })

  it('has exactly one successor when 50 requests race with it', async () => {
    await signUp('alice')
    const { refreshToken, session } = await logInForTokens('alice')
    const answers = await together(50, () => refresh(refreshToken))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 200: 50 })
    const successors = new Set(answers.map(({ body }) => body.refreshToken))
    expect(successors.size).toBe(1)
    expect([...successors]).not.toContain(refreshToken)
    const row = await env.DB.prepare('SELECT generation FROM sessions WHERE id = ?').bind(session.id).first()
    expect(row).toEqual({ generation: 1 })
  })

  it('gets the same successor for 10 s, and ends the session when used a millisecond later', async () => {
    const start = Date.now()
    setClock(start)
    await signUp('alice')
    const { refreshToken, session } = await logInForTokens('alice')
    const { body } = await refresh(refreshToken)
    setClock(start + REFRESH_GRACE_MS)
    expect((await refresh(refreshToken)).body.refreshToken).toBe(body.refreshToken)

    setClock(start + REFRESH_GRACE_MS + 1)
    const reused = await refresh(refreshToken)
    expect(reused).toMatchObject({ status: 401, body: { code: 'invalid_refresh_token' } })
    expect(await liveSessions()).not.toContain(session.id)
    expect(await env.KV.get(keyOf(session.id))).toBeNull()
    expect((await refresh(body.refreshToken)).status).toBe(401)
    expect((await withBearer(body.accessToken).get('/auth/session')).status).toBe(401)
  })

  it('ends the session at once when it is older than the previous one', async () => {
    await signUp('alice')
    const first = await logInForTokens('alice')
    const second = await refresh(first.refreshToken)
    const third = await refresh(second.body.refreshToken)
    expect(third.status).toBe(200)
    expect((await refresh(first.refreshToken)).status).toBe(401)
    expect((await refresh(third.body.refreshToken)).status).toBe(401)
  })

  it('ends no other session when it is reused', async () => {
    const { client } = await signUp('alice')
    const first = await logInForTokens('alice')
    const second = await refresh(first.refreshToken)
    await refresh(second.body.refreshToken)
    await refresh(first.refreshToken)
    expect((await client.post('/auth/refresh')).status).toBe(200)
  })

  it('raises no alarm when it is an old one of a session that has expired', async () => {
    const start = Date.now()
    setClock(start)
    await signUp('alice')
    const { refreshToken } = await logInForTokens('alice')
    await refresh((await refresh(refreshToken)).body.refreshToken)
    setClock(start + SESSION_IDLE_MS)
    expect((await expectNoChanges(() => refresh(refreshToken))).status).toBe(401)
  })

  it('lives for 14 days without use', async () => {
    const start = Date.now()
    setClock(start)
    await signUp('alice')
    const [used, unused] = [await logInForTokens('alice'), await logInForTokens('alice')]
    setClock(start + SESSION_IDLE_MS - 1)
    expect((await refresh(used.refreshToken)).status).toBe(200)
    setClock(start + SESSION_IDLE_MS)
    expect(await refresh(unused.refreshToken)).toMatchObject({ status: 401, body: { code: 'invalid_refresh_token' } })
  })

  it('lives for 30 days at most, and no access token outlives it', async () => {
    const start = Date.now()
    setClock(start)
    await signUp('alice')
    let { refreshToken } = await logInForTokens('alice')
    for (const at of [SESSION_IDLE_MS - 1, 2 * (SESSION_IDLE_MS - 1), SESSION_LIFE_MS - 5000]) {
      setClock(start + at)
      const { status, body } = await refresh(refreshToken)
      expect(status).toBe(200)
      refreshToken = body.refreshToken
      if (at === SESSION_LIFE_MS - 5000) {
        expect(body.session.expiresAt).toBe(new Date(start + SESSION_LIFE_MS).toISOString())
        expect(body.expiresIn).toBeLessThanOrEqual(5)
      }
    }
    setClock(start + SESSION_LIFE_MS)
    expect((await refresh(refreshToken)).status).toBe(401)
  })

  it.each([
    ['empty', ''],
    ['no token at all', 'nonsense'],
    ['forged', '01a1fa3a-cd78-7305-a121-a7abf5ac70d9.0.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
  ])('is refused when it is %s', async (_, token) => {
    expect(await refresh(token)).toMatchObject({ status: 401, body: { code: 'invalid_refresh_token' } })
  })

  it('is refused with another generation, session or spelling', async () => {
    await signUp('alice')
    const { refreshToken, session } = await logInForTokens('alice')
    const other = await logInForTokens('alice')
    const [id, generation, tag = ''] = refreshToken.split('.')
    const spelled = `${tag.slice(0, -1)}${String.fromCharCode(tag.charCodeAt(42) + 1)}`
    for (const forged of [
      `${id}.1.${tag}`,
      `${id}.00.${tag}`,
      `${other.session.id}.${generation}.${tag}`,
      `${id}.${generation}.${spelled}`,
      `${id}.${generation}.${tag}=`,
      `${id?.toUpperCase()}.${generation}.${tag}`,
    ]) {
      expect((await refresh(forged)).status).toBe(401)
    }
    expect(await liveSessions()).toContain(session.id)
    expect((await refresh(refreshToken)).status).toBe(200)
  })

  it('is refused when a cookie and the body both have one', async () => {
    const { client } = await signUp('alice')
    const { refreshToken } = await logInForTokens('alice')
    expect(await client.post('/auth/refresh', { refreshToken })).toMatchObject({
      status: 400,
      body: { code: 'ambiguous_credentials' },
    })
  })
})

describe('logging out', () => {
  it('ends the session, in D1 and in KV, and clears both cookies', async () => {
    const { client, session } = await signUp('alice')
    const thief = new Client({ Cookie: [...client.cookies].map((pair) => pair.join('=')).join('; ') })
    expect((await client.post('/auth/log-out')).status).toBe(204)
    expect(client.cookies.has('__Host-access') || client.cookies.has('__Secure-refresh')).toBe(false)
    expect(await liveSessions()).toEqual([])
    expect(await env.KV.get(keyOf(session.id))).toBeNull()
    expect((await thief.get('/auth/session')).status).toBe(401)
    expect((await thief.post('/auth/refresh')).status).toBe(401)
  })

  it('leaves only the device cookie in the browser: no bookmark, and nothing that pages have stored', async () => {
    const { client } = await signUp('alice')
    await client.get('/todos')
    expect(client.cookies.has('__Host-bookmark')).toBe(true)
    const { headers } = await client.post('/auth/log-out')
    expect(headers.get('Clear-Site-Data')).toBe('"storage"')
    expect([...client.cookies.keys()]).toEqual(['__Host-device'])
  })

  it('is told to the browser by the pages too, and by nothing else that removes cookies', async () => {
    const browser = await signUpInBrowser('bob')
    const answer = await browser.client.post(`${ORIGIN}/console/sign-out`, 'to=', {
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin' },
    })
    expect(answer.headers.get('Clear-Site-Data')).toBe('"storage"')
    const refused = await new Client({ Cookie: '__Secure-refresh=wrong' }).post('/auth/refresh')
    expect({ status: refused.status, clear: refused.headers.get('Clear-Site-Data') }).toEqual({
      status: 401,
      clear: null,
    })
  })

  it('ends only this session', async () => {
    const { client } = await signUp('alice')
    const second = await logIn('alice')
    await client.post('/auth/log-out')
    expect(await liveSessions()).toEqual([second.session.id])
    expect((await second.client.get('/auth/session')).status).toBe(200)
  })

  it('accepts an access token that has expired', async () => {
    const start = Date.now()
    setClock(start)
    await signUp('alice')
    const { accessToken, session } = await logInForTokens('alice')
    setClock(start + 3_600_000)
    expect((await withBearer(accessToken).get('/auth/session')).status).toBe(401)
    expect((await withBearer(accessToken).post('/auth/log-out')).status).toBe(204)
    expect(await liveSessions()).not.toContain(session.id)
  })

  it('accepts a refresh token in the body', async () => {
    await signUp('alice')
    const { refreshToken, session } = await logInForTokens('alice')
    expect((await new Client().post('/auth/log-out', { refreshToken })).status).toBe(204)
    expect(await liveSessions()).not.toContain(session.id)
  })

  it('ends no session for a forged token, and answers the same', async () => {
    await signUp('alice')
    const { accessToken, refreshToken, session } = await logInForTokens('alice')
    const forged = `${accessToken.slice(0, -4)}AAAA`
    expect((await withBearer(forged).post('/auth/log-out')).status).toBe(204)
    expect(
      (await new Client().post('/auth/log-out', { refreshToken: `${refreshToken.slice(0, -4)}AAAA` })).status,
    ).toBe(204)
    expect((await new Client().post('/auth/log-out')).status).toBe(204)
    expect(await liveSessions()).toContain(session.id)
  })
})
