import { describe, expect, it } from 'vitest'
import { REQUEST_LIFE_MS, WAIT_MS } from '../../src/users/removal-requests'
import { Client, ORIGIN } from '../helpers/client'
import { advanceClock, DAY, MINUTE, setClock } from '../helpers/clock'
import { allMessagesTo, logInByCode, stranger } from '../helpers/codes'
import { signUpWithContacts } from '../helpers/devices'
import { logIn, PASSWORD, type Person, tally, together } from '../helpers/people'
import { stopTokenFor } from '../helpers/removal-requests'
import { someOf } from '../helpers/some-of'
import { expectChangesOnlyIn, expectNoChanges, rowsOf } from '../helpers/storage'
import { verificationTokenFor } from '../helpers/tokens'

/*
 * A thief has a recycled number, or a mailbox. What they cannot do with it is to take away the other contact unseen.
 */

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const EMAIL = 'alice@example.com'
const PHONE = '+821012345678'
const NEW_PASSWORD = 'another horse battery staple'
const LONG_AGO = 30 * DAY

const iso = (ms: number) => new Date(ms).toISOString()
const removeEmail = ({ client }: Pick<Person, 'client'>, body?: object) => client.delete('/users/me/email', body)
const replaceEmail = async ({ client }: Pick<Person, 'client'>, body?: object) => {
  const verificationToken = await verificationTokenFor({ channel: 'email', to: 'mallory@example.com' })
  return client.put('/users/me/email', { verificationToken, ...body })
}
const notices = async (to: string) =>
  (await allMessagesTo(to)).filter(({ purpose }) => purpose === 'contact_removal_asked')
const stop = (token: string) => stranger().post('/users/removal-requests/stop', { token })

/** Signs Alice up at noon with an e-mail address, a phone number and a password. A month passes. */
async function signUpAlice(): Promise<Person> {
  setClock(NOON)
  const alice = await signUpWithContacts('alice', [EMAIL, PHONE])
  setClock(NOON + LONG_AGO)
  return alice
}

/** Alice's account, and a session that a code by SMS has begun. */
async function stealPhone(): Promise<Person> {
  await signUpAlice()
  return logInByCode(PHONE)
}

const CHANGES = [
  ['remove', removeEmail, 204],
  ['replace', replaceEmail, 200],
] as const

