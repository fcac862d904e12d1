import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { limits } from '../../src/limits'
import { holdBackgroundTasks } from '../helpers/after-answer'
import { breakableD1, losingD1 } from '../helpers/bindings'
import { type Client, settleBackground } from '../helpers/client'
import { advanceClock, DAY, MINUTE, setClock } from '../helpers/clock'
import { codeRequest, logInByCode, outbox } from '../helpers/codes'
import { CHROME, CURL, device, SAFARI, signUpWithContacts } from '../helpers/devices'
import { logLines } from '../helpers/log-lines'
import { logIn, PASSWORD, type Person, signUp, tally, together } from '../helpers/people'
import { someOf } from '../helpers/some-of'
import { dump, rowsOf } from '../helpers/storage'
import { accessTokenOf, refreshTokenOf, verificationTokenFor } from '../helpers/tokens'
import { noticesTo } from './read-notices'

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const EMAIL = 'alice@example.com'
const PHONE = '+821012345678'
const NEW_EMAIL = 'new@example.com'
const NEW_PHONE = '+821087654321'
const NEW_PASSWORD = 'a better horse and another staple'

const atDesk = () => device({ userAgent: CHROME, country: 'KR' })
const alice = (contacts: string[], client = atDesk()) => signUpWithContacts('alice', contacts, client)
const phoneLogIn = (bindings = {}) => logIn('alice', device({ userAgent: SAFARI, country: 'FR', bindings }))

/** The purposes of the notices that each contact got. */
async function noticesByContact(...contacts: string[]): Promise<Record<string, string[]>> {
  const entries: [string, string[]][] = []
  for (const contact of contacts) {
    const notices = await noticesTo(contact)
    entries.push([contact, notices.map(({ purpose }) => purpose)])
  }
  return Object.fromEntries(entries)
}

const changePassword = ({ client }: Person) => client.put('/auth/password', { newPassword: NEW_PASSWORD })
const resetPassword = async () => {
  const verificationToken = await verificationTokenFor({ channel: 'email', to: EMAIL }, 'reset_password')
  return device().put('/auth/password', { newPassword: NEW_PASSWORD, verificationToken })
}
async function reuseRefreshToken({ client }: Person, reuser = device()) {
  const refreshToken = refreshTokenOf({ client })
  await client.post('/auth/refresh')
  advanceClock(MINUTE)
  return reuser.post('/auth/refresh', { refreshToken })
}
const put = async ({ client }: Person, name: 'email' | 'phone', to: string) =>
  client.put(`/users/me/${name}`, {
    verificationToken: await verificationTokenFor({ channel: name === 'email' ? 'email' : 'sms', to }),
  })

beforeEach(() => {
  setClock(NOON)
})

