import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { SessionAnswer } from '../../src/sessions/schemas'
import type { User } from '../../src/users/schemas'
import { eventsOf } from '../activity/read-activity'
import { advanceClock, setClock } from '../helpers/clock'
import { logIn, PASSWORD } from '../helpers/people'
import { type Cost, recordingBindings } from '../helpers/recorder'
import { expectNoChanges } from '../helpers/storage'
import { Browser, fieldValue, type Page, signInByCode, signUpInBrowser, textOf } from './browser'
import { FREE_ATTEMPTS, makeSignInOld, signInOnTheWay } from './people'

const EMAIL = 'alice@example.com'
const ATTACK = '"><script>alert(1)</script>'
/** What stays as it is in every language. */
const NAMES =
  /Latchkey|Google Authenticator|2FAS|English|API|JSON|UTC|CSV|todo\.txt|iCalendar|URL|alice|Google Calendar|Google|Apple|GitHub|Microsoft|LINE|Example|"[._-]"|a–z/g
const NEW_PASSWORD = 'a better horse battery'

const userOf = async ({ client }: Browser): Promise<User> => (await client.get<User>('/users/me')).body

const statusAndUrl = ({ status, url }: Page) => `${status} ${url}`

describe('the account pages', () => {
  it('show an account to its owner only', async () => {
    const alice = await signUpInBrowser('alice')
    await alice.submit('/console/account/profile', {
      username: 'alice',
      usernameBefore: 'alice',
      name: 'Alice Liddell',
    })
    const bob = await signUpInBrowser('bob')
    const page = textOf(await alice.visit('/console/account'))
    for (const text of ['Name Alice Liddell', 'Nickname Not set', 'User name alice', 'Password Set']) {
      expect(page).toContain(text)
    }
    for (const path of ['', '/profile', '/email', '/phone', '/devices', '/activity', '/export']) {
      expect((await bob.visit(`/console/account${path}`)).text.toLowerCase()).not.toContain('alice')
    }
  })

  it('send visitors who are not signed in to the sign-in page', async () => {
    for (const path of ['', '/profile', '/email', '/password', '/devices', '/activity', '/export', '/delete']) {
      const { url } = await new Browser().visit(`/console/account${path}`)
      expect(url).toBe(`/console/sign-in?to=${encodeURIComponent(`/console/account${path}`)}`)
    }
  })

  const pages = [
    '',
    '/profile',
    '/email',
    '/phone',
    '/password',
    '/second-factor',
    '/devices',
    '/activity',
    '/calendar',
    '/delete',
  ]

  it('are not cached, and have one heading and a label for every field', async () => {
    const browser = await signUpInBrowser('alice')
    for (const path of pages) {
      const { headers, status, text } = await browser.visit(`/console/account${path}`)
      expect({ path, status, cache: headers.get('Cache-Control') }).toEqual({ path, status: 200, cache: 'no-store' })
      expect(text).not.toMatch(/ style=| on\w+=|<style|<script>/)
      expect(text.match(/<h1/g)).toHaveLength(1)
      const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
      expect(new Set(ids).size).toBe(ids.length)
      const fields = text.match(/<input(?! hidden)[^>]*>/g)?.filter((tag) => !tag.includes('type="hidden"')) ?? []
      for (const tag of fields) {
        const id = / id="([^"]+)"/.exec(tag)?.[1]
        expect(text).toMatch(id === undefined ? /<label class="check"><input/ : new RegExp(`<label for="${id}">`))
      }
    }
  })

  it('are in Korean too, without English words', async () => {
    const browser = await signUpInBrowser('alice', { 'Accept-Language': 'ko' })
    for (const path of pages) {
      const page = await browser.visit(`/console/account${path}`)
      const words = textOf(page).replace(NAMES, '')
      expect(words).toMatch(/[가-힣]/)
      expect(words).not.toMatch(/[A-Za-z]{2}/)
    }
  })

  it('take as few round trips as the API', async () => {
    const { DB, KV, start, cost } = recordingBindings()
    const browser = await signUpInBrowser('alice')
    const measured = new Browser({}, { DB, KV })
    for (const [name, value] of browser.cookies) measured.cookies.set(name, value)
    const costs: Record<string, Cost> = {}
    for (const path of pages) {
      start()
      expect((await measured.visit(`/console/account${path}`)).status).toBe(200)
      costs[path] = cost()
    }
    const copy = { d1: 0, kv: 1, depth: 1 }
    // The menu reads the copy at the same time.
    const primary = { d1: 1, kv: 1, depth: 1 }
    expect(costs).toEqual({
      // The account, its identities, its passkeys and its second factor are read at the same time.
      '': { d1: 4, kv: 2, depth: 1 },
      '/profile': copy,
      '/email': copy,
      '/phone': copy,
      '/password': copy,
      '/second-factor': primary,
      '/devices': primary,
      '/activity': primary,
      '/calendar': primary,
      '/delete': copy,
    })
  })
})

