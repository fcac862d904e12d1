import { describe, expect, it } from 'vitest'
import {
  type CreationOptions,
  Authenticator as PasskeyAuthenticator,
  type RequestOptions,
} from '../helpers/authenticator'
import { DAY, setClock } from '../helpers/clock'
import { giveIdentity, identityOf } from '../helpers/identities'
import { PASSWORD, signUp } from '../helpers/people'
import { newPerson } from '../helpers/providers'
import { Authenticator } from '../helpers/second-factor'
import { Browser, type Page, signUpInBrowser, textOf } from './browser'
import { signInBy } from './social'

/* The pages of a deployment that requires a second factor, without JavaScript. */

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const ALL = { REQUIRE_SECOND_FACTOR: 'all' }
const NOW = { ...ALL, SECOND_FACTOR_GRACE_DAYS: '0' }
const PAGE = '/console/account/second-factor'
const to = (path: string) => `?to=${encodeURIComponent(path)}`

const secretOf = ({ text }: Page): string =>
  /<dd class="secret">(.*?)<\/dd>/.exec(text)?.[1]?.replace(/<[^>]*>/g, '') ?? ''

/** Signs `alice` in where a second factor is required of her at once. */
async function signInAtOnce(query = '', headers = {}): Promise<{ browser: Browser; page: Page }> {
  await signUp('alice')
  const browser = new Browser(headers, NOW)
  const credentials = { identifier: 'alice', password: PASSWORD }
  return { browser, page: await browser.submit(`/console/sign-in/password${query}`, credentials) }
}

describe('before the days are over', () => {
  it('the list and the account say until when, and everything works', async () => {
    setClock(NOON)
    const browser = await signUpInBrowser('alice', {}, ALL)
    for (const path of ['/console', '/console/account']) {
      const page = await browser.visit(path)
      expect(page.url).toBe(path)
      expect(textOf(page)).toContain('Turn it on by Dec 15, 2026, 12:00 PM UTC.')
      expect(page.text).toContain(`<a href="${PAGE}">Turn on</a>`)
    }
    const korean = await browser.visit('/console', { headers: { 'Accept-Language': 'ko' } })
    expect(textOf(korean)).toContain('2026. 12. 15. 오후 12:00 UTC까지 켜세요')
  })

  it('it says nothing to somebody who has one, nor where none is required', async () => {
    const browser = await signUpInBrowser('alice', {}, ALL)
    const app = new Authenticator(secretOf(await browser.submit(`${PAGE}/set-up`, {})))
    await browser.submit(`${PAGE}/confirm`, { code: await app.code(), to: '' })
    const free = await signUpInBrowser('bob')
    for (const one of [browser, free]) {
      for (const path of ['/console', '/console/account']) {
        expect(textOf(await one.visit(path))).not.toContain('This service wants')
      }
    }
  })
})

/** What passkeys.js fills into the form that adds a passkey. */
async function newPasskey({ client }: Browser, authenticator: PasskeyAuthenticator) {
  const { body } = await client.post<{ publicKey: CreationOptions; challengeToken: string }>(
    '/users/me/passkeys/options',
  )
  const response = JSON.stringify(await authenticator.create(body.publicKey))
  return { response, challengeToken: body.challengeToken }
}