describe('a notice', () => {
  it('goes to the e-mail address after a log-in on a new device, and names the device', async () => {
    await alice([EMAIL, PHONE])
    await phoneLogIn()
    const [notice, ...others] = await noticesTo(EMAIL)
    expect(notice).toMatchObject({ channel: 'email', to: EMAIL, purpose: 'new_device', locale: 'en', code: null })
    expect(notice?.text).toContain('There was a log-in to your account on a new device (Safari on iOS, FR).')
    expect(others).toEqual([])
    expect(await noticesTo(PHONE)).toEqual([])
  })

  it('goes to the phone after a log-in on a new device, if there is no e-mail address', async () => {
    await alice([PHONE])
    await phoneLogIn()
    expect(await noticesTo(PHONE)).toMatchObject([
      {
        channel: 'sms',
        purpose: 'new_device',
        text: 'Latchkey: There was a log-in to your account on a new device. If it was not you, change your password.',
      },
    ])
  })

  it.each([
    [PHONE, EMAIL],
    [EMAIL, PHONE],
  ])('goes by the other channel after a log-in by code on a new device: from %s to %s', async (used, other) => {
    await alice([EMAIL, PHONE])
    advanceClock(MINUTE)
    await logInByCode(used)
    expect(await noticesByContact(used, other)).toEqual({ [used]: [], [other]: ['new_device'] })
  })

  it('goes by the same channel after a log-in by code on a new device, if there is no other', async () => {
    await alice([EMAIL])
    await logInByCode(EMAIL)
    expect(await noticesByContact(EMAIL)).toEqual({ [EMAIL]: ['new_device'] })
  })

  it('goes to all contacts after a change of the password', async () => {
    expect((await changePassword(await alice([EMAIL, PHONE]))).status).toBe(204)
    expect(await noticesByContact(EMAIL, PHONE)).toEqual({
      [EMAIL]: ['password_changed'],
      [PHONE]: ['password_changed'],
    })
  })

  it('goes to all contacts after a reset of the password', async () => {
    await alice([EMAIL, PHONE])
    expect((await resetPassword()).status).toBe(204)
    expect(await noticesByContact(EMAIL, PHONE)).toEqual({
      [EMAIL]: ['password_changed'],
      [PHONE]: ['password_changed'],
    })
  })

  it('goes once to all contacts after a refresh token was used twice', async () => {
    const person = await alice([EMAIL, PHONE])
    const refreshToken = refreshTokenOf(person)
    expect((await reuseRefreshToken(person)).status).toBe(401)
    expect((await device().post('/auth/refresh', { refreshToken })).status).toBe(401)
    expect(await noticesByContact(EMAIL, PHONE)).toEqual({ [EMAIL]: ['refresh_reused'], [PHONE]: ['refresh_reused'] })
  })

  it('goes to all contacts after a new user name and after a deletion', async () => {
    const person = await alice([EMAIL, PHONE])
    for (const username of ['alicia', 'alicia', 'alice']) await person.client.patch('/users/me', { username })
    expect((await person.client.delete('/users/me')).status).toBe(204)
    const purposes = ['account_deleted', 'username_changed', 'username_changed']
    const sent = await noticesByContact(EMAIL, PHONE)
    expect([sent[EMAIL]?.sort(), sent[PHONE]?.sort()]).toEqual([purposes, purposes])
  })

  it('goes to all contacts that were there before a contact changed', async () => {
    const person = await alice([EMAIL])
    const logInAgain = () => logIn('alice', person.client)
    const changes: [act: () => Promise<{ status: number }>, recipients: string[]][] = [
      [() => put(person, 'phone', PHONE), [EMAIL]],
      [() => put(person, 'email', NEW_EMAIL), [EMAIL, PHONE]],
      [() => put(person, 'phone', NEW_PHONE), [PHONE, NEW_EMAIL]],
      [() => person.client.delete('/users/me/email'), [NEW_EMAIL, NEW_PHONE]],
      [() => put(person, 'phone', NEW_PHONE), []],
      [() => person.client.delete('/users/me/phone'), [NEW_PHONE]],
    ]
    const all = [EMAIL, PHONE, NEW_EMAIL, NEW_PHONE]
    const expected: Record<string, string[]> = Object.fromEntries(all.map((contact) => [contact, []]))
    for (const [act, recipients] of changes) {
      advanceClock(DAY)
      await logInAgain()
      expect((await act()).status).toBeLessThan(300)
      for (const contact of recipients) expected[contact]?.push('contact_changed')
      expect(await noticesByContact(...all)).toEqual(expected)
    }
    const texts = (await outbox()).map(({ text }) => text).join('\n')
    for (const contact of [...all, '12345678', '87654321']) expect(texts).not.toContain(contact)
  })

  it('is not sent when there is no contact or nothing has changed', async () => {
    const person = await signUp('alice', atDesk())
    const phone = device({ userAgent: SAFARI, country: 'FR' })
    await logIn('alice', phone)
    await put(person, 'email', EMAIL)
    await put(person, 'email', EMAIL)
    await person.client.put('/auth/password', { newPassword: NEW_PASSWORD, currentPassword: 'a wrong password' })
    await logIn('alice', phone)
    expect(await noticesTo(EMAIL)).toEqual([])
    expect(await outbox()).toEqual([])
  })

  it('is in the language of the client that caused it', async () => {
    const headers = { 'Accept-Language': 'ko-KR, en;q=0.5' }
    const person = await alice([EMAIL, PHONE], device({ userAgent: CHROME, headers }))
    expect((await changePassword(person)).status).toBe(204)
    await logIn('alice', device({ userAgent: SAFARI, country: 'FR', headers }), NEW_PASSWORD)
    const [changed, newDevice] = await noticesTo(EMAIL)
    expect([changed?.locale, newDevice?.locale]).toEqual(['ko', 'ko'])
    expect(changed?.text).toContain('계정의 비밀번호가 변경되었습니다.')
    expect(newDevice?.text).toContain('새 기기(Safari on iOS, FR)에서 로그인했습니다.')
    expect(await noticesTo(PHONE)).toMatchObject([{ locale: 'ko', purpose: 'password_changed' }])
  })
})