describe('the account', () => {
  it.each([
    ['en', 'Here since December 1, 2026'],
    ['ko', '2026년 12월 1일에 가입'],
  ])('says who one is, and since when: %s', async (language, since) => {
    setClock(Date.parse('2026-12-01T12:00:00.000Z'))
    const browser = await signUpInBrowser('alice', { 'Accept-Language': language })
    await browser.client.patch('/users/me', { name: 'Alice Liddell', timeZone: 'Asia/Seoul' })
    const page = await browser.visit('/console/account')
    const [, owner = ''] = /<section class="owner"[^>]*>(.*?)<\/section>/s.exec(page.text) ?? []
    expect(textOf({ text: owner })).toBe(` A Alice Liddell alice ${since} `)
  })
})

describe('the profile', () => {
  it('is changed, and an empty field clears its value', async () => {
    const browser = await signUpInBrowser('alice')
    const before = await browser.visit('/console/account/profile')
    expect(fieldValue(before, 'username')).toBe('alice')
    const form = { username: ' Alicia ', usernameBefore: 'alice', name: ' Alice ', nickname: ATTACK }
    const page = await browser.submit('/console/account/profile', form)
    expect(statusAndUrl(page)).toBe('200 /console/account')
    expect(textOf(page)).toContain(`Saved. Profile Name Alice Nickname ${ATTACK} User name alicia`)
    expect(page.text).not.toContain('<script>alert')

    await browser.submit('/console/account/profile', { ...form, usernameBefore: ' Alicia ', name: '', nickname: '' })
    expect(await userOf(browser)).toMatchObject({ username: 'alicia', name: null, nickname: null })
  })

  it('shows an error beside its field, and keeps what was typed', async () => {
    await signUpInBrowser('bob')
    const browser = await signUpInBrowser('alice')
    const cases = [
      { username: 'bob', status: 409, fault: 'That user name is taken.' },
      {
        username: 'x',
        status: 422,
        fault: 'That does not work as a user name. Read below what does.',
      },
    ]
    for (const { username, status, fault } of cases) {
      const form = { username, usernameBefore: 'alice', name: 'Alice', nickname: 'Al' }
      const page = await expectNoChanges(() => browser.submit('/console/account/profile', form))
      expect(page.status).toBe(status)
      expect(page.text).toContain(`<p id="username-fault" class="fault">${fault}`)
      expect(page.text).toMatch(/name="username" aria-describedby="username-fault username-hint" aria-invalid="true"/)
      expect([fieldValue(page, 'name'), fieldValue(page, 'username')]).toEqual(['Alice', username])
    }
    const long = { username: 'alice', usernameBefore: 'alice', name: 'x'.repeat(101) }
    const page = await browser.submit('/console/account/profile', long)
    expect(page.text).toContain('<p id="name-fault" class="fault">This is too long. Use at most 100 characters.</p>')
  })

  it('asks for the password only for a new user name, and keeps what was typed', async () => {
    const browser = await signUpInBrowser('alice')
    await makeSignInOld(browser)
    const form = { username: 'alice', usernameBefore: 'alice', name: 'Alice', nickname: 'Al' }
    expect(statusAndUrl(await browser.submit('/console/account/profile', form))).toBe('200 /console/account')

    const asked = await browser.submit('/console/account/profile', { ...form, username: 'alicia', name: ATTACK })
    expect(asked.status).toBe(403)
    expect(textOf(asked)).toContain('You signed in more than ten minutes ago. Type your password to continue.')
    const fields = ['username', 'usernameBefore', 'name', 'nickname'].map((name) => [name, fieldValue(asked, name)])
    expect(fields.flat()).toEqual(['username', 'alicia', 'usernameBefore', 'alice', 'name', ATTACK, 'nickname', 'Al'])

    const proven = { ...Object.fromEntries(fields), currentPassword: PASSWORD }
    expect(statusAndUrl(await browser.submit('/console/account/profile', proven))).toBe('200 /console/account')
    expect(await userOf(browser)).toMatchObject({ username: 'alicia', name: ATTACK })
  })
})

