import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { holdBackgroundTasks } from '../helpers/after-answer'
import { Client, settleBackground } from '../helpers/client'
import { logIn, logInForTokens, PASSWORD, signUp, type Tokens, tally, together } from '../helpers/people'

const NEW_PASSWORD = 'a better horse'

const counts = () =>
  env.DB.prepare('SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM sessions) AS sessions').first()
const passwordHash = () => env.DB.prepare('SELECT password_hash FROM users').first<string>('password_hash')

describe('signing up', () => {
  it('makes an account and signs it in', async () => {
    const client = new Client()
    const { status, body } = await client.post('/auth/sign-up', {
      username: 'Alice',
      password: PASSWORD,
      name: 'Alice Liddell',
      nickname: 'Al',
    })
    expect(status).toBe(201)
    expect(body).toEqual({
      session: { id: expect.any(String), createdAt: expect.any(String), expiresAt: expect.any(String) },
      user: {
        id: expect.any(String),
        username: 'alice',
        email: null,
        phone: null,
        name: 'Alice Liddell',
        nickname: 'Al',
        timeZone: null,
        hasPassword: true,
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
      },
    })
    expect((await client.get('/users/me')).status).toBe(200)
  })

  it('gives a user name to exactly one of 50 who race for it', async () => {
    const answers = await together(50, (n) =>
      new Client({ 'CF-Connecting-IP': `192.0.2.${n}` }).post('/auth/sign-up', {
        username: 'alice',
        password: PASSWORD,
      }),
    )
    expect(tally(answers.map(({ status }) => status))).toEqual({ 201: 1, 409: 49 })
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'username_taken' })
    expect(await counts()).toEqual({ users: 1, sessions: 1 })
  })

  it('treats a user name in another letter case as the same name', async () => {
    await signUp('alice')
    const { status } = await new Client().post('/auth/sign-up', { username: 'ALICE', password: PASSWORD })
    expect(status).toBe(409)
    expect(await counts()).toEqual({ users: 1, sessions: 1 })
  })

  it('leaves nothing behind when it is refused', async () => {
    const client = new Client()
    expect((await client.post('/auth/sign-up', { username: 'alice', password: 'password1' })).status).toBe(422)
    expect((await client.post('/auth/sign-up', { username: '0101234567', password: PASSWORD })).status).toBe(422)
    expect(await counts()).toEqual({ users: 0, sessions: 0 })
    expect((await env.KV.list()).keys).toEqual([])
  })
})

describe('logging in', () => {
  it('makes a new session each time', async () => {
    const { session, user } = await signUp('alice')
    const second = await logIn('Alice')
    expect(second.session.id).not.toBe(session.id)
    expect(second.user).toEqual(user)
    expect(await counts()).toEqual({ users: 1, sessions: 2 })
  })

  it('ends the session of the same user whose cookies it overwrites, and of no other user', async () => {
    const alice = await signUp('alice')
    await logIn('alice', alice.client)
    expect(await counts()).toEqual({ users: 1, sessions: 1 })

    const thief = await signUp('mallory')
    for (const cookie of ['__Host-access', '__Secure-refresh']) {
      const browser = new Client({ Cookie: `${cookie}=${alice.client.cookies.get(cookie)}` })
      expect((await browser.post('/auth/log-in', { identifier: 'mallory', password: PASSWORD })).status).toBe(200)
    }
    expect((await alice.client.patch('/users/me', { name: 'Alice' })).status).toBe(200)
    expect((await thief.client.patch('/users/me', { name: 'Mallory' })).status).toBe(200)
  })

  it('answers the same for an unknown user, a wrong password and a user without a password', async () => {
    await signUp('alice')
    await env.DB.prepare(
      `INSERT INTO users (id, username, email, created_at, updated_at) VALUES ('x', 'bob', 'bob@example.com', 0, 0)`,
    ).run()
    const answers = await Promise.all(
      ['nobody', 'alice', 'bob'].map((identifier) =>
        new Client().post('/auth/log-in', { identifier, password: 'not the password' }),
      ),
    )
    for (const { status, body, headers } of answers) {
      expect(status).toBe(401)
      expect({ ...body, requestId: '' }).toEqual({
        type: '/problems/invalid_credentials',
        title: 'The identifier or the password is wrong',
        status: 401,
        code: 'invalid_credentials',
        requestId: '',
      })
      expect(headers.getSetCookie()).toEqual([])
    }
    expect(await counts()).toEqual({ users: 2, sessions: 1 })
  })
})

