import { describe, expect, it } from 'vitest'
import { eventsOf } from '../activity/read-activity'
import { MINUTE, setClock } from '../helpers/clock'
import { logIn, PASSWORD } from '../helpers/people'
import { readQrOf } from '../helpers/read-qr'
import {
  Authenticator,
  firstFactor,
  logInWithBoth,
  secondFactor,
  secondFactorOf,
  turnOn,
  wrongCodeOf,
} from '../helpers/second-factor'
import { Browser, type Page, signUpInBrowser, textOf } from './browser'
import { makeSignInOld } from './people'

/* The pages that turn a second factor on and off, without JavaScript. */

const PAGE = '/console/account/second-factor'
const SET_UP = `${PAGE}/set-up`
const CONFIRM = `${PAGE}/confirm`
const FACTOR_COOKIE = '__Host-totp'

/** The secret that a page shows for typing. */
const secretOf = ({ text }: Page): string =>
  /<dd class="secret">(.*?)<\/dd>/.exec(text)?.[1]?.replace(/<[^>]*>/g, '') ?? ''

const codesOf = ({ text }: Page): string[] =>
  [...text.matchAll(/<code>([0-9A-Z-]{19})<\/code>/g)].map(([, code]) => code ?? '')

async function beginIn(browser: Browser): Promise<{ page: Page; app: Authenticator }> {
  const page = await browser.submit(SET_UP, {})
  expect({ status: page.status, url: page.url }).toEqual({ status: 200, url: SET_UP })
  return { page, app: new Authenticator(secretOf(page)) }
}

/** A browser in which somebody has signed in with both factors. */
async function signInWithBoth(username: string, app: Authenticator): Promise<Browser> {
  const browser = new Browser()
  await browser.submit('/console/sign-in/password', { identifier: username, password: PASSWORD })
  await browser.submit('/console/sign-in/second-factor', { code: await app.code() })
  return browser
}

describe('the account page', () => {
  it('says whether the second factor is on, and how many recovery codes are left', async () => {
    const browser = await signUpInBrowser('alice')
    expect(textOf(await browser.visit('/console/account'))).toContain('Two-step sign-in Authenticator app Off')
    const app = await turnOn(browser)
    expect(textOf(await browser.visit('/console/account'))).toMatch(
      /Authenticator app On since .* Recovery codes 10 left/,
    )
    for (const [used, left] of [
      [7, 'Only 3 left: make new ones'],
      [3, 'None left: make new ones'],
    ] as const) {
      for (const code of app.recoveryCodes.splice(0, used)) {
        expect((await secondFactor(await firstFactor('alice'), code)).status).toBe(200)
      }
      expect(textOf(await browser.visit('/console/account'))).toContain(`Recovery codes ${left}`)
      expect(textOf(await browser.visit(PAGE))).toContain(left)
    }
  })
})

