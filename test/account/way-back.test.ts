import { beforeEach, describe, expect, it } from 'vitest'
import type { SessionAnswer } from '../../src/sessions/schemas'
import { KEPT_FOR_MS } from '../../src/users/past-identifiers'
import { Client, settleBackground } from '../helpers/client'
import { advanceClock, DAY, MINUTE, setClock } from '../helpers/clock'
import {
  allMessagesTo,
  askForCode,
  codeRequest,
  logInByCode,
  proveContact,
  rightGuess,
  stranger,
} from '../helpers/codes'
import { device, signUpWithContacts } from '../helpers/devices'
import { exchangeFor, giveIdentity, identityOf, linkTokenFor } from '../helpers/identities'
import { logIn, PASSWORD, type Person, signUp, tally, together } from '../helpers/people'
import { expectNoChanges, rowsOf } from '../helpers/storage'
import { verificationTokenFor } from '../helpers/tokens'
import { contactOf, identifiers, put, rename, undo, wayBackTokenFor } from '../helpers/way-back'

/*
 * A thief is signed in to Alice's account, and changes it. Alice gets a link.
 */

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const EMAIL = 'alice@example.com'
const PHONE = '+821012345678'
const MALLORY = 'mallory@example.com'
const NEW_PHONE = '+821087654321'
const NEW_PASSWORD = 'another horse battery staple'

const setPassword = ({ client }: Pick<Person, 'client'>) => client.put('/auth/password', { newPassword: NEW_PASSWORD })
const signUpAs = async (to: string) =>
  stranger().post('/auth/sign-up', { verificationTokens: [await verificationTokenFor(contactOf(to))] })

/** Signs Alice up at noon. A month passes, and somebody logs in with her password. */
async function steal(contacts = [EMAIL, PHONE]): Promise<Person> {
  await signUpWithContacts('alice', contacts)
  setClock(NOON + 30 * DAY)
  return logIn('alice', device())
}

/** The same, and the thief has replaced the e-mail address. Answers with the thief and the token that Alice gets. */
async function stealEmail(contacts = [EMAIL, PHONE]): Promise<{ thief: Person; token: string }> {
  const thief = await steal(contacts)
  expect((await put(thief, 'email', MALLORY)).status).toBe(200)
  const token = await wayBackTokenFor(EMAIL)
  advanceClock(1)
  return { thief, token }
}

beforeEach(() => {
  setClock(NOON)
})