describe.each(someOf(CHANGES, 2))('to %s a contact', (_, change, done) => {
  it('is done at once after a log-in with the password', async () => {
    await signUpAlice()
    expect((await change(await logIn('alice'))).status).toBe(done)
  })

  it('is done at once with the current password, however the session began', async () => {
    const thief = await stealPhone()
    expect((await change(thief, { currentPassword: PASSWORD })).status).toBe(done)
  })

  it('is done at once after a code to that contact', async () => {
    await signUpAlice()
    expect((await change(await logInByCode(EMAIL))).status).toBe(done)
  })

  it('is done at once in the session that made the account', async () => {
    setClock(NOON)
    expect((await change(await signUpWithContacts('alice', [EMAIL, PHONE]))).status).toBe(done)
  })

  it('has to wait after a code to the other contact, and nothing is changed or spent', async () => {
    const thief = await stealPhone()
    const answer = await expectChangesOnlyIn(['removal_requests', 'activity', 'message_days'], () => change(thief))
    expect(answer).toMatchObject({ status: 202, body: { effectiveAt: iso(Date.now() + WAIT_MS) } })
    expect(await rowsOf('removal_requests')).toMatchObject([{ target: 'email', effective_at: Date.now() + WAIT_MS }])
  })

  it('has to wait with a password that somebody has just set by such a code', async () => {
    const thief = await stealPhone()
    expect((await thief.client.put('/auth/password', { newPassword: NEW_PASSWORD })).status).toBe(204)
    expect((await change(thief, { currentPassword: NEW_PASSWORD })).status).toBe(202)
    expect((await change(await logIn('alice', new Client(), NEW_PASSWORD))).status).toBe(202)
  })

  it('is done from 72 hours after a password was set, and not a millisecond sooner', async () => {
    const thief = await stealPhone()
    const setAt = Date.now()
    expect((await thief.client.put('/auth/password', { newPassword: NEW_PASSWORD })).status).toBe(204)
    setClock(setAt + WAIT_MS - 1)
    const early = await logIn('alice', new Client(), NEW_PASSWORD)
    expect((await change(early, { currentPassword: NEW_PASSWORD })).status).toBe(202)
    expect((await change(early)).status).toBe(202)
    setClock(setAt + WAIT_MS)
    const byPassword = await logInByCode(PHONE)
    expect((await change(byPassword)).status).toBe(202)
    expect((await change(byPassword, { currentPassword: NEW_PASSWORD })).status).toBe(done)
  })

  it('counts a log-in by the age that the password had then', async () => {
    await signUpAlice()
    const alice = await logIn('alice')
    expect((await alice.client.put('/auth/password', { newPassword: NEW_PASSWORD })).status).toBe(204)
    expect((await change(alice)).status).toBe(done)
  })

  it('is done from 72 hours after the request, for seven days, and not a millisecond sooner or later', async () => {
    const thief = await stealPhone()
    const askedAt = Date.now()
    expect((await change(thief)).status).toBe(202)
    setClock(askedAt + WAIT_MS - 1)
    const early = await logInByCode(PHONE)
    expect(await change(early)).toMatchObject({ status: 202, body: { effectiveAt: iso(askedAt + WAIT_MS) } })
    setClock(askedAt + WAIT_MS + REQUEST_LIFE_MS)
    advanceClock(-MINUTE)
    const late = await logInByCode(PHONE)
    setClock(askedAt + WAIT_MS + REQUEST_LIFE_MS)
    expect(await change(late)).toMatchObject({ status: 202, body: { effectiveAt: iso(Date.now() + WAIT_MS) } })
    expect(await notices(EMAIL)).toHaveLength(2)
  })

  it.each([WAIT_MS, WAIT_MS + REQUEST_LIFE_MS - 1])(
    'is done %i ms after the request, with a fresh proof',
    async (ms) => {
      const thief = await stealPhone()
      const askedAt = Date.now()
      expect((await change(thief)).status).toBe(202)
      setClock(askedAt + ms)
      expect((await change(await logInByCode(PHONE))).status).toBe(done)
      // It was for one change.
      expect(await rowsOf('users')).toMatchObject([{ email_changed_at: Date.now() }])
    },
  )
})

describe('a request', () => {
  it('is told to the contact that is to go, once, and to nobody else', async () => {
    const thief = await stealPhone()
    const answers = [await removeEmail(thief), await replaceEmail(thief), await removeEmail(thief)]
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(await notices(EMAIL)).toHaveLength(1)
    expect(await notices(PHONE)).toEqual([])
    expect(await notices('mallory@example.com')).toEqual([])
  })

  it('is one of 20 at once', async () => {
    const thief = await stealPhone()
    const answers = await together(20, () => removeEmail(thief))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 202: 20 })
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(await notices(EMAIL)).toHaveLength(1)
    expect((await rowsOf('activity')).filter(({ event }) => event === 'contact_removal_asked')).toHaveLength(1)
  })

  it('about a number is told by text message', async () => {
    await signUpAlice()
    const thief = await logInByCode(EMAIL)
    expect((await thief.client.delete('/users/me/phone')).status).toBe(202)
    expect(await notices(PHONE)).toHaveLength(1)
    expect((await stop(await stopTokenFor(PHONE))).status).toBe(204)
  })

  it('is not needed to add a contact, and not possible for the last way to log in', async () => {
    setClock(NOON)
    await logInByCode(PHONE)
    advanceClock(DAY)
    const { client } = await logInByCode(PHONE)
    expect(await expectNoChanges(() => client.delete('/users/me/phone'))).toMatchObject({ status: 409 })
    expect((await replaceEmail({ client })).status).toBe(200)
    // The new one came later than that log-in, and was never proven to be the thief's own.
    expect((await removeEmail({ client })).status).toBe(202)
  })

  it('is needed for a number that came after the log-in with the one before', async () => {
    await signUpAlice()
    const thief = await logInByCode(PHONE)
    advanceClock(1)
    const alice = await logIn('alice')
    const verificationToken = await verificationTokenFor({ channel: 'sms', to: '+821087654321' })
    expect((await alice.client.put('/users/me/phone', { verificationToken })).status).toBe(200)
    expect((await thief.client.delete('/users/me/phone')).status).toBe(202)
  })

  const voids: Record<string, (alice: Person) => Promise<{ status: number }>> = {
    'a new password': ({ client }) => client.put('/auth/password', { newPassword: NEW_PASSWORD }),
    'the end of all sessions': ({ client }) => client.delete('/auth/sessions'),
    'another contact': ({ client }) => client.delete('/users/me/phone'),
  }
  it.each(someOf(Object.entries(voids), 2))('is void after %s', async (_, act) => {
    const thief = await stealPhone()
    const askedAt = Date.now()
    expect((await removeEmail(thief)).status).toBe(202)
    const token = await stopTokenFor(EMAIL)
    expect((await act(await logIn('alice'))).status).toBeLessThan(300)
    expect(await stop(token)).toMatchObject({ status: 403, body: { code: 'invalid_link' } })
    setClock(askedAt + WAIT_MS)
    if ((await rowsOf('users')).some(({ phone }) => phone === null)) return
    expect((await removeEmail(await logInByCode(PHONE))).status).toBe(202)
  })
})