describe('a fresh proof', () => {
  const rename = { username: 'alicia', usernameBefore: 'alice', name: '', nickname: '' }

  it('shows an error beside a wrong password, and never the password', async () => {
    const browser = await signUpInBrowser('alice')
    await makeSignInOld(browser)
    const currentPassword = 'not my password'
    const page = await browser.submit('/console/account/profile', { ...rename, currentPassword })
    expect(page.status).toBe(403)
    expect(page.text).toContain('<p id="currentPassword-fault" class="fault">The current password is wrong.</p>')
    expect(page.text).toMatch(/type="password" autocomplete="current-password"[^>]* aria-invalid="true"/)
    expect(page.text).not.toContain(currentPassword)
    expect(fieldValue(page, 'username')).toBe('alicia')
  })

  it('says how long to wait after too many wrong passwords', async () => {
    const browser = await signUpInBrowser('alice')
    await makeSignInOld(browser)
    for (let n = 0; n < FREE_ATTEMPTS; n++) {
      await browser.submit('/console/account/profile', { ...rename, currentPassword: 'not my password' })
    }
    const page = await browser.submit('/console/account/profile', { ...rename, currentPassword: PASSWORD })
    expect(page.status).toBe(429)
    expect(textOf(page)).toContain('Too many wrong passwords or codes; wait a little. Try again in 1 second.')
    expect(page.text).toContain('<label for="currentPassword">')
    expect(fieldValue(page, 'username')).toBe('alicia')
    advanceClock(1000)
    expect((await browser.submit('/console/account/profile', { ...rename, currentPassword: PASSWORD })).status).toBe(
      200,
    )
  })

  it('is a new sign-in by code for users without a password, who then come back', async () => {
    const browser = new Browser()
    await signInByCode(browser, EMAIL)
    await makeSignInOld(browser)
    for (const path of ['/console/account/password', '/console/account/email', '/console/account/delete']) {
      const page = await browser.visit(path)
      expect(page.status).toBe(200)
      expect(textOf(page)).toContain('Sign in again to continue')
      expect(fieldValue(page, 'to')).toBe(path)
    }
    const refused = await browser.submit('/console/account/profile', { username: 'alice', usernameBefore: '' })
    expect(refused.status).toBe(403)
    expect(refused.text).not.toContain('type="password"')
    expect(fieldValue(refused, 'to')).toBe('/console/account/profile')

    const out = await browser.submit('/console/sign-out', { to: fieldValue(refused, 'to') })
    expect(statusAndUrl(out)).toBe('200 /console/sign-in?to=%2Fconsole%2Faccount%2Fprofile')
    const back = await signInOnTheWay(browser, EMAIL, '?to=%2Fconsole%2Faccount%2Fprofile')
    expect(statusAndUrl(back)).toBe('200 /console/account/profile')
    const { body } = await browser.client.get<{ sessions: unknown[] }>('/auth/sessions')
    expect(body.sessions).toHaveLength(1)
    const page = await browser.submit('/console/account/profile', { username: 'alice', usernameBefore: '' })
    expect(statusAndUrl(page)).toBe('200 /console/account')
  })

  it('comes back to pages of the console only', async () => {
    for (const to of ['https://evil.example/console', '//evil.example', '/api/v1/users/me']) {
      const { url } = await (await signUpInBrowser(`u${to.length}`)).submit('/console/sign-out', { to })
      expect(url).toBe('/console/sign-in?to=%2Fconsole')
    }
  })
})