describe('the record of a failed log-in', () => {
  const failThen = (meanwhile: () => Promise<unknown>) =>
    holdBackgroundTasks(async () => {
      const { status } = await new Client().post('/auth/log-in', { identifier: 'alice', password: 'wrong horse' })
      expect(status).toBe(401)
      await meanwhile()
    })

  it('is not made when the account is gone by then', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    await signUp('alice')
    await failThen(() => env.DB.prepare('DELETE FROM users').run())
    await settleBackground()
    expect((await env.DB.prepare('SELECT * FROM activity').all()).results).toEqual([])
    expect(warn.mock.calls).toEqual([])
    warn.mockRestore()
  })

  it('is lost when D1 fails, with a line in the log', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    await signUp('alice')
    await failThen(() => env.DB.prepare('ALTER TABLE activity RENAME TO elsewhere').run())
    await settleBackground()
    await env.DB.prepare('ALTER TABLE elsewhere RENAME TO activity').run()
    const lines = warn.mock.calls.map(([line]) => JSON.parse(String(line)))
    expect(lines).toEqual([
      { level: 'warn', event: 'after_answer_failed', requestId: expect.any(String), d1: 'no such table: activity' },
    ])
    warn.mockRestore()
  })
})

describe('changing the password', () => {
  it('ends every other session and keeps this one', async () => {
    const { client, session } = await signUp('alice')
    const others = [await logInForTokens('alice'), await logInForTokens('alice')]
    const { status } = await client.put('/auth/password', { newPassword: NEW_PASSWORD, currentPassword: PASSWORD })
    expect(status).toBe(204)

    const { results } = await env.DB.prepare('SELECT id FROM sessions').all()
    expect(results).toEqual([{ id: session.id }])
    for (const { refreshToken, session: ended } of others) {
      expect(await env.KV.get(`session:${ended.id}`)).toBeNull()
      expect((await new Client().post('/auth/refresh', { refreshToken })).status).toBe(401)
    }
    expect((await client.post('/auth/refresh')).status).toBe(200)
    expect((await new Client().post('/auth/log-in', { identifier: 'alice', password: PASSWORD })).status).toBe(401)
    await logIn('alice', new Client(), NEW_PASSWORD)
  })

  it('changes nothing for a wrong current password', async () => {
    const { client } = await signUp('alice')
    await logIn('alice')
    const before = await passwordHash()
    const answer = await client.put('/auth/password', { newPassword: NEW_PASSWORD, currentPassword: 'wrong horse' })
    expect(answer).toMatchObject({ status: 403, body: { code: 'wrong_password' } })
    expect(await passwordHash()).toBe(before)
    expect(await counts()).toEqual({ users: 1, sessions: 2 })
  })

  it('refuses a bad new password, but first a wrong current one', async () => {
    const { client } = await signUp('alice')
    const before = await passwordHash()
    for (const [newPassword, code] of [
      ['short', 'too_short'],
      ['football1', 'too_common'],
    ] as const) {
      const unproven = await client.put('/auth/password', { newPassword, currentPassword: 'wrong horse' })
      expect(unproven).toMatchObject({ status: 403, body: { code: 'wrong_password' } })
      for (const proof of [{ currentPassword: PASSWORD }, {}]) {
        const { status, body } = await client.put('/auth/password', { newPassword, ...proof })
        expect(status).toBe(422)
        expect(body.errors).toMatchObject([{ path: '/newPassword', code, message: expect.any(String) }])
      }
    }
    await settleBackground()
    expect((await env.DB.prepare('SELECT * FROM log_in_throttle').all()).results).toEqual([])
    expect(await passwordHash()).toBe(before)
  })

  it('refuses the own user name as the new password', async () => {
    const { client } = await signUp('alice-liddell')
    const { status, body } = await client.put('/auth/password', {
      newPassword: 'Alice-Liddell',
      currentPassword: PASSWORD,
    })
    expect(status).toBe(422)
    expect(body.errors).toMatchObject([{ path: '/newPassword', code: 'own_name' }])
  })

  it('succeeds once when four changes race from the same password', async () => {
    const { client } = await signUp('alice')
    const answers = await together(4, (n) =>
      client.put('/auth/password', { newPassword: `${NEW_PASSWORD} ${n}`, currentPassword: PASSWORD }),
    )
    expect(tally(answers.map(({ status }) => status))).toEqual({ 204: 1, 403: 3 })
    const winner = answers.findIndex(({ status }) => status === 204)
    await logIn('alice', new Client(), `${NEW_PASSWORD} ${winner}`)
  })

  it('leaves no session to log-ins with the old password that race with it', async () => {
    const { client } = await signUp('alice')
    const [changed, ...logIns] = await Promise.all([
      client.put('/auth/password', { newPassword: NEW_PASSWORD, currentPassword: PASSWORD }),
      ...Array.from({ length: 3 }, () =>
        new Client().post<Tokens>('/auth/log-in', { identifier: 'alice', password: PASSWORD, tokens: 'body' }),
      ),
    ])
    expect(changed?.status).toBe(204)
    for (const { status, body } of logIns) {
      if (status === 200 && 'refreshToken' in body) {
        const { refreshToken } = body
        expect((await new Client().post('/auth/refresh', { refreshToken })).status).toBe(401)
      }
    }
    expect(await counts()).toEqual({ users: 1, sessions: 1 })
  })
})
