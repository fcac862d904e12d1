import { env } from 'cloudflare:workers'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import worker from '../../src/index'
import type { SessionAnswer } from '../../src/sessions/schemas'
import type { User } from '../../src/users/schemas'
import { aliceAndBob } from '../helpers/alice-and-bob'
import { backgroundContext, Client } from '../helpers/client'
import { DAY, setClock } from '../helpers/clock'
import { logIn, outliveFreshProof, signUp, tally, together, withBearer } from '../helpers/people'
import { expectNoChanges } from '../helpers/storage'
import { forgeAccessToken } from '../helpers/tokens'

const { alice, bob } = aliceAndBob()

/** A client that is in this time zone, as Cloudflare says. */
const clientIn = (timezone: string | undefined) =>
  new Client({}, async (request) =>
    worker.fetch(new Request(request, { cf: timezone === undefined ? {} : { timezone } }), env, backgroundContext()),
  )

const row = (userId: string) => env.DB.prepare('SELECT * FROM users WHERE id = ?').bind(userId).first()

describe('your profile', () => {
  it('equals what sign-up answered', async () => {
    const { client, user } = alice()
    const { status, body } = await client.get<User>('/users/me')
    expect({ status, body }).toEqual({ status: 200, body: user })
  })
})

describe('changing your profile', () => {
  it('changes the fields in the request and no others', async () => {
    const { client, user } = alice()
    setClock(Date.parse(user.createdAt) + 60_000)
    const updatedAt = new Date(Date.now()).toISOString()
    const named = await client.patch<User>('/users/me', { name: 'Alice Liddell', nickname: 'Al' })
    expect({ status: named.status, body: named.body }).toEqual({
      status: 200,
      body: { ...user, name: 'Alice Liddell', nickname: 'Al', updatedAt },
    })
    const renamed = await client.patch<User>('/users/me', { username: 'alice.l' })
    expect(renamed.body).toEqual({ ...named.body, username: 'alice.l' })
    const cleared = await client.patch<User>('/users/me', { name: null })
    expect(cleared.body).toEqual({ ...renamed.body, name: null })
    const clearedToo = await client.patch<User>('/users/me', { nickname: null })
    expect(clearedToo.body).toEqual({ ...cleared.body, nickname: null })
    expect((await client.get<User>('/users/me')).body).toEqual({ ...user, username: 'alice.l', updatedAt })
    expect(await row(bob().user.id)).toMatchObject({
      username: 'bob',
      name: null,
      updated_at: Date.parse(bob().user.updatedAt),
    })
  })

  it('accepts an empty patch, and changes no field', async () => {
    const { client, user } = alice()
    const { status, body } = await client.patch<User>('/users/me', {})
    expect({ status, body: { ...body, updatedAt: user.updatedAt } }).toEqual({ status: 200, body: user })
  })

  it('shows at once in the session of the same browser', async () => {
    const { client } = alice()
    await client.get('/auth/session')
    await client.patch('/users/me', { username: 'alicia', name: 'Alicia' })
    const { body } = await client.get<SessionAnswer>('/auth/session')
    expect(body.user).toMatchObject({ username: 'alicia', name: 'Alicia' })
  })

  it('shows at once in other browsers if KV has no copy of their session', async () => {
    const { client } = alice()
    const other = await logIn('alice')
    await env.KV.delete(`session:${other.session.id}`)
    await client.patch('/users/me', { name: 'Alicia' })
    expect((await other.client.get<SessionAnswer>('/auth/session')).body.user.name).toBe('Alicia')
  })

  it('stores names in NFC, and counts their length in code points', async () => {
    const { client, user } = alice()
    const { body } = await client.patch<User>('/users/me', { name: 'e\u0301'.repeat(100), nickname: '🔑'.repeat(50) })
    expect(body).toMatchObject({ name: 'é'.repeat(100), nickname: '🔑'.repeat(50) })
    expect(await row(user.id)).toMatchObject({ name: 'é'.repeat(100), nickname: '🔑'.repeat(50) })
  })

  it.each([
    ['name', ''],
    ['name', 'é'.repeat(101)],
    ['nickname', ''],
    ['nickname', '🔑'.repeat(51)],
    ['name', 5],
    ['nickname', ['Al']],
    ['username', null],
    ['timeZone', ''],
    ['timeZone', 'Asia/Nowhere'],
    ['timeZone', '+09:00'],
    ['timeZone', `Asia/${'S'.repeat(60)}`],
    ['timeZone', 9],
  ])('refuses the %s %j', async (field, value) => {
    const { client } = alice()
    const { status, body } = await expectNoChanges(() => client.patch('/users/me', { [field]: value }))
    expect({ status, code: body.code, paths: body.errors?.map(({ path }) => path) }).toEqual({
      status: 422,
      code: 'invalid_fields',
      paths: [`/${field}`],
    })
  })
})