describe('the password', () => {
  it('is changed, and all other devices are signed out', async () => {
    const browser = await signUpInBrowser('alice')
    const other = await logIn('alice')
    expect(textOf(await browser.visit('/console/account/password'))).not.toContain('Current password')
    const page = await browser.submit('/console/account/password', { newPassword: NEW_PASSWORD })
    expect(statusAndUrl(page)).toBe('200 /console/account')
    expect(textOf(page)).toContain('Your password was changed. All your other devices are signed out.')
    expect((await other.client.post('/auth/refresh')).status).toBe(401)
    await logIn('alice', undefined, NEW_PASSWORD)
  })

  it('can be set by a user who has none', async () => {
    const browser = new Browser()
    await signInByCode(browser, EMAIL)
    expect(textOf(await browser.visit('/console/account/password'))).toContain('Set a password')
    const page = await browser.submit('/console/account/password', { newPassword: NEW_PASSWORD })
    expect(textOf(page)).toContain('Password Set')
    await logIn(EMAIL, undefined, NEW_PASSWORD)
  })

  it('is on a form that tells password managers the user name', async () => {
    const browser = await signUpInBrowser('alice')
    const { text } = await browser.visit('/console/account/password')
    expect(text).toMatch(/<input hidden="" autocomplete="username" value="alice"\/>/)
  })

  it('asks for the current password if the sign-in was long ago', async () => {
    const browser = await signUpInBrowser('alice')
    await makeSignInOld(browser)
    const { text } = await browser.visit('/console/account/password')
    expect(text).toContain('<label for="currentPassword">Current password</label>')
    const cases = [
      { form: { currentPassword: 'not my password' }, fault: 'The current password is wrong.' },
      { form: {}, fault: 'Type your password, or sign in again, to show that it is you.' },
    ]
    for (const { form, fault } of cases) {
      const page = await browser.submit('/console/account/password', { newPassword: NEW_PASSWORD, ...form })
      expect(page.status).toBe(403)
      expect(textOf(page)).toContain(fault)
      expect(page.text).toContain('<label for="currentPassword">')
      expect(page.text).not.toContain(NEW_PASSWORD)
    }
    const form = { newPassword: NEW_PASSWORD, currentPassword: PASSWORD }
    expect((await browser.submit('/console/account/password', form)).url).toBe('/console/account')
  })

  it('shows beside the field why a new password is refused', async () => {
    const browser = await signUpInBrowser('alice')
    const page = await expectNoChanges(() => browser.submit('/console/account/password', { newPassword: 'password1' }))
    expect(page.status).toBe(422)
    expect(page.text).toContain(
      '<p id="newPassword-fault" class="fault">Many people use this password, so it is easy to guess. Use another one.</p>',
    )
  })
})

describe('the export', () => {
  it('is downloaded, even if the access token has expired', async () => {
    const browser = await signUpInBrowser('alice')
    await makeSignInOld(browser)
    browser.cookies.delete('__Host-access')
    const { hops, headers, body } = await browser.visit('/console/account/export', { from: 'same-origin' })
    expect(hops).toEqual([
      '303 /console/account/export',
      '303 /api/v1/auth/resume?to=%2Fconsole%2Faccount%2Fexport',
      '200 /console/account/export',
    ])
    expect(headers.get('Content-Disposition')).toMatch(/^attachment; filename="latchkey-[\d-]{10}\.json"$/)
    expect(headers.get('Cache-Control')).toBe('no-store')
    expect(body).toMatchObject({ user: { username: 'alice' }, todos: [] })
  })

  it('is refused to links on other sites, and says when to try again after too many', async () => {
    const browser = await signUpInBrowser('alice')
    const linked = await expectNoChanges(() => browser.visit('/console/account/export', { from: 'cross-site' }))
    expect(linked.status).toBe(403)
    for (let n = 0; n < 10; n++) await browser.visit('/console/account/export')
    const page = await browser.visit('/console/account/export')
    expect(page.status).toBe(429)
    expect(textOf(page)).toContain('Try again in 60 minutes.')
  })
})

