import { describe, expect, it } from 'vitest'
import { WAIT_MS } from '../../src/users/removal-requests'
import { Client } from '../helpers/client'
import { advanceClock, DAY, MINUTE, setClock } from '../helpers/clock'
import { allMessagesTo, logInByCode, messagesTo, proveContact, stranger } from '../helpers/codes'
import { logIn, PASSWORD, signUp, tally, together } from '../helpers/people'
import { someOf } from '../helpers/some-of'
import { expectChangesOnlyIn, expectNoChanges, rowsOf } from '../helpers/storage'

const ALICE = 'alice@example.com'
const NEW_EMAIL = 'alice.liddell@example.org'
const PHONE = '+821012345678'
const NEW_PHONE = '+821087654321'

const invalidToken = { status: 403, body: { code: 'invalid_verification_token' } }
const lastWay = { status: 409, body: { code: 'last_way_to_log_in' } }

const notices = async (to: string) => (await allMessagesTo(to)).filter(({ purpose }) => purpose === 'contact_changed')

const CONTACTS = [
  ['email', 'email', ALICE, NEW_EMAIL],
  ['phone', 'sms', PHONE, NEW_PHONE],
] as const

describe.each(someOf(CONTACTS, 2))('changing your %s', (name, channel, old, next) => {
  const path = `/users/me/${name}`

  it('sets it with a verification token, and spends the token', async () => {
    const { client, user } = await signUp('alice', stranger())
    const verificationToken = await proveContact(old)
    const { status, body } = await client.put(path, { verificationToken })
    expect({ status, body }).toEqual({
      status: 200,
      body: { ...user, [name]: old, updatedAt: expect.any(String) },
    })
    expect((await client.get('/users/me')).body).toEqual(body)
    expect((await client.get('/auth/session')).body).toMatchObject({ user: body })
    expect(await notices(old)).toEqual([])
    expect(await rowsOf('spent_tokens')).toHaveLength(1)
    await logIn(old)
  })

  it('accepts the same token again when the answer got lost, and changes nothing', async () => {
    const { client } = await signUp('alice', stranger())
    const verificationToken = await proveContact(old)
    const first = await client.put(path, { verificationToken })
    advanceClock(1)
    const { status, body } = await expectChangesOnlyIn([], () => client.put(path, { verificationToken }))
    expect({ status, body }).toEqual({ status: 200, body: first.body })
    expect(await notices(old)).toEqual([])
  })

  it('refuses the token that once set it, after a later change', async () => {
    const { client } = await signUp('alice', stranger())
    const verificationToken = await proveContact(old)
    expect((await client.put(path, { verificationToken })).status).toBe(200)
    expect((await client.put(path, { verificationToken: await proveContact(next) })).status).toBe(200)
    const refused = async () => expect(await client.put(path, { verificationToken })).toMatchObject(invalidToken)
    await expectChangesOnlyIn([], refused)
    expect((await client.delete(path)).status).toBe(204)
    await expectChangesOnlyIn([], refused)
  })

  it('tells the old contact of the change, but not what the new one is', async () => {
    const { client, user } = await logInByCode(old)
    const other = await logInByCode(next === NEW_EMAIL ? PHONE : ALICE)
    const headers = { 'Accept-Language': 'ko' }
    const { status, body } = await client.put(path, { verificationToken: await proveContact(next) }, { headers })
    expect({ status, body }).toMatchObject({ status: 200, body: { id: user.id, [name]: next } })

    // The old contact first got a code to log in, and now the notice.
    const [notice, ...before] = await messagesTo(old, 2)
    expect(notice).toMatchObject({ channel, to: old, purpose: 'contact_changed', locale: 'ko', code: null })
    expect(notice?.text).not.toContain(next)
    expect(notice?.text).not.toContain(next.replace('+82', '0'))
    expect(before.map(({ purpose }) => purpose)).toEqual(['log_in'])
    expect(await notices(next)).toEqual([])

    expect((await logInByCode(next)).user.id).toBe(user.id)
    // Seven days later, the old contact is free.
    advanceClock(7 * DAY)
    const stranded = await logInByCode(old)
    expect(stranded.status).toBe(201)
    expect([user.id, other.user.id]).not.toContain(stranded.user.id)
  })

  it('allows setting it to what it already is, and tells nobody', async () => {
    const { client, user } = await logInByCode(old)
    const { status, body } = await client.put(path, { verificationToken: await proveContact(old) })
    expect({ status, body }).toMatchObject({ status: 200, body: { id: user.id, [name]: old } })
    expect(await notices(old)).toEqual([])
    expect(await rowsOf('spent_tokens')).toHaveLength(1)
  })

  it('refuses what somebody else has, and does not spend the token', async () => {
    const holder = await logInByCode(next)
    const { client, user } = await signUp('alice', stranger())
    const verificationToken = await proveContact(next)
    const refused = await expectNoChanges(() => client.put(path, { verificationToken }))
    expect(refused).toMatchObject({ status: 409, body: { code: `${name}_taken` } })
    expect(refused.text).not.toContain(next)

    const given = await holder.client.put(`/users/me/${name === 'email' ? 'phone' : 'email'}`, {
      verificationToken: await proveContact(name === 'email' ? PHONE : ALICE),
    })
    expect(given.status).toBe(200)
    const removedAt = Date.now()
    setClock(removedAt)
    expect((await holder.client.delete(path)).status).toBe(204)
    // The token was for the account that had the contact. Now it needs another proof, and the contact is free after seven days.
    expect(await client.put(path, { verificationToken })).toMatchObject(invalidToken)
    setClock(removedAt + 7 * DAY - 1)
    const reserved = { status: 409, body: { code: 'identifier_reserved' } }
    expect(
      await (await logIn('alice')).client.put(path, { verificationToken: await proveContact(next) }),
    ).toMatchObject(reserved)
    advanceClock(MINUTE)
    expect(
      await (await logIn('alice')).client.put(path, { verificationToken: await proveContact(next) }),
    ).toMatchObject({
      status: 200,
      body: { id: user.id },
    })
  })

  it('refuses a token for the other kind of contact or another purpose, and nonsense', async () => {
    const { client } = await logInByCode(old)
    const wrongKind = await proveContact(name === 'email' ? PHONE : ALICE)
    const tokens = [wrongKind, await proveContact(old, 'reset_password'), 'nonsense']
    for (const verificationToken of tokens) {
      expect(await expectNoChanges(() => client.put(path, { verificationToken }))).toMatchObject(invalidToken)
    }
    const otherPath = `/users/me/${name === 'email' ? 'phone' : 'email'}`
    expect((await client.put(otherPath, { verificationToken: wrongKind })).status).toBe(200)
  })

  it('gives it to exactly one of two accounts that race for it', async () => {
    const people = [await signUp('alice', stranger()), await signUp('bob', stranger())]
    const first = await proveContact(next)
    advanceClock(MINUTE)
    const tokens = [first, await proveContact(next)]
    const answers = await Promise.all(people.map(({ client }, n) => client.put(path, { verificationToken: tokens[n] })))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 200: 1, 409: 1 })
    expect((await rowsOf('users')).filter((row) => row[name] === next)).toHaveLength(1)
    expect(await rowsOf('spent_tokens')).toHaveLength(1)
  })

  it('accepts a token once when two accounts race with it', async () => {
    const people = [await signUp('alice', stranger()), await signUp('bob', stranger())]
    const verificationToken = await proveContact(next)
    const answers = await Promise.all(people.map(({ client }) => client.put(path, { verificationToken })))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 200: 1, 403: 1 })
    expect((await rowsOf('users')).filter((row) => row[name] === next)).toHaveLength(1)
  })

  it('sends it a notice when it is removed', async () => {
    const { client, user } = await signUp('alice', stranger())
    await client.put(path, { verificationToken: await proveContact(old) })
    const { status, text } = await client.delete(path)
    expect({ status, text }).toEqual({ status: 204, text: '' })
    const [notice] = await messagesTo(old, 2)
    expect(notice).toMatchObject({ channel, to: old, purpose: 'contact_changed', code: null })
    expect((await client.get('/users/me')).body).toMatchObject({ id: user.id, [name]: null })
    expect((await client.delete(path)).status).toBe(204)
    expect(await notices(old)).toHaveLength(1)
    expect((await new Client().post('/auth/log-in', { identifier: old, password: PASSWORD })).status).toBe(401)
  })

  it('refuses to remove the last way to log in', async () => {
    const { client } = await logInByCode(old)
    expect(await expectNoChanges(() => client.delete(path))).toMatchObject(lastWay)
    // A user name is no way to log in without a password.
    expect((await client.patch('/users/me', { username: 'alice' })).status).toBe(200)
    expect(await expectNoChanges(() => client.delete(path))).toMatchObject(lastWay)
    expect(await notices(old)).toEqual([])
    expect((await client.delete(`/users/me/${name === 'email' ? 'phone' : 'email'}`)).status).toBe(204)
  })
})