describe('the time zone', () => {
  it('is any name of the IANA time zones, and null clears it', async () => {
    const { client, user } = alice()
    expect(user.timeZone).toBeNull()
    for (const timeZone of [
      'Asia/Seoul',
      'America/Argentina/Buenos_Aires',
      'Asia/Calcutta',
      'Etc/GMT+12',
      'UTC',
      null,
    ]) {
      expect(await client.patch('/users/me', { timeZone })).toMatchObject({ status: 200, body: { timeZone } })
      expect((await client.get<User>('/users/me')).body.timeZone).toBe(timeZone)
    }
    const refused = await client.patch('/users/me', { timeZone: 'Mars/Olympus' })
    expect(refused.body.errors).toMatchObject([{ path: '/timeZone', code: 'invalid_format' }])
    expect((await client.get<User>('/users/me')).body).toEqual({ ...user, updatedAt: expect.any(String) })
  })

  it('needs no fresh proof', async () => {
    const owner = alice()
    await outliveFreshProof(owner)
    expect((await owner.client.patch('/users/me', { timeZone: 'Asia/Seoul' })).status).toBe(200)
  })

  it.each([
    ['Asia/Seoul', 'Asia/Seoul'],
    ['Asia/Nowhere', null],
    [undefined, null],
  ])('of a new account is the one that Cloudflare says, if it is one: %s', async (timezone, timeZone) => {
    const { client, user } = await signUp('carol', clientIn(timezone))
    expect(user.timeZone).toBe(timeZone)
    expect((await client.get<User>('/users/me')).body).toEqual(user)
  })

  it('of an account that is there stays as it is', async () => {
    expect((await logIn('alice', clientIn('Asia/Seoul'))).user.timeZone).toBeNull()
    const { body } = await alice().client.get<User>('/users/me')
    expect(body.timeZone).toBeNull()
  })
})

describe('a user name', () => {
  it.each([
    ['abc', 'abc'],
    ['a'.repeat(32), 'a'.repeat(32)],
    ['a12', 'a12'],
    ['._-a', '._-a'],
    ['ALICE.B-C_9', 'alice.b-c_9'],
    ['alice', 'alice'],
    ['Alice', 'alice'],
    // As it may come when it is pasted; and the Kelvin sign is a K.
    [' \u3164alice\u00a0\n', 'alice'],
    ['\u202aali\u200bce\ufeff', 'alice'],
    ['alice１２', 'alice12'],
    ['\u212aelvin', 'kelvin'],
  ])('may be %s, stored as %s', async (username, kept) => {
    const { client, user } = alice()
    const { status, body } = await client.patch<User>('/users/me', { username })
    expect({ status, username: body.username }).toEqual({ status: 200, username: kept })
    expect(await row(user.id)).toMatchObject({ username: kept })
    expect((await logIn(username.toUpperCase())).user.id).toBe(user.id)
  })

  it.each([
    'ab',
    'a'.repeat(33),
    '123',
    '1234567890',
    '12-34.56_78',
    'alice@example.com',
    '@alice',
    'alice liddell',
    'alİce',
    'аlice',
    'straße',
    '앨리스앨리스',
    'alice+1',
    'alice/1',
    '',
  ])('may not be %j', async (username) => {
    const { client } = alice()
    const { status, body } = await expectNoChanges(() => client.patch('/users/me', { username, name: 'Alice' }))
    expect({ status, code: body.code, errors: body.errors }).toEqual({
      status: 422,
      code: 'invalid_fields',
      errors: [{ path: '/username', code: 'invalid_format', message: expect.any(String) }],
    })
  })

  it.each(['bob', 'BOB', 'Bob'])(
    'may not be %s, which is taken, and then nothing else of the patch is done',
    async (username) => {
      const { client } = alice()
      const { status, body } = await expectNoChanges(() =>
        client.patch('/users/me', { username, name: 'Robert', nickname: 'Rob' }),
      )
      expect({ status, code: body.code, errors: body.errors }).toEqual({
        status: 409,
        code: 'username_taken',
        errors: undefined,
      })
      expect((await client.get<SessionAnswer>('/auth/session')).body.user.name).toBeNull()
    },
  )

  it('is free again seven days after its owner has changed it, and not a millisecond sooner', async () => {
    setClock(Date.now())
    const changedAt = Date.now()
    await alice().client.patch('/users/me', { username: 'alicia' })
    const take = async () => {
      const { client } = await logIn('bob')
      const { body } = await client.post<{ available: boolean }>('/users/availability', { username: 'alice' })
      const { status, text } = await client.patch('/users/me', { username: 'alice' })
      return { available: body.available, status, text }
    }
    setClock(changedAt + 7 * DAY - 1)
    expect(await take()).toMatchObject({
      available: false,
      status: 409,
      text: expect.stringContaining('username_taken'),
    })
    setClock(changedAt + 7 * DAY)
    expect(await take()).toMatchObject({ available: true, status: 200 })
    expect((await new Client().post('/auth/log-in', { identifier: 'bob', password: 'x' })).status).toBe(401)
  })

  it('goes to exactly one of 50 users who race for it', async () => {
    const { user } = alice()
    const now = Date.now()
    const people = await together(50, async (n) => ({ id: uuidv7(), username: `user${n}`, sessionId: uuidv7() }))
    await env.DB.batch(
      people.flatMap(({ id, username, sessionId }) => [
        env.DB.prepare(
          `INSERT INTO users (id, username, password_hash, created_at, updated_at)
            SELECT ?, ?, password_hash, created_at, updated_at FROM users WHERE id = ?`,
        ).bind(id, username, user.id),
        env.DB.prepare(
          'INSERT INTO sessions (id, user_id, device_hash, created_at, last_seen_at, expires_at) VALUES (?1, ?2, ?2, ?3, ?4, ?5)',
        ).bind(sessionId, id, now, now, now + 60_000),
      ]),
    )
    const tokens = await Promise.all(
      people.map(({ id, sessionId }) =>
        forgeAccessToken({ user: { ...user, id }, session: { id: sessionId, createdAt: '', expiresAt: '' } }),
      ),
    )
    const answers = await Promise.all(
      tokens.map((token) => withBearer(token).patch<User>('/users/me', { username: 'Carol', name: 'Carol' })),
    )
    expect(tally(answers.map(({ status }) => status))).toEqual({ 200: 1, 409: 49 })
    const { results } = await env.DB.prepare("SELECT id FROM users WHERE username = 'carol' OR name = 'Carol'").all()
    expect(results).toEqual([{ id: answers.find(({ status }) => status === 200)?.body.id }])
  })
})
