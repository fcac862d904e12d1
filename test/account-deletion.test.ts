import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { Client } from './helpers/client'
import { logIn, logInForTokens, PASSWORD, signUp, tally, together, withBearer } from './helpers/people'
import { aliceAndBob, changingNothing, dump, sessionKey } from './helpers/storage'

const { alice, bob } = aliceAndBob()

describe('deleting your account', () => {
  it('needs the current password', async () => {
    const { client } = alice()
    const { status, body } = await changingNothing(() => client.delete('/users/me', {}))
    expect({ status, code: body.code }).toEqual({ status: 403, code: 'fresh_proof_required' })
  })

  it('refuses a wrong password, which counts as a wrong one at log-in', async () => {
    const { client, user } = alice()
    const before = await dump()
    const { status, body } = await client.delete('/users/me', { currentPassword: `${PASSWORD} ` })
    expect({ status, code: body.code }).toEqual({ status: 403, code: 'wrong_password' })
    const { log_in_throttle: failures, ...rest } = await dump()
    expect(failures).toMatchObject([{ key: user.id, failures: 1 }])
    expect({ ...rest, log_in_throttle: [] }).toEqual(before)
    expect((await client.get('/users/me')).status).toBe(200)
  })

  it('leaves nothing of the account and everything of the others', async () => {
    const owner = alice()
    const other = await logIn('alice')
    const held = await logInForTokens('alice')
    expect(await env.KV.get(sessionKey({ ...owner, session: other.session }))).not.toBeNull()

    const { status, text } = await owner.client.delete('/users/me', { currentPassword: PASSWORD })
    expect({ status, text }).toEqual({ status: 204, text: '' })
    const { sessions, todos, users } = await dump()
    expect(users?.map(({ id }) => id)).toEqual([bob().user.id])
    expect(sessions?.map(({ user_id }) => user_id)).toEqual([bob().user.id])
    expect(todos?.map(({ id }) => id)).toEqual([bob().todo.id])

    // Every session of it is dead, for reading too, and so is every token.
    for (const client of [other.client, withBearer(held.accessToken)]) {
      for (const path of ['/users/me', '/auth/session', '/todos']) expect((await client.get(path)).status).toBe(401)
      expect((await client.post('/todos', { contents: 'Too late' })).status).toBe(401)
    }
    const refreshes = [
      await other.client.post('/auth/refresh'),
      await new Client().post('/auth/refresh', { refreshToken: held.refreshToken }),
    ]
    for (const refresh of refreshes) {
      expect({ status: refresh.status, code: refresh.body.code }).toEqual({
        status: 401,
        code: 'invalid_refresh_token',
      })
    }
    const { keys } = await env.KV.list({ prefix: 'session:' })
    expect(keys).toEqual([])
    expect((await bob().client.get('/todos')).status).toBe(200)
  })

  it('leaves no trace of the user in any table', async () => {
    const { client, user } = alice()
    await client.delete('/users/me', { currentPassword: PASSWORD })
    expect(JSON.stringify(await dump())).not.toContain(user.id)
  })

  it('takes the tokens from the browser', async () => {
    const { client } = alice()
    await client.delete('/users/me', { currentPassword: PASSWORD })
    const cleared = client.setCookies.filter((line) => line.includes('Max-Age=0')).sort()
    expect(cleared).toEqual([
      '__Host-access=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
      '__Secure-refresh=; Max-Age=0; Path=/api/v1/auth; HttpOnly; Secure; SameSite=Strict',
    ])
    expect([...client.cookies.keys()]).not.toContain('__Host-access')
    expect((await client.get('/users/me')).status).toBe(401)
  })

  it('frees the user name, for an account that has nothing of the old one', async () => {
    const { client, user } = alice()
    await client.delete('/users/me', { currentPassword: PASSWORD })
    const refused = await new Client().post('/auth/log-in', { identifier: 'alice', password: PASSWORD })
    expect({ status: refused.status, code: refused.body.code }).toEqual({ status: 401, code: 'invalid_credentials' })
    const next = await signUp('alice')
    expect(next.user.id).not.toBe(user.id)
    expect((await next.client.get<{ todos: unknown[] }>('/todos')).body.todos).toEqual([])
  })

  it('happens once, however many ask for it at once', async () => {
    const people = await together(4, async () => alice())
    const answers = await Promise.all(
      people.map(({ client }) => client.delete('/users/me', { currentPassword: PASSWORD })),
    )
    const statuses = tally(answers.map(({ status }) => status))
    expect(statuses).toEqual({ 204: 1, 401: 3 })
    expect((await dump())['users']?.map(({ id }) => id)).toEqual([bob().user.id])
  })

  it('does not happen for a session that another one has ended meanwhile', async () => {
    const owner = alice()
    const other = await logIn('alice')
    const change = { newPassword: 'another horse battery staple', currentPassword: PASSWORD }
    expect((await other.client.put('/auth/password', change)).status).toBe(204)
    for (const currentPassword of [PASSWORD, change.newPassword]) {
      const { status } = await changingNothing(() => owner.client.delete('/users/me', { currentPassword }))
      expect(status).toBe(401)
    }
  })
})