describe('notices of one kind', () => {
  /** Logs in from the nth country. */
  const logInFrom = (n: number, username = 'alice') =>
    logIn(username, device({ userAgent: CURL, country: `${String.fromCharCode(65 + n)}A` }))

  it('are sent to a recipient at most five times in any 24 hours', async () => {
    expect(limits.notices).toMatchObject({ quota: 5, windowMs: DAY })
    const person = await alice([EMAIL])
    await signUpWithContacts('bob', ['bob@example.com'])
    const sent = async () => (await noticesTo(EMAIL)).filter(({ purpose }) => purpose === 'new_device').length
    for (let n = 1; n <= 7; n++) {
      setClock(NOON + n * MINUTE)
      await logInFrom(n)
      expect(await sent()).toBe(Math.min(n, 5))
    }
    await logInFrom(1, 'bob')
    expect(await noticesByContact('bob@example.com')).toEqual({ 'bob@example.com': ['new_device'] })
    expect((await changePassword(person)).status).toBe(204)
    expect((await noticesTo(EMAIL)).at(-1)).toMatchObject({ purpose: 'password_changed' })
  })

  it('are sent again 24 hours after the first of them', async () => {
    await alice([EMAIL])
    for (let n = 1; n <= 5; n++) await logInFrom(n)
    expect(await noticesTo(EMAIL)).toHaveLength(5)
    setClock(NOON + DAY - 1)
    await logInFrom(6)
    expect(await noticesTo(EMAIL)).toHaveLength(5)
    setClock(NOON + DAY)
    await logInFrom(7)
    expect(await noticesTo(EMAIL)).toHaveLength(6)
  })

  it('are counted by recipient, so that a new account for the same contact gets no more of them', async () => {
    for (let round = 0; round < 4; round++) {
      const person = await alice([PHONE])
      for (const n of [1, 2]) await logInFrom(2 * round + n)
      expect((await person.client.delete('/users/me')).status).toBe(204)
      await settleBackground()
    }
    const sent = (await noticesTo(PHONE)).map(({ purpose }) => purpose).sort()
    expect(sent).toEqual([...Array(4).fill('account_deleted'), ...Array(5).fill('new_device')])
  })

  it('are exactly five when more happen at once', async () => {
    await alice([EMAIL])
    // More than five passwords at once are refused.
    await together(4, (n) => logInFrom(n))
    await together(4, (n) => logInFrom(n + 4))
    expect(await noticesByContact(EMAIL)).toEqual({ [EMAIL]: Array(5).fill('new_device') })
  })
})

describe('a notice with a way back', () => {
  it('goes out however many notices there were, until the whole budget is spent', async () => {
    const bindings = { EMAIL_DAILY_BUDGET: '4' }
    const few = device({ userAgent: CHROME, country: 'KR', bindings })
    const person = await alice([EMAIL], few)
    // Three tenths of four is one place for other notices.
    for (const country of ['FR', 'DE']) {
      await logIn('alice', device({ userAgent: CURL, country, bindings }))
      await settleBackground()
    }
    for (const username of ['alicia', 'alice', 'alicia']) {
      advanceClock(1)
      expect((await person.client.patch('/users/me', { username })).status).toBe(200)
      await settleBackground()
    }
    const purposes = ['new_device', 'username_changed', 'username_changed', 'username_changed']
    expect((await noticesByContact(EMAIL))[EMAIL]?.sort()).toEqual(purposes)
    const reset = await verificationTokenFor({ channel: 'email', to: EMAIL }, 'reset_password')
    expect((await few.put('/auth/password', { newPassword: NEW_PASSWORD, verificationToken: reset })).status).toBe(204)
    expect((await noticesByContact(EMAIL))[EMAIL]?.sort()).toEqual(purposes)
  })
})