describe('a passkey instead of the app', () => {
  it('is offered, and its session can do everything at once', async () => {
    const { browser, page } = await signInAtOnce(to('/console/account/devices'))
    expect(textOf(page)).toContain('Or add a passkey.')
    const fields = await newPasskey(browser, new PasskeyAuthenticator())
    const added = await browser.submit('/console/account/passkeys', { ...fields, to: '/console/account/devices' })
    expect(added.url).toBe('/console/account/devices')
    expect((await browser.visit('/console')).url).toBe('/console')
    const after = await browser.visit(PAGE)
    expect(textOf(after)).toContain('Your passkey is the second step.')
    expect(textOf(after)).not.toContain('Or add a passkey.')
  })

  it('is asked for after a password, by a page without a field for codes', async () => {
    const { browser } = await signInAtOnce()
    const authenticator = new PasskeyAuthenticator()
    await browser.submit('/console/account/passkeys', { ...(await newPasskey(browser, authenticator)), to: '' })
    const next = new Browser({}, NOW)
    const credentials = { identifier: 'alice', password: PASSWORD }
    const asked = await next.submit(`/console/sign-in/password${to('/console/account')}`, credentials)
    expect(asked.url).toBe(`/console/sign-in/second-factor${to('/console/account')}`)
    expect(textOf(asked)).toContain('Use the passkey of this account to go on.')
    expect(asked.text).not.toContain('name="code"')
    const wrong = await next.submit(asked.url, { response: 'nonsense' })
    expect({ status: wrong.status, hasForm: wrong.text.includes('data-passkey="sign-in"') }).toEqual({
      status: 403,
      hasForm: true,
    })
    const { body } = await next.client.post<{ publicKey: RequestOptions }>('/auth/passkeys/options')
    const done = await next.submit(asked.url, { response: JSON.stringify(await authenticator.get(body.publicKey)) })
    expect(done.url).toBe('/console/account')
    expect(textOf(done)).not.toContain('This service wants')
  })
})