describe('the way back', () => {
  it('puts the user name and the contacts back, whatever was changed since, and ends all sessions', async () => {
    const { thief, token } = await stealEmail()
    expect((await put(thief, 'phone', NEW_PHONE)).status).toBe(200)
    expect((await rename(thief, 'mallory')).status).toBe(200)
    expect(await identifiers()).toEqual([['mallory', MALLORY, NEW_PHONE]])

    expect((await undo(token, { password: PASSWORD })).status).toBe(204)
    expect(await identifiers()).toEqual([['alice', EMAIL, PHONE]])
    expect((await rowsOf('sessions')).filter((row) => Number(row['expires_at']) > Date.now())).toEqual([])
    const nothing = { changed: 'undone', username: null, email: null, phone: null, password_hash: null }
    expect(await rowsOf('past_identifiers')).toMatchObject([nothing, nothing, nothing])
    expect(await rowsOf('users')).toMatchObject([{ device_epoch: 1 }])
    expect((await thief.client.post('/auth/refresh')).status).toBe(401)
    expect((await thief.client.get('/auth/session')).status).toBe(401)
    const { body } = await (await logIn('alice')).client.get<{ items: unknown[] }>('/users/me/activity')
    expect(JSON.stringify(body)).toContain('changes_undone')
  })

  it('removes a password that was set since, and restores none', async () => {
    const thief = await steal()
    expect((await setPassword(thief)).status).toBe(204)
    const token = await wayBackTokenFor(EMAIL)
    expect((await undo(token, { verificationToken: await proveContact(PHONE) })).status).toBe(204)
    expect(await rowsOf('users')).toMatchObject([{ password_hash: null, password_version: 2 }])
    for (const password of [PASSWORD, NEW_PASSWORD]) {
      expect((await stranger().post('/auth/log-in', { identifier: 'alice', password })).status).toBe(401)
    }
    advanceClock(MINUTE)
    expect((await logInByCode(EMAIL)).status).toBe(200)
  })

  it('keeps a password that is older than the change', async () => {
    const { token } = await stealEmail()
    expect((await undo(token, { password: PASSWORD })).status).toBe(204)
    expect((await logIn('alice')).user).toMatchObject({ hasPassword: true, email: EMAIL })
  })

  it('brings back what was removed, and removes what was added', async () => {
    const thief = await steal([EMAIL])
    expect((await put(thief, 'phone', NEW_PHONE)).status).toBe(200)
    const token = await wayBackTokenFor(EMAIL)
    expect((await thief.client.delete('/users/me/email')).status).toBe(204)
    expect((await undo(token, { password: PASSWORD })).status).toBe(204)
    expect(await identifiers()).toEqual([['alice', EMAIL, null]])
  })

  it('also follows a reset, which asks for no session', async () => {
    await steal()
    const verificationToken = await verificationTokenFor(contactOf(EMAIL), 'reset_password')
    expect((await stranger().put('/auth/password', { newPassword: NEW_PASSWORD, verificationToken })).status).toBe(204)
    const token = await wayBackTokenFor(PHONE)
    expect((await undo(token, { verificationToken: await proveContact(EMAIL) })).status).toBe(204)
    expect(await rowsOf('users')).toMatchObject([{ password_hash: null }])
  })

  it('removes the identities that were linked since, or in the seven days before', async () => {
    const owner = await signUpWithContacts('alice', [EMAIL, PHONE])
    const linkAt = async (at: number, subject: string) => {
      setClock(at)
      await giveIdentity(owner, identityOf(subject))
    }
    const changedAt = NOON + 30 * DAY
    await linkAt(NOON, 'as old as the account')
    await linkAt(changedAt - 7 * DAY, 'older')
    await linkAt(changedAt - 7 * DAY + 1, 'younger')
    setClock(changedAt)
    const thief = await logIn('alice', device())
    expect((await put(thief, 'email', MALLORY)).status).toBe(200)
    const token = await wayBackTokenFor(EMAIL)
    advanceClock(1)
    const mallory = identityOf('mallory')
    const linkToken = await linkTokenFor(mallory)
    expect((await thief.client.post('/users/me/identities', { linkToken })).status).toBe(201)
    const ofBob = await signUp('bobby')
    await giveIdentity(ofBob, identityOf('of somebody else'))

    expect((await undo(token, { password: PASSWORD })).status).toBe(204)
    const left = (await rowsOf('identities')).map(({ subject }) => subject)
    expect(left.sort()).toEqual(['as old as the account', 'of somebody else', 'older'])
    const back = await stranger().post<SessionAnswer>('/auth/social/exchange', await exchangeFor(mallory))
    expect(back.status).toBe(201)
    expect(back.body.user.id).not.toBe(owner.user.id)
  })

  it('keeps the identity that the account was made with, however young it is', async () => {
    const identity = identityOf('of alice', { email: { address: EMAIL, isOwned: true } })
    const client = stranger()
    expect((await client.post('/auth/social/exchange', await exchangeFor(identity))).status).toBe(201)
    advanceClock(DAY)
    expect((await client.post('/auth/social/exchange', await exchangeFor(identity))).status).toBe(200)
    expect((await put({ client }, 'email', MALLORY)).status).toBe(200)
    const token = await wayBackTokenFor(EMAIL)
    advanceClock(1)
    expect((await undo(token)).status).toBe(204)
    expect(await rowsOf('identities')).toMatchObject([{ subject: 'of alice' }])
    expect(await identifiers()).toEqual([[null, EMAIL, null]])
  })

  it('works for seven days, and not a millisecond longer', async () => {
    const { token } = await stealEmail()
    const changedAt = Date.now() - 1
    expect(KEPT_FOR_MS).toBe(7 * DAY)
    setClock(changedAt + 7 * DAY)
    const late = await expectNoChanges(() => undo(token, { password: PASSWORD }))
    expect(late).toMatchObject({ status: 403, body: { code: 'invalid_link' } })
    setClock(changedAt + 7 * DAY - 1)
    expect((await undo(token, { password: PASSWORD })).status).toBe(204)
  })

  it('is gone by exactly one of 20 at once', async () => {
    const { token } = await stealEmail()
    const phoneToken = await wayBackTokenFor(PHONE)
    const verificationToken = await verificationTokenFor(contactOf(PHONE))
    const answers = await together(20, (n) =>
      n % 2 ? undo(token, { verificationToken }) : undo(phoneToken, { password: PASSWORD }),
    )
    const { 204: done, 403: refused, 429: later = 0 } = tally(answers.map(({ status }) => status))
    expect([done, (refused ?? 0) + later]).toEqual([1, 19])
    expect((await rowsOf('activity')).filter(({ event }) => event === 'changes_undone')).toHaveLength(1)
    expect(await undo(token, { password: PASSWORD })).toMatchObject({ status: 403, body: { code: 'invalid_link' } })
  })

  it('makes the links of later changes void, and leaves those of earlier ones', async () => {
    const { thief, token } = await stealEmail()
    expect((await rename(thief, 'mallory')).status).toBe(200)
    const later = await wayBackTokenFor(PHONE)
    expect((await setPassword(thief)).status).toBe(204)
    expect((await undo(later, { password: PASSWORD })).status).toBe(204)
    expect(await identifiers()).toEqual([['alice', MALLORY, PHONE]])
    expect((await undo(token, { password: PASSWORD })).status).toBe(204)
    expect(await identifiers()).toEqual([['alice', EMAIL, PHONE]])
    expect(await undo(later, { password: PASSWORD })).toMatchObject({ status: 403, body: { code: 'invalid_link' } })
  })

  it('has no link for a contact that is younger than seven days, which may be a thief’s', async () => {
    const { thief } = await stealEmail()
    const setAt = Date.now() - 1
    const told = async (to: string) =>
      (await allMessagesTo(to))
        .filter(({ purpose }) => purpose === 'username_changed')
        .map(({ text }) => text.includes('/w/'))
    expect((await rename(thief, 'mallory')).status).toBe(200)
    expect([await told(MALLORY), await told(PHONE)]).toEqual([[false], [true]])
    setClock(setAt + 7 * DAY - 1)
    expect((await rename(await logIn('mallory'), 'mallory-2')).status).toBe(200)
    expect(await told(MALLORY)).toEqual([false, false])
    setClock(setAt + 7 * DAY)
    expect((await rename(await logIn('mallory-2'), 'mallory-3')).status).toBe(200)
    expect((await told(MALLORY)).filter((hasLink) => hasLink)).toHaveLength(1)
  })

  it('is told to the contacts that come back and to those that are lost, without a link', async () => {
    const { token } = await stealEmail()
    expect((await undo(token, { password: PASSWORD })).status).toBe(204)
    for (const contact of [EMAIL, PHONE, MALLORY]) {
      const told = (await allMessagesTo(contact)).filter(({ purpose }) => purpose === 'changes_undone')
      expect(told).toHaveLength(1)
      expect(told[0]?.text).not.toMatch(/\/w\/|\/s\//)
    }
  })

  it('ends a request to remove a contact, and every code and token that is out', async () => {
    const { token } = await stealEmail()
    const reset = await proveContact(PHONE, 'reset_password')
    expect((await undo(token, { password: PASSWORD })).status).toBe(204)
    const answer = await stranger().put('/auth/password', { newPassword: NEW_PASSWORD, verificationToken: reset })
    expect(answer).toMatchObject({ status: 403, body: { code: 'invalid_verification_token' } })
  })
})

describe('what the way back needs besides the link', () => {
  const wouldDo = async (token: string) => {
    const { status, body } = await expectNoChanges(() => undo(token))
    expect({ status, code: body.code }).toEqual({ status: 403, code: 'fresh_proof_required' })
    return body.errors?.map(({ path, code }) => `${path} ${code}`)
  }

  it('is the password or a code to another contact, as long as it has not changed for seven days', async () => {
    const { token } = await stealEmail()
    expect(await wouldDo(token)).toEqual(['/password password_would_do', '/verificationToken phone_would_do'])
    const wrong = await undo(token, { password: NEW_PASSWORD })
    expect(wrong).toMatchObject({ status: 403, body: { code: 'wrong_password' } })
    for (const to of [EMAIL, MALLORY, NEW_PHONE]) {
      const verificationToken = await verificationTokenFor(contactOf(to))
      const refused = await expectNoChanges(() => undo(token, { verificationToken }))
      expect(refused).toMatchObject({ status: 403, body: { code: 'invalid_verification_token' } })
    }
    const proof = { verificationToken: await proveContact(PHONE) }
    expect((await undo(token, proof)).status).toBe(204)
    const spent = await rowsOf('spent_tokens')
    expect((await undo(token, proof)).status).toBe(403)
    expect(await rowsOf('spent_tokens')).toEqual(spent)
  })

  it('is nothing for an account that has neither', async () => {
    setClock(NOON)
    await logInByCode(EMAIL)
    setClock(NOON + 30 * DAY)
    const thief = await logInByCode(EMAIL)
    expect((await put(thief, 'email', MALLORY)).status).toBe(200)
    expect((await undo(await wayBackTokenFor(EMAIL))).status).toBe(204)
    expect(await identifiers()).toEqual([[null, EMAIL, null]])
  })

  it.each([
    ['seven days old', 7 * DAY, ['/password password_would_do']],
    ['a millisecond younger', 7 * DAY - 1, undefined],
  ])('does not depend on a password that was too young when the change was made: %s', async (_, age, proofs) => {
    await logInByCode(EMAIL)
    setClock(NOON + 30 * DAY)
    expect((await setPassword(await logInByCode(EMAIL))).status).toBe(204)
    setClock(NOON + 30 * DAY + age)
    expect((await put(await logInByCode(EMAIL), 'email', MALLORY)).status).toBe(200)
    const token = await wayBackTokenFor(EMAIL)
    if (proofs) expect(await wouldDo(token)).toEqual(proofs)
    else expect((await undo(token)).status).toBe(204)
  })

  it('is a password that was replaced in the seven days before', async () => {
    const thief = await steal([EMAIL])
    expect((await setPassword(thief)).status).toBe(204)
    expect((await put(thief, 'email', MALLORY)).status).toBe(200)
    const changed = (await allMessagesTo(EMAIL)).filter(({ purpose }) => purpose === 'contact_changed')
    const token = /\/w\/([\w-]{16})$/m.exec(changed[0]?.text.trim() ?? '')?.[1] ?? ''
    expect(await wouldDo(token)).toEqual(['/password password_would_do'])
    expect(await undo(token, { password: NEW_PASSWORD })).toMatchObject({ status: 403 })
    expect((await undo(token, { password: PASSWORD })).status).toBe(204)
    // It took back the change of the contact, and not the change of the password before it.
    expect(await identifiers()).toEqual([['alice', EMAIL, null]])
    expect((await logIn('alice', new Client(), NEW_PASSWORD)).user.email).toBe(EMAIL)
  })

  it('is what an account was made with, however young', async () => {
    const alice = await signUpWithContacts('alice', [EMAIL])
    advanceClock(1)
    expect((await put(alice, 'email', MALLORY)).status).toBe(200)
    expect(await wouldDo(await wayBackTokenFor(EMAIL))).toEqual(['/password password_would_do'])
  })

  it('cannot be kept away by ending all sessions', async () => {
    const { thief, token } = await stealEmail()
    const verificationToken = await proveContact(PHONE)
    expect((await thief.client.delete('/auth/sessions')).status).toBe(204)
    expect((await undo(token, { verificationToken })).status).toBe(204)
  })

  it('may be guessed five times, and then has to wait', async () => {
    const { token } = await stealEmail()
    const answers = await together(8, () => undo(token, { password: NEW_PASSWORD }))
    expect(tally(answers.map(({ body }) => body.code))).toEqual({ wrong_password: 5, too_many_attempts: 3 })
    await settleBackground()
    // All wrong passwords together have a ceiling, above which the log has an alarm line.
    expect(await rowsOf('hour_counts')).toContainEqual(expect.objectContaining({ key: 'wrong_passwords', count: 5 }))
    expect(await undo(token, { password: PASSWORD })).toMatchObject({ status: 429 })
    advanceClock(1000)
    expect((await undo(token, { password: PASSWORD })).status).toBe(204)
  })
})

describe('what a user had', () => {
  it('is reserved for seven days, and nobody who asks for it spends anything', async () => {
    await stealEmail()
    const changedAt = Date.now() - 1
    const reserved = { status: 409, body: { code: 'identifier_reserved' } }
    const proof = await verificationTokenFor(contactOf(EMAIL))
    const bob = await signUp('bobby', stranger())
    expect(await stranger().post('/users/availability', { verificationToken: proof })).toMatchObject({
      body: { available: false },
    })
    const asks = [
      () => stranger().post('/auth/sign-up', { verificationTokens: [proof] }),
      () => bob.client.put('/users/me/email', { verificationToken: proof }),
    ]
    for (const ask of asks) expect(await expectNoChanges(ask)).toMatchObject(reserved)
    const asked = await askForCode(stranger(), codeRequest(EMAIL, 'log_in'))
    const byCode = () => stranger().post('/auth/otp/log-in', rightGuess(asked))
    for (const _ of [1, 2]) expect(await expectNoChanges(byCode)).toMatchObject(reserved)
    // Somebody who has not proven it learns nothing.
    expect(await stranger().post('/auth/otp/log-in', { ...rightGuess(asked), code: '000000' })).toMatchObject({
      status: 401,
    })

    setClock(changedAt + KEPT_FOR_MS - 1)
    expect(await signUpAs(EMAIL)).toMatchObject(reserved)
    setClock(changedAt + KEPT_FOR_MS)
    expect((await signUpAs(EMAIL)).status).toBe(201)
  })

  it('is free for its own user', async () => {
    const { thief } = await stealEmail()
    expect((await put(thief, 'email', EMAIL)).status).toBe(200)
    expect((await rename(thief, 'alicia')).status).toBe(200)
    expect(await identifiers()).toEqual([['alicia', EMAIL, PHONE]])
  })

  it('cannot be a new account’s user name', async () => {
    const alice = await signUp('alice', new Client())
    expect((await rename(alice, 'alicia')).status).toBe(200)
    const answer = await stranger().post('/auth/sign-up', { username: 'alice', password: PASSWORD })
    expect(answer).toMatchObject({ status: 409, body: { code: 'username_taken' } })
  })

  it('is free once the account is deleted, or the change was taken back', async () => {
    const { thief, token } = await stealEmail()
    expect((await undo(token, { password: PASSWORD })).status).toBe(204)
    expect((await signUpAs(MALLORY)).status).toBe(201)
    expect((await thief.client.delete('/users/me')).status).toBe(401)
    const alice = await logIn('alice')
    expect((await rename(alice, 'alicia')).status).toBe(200)
    expect((await alice.client.delete('/users/me')).status).toBe(204)
    expect((await signUpAs(EMAIL)).status).toBe(201)
    expect(await rowsOf('past_identifiers')).toEqual([])
  })
})

describe('changes of an account', () => {
  const change: Record<string, (person: Person) => Promise<{ status: number }>> = {
    'the e-mail address': (person) => put(person, 'email', 'other@example.com'),
    'the phone number': (person) => put(person, 'phone', '+821099999999'),
    'the removal of the e-mail address': ({ client }) => client.delete('/users/me/email'),
    'the user name': (person) => rename(person, 'alicia-3'),
  }

  it.each(Object.entries(change))('are three a day together, and then refused: %s', async (_, fourth) => {
    const thief = await steal()
    for (const n of [0, 1, 2]) expect((await rename(thief, `alicia-${n}`)).status).toBe(200)
    const refused = await fourth(thief)
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
    expect(await rowsOf('past_identifiers')).toHaveLength(3)
    // What is no such change goes on.
    expect((await thief.client.patch('/users/me', { name: 'Mallory' })).status).toBe(200)
    expect((await rename(thief, 'alicia-2')).status).toBe(200)
  })

  it('are three more of the password, so that nobody who renames the account keeps its owner from a new one', async () => {
    const thief = await steal()
    for (const n of [0, 1, 2]) expect((await rename(thief, `alicia-${n}`)).status).toBe(200)
    for (const _ of [0, 1, 2]) expect((await setPassword(thief)).status).toBe(204)
    expect(await setPassword(thief)).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
    const without = await signUp('bobby', stranger())
    for (const _ of [0, 1, 2, 3]) expect((await setPassword(without)).status).toBe(204)
  })

  it('do not count a first contact', async () => {
    const alice = await signUp('alice', stranger())
    expect((await put(alice, 'email', EMAIL)).status).toBe(200)
    for (const username of ['alicia', 'alice', 'alicia']) expect((await rename(alice, username)).status).toBe(200)
    expect((await rename(alice, 'alice')).status).toBe(429)
  })

  it('count without a contact too, so that nobody reserves many user names', async () => {
    const alice = await signUp('alice', stranger())
    for (const username of ['alicia', 'alice', 'alicia']) expect((await rename(alice, username)).status).toBe(200)
    expect((await rename(alice, 'alice')).status).toBe(429)
  })

  it('are exactly three of ten at once, and a reset is always possible', async () => {
    const thief = await steal()
    const answers = await together(10, (n) => rename(thief, `alicia-${n}`))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 200: 3, 429: 7 })
    const verificationToken = await verificationTokenFor(contactOf(EMAIL), 'reset_password')
    expect((await stranger().put('/auth/password', { newPassword: NEW_PASSWORD, verificationToken })).status).toBe(204)
    const links = (await allMessagesTo(PHONE)).filter(({ text }) => text.includes('/w/'))
    expect(links).toHaveLength(4)
  })
})