const BUDGETS = [
  ['sms', PHONE, 'SMS_DAILY_BUDGET'],
  ['email', EMAIL, 'EMAIL_DAILY_BUDGET'],
] as const

describe.each(someOf(BUDGETS, 2))('the budget of notices, %s', (channel, contact, setting) => {
  const at = (country: string, budget: number) =>
    device({ userAgent: CURL, country, bindings: { [setting]: String(budget) } })
  const sendsToday = async () => (await rowsOf('message_days')).map(({ pool, sends }) => `${pool} ${sends}`)

  it('is three tenths of the budget of the day, and no notice is sent once it is spent', async () => {
    await alice([contact])
    for (const [country, sent] of [
      ['FR', 1],
      ['DE', 2],
      ['IT', 2],
    ] as const) {
      const { lines } = await logLines(async () => {
        await logIn('alice', at(country, 9))
        expect(await noticesTo(contact)).toHaveLength(sent)
      })
      expect(await sendsToday()).toEqual([`notices ${sent}`])
      const alarm = { level: 'error', event: `${channel}_budget_spent`, pool: 'notices', purpose: 'new_device' }
      expect(lines.filter(({ event }) => event === alarm.event)).toEqual(country === 'IT' ? [alarm] : [])
    }
    // Strangers' codes do not wait for it.
    const code = await at('KR', 9).post('/auth/otp', codeRequest(channel === 'sms' ? NEW_PHONE : NEW_EMAIL, 'log_in'))
    expect(code.status).toBe(202)

    setClock(NOON + DAY)
    await logIn('alice', at('ES', 9))
    expect(await noticesTo(contact)).toHaveLength(3)
    expect(await sendsToday()).toEqual(['notices 2', 'strangers 1', 'notices 1'])
  })

  it('is left when strangers have spent theirs', async () => {
    const person = await alice([contact], at('KR', 4))
    const asked = await together(5, (n) =>
      at('KR', 4).post(
        '/auth/otp',
        codeRequest(channel === 'sms' ? `+8210876${5 + n}4321` : `x${n}@example.com`, 'verify'),
      ),
    )
    expect(tally(asked.map(({ status }) => status))).toEqual({ 202: 2, 503: 3 })
    expect((await changePassword(person)).status).toBe(204)
    expect(await noticesByContact(contact)).toEqual({ [contact]: ['password_changed'] })
    expect(await sendsToday()).toEqual(['notices 1', 'strangers 2'])
  })

  it('goes to no more than its number, however many want the last place', async () => {
    const people = await together(4, (n) =>
      signUpWithContacts(`alice${n}`, [channel === 'sms' ? `+8210876${5 + n}4321` : `x${n}@example.com`], at('KR', 9)),
    )
    await Promise.all(people.map(({ username }) => logIn(username, at('FR', 9))))
    await settleBackground()
    expect(await sendsToday()).toEqual(['notices 2'])
  })

  it('may be nothing', async () => {
    await alice([contact])
    await logIn('alice', at('FR', 0))
    expect(await noticesTo(contact)).toEqual([])
    expect(await sendsToday()).toEqual([])
  })
})

describe('a change whose answer D1 loses', () => {
  it.each([
    ['password', 'password_changed', (client: Client) => client.put('/auth/password', { newPassword: NEW_PASSWORD })],
    ['user name', 'username_changed', (client: Client) => client.patch('/users/me', { username: 'alicia' })],
    ['contact', 'contact_changed', (client: Client) => client.delete('/users/me/email')],
  ] as const)('is told all the same, with a way back: %s', async (_, purpose, act) => {
    const person = await alice([EMAIL, PHONE])
    // A change of the password first reads the user.
    const { DB } = losingD1([...(purpose === 'password_changed' ? [undefined] : []), 'Network connection lost'])
    const client = device({ bindings: { DB }, headers: { Authorization: `Bearer ${accessTokenOf(person)}` } })
    expect((await act(client)).status).toBe(503)
    for (const contact of [EMAIL, PHONE]) {
      const [notice] = await noticesTo(contact)
      expect(notice).toMatchObject({ purpose, text: expect.stringMatching(/\/w\/[\w-]{16}/) })
    }
  })

  it('is not told if it was not made', async () => {
    const person = await alice([EMAIL])
    const { DB } = losingD1(['Network connection lost'], { takesEffect: false })
    const client = device({ bindings: { DB }, headers: { Authorization: `Bearer ${accessTokenOf(person)}` } })
    expect((await client.patch('/users/me', { username: 'alicia' })).status).toBe(503)
    expect(await noticesTo(EMAIL)).toEqual([])
  })
})