describe('after that', () => {
  it('the pages name no day that is over, where an open session goes on for a while', async () => {
    const { browser } = await signInAtOnce()
    const app = new Authenticator(secretOf(await browser.submit(`${PAGE}/set-up`, { to: '/console' })))
    await browser.submit(`${PAGE}/confirm`, { code: await app.code(), to: '/console' })
    await browser.submit(`${PAGE}/kept`, { to: '/console' })
    await browser.submit(`${PAGE}/off`, {})
    for (const path of ['/console', '/console/account']) {
      const page = await browser.visit(path)
      expect(page.url).toBe(path)
      expect(textOf(page)).toContain('This service wants everybody to have two-step sign-in. Turn it on to go on.')
      expect(textOf(page)).not.toContain('Turn it on by')
    }
  })

  it('every page leads to the set-up, and keeps where somebody wanted to go', async () => {
    const { browser, page } = await signInAtOnce(to('/console/account/devices'))
    expect({ status: page.status, url: page.url }).toEqual({
      status: 200,
      url: PAGE + to('/console/account/devices'),
    })
    expect(textOf(page)).toContain('This service wants everybody to have two-step sign-in.')
    const paths = ['', '/account', '/account/profile', '/account/email', '/account/password', '/account/activity']
    for (const path of [...paths, '/account/delete', '/account/export', '/?state=open']) {
      const { url } = await browser.visit(`/console${path}`, { from: 'same-origin' })
      expect(url).toBe(PAGE + to(`/console${path}`.replace('/?', '?')))
    }
    for (const path of ['/todos', '/account/profile', '/account/devices/others', '/account/email', '/account/delete']) {
      const form = { contents: 'milk', to: '/console', confirmed: 'yes', name: 'Alice' }
      const { url } = await browser.submit(`/console${path}`, form)
      expect({ path, url }).toEqual({ path, url: PAGE + to('/console') })
    }
  })

  it('one goes where one wanted after the set-up, without a second sign-in', async () => {
    const { browser } = await signInAtOnce(to('/console/account/devices'))
    const wanted = '/console/account/devices'
    const page = await browser.submit(`${PAGE}/set-up`, { to: wanted })
    expect(page.url).toBe(`${PAGE}/set-up${to(wanted)}`)
    const app = new Authenticator(secretOf(page))
    const kept = await browser.submit(`${PAGE}/confirm`, { code: await app.code(), to: wanted })
    expect(kept.text).toContain(`<input type="hidden" name="to" value="${wanted}"/>`)
    const done = await browser.submit(`${PAGE}/kept`, { to: wanted })
    expect({ status: done.status, url: done.url, hops: done.hops }).toEqual({
      status: 200,
      url: wanted,
      hops: [`303 ${PAGE}/kept`, `303 /api/v1/auth/resume${to(wanted)}`, `200 ${wanted}`],
    })
    expect(textOf(done)).toContain('Two-step sign-in is on')
  })

  it('one who does not press that button gets on too', async () => {
    const { browser } = await signInAtOnce()
    const app = new Authenticator(secretOf(await browser.submit(`${PAGE}/set-up`, { to: '/console' })))
    const form = { code: await app.code(), to: '/console' }
    await browser.submit(`${PAGE}/confirm`, form)
    // A reload of the page with the recovery codes.
    const again = await browser.submit(`${PAGE}/confirm`, form)
    expect({ status: again.status, url: again.url }).toEqual({ status: 200, url: PAGE })
    expect(textOf(again)).toContain('Recovery codes are shown only once.')
    expect((await browser.submit(`${PAGE}/recovery-codes`, {})).text).toContain('<code>')
  })

  it('one who goes to a page by hand after the set-up sees it', async () => {
    const { browser } = await signInAtOnce()
    const app = new Authenticator(secretOf(await browser.submit(`${PAGE}/set-up`, { to: '/console' })))
    await browser.submit(`${PAGE}/confirm`, { code: await app.code(), to: '/console' })
    const page = await browser.visit('/console/account', { from: 'same-origin' })
    expect({ status: page.status, url: page.url }).toEqual({ status: 200, url: '/console/account' })
  })

  it('it leads nowhere else', async () => {
    const { browser } = await signInAtOnce()
    const app = new Authenticator(secretOf(await browser.submit(`${PAGE}/set-up`, { to: 'https://evil.example' })))
    await browser.submit(`${PAGE}/confirm`, { code: await app.code(), to: 'https://evil.example' })
    expect((await browser.submit(`${PAGE}/kept`, { to: 'https://evil.example' })).url).toBe('/console')
  })

  it('one can sign out', async () => {
    const { browser, page } = await signInAtOnce()
    expect(page.text).toContain('action="/console/sign-out"')
    expect((await browser.submit('/console/sign-out', {})).url).toBe('/console/sign-in')
    expect(browser.cookies.has('__Host-access')).toBe(false)
  })

  it('the proof is the password, of a sign-in that is old', async () => {
    const { browser } = await signInAtOnce()
    await browser.submit(`${PAGE}/set-up`, { to: '/console' })
    const { client } = browser
    // `auth/session` is refused here, so the clock is moved by hand.
    setClock(Date.now() + 9 * 60_000)
    await client.post('/auth/refresh')
    setClock(Date.now() + 60_000)
    const asked = await browser.submit(`${PAGE}/set-up`, { to: '/console' })
    expect(asked.status).toBe(403)
    expect(asked.text).toContain('name="currentPassword"')
    expect(asked.text).not.toContain('name="secondFactorCode"')
    const page = await browser.submit(`${PAGE}/set-up`, { to: '/console', currentPassword: PASSWORD })
    expect(secretOf(page)).not.toBe('')
  })

  it('it is the same after a log-in by a provider, in Korean', async () => {
    const person = newPerson()
    await giveIdentity(await signUp('alice'), identityOf(person.subject))
    const browser = new Browser({ 'Accept-Language': 'ko' }, NOW)
    const { page } = await signInBy('google', person, browser, '/console/account')
    expect({ status: page.status, url: page.url }).toEqual({ status: 200, url: PAGE + to('/console/account') })
    expect(textOf(page)).toContain('이 서비스에서는 모두 2단계 인증을 사용해야 합니다')
  })

  it('it is so right after the sign-up', async () => {
    const browser = new Browser({}, NOW)
    const page = await browser.submit('/console/sign-up', { username: 'alice', password: PASSWORD })
    expect(page.url).toBe(PAGE + to('/console'))
    expect(textOf(page)).toContain('Your account has been created.')
  })

  it('a session that is older learns of it, and comes back to its page', async () => {
    setClock(NOON)
    const browser = await signUpInBrowser('alice', {}, ALL)
    setClock(NOON + 13 * DAY)
    expect((await browser.visit('/console', { from: 'same-origin' })).url).toBe('/console')
    setClock(NOON + 14 * DAY)
    const { url } = await browser.visit('/console/account', { from: 'same-origin' })
    expect(url).toBe(PAGE + to('/console/account'))
  })
})