describe('deleting the account', () => {
  it('deletes everything, and says so on the sign-in page', async () => {
    const browser = await signUpInBrowser('alice')
    const asked = textOf(await browser.visit('/console/account/delete'))
    for (const gone of ['profile', 'contacts', 'to-dos', 'activity', 'devices']) expect(asked).toContain(gone)
    const page = await browser.submit('/console/account/delete', { confirmed: 'yes' })
    expect(statusAndUrl(page)).toBe('200 /console/sign-in')
    expect(textOf(page)).toContain('Your account and everything in it was deleted.')
    expect([...browser.cookies.keys()]).toEqual(['__Host-device', '__Host-passkey-offer'])
    expect((await env.DB.prepare('SELECT id FROM users').all()).results).toEqual([])
  })

  it('needs a confirmation', async () => {
    const browser = await signUpInBrowser('alice')
    const page = await expectNoChanges(() => browser.submit('/console/account/delete', {}))
    expect(page.status).toBe(422)
    expect(page.text).toMatch(/aria-invalid="true" aria-describedby="confirmed-fault"/)
    expect(page.text).toContain('<p id="confirmed-fault" class="fault">This is needed.</p>')
  })

  it('asks for the password if the sign-in was long ago', async () => {
    const browser = await signUpInBrowser('alice')
    await makeSignInOld(browser)
    const asked = await browser.submit('/console/account/delete', { confirmed: 'yes' })
    expect({ status: asked.status, confirmed: fieldValue(asked, 'confirmed') }).toEqual({
      status: 403,
      confirmed: 'yes',
    })
    const form = { confirmed: 'yes', currentPassword: 'not my password' }
    expect(textOf(await browser.submit('/console/account/delete', form))).toContain('The current password is wrong.')
    expect((await eventsOf(browser)).map(({ event }) => event)).toContain('proof_failed')
    const { url } = await browser.submit('/console/account/delete', { ...form, currentPassword: PASSWORD })
    expect(url).toBe('/console/sign-in')
  })
})

describe('a form of the account that another site sends', () => {
  const forms: [path: string, form: Record<string, string>][] = [
    ['/profile', { username: 'mallory', usernameBefore: 'alice' }],
    ['/password', { newPassword: NEW_PASSWORD }],
    ['/email', { to: EMAIL }],
    ['/email/code', { code: '123456' }],
    ['/email/remove', {}],
    ['/phone', { to: '010-1234-5678' }],
    ['/phone/remove', {}],
    ['/devices/others', {}],
    ['/delete', { confirmed: 'yes' }],
  ]
  it.each(forms)('does nothing: %s', async (path, form) => {
    const browser = await signUpInBrowser('alice')
    for (const site of ['cross-site', 'same-site']) {
      const page = await expectNoChanges(() =>
        browser.submit(`/console/account${path}`, form, { headers: { 'Sec-Fetch-Site': site } }),
      )
      expect(page.status).toBe(403)
      expect(textOf(page)).toContain('That came from another site, so it was not done.')
      expect(page.headers.getSetCookie()).toEqual([])
    }
  })
})

it('continues with a form after the access token has expired', async () => {
  const browser = await signUpInBrowser('alice')
  const { session } = (await browser.client.get<SessionAnswer>('/auth/session')).body
  await makeSignInOld(browser)
  browser.cookies.delete('__Host-access')
  const { hops } = await browser.submit('/console/account/password', {
    newPassword: NEW_PASSWORD,
    currentPassword: PASSWORD,
  })
  expect(hops.at(-1)).toBe('200 /console/account')
  expect((await browser.client.get<SessionAnswer>('/auth/session')).body.session.id).toBe(session.id)
})