describe('the last way to log in', () => {
  it('may be a password, but only together with a user name', async () => {
    const { client } = await logInByCode(ALICE)
    advanceClock(MINUTE)
    const verificationToken = await proveContact(ALICE, 'reset_password')
    expect((await client.put('/auth/password', { newPassword: PASSWORD, verificationToken })).status).toBe(204)
    advanceClock(WAIT_MS)
    const alice = await logIn(ALICE)
    expect(await expectNoChanges(() => alice.client.delete('/users/me/email'))).toMatchObject(lastWay)
    expect((await alice.client.patch('/users/me', { username: 'alice' })).status).toBe(200)
    expect((await alice.client.delete('/users/me/email')).status).toBe(204)
    await logIn('alice')
  })

  it('stays when requests race to remove both contacts', async () => {
    for (const round of [1, 2, 3]) {
      const { client } = await logInByCode(`alice${round}@example.com`)
      await client.put('/users/me/phone', { verificationToken: await proveContact(`+82109876543${round}`) })
      const answers = await together(20, (n) => client.delete(`/users/me/${n % 2 === 0 ? 'email' : 'phone'}`))
      const { body } = await client.get<{ email: string | null; phone: string | null }>('/users/me')
      const [kept, removed] = body.email === null ? ['phone', 'email'] : ['email', 'phone']
      expect([body.email, body.phone].filter((contact) => contact === null)).toHaveLength(1)
      // Requests to remove the contact that went get 204, also after it was gone. The other contact stays.
      const statuses = (name?: string) =>
        tally(answers.filter((_, n) => (n % 2 === 0 ? 'email' : 'phone') === name).map(({ status }) => status))
      expect({ kept: statuses(kept), removed: statuses(removed) }).toEqual({ kept: { 409: 10 }, removed: { 204: 10 } })
    }
  })
})

it('shows a changed contact on other devices, too', async () => {
  const { client } = await signUp('alice', stranger())
  const other = await logIn('alice')
  await client.put('/users/me/email', { verificationToken: await proveContact(ALICE) })
  expect((await other.client.get('/users/me')).body).toMatchObject({ email: ALICE })
  expect((await other.client.get('/auth/session')).body).toMatchObject({ user: { email: ALICE } })
})