describe('a notice that cannot be sent', () => {
  const failingSender = {
    DELIVERY: '',
    EMAIL_FROM: 'latchkey@example.com',
    EMAIL: { send: () => Promise.reject(Object.assign(new Error(EMAIL), { code: 'E_RECIPIENT_SUPPRESSED' })) },
  }

  it('does not stop the request when the sender fails', async () => {
    await alice([EMAIL, PHONE])
    const { lines } = await logLines(async () => {
      await phoneLogIn(failingSender)
      await noticesTo(EMAIL)
    })
    expect(lines).toContainEqual(
      expect.objectContaining({ event: 'message_not_sent', purpose: 'new_device', outcome: 'blocked' }),
    )
  })

  it('does not stop the request when the channel is not set up', async () => {
    const client = device({ bindings: { DELIVERY: '' } })
    expect((await changePassword(await alice([EMAIL, PHONE], client))).status).toBe(204)
    expect(await noticesByContact(EMAIL, PHONE)).toEqual({ [EMAIL]: [], [PHONE]: [] })
  })

  it('does not stop the request when D1 fails after the answer', async () => {
    await alice([EMAIL, PHONE])
    const { DB, breakDown } = breakableD1()
    const { lines } = await logLines(async () => {
      const { session } = await phoneLogIn({ DB })
      breakDown()
      expect(await noticesTo(EMAIL)).toEqual([])
      expect(await env.DB.prepare('SELECT id FROM sessions WHERE id = ?').bind(session.id).first()).not.toBeNull()
    })
    const failures = lines.filter(({ event }) => event === 'after_answer_failed')
    expect(failures).toContainEqual({
      level: 'warn',
      event: 'after_answer_failed',
      requestId: expect.any(String),
      d1: 'unknown',
    })
  })
})

describe('what is recorded after an answer', () => {
  const wrong = { identifier: 'alice', password: `not ${PASSWORD}` }
  const acts: [what: string, act: (client: Client) => Promise<{ status: number }>, status: number][] = [
    ['a failed log-in', (client) => client.post('/auth/log-in', wrong), 401],
    ['a code', (client) => client.post('/auth/otp', codeRequest(EMAIL, 'log_in')), 202],
    ['a deletion that is refused', (client) => client.delete('/users/me', { currentPassword: wrong.password }), 403],
  ]

  it.each(acts)('does no harm when D1 fails by then: %s', async (_, act, status) => {
    const owner = await alice([EMAIL])
    const { DB, breakDown } = breakableD1()
    const client = device({ bindings: { DB }, headers: { Authorization: `Bearer ${accessTokenOf(owner)}` } })
    const { lines, text } = await logLines(async () => {
      expect((await act(client)).status).toBe(status)
      breakDown()
      await settleBackground()
    })
    const failures = lines.filter(({ event }) => event === 'after_answer_failed')
    expect(new Set(failures.map(({ level }) => level))).toEqual(new Set(['warn']))
    for (const { requestId } of failures) expect(requestId).toMatch(/^[0-9a-f-]{36}$/)
    expect(text).not.toMatch(/insert|params/)
  })

  it.each(acts)('does no harm when the account is deleted by then: %s', async (_, act, status) => {
    const owner = await alice([EMAIL])
    const client = device({ headers: { Authorization: `Bearer ${accessTokenOf(owner)}` } })
    await holdBackgroundTasks(async () => {
      expect((await act(client)).status).toBe(status)
      expect((await owner.client.delete('/users/me')).status).toBe(204)
    })
    await settleBackground()
    expect((await dump())['activity']).toEqual([])
  })
})
