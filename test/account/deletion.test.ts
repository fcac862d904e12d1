import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { SessionAnswer } from '../../src/sessions/schemas'
import { aliceAndBob, endSessionButKeepCopy, sessionKey } from '../helpers/alice-and-bob'
import { Client, settleBackground } from '../helpers/client'
import { setClock } from '../helpers/clock'
import {
  logIn,
  logInForTokens,
  outliveFreshProof,
  PASSWORD,
  signUp,
  tally,
  together,
  withBearer,
} from '../helpers/people'
import { dump, expectChangesOnlyIn, expectNoChanges } from '../helpers/storage'

const { alice, bob } = aliceAndBob()

const proof = { currentPassword: PASSWORD }

/** The activity entries about deletions that were refused. */
const attempts = async () =>
  (await env.DB.prepare("SELECT user_id, session_id FROM activity WHERE event = 'deletion_asked'").all()).results

describe('deleting your account', () => {
  it('needs no password within ten minutes of the log-in', async () => {
    const owner = alice()
    await outliveFreshProof(owner)
    setClock(Date.now() - 1)
    expect((await owner.client.delete('/users/me')).status).toBe(204)
    expect((await dump())['users']?.map(({ id }) => id)).toEqual([bob().user.id])
  })

  it('needs the current password after that, and records an attempt without it', async () => {
    const owner = alice()
    await outliveFreshProof(owner)
    await expectChangesOnlyIn(['activity'], async () => {
      for (const body of [undefined, {}]) {
        expect(await owner.client.delete('/users/me', body)).toMatchObject({
          status: 403,
          body: { code: 'fresh_proof_required' },
        })
        await settleBackground()
      }
    })
    expect(await attempts()).toEqual([{ user_id: owner.user.id, session_id: owner.session.id }])
    expect((await owner.client.delete('/users/me', proof)).status).toBe(204)
  })

  it('refuses a wrong password even right after a log-in, and counts it apart from failed log-ins', async () => {
    const { client, user, session } = alice()
    await expectChangesOnlyIn(['activity', 'hour_counts', 'log_in_throttle'], async () => {
      expect(await client.delete('/users/me', { currentPassword: `${PASSWORD} ` })).toMatchObject({
        status: 403,
        body: { code: 'wrong_password' },
      })
    })
    expect((await dump())['log_in_throttle']).toMatchObject([{ key: `${user.id}:proof`, failures: 1 }])
    expect(await attempts()).toEqual([{ user_id: user.id, session_id: session.id }])
    expect((await client.get('/users/me')).status).toBe(200)
  })

  it('refuses a session that has ended, and records nothing', async () => {
    const owner = alice()
    await outliveFreshProof(owner)
    await endSessionButKeepCopy(owner)
    expect((await expectChangesOnlyIn([], () => owner.client.delete('/users/me'))).status).toBe(401)
    expect((await expectChangesOnlyIn([], () => owner.client.delete('/users/me', proof))).status).toBe(401)
  })

  it('deletes everything of the account and nothing of others', async () => {
    const owner = alice()
    const other = await logIn('alice')
    const held = await logInForTokens('alice')
    expect(await env.KV.get(sessionKey({ ...owner, session: other.session }))).not.toBeNull()

    const { status, text } = await owner.client.delete('/users/me', proof)
    expect({ status, text }).toEqual({ status: 204, text: '' })
    const { sessions, todos, users } = await dump()
    expect(users?.map(({ id }) => id)).toEqual([bob().user.id])
    expect(sessions?.map(({ user_id }) => user_id)).toEqual([bob().user.id])
    expect(todos?.map(({ id }) => id)).toEqual([bob().todo.id])

    // None of its sessions and tokens works any more, not even for reading.
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
    expect(JSON.stringify(await dump())).toContain('of-alice')
    await client.delete('/users/me', proof)
    const left = JSON.stringify(await dump())
    for (const trace of [user.id, 'of-alice']) expect(left).not.toContain(trace)
  })

  it('frees its identities: a log-in by one makes a new account', async () => {
    const { client, user, identities } = alice()
    await client.delete('/users/me', proof)
    const next = await new Client().post<SessionAnswer>('/auth/social/exchange', identities.own.exchange)
    expect(next.status).toBe(201)
    expect(next.body.user.id).not.toBe(user.id)
  })

  it('clears the token cookies', async () => {
    const { client } = alice()
    await client.delete('/users/me', proof)
    const cleared = client.setCookies.filter((line) => line.includes('Max-Age=0')).sort()
    expect(cleared).toEqual([
      '__Host-access=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
      '__Host-bookmark=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
      '__Secure-refresh=; Max-Age=0; Path=/api/v1/auth; HttpOnly; Secure; SameSite=Strict',
    ])
    expect([...client.cookies.keys()]).not.toContain('__Host-access')
    expect((await client.get('/users/me')).status).toBe(401)
  })

  it('frees the user name for a new account, which inherits nothing', async () => {
    const { client, user } = alice()
    await client.delete('/users/me', proof)
    const refused = await new Client().post('/auth/log-in', { identifier: 'alice', password: PASSWORD })
    expect({ status: refused.status, code: refused.body.code }).toEqual({ status: 401, code: 'invalid_credentials' })
    const next = await signUp('alice')
    expect(next.user.id).not.toBe(user.id)
    expect((await next.client.get<{ todos: unknown[] }>('/todos')).body.todos).toEqual([])
  })

  it('succeeds once when four requests race', async () => {
    const people = await together(4, async () => alice())
    const answers = await Promise.all(people.map(({ client }) => client.delete('/users/me', proof)))
    const statuses = tally(answers.map(({ status }) => status))
    expect(statuses).toEqual({ 204: 1, 401: 3 })
    expect((await dump())['users']?.map(({ id }) => id)).toEqual([bob().user.id])
  })

  it('refuses a session that another session has just ended', async () => {
    const owner = alice()
    const other = await logIn('alice')
    const change = { newPassword: 'another horse battery staple', currentPassword: PASSWORD }
    expect((await other.client.put('/auth/password', change)).status).toBe(204)
    for (const currentPassword of [PASSWORD, change.newPassword]) {
      const { status } = await expectNoChanges(() => owner.client.delete('/users/me', { currentPassword }))
      expect(status).toBe(401)
    }
  })
})