describe('the link that stops a request', () => {
  it('opens a page, and only its form acts', async () => {
    const thief = await stealPhone()
    const askedAt = Date.now()
    expect((await removeEmail(thief)).status).toBe(202)
    const [notice] = await notices(EMAIL)
    const [link = ''] = /http:\/\/\S+$/m.exec(notice?.text.trim() ?? '') ?? []
    const browser = stranger()
    const page = await expectNoChanges(async () => {
      const { status, headers } = await browser.get(link)
      expect(status).toBe(303)
      const path = new URL(headers.get('Location') ?? '', ORIGIN).href
      expect((await browser.get(path)).status).toBe(200)
      expect((await browser.request('HEAD', path)).status).toBe(200)
      return path
    })
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin' }
    expect((await browser.request('POST', page, { headers, body: '' })).status).toBe(200)

    setClock(askedAt + WAIT_MS)
    expect((await removeEmail(await logInByCode(PHONE))).status).toBe(202)
    expect(await rowsOf('users')).toMatchObject([{ email: EMAIL }])
  })

  it('does nothing for another site', async () => {
    const thief = await stealPhone()
    await removeEmail(thief)
    const page = `${ORIGIN}/console/stop/${await stopTokenFor(EMAIL)}`
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'cross-site' }
    expect((await expectNoChanges(() => stranger().request('POST', page, { headers, body: '' }))).status).toBe(403)
  })

  it('works once, and is answered like one that nobody has got', async () => {
    const thief = await stealPhone()
    await removeEmail(thief)
    const token = await stopTokenFor(EMAIL)
    const answers = await together(5, () => stop(token))
    expect(tally(answers.map(({ status }) => status))).toEqual({ 204: 1, 403: 4 })
    for (const other of [token, `${token}A`, token.toLowerCase(), 'nobody-has-this-', '']) {
      const answer = await expectNoChanges(() => stop(other))
      expect(answer).toMatchObject({ status: 403, body: { code: 'invalid_link' } })
    }
  })

  it('makes the next request wait until a day after the one that it stopped', async () => {
    const thief = await stealPhone()
    const askedAt = Date.now()
    await removeEmail(thief)
    expect((await stop(await stopTokenFor(EMAIL))).status).toBe(204)
    setClock(askedAt + DAY - 1)
    const early = await logInByCode(PHONE)
    const answer = await expectNoChanges(() => removeEmail(early))
    expect(answer).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
    setClock(askedAt + DAY)
    expect(await removeEmail(early)).toMatchObject({ status: 202, body: { effectiveAt: iso(Date.now() + WAIT_MS) } })
    expect(await notices(EMAIL)).toHaveLength(2)
  })

  it('goes out with every request, however many notices there were', async () => {
    const thief = await stealPhone()
    for (let n = 0; n < 8; n++) {
      expect((await removeEmail(await (n === 0 ? thief : logInByCode(PHONE)))).status).toBe(202)
      expect((await stop(await stopTokenFor(EMAIL))).status).toBe(204)
      advanceClock(DAY)
    }
  })
})