describe('the set-up of an authenticator app', () => {
  it('shows the same secret as a QR code, as a link and for typing', async () => {
    const { page } = await beginIn(await signUpInBrowser('alice'))
    const secret = secretOf(page)
    expect(secret).toMatch(/^[A-Z2-7]{32}$/)
    const uri = `otpauth://totp/localhost%3A8787:alice?secret=${secret}&issuer=localhost%3A8787&algorithm=SHA1&digits=6&period=30`
    expect(readQrOf(page.text)).toBe(uri)
    expect(page.text).toContain(`href="${uri.replaceAll('&', '&amp;')}"`)
    expect(page.text.match(/<dd class="secret">(?:<span>[A-Z2-7]{4}<\/span><wbr\/>){8}<\/dd>/)).not.toBeNull()
    expect(page.text).toContain('role="img" aria-label="QR code for the authenticator app.')
    expect(page.text).toMatch(/<input[^>]*name="code"|<input[^>]* inputmode="numeric" autocomplete="one-time-code"/)
    expect(page.text).not.toMatch(/ style=|<img|data:|<style/)
  })

  it('turns it on by the first code, and shows the recovery codes once', async () => {
    const browser = await signUpInBrowser('alice')
    const { app } = await beginIn(browser)
    expect(await secondFactorOf(browser)).toBeNull()
    const form = { code: await app.code(), to: '' }
    const kept = await browser.submit(CONFIRM, form)
    expect({ status: kept.status, url: kept.url, cache: kept.headers.get('Cache-Control') }).toEqual({
      status: 200,
      url: CONFIRM,
      cache: 'no-store',
    })
    const codes = codesOf(kept)
    expect(new Set(codes).size).toBe(10)
    expect(textOf(kept)).toContain('Two-step sign-in is on.')
    expect(kept.text).not.toContain('name="language"')
    const file = /<a [^>]*href="data:text\/plain;charset=utf-8,([^"]+)" download="([^"]+)"/.exec(kept.text)
    expect(decodeURIComponent(file?.[1] ?? '')).toBe(
      `Recovery codes for localhost:8787\nEach code works once.\n\n${codes.join('\n')}\n`,
    )
    expect(file?.[2]).toBe('recovery-codes-localhost-8787.txt')
    expect(browser.cookies.has(FACTOR_COOKIE)).toBe(false)
    expect((await secondFactor(await firstFactor('alice'), codes[0] ?? '')).status).toBe(200)

    // The same form again, as after a reload.
    const again = await browser.submit(CONFIRM, form)
    expect({ status: again.status, url: again.url, codes: codesOf(again) }).toEqual({
      status: 200,
      url: PAGE,
      codes: [],
    })
    expect(textOf(again)).toContain('Recovery codes are shown only once.')

    const on = await browser.submit(`${PAGE}/kept`, { to: '' })
    expect(on.url).toBe(PAGE)
    expect(textOf(on)).toContain('Two-step sign-in is on, with new recovery codes.')
  })

  it('keeps the secret after a wrong code, after a reload and in another language', async () => {
    const browser = await signUpInBrowser('alice')
    const { page, app } = await beginIn(browser)
    const wrong = await browser.submit(CONFIRM, { code: await wrongCodeOf(app), to: '' })
    expect(wrong.status).toBe(403)
    expect(wrong.text).toContain('<p id="code-fault" class="fault">That code is wrong, or it has been used')
    const reloaded = await browser.visit(SET_UP)
    const korean = await browser.submit('/console/language', { language: 'ko', to: SET_UP })
    expect(textOf(korean)).toContain('인증 앱 설정')
    for (const other of [wrong, reloaded, korean]) {
      expect([secretOf(other), readQrOf(other.text)]).toEqual([app.secret, readQrOf(page.text)])
    }
    expect(codesOf(await browser.submit(CONFIRM, { code: await app.code(), to: '' }))).toHaveLength(10)
  })

  it('waits after too many wrong codes, and says how long', async () => {
    const browser = await signUpInBrowser('alice')
    const { app } = await beginIn(browser)
    const code = await wrongCodeOf(app)
    for (let n = 0; n < 5; n++) expect((await browser.submit(CONFIRM, { code, to: '' })).status).toBe(403)
    const blocked = await browser.submit(CONFIRM, { code, to: '' })
    expect({ status: blocked.status, secret: secretOf(blocked) }).toEqual({ status: 429, secret: app.secret })
    expect(blocked.headers.has('Retry-After')).toBe(true)
    expect(textOf(blocked)).toMatch(/Too many wrong passwords or codes; wait a little\. Try again in \d+ second/)
  })

  it('begins again after ten minutes, says so, and asks for the proof that has run out too', async () => {
    const browser = await signUpInBrowser('alice')
    await makeSignInOld(browser)
    const proof = await browser.submit(SET_UP, {})
    expect({ status: proof.status, url: proof.url }).toEqual({ status: 403, url: SET_UP })
    expect(textOf(proof)).toContain('Type your password to continue.')
    expect(proof.text).not.toContain('name="secondFactorCode"')
    const page = await browser.submit(SET_UP, { currentPassword: PASSWORD })
    const app = new Authenticator(secretOf(page))
    setClock(Date.now() + 10 * MINUTE)

    const visited = new Browser()
    for (const [name, value] of browser.cookies) visited.cookies.set(name, value)
    const late = await browser.submit(CONFIRM, { code: await app.code(), to: '' })
    expect(late.status).toBe(403)
    expect(textOf(late)).toContain('its QR code no longer counts')
    expect(late.text).toContain(`action="${SET_UP}"`)
    const next = await browser.submit(SET_UP, { to: '', hasExpired: 'true', currentPassword: PASSWORD })
    expect(textOf(next)).toContain('This is a new QR code.')
    expect(secretOf(next)).not.toBe(app.secret)
    const done = await browser.submit(CONFIRM, { code: await new Authenticator(secretOf(next)).code(), to: '' })
    expect(codesOf(done)).toHaveLength(10)
  })

  it('leads from a page that is too old to the beginning', async () => {
    setClock(Date.now())
    const browser = await signUpInBrowser('alice')
    await beginIn(browser)
    setClock(Date.now() + 10 * MINUTE)
    const page = await browser.visit(SET_UP)
    expect({ url: page.url, secret: secretOf(page) }).toEqual({ url: PAGE, secret: '' })
    expect(textOf(page)).toContain('Begin again.')
    expect((await browser.visit(SET_UP)).url).toBe(PAGE)
    expect(textOf(await browser.submit(CONFIRM, { code: '123456', to: '' }))).toContain('Begin again.')
  })

  it('keeps its secret in a cookie that scripts cannot read, which goes with a sign-out', async () => {
    const browser = await signUpInBrowser('alice')
    await beginIn(browser)
    const cookie = browser.client.setCookies.find((line) => line.startsWith(FACTOR_COOKIE))
    expect(cookie).toMatch(/; Max-Age=3600; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    await browser.submit('/console/sign-out', {})
    expect(browser.cookies.has(FACTOR_COOKIE)).toBe(false)
  })

  it.each(['javascript:alert(1)', 'https://evil.example/?secret=A', 'otpauth://hotp/x'])(
    'shows no other address than that of an app: %s',
    async (uri) => {
      const browser = await signUpInBrowser('alice')
      const expiresAt = new Date(Date.now() + MINUTE).toISOString()
      browser.cookies.set(FACTOR_COOKIE, encodeURIComponent(JSON.stringify({ uri, expiresAt, replaces: null })))
      expect((await browser.visit(SET_UP)).url).toBe(PAGE)
    },
  )

  it('that was confirmed elsewhere meanwhile says that the codes are gone', async () => {
    const browser = await signUpInBrowser('alice')
    const { app } = await beginIn(browser)
    const code = await app.code()
    // The first answer of a double click: its cookies come too late for the second.
    expect((await browser.client.put('/users/me/totp', { code })).status).toBe(200)
    const second = await browser.submit(CONFIRM, { code, to: '' })
    expect(second.url).toBe(PAGE)
    expect(textOf(second)).toContain('Recovery codes are shown only once.')
  })
})

describe('a second factor that is on', () => {
  it('is replaced by another app, and the one before works until then', async () => {
    const browser = await signUpInBrowser('alice')
    const before = await turnOn(browser)
    const { app } = await beginIn(browser)
    await logInWithBoth('alice', before)
    const kept = await browser.submit(CONFIRM, { code: await app.code(), to: '' })
    expect(textOf(kept)).toContain('The codes that you had before do not work any more.')
    await logInWithBoth('alice', app)
    const asked = await firstFactor('alice')
    expect((await secondFactor(asked, before.recoveryCodes[0] ?? '')).status).toBe(401)
  })

  it('gets new recovery codes', async () => {
    const browser = await signUpInBrowser('alice')
    const app = await turnOn(browser)
    const page = await browser.submit(`${PAGE}/recovery-codes`, {})
    const codes = codesOf(page)
    expect({ status: page.status, count: codes.length }).toEqual({ status: 200, count: 10 })
    expect(codes).not.toEqual(app.recoveryCodes)
    const asked = await firstFactor('alice')
    expect((await secondFactor(asked, app.recoveryCodes[0] ?? '')).status).toBe(401)
    expect((await secondFactor(asked, codes[0] ?? '')).status).toBe(200)
  })

  it('is turned off', async () => {
    const browser = await signUpInBrowser('alice')
    await turnOn(browser)
    const page = await browser.submit(`${PAGE}/off`, {})
    expect(page.url).toBe(PAGE)
    expect(textOf(page)).toContain('Two-step sign-in is off.')
    await logIn('alice')
    expect((await eventsOf(browser)).map(({ event }) => event)).toContain('second_factor_off')
    const none = await browser.submit(`${PAGE}/recovery-codes`, {})
    expect(none.status).toBe(409)
    expect(textOf(none)).toContain('Two-step sign-in is not on.')
  })

  it.each(['set-up', 'recovery-codes', 'off'])(
    'needs the password and a code for %s after ten minutes',
    async (what) => {
      const app = await turnOn(await signUpInBrowser('alice'))
      const browser = await signInWithBoth('alice', app)
      await makeSignInOld(browser)
      const path = `${PAGE}/${what}`
      const asked = await browser.submit(path, {})
      expect(asked.status).toBe(403)
      expect(asked.text).toContain('name="currentPassword"')
      expect(asked.text).toContain('name="secondFactorCode"')
      const done = await browser.submit(path, { currentPassword: PASSWORD, secondFactorCode: await app.code() })
      expect(done.status).toBe(200)
    },
  )

  it.each([SET_UP, `${PAGE}/confirm`, `${PAGE}/recovery-codes`, `${PAGE}/off`])(
    'is nobody else’s: %s',
    async (path) => {
      expect((await new Browser().submit(path, { code: '123456' })).url).toMatch(/^\/console\/(?:sign-in|account)/)
      const browser = await signUpInBrowser('alice')
      const other = await browser.submit(path, { code: '123456' }, { from: 'cross-site' })
      expect(other.status).toBe(403)
      expect(other.text).not.toContain('class="secret"')
    },
  )
})
