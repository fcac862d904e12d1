import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { MAX_GUESSES } from '../../src/limits'
import { Client, ORIGIN } from '../helpers/client'
import { MINUTE, setClock } from '../helpers/clock'
import { codeFor, wrongCode } from '../helpers/codes'
import { outliveFreshProof, PASSWORD, signUp } from '../helpers/people'
import { expectNoChanges } from '../helpers/storage'
import { Browser, fieldValue, signInByCode, signUpInBrowser, textOf } from './browser'

const EMAIL = 'alice@example.com'
const PHONE = '010-1234-5678'

/** The same digits in full width. */
const fullWidth = (digits: string): string =>
  digits.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit)))

describe('signing in by code', () => {
  it.each([EMAIL, PHONE])('makes an account for a new address or number: %s', async (recipient) => {
    const browser = new Browser()
    const first = await signInByCode(browser, recipient)
    expect({ status: first.status, hops: first.hops }).toEqual({
      status: 200,
      hops: ['303 /console/sign-in/code', '200 /console'],
    })
    expect(textOf(first)).toContain('Your account has been created. You are signed in.')
    expect([...browser.cookies.keys()].sort()).toEqual([
      '__Host-access',
      '__Host-bookmark',
      '__Host-console',
      '__Host-device',
      '__Host-passkey-offer',
      '__Secure-refresh',
    ])
  })

  it('shows the message on the page if messages are not sent', async () => {
    const browser = new Browser()
    const opened = await browser.visit(`/console/outbox?token=${env.OUTBOX_TOKEN}`)
    expect(opened.hops.at(-1)).toBe('200 /console/sign-in')
    const page = await browser.submit('/console/sign-in', { recipient: EMAIL })
    const code = await codeFor(EMAIL)
    expect(textOf(page)).toContain(`Nothing is sent on this computer. Your code: ${code}`)
    expect(page.text).toMatch(/<input[^>]* inputmode="numeric" autocomplete="one-time-code"/)
  })

  it('shows each browser its own message when several ask for a code at the same time', async () => {
    const asked = ['bob@example.com', EMAIL, '010-1234-5678'].map(async (recipient) => {
      const browser = new Browser()
      await browser.visit(`/console/outbox?token=${env.OUTBOX_TOKEN}`)
      const { text } = await browser.submit('/console/sign-in', { recipient })
      return [text, (await browser.visit('/console/sign-in/code')).text].map((shown) => textOf({ text: shown }))
    })
    const [ofBob, ofEmail, ofPhone] = await Promise.all(asked)
    for (const [shown = [], to] of [
      [ofBob, 'bob@example.com'],
      [ofEmail, EMAIL],
      [ofPhone, '+821012345678'],
    ] as const) {
      for (const text of shown) expect(text).toContain(`Your code: ${await codeFor(to)}`)
    }
  })

  it('shows the message to no browser that has not opened the link with the token', async () => {
    const browser = new Browser()
    await browser.visit('/console/outbox?token=wrong')
    await browser.visit('/console/outbox')
    const page = await browser.submit('/console/sign-in', { recipient: EMAIL })
    expect(page.text).not.toContain(await codeFor(EMAIL))
    expect(textOf(page)).toContain('open the link that it printed')
    expect(browser.cookies.has('__Host-outbox')).toBe(false)
    const wrong = { Cookie: `__Host-outbox=wrong; __Host-challenge=${browser.cookies.get('__Host-challenge')}` }
    expect((await browser.visit('/console/sign-in/code', { headers: wrong })).text).not.toContain(await codeFor(EMAIL))
  })

  it('has no link to the messages where they are sent, or under another name', async () => {
    const link = `/console/outbox?token=${env.OUTBOX_TOKEN}`
    const deployed = new Browser({}, { DELIVERY: '' })
    expect((await deployed.visit(link)).status).toBe(404)
    expect((await new Client().get(`https://latchkey.example.com${link}`)).status).toBe(404)
    expect(textOf(await deployed.visit('/console/sign-in/code'))).not.toContain('Nothing is sent')
  })

  it('accepts a code with spaces and full-width digits', async () => {
    const browser = new Browser()
    await browser.submit('/console/sign-in', { recipient: EMAIL })
    const code = await codeFor(EMAIL)
    const { url } = await browser.submit('/console/sign-in/code', {
      code: ` ${code.slice(0, 3)} ${fullWidth(code.slice(3))} `,
    })
    expect(url).toBe('/console')
  })

  it('refuses a wrong code like the API, and does not show it again', async () => {
    const browser = new Browser()
    await browser.submit('/console/sign-in', { recipient: EMAIL })
    const code = wrongCode(await codeFor(EMAIL))
    const page = await browser.submit('/console/sign-in/code', { code })
    expect({ status: page.status, url: page.url }).toEqual({ status: 401, url: '/console/sign-in/code' })
    expect(textOf(page)).toContain('The code is wrong, or it is too old.')
    expect(page.text).not.toContain(code)
  })

  it('asks for a new code after five wrong ones, on that page and on the next, and takes no other', async () => {
    const browser = new Browser()
    await browser.submit('/console/sign-in', { recipient: EMAIL })
    const code = await codeFor(EMAIL)
    const guess = (typed: string) => browser.submit('/console/sign-in/code', { code: typed })
    for (let n = 1; n < MAX_GUESSES; n++) expect((await guess(wrongCode(code))).text).toContain(' name="code"')
    const last = await guess(wrongCode(code))
    for (const page of [last, await guess(code), await browser.visit('/console/sign-in/code')]) {
      expect(textOf(page)).toContain('Too many wrong codes, so the code that we sent does not work any more.')
      expect(page.text).not.toContain(' name="code"')
      expect(page.text).toMatch(/<button type="submit" name="resend" value="1"[^>]*>Request a new code<\/button>/)
    }
    expect([last.status, await guess(code).then(({ status }) => status)]).toEqual([401, 401])
    // No link to a code that does not work.
    const again = await browser.submit('/console/sign-in', { recipient: EMAIL })
    expect({ status: again.status, link: again.text.includes('href="/console/sign-in/code"') }).toEqual({
      status: 429,
      link: false,
    })
    const since = Date.now() + MINUTE
    setClock(since)
    expect((await browser.submit('/console/sign-in/code', { resend: '1' })).text).toContain(' name="code"')
    expect((await guess(await codeFor(EMAIL, { since }))).url).toBe('/console')
  })

  it('asks for a new code when the one that it sent has expired', async () => {
    const browser = new Browser()
    await browser.submit('/console/sign-in', { recipient: EMAIL })
    setClock(Date.now() + 5 * MINUTE)
    const page = await browser.visit('/console/sign-in/code')
    expect(textOf(page)).toContain('The code that we sent has expired. Request a new one.')
    expect(page.text).not.toContain(' name="code"')
  })

  it.each([
    [EMAIL, ' ALICE@example.com', true],
    [PHONE, '+82 10 1234 5678', true],
    [EMAIL, PHONE, false],
  ])('leads to a code that is on its way to %s when %s asks again: %s', async (recipient, again, isLinked) => {
    const limits = { CODES_PER_ADDRESS: '1' }
    const here = { 'CF-Connecting-IP': '203.0.113.7' }
    const browser = new Browser(here, limits)
    await browser.submit('/console/sign-in?to=%2Fconsole%2Faccount', { recipient })
    const page = await browser.submit('/console/sign-in?to=%2Fconsole%2Faccount', { recipient: again })
    expect(page.status).toBe(429)
    const link = '<a href="/console/sign-in/code?to=%2Fconsole%2Faccount">Enter that code</a>'
    expect(page.text.includes(link)).toBe(isLinked)
    expect(textOf(page).includes('A code is on its way already.')).toBe(isLinked)
    expect(textOf(page).includes('Too many codes were asked for')).toBe(!isLinked)
    // Another browser learns nothing of it.
    const stranger = await new Browser(here, limits).submit('/console/sign-in', { recipient })
    expect({ status: stranger.status, link: stranger.text.includes('/console/sign-in/code') }).toEqual({
      status: 429,
      link: false,
    })
  })

  it('shows the number as people write it to others', async () => {
    const page = await new Browser().submit('/console/sign-in', { recipient: PHONE })
    expect(textOf(page)).toContain('If +82 10 1234 5678 can be reached')
  })

  it('says at the field that no messages go there', async () => {
    const browser = new Browser({}, { SMS_DAILY_BUDGET: '0' })
    const page = await browser.submit('/console/sign-in', { recipient: PHONE })
    expect(page.status).toBe(503)
    expect(page.text).toMatch(/ id="recipient" name="recipient" aria-describedby="recipient-fault" aria-invalid="true"/)
    expect(page.text).toContain('<p id="recipient-fault" class="fault">No more text messages are sent for now')
  })

  it('sends another code once a minute, and says how long to wait', async () => {
    const browser = new Browser()
    await browser.submit('/console/sign-in', { recipient: EMAIL })
    const page = await browser.submit('/console/sign-in/code', { resend: '1' })
    expect(page.status).toBe(429)
    expect(page.headers.get('Retry-After')).toMatch(/^(60|59|58)$/)
    expect(textOf(page)).toMatch(/Too many codes were asked for; wait a little\. Try again in (60|59|58) seconds\./)
  })

  it('goes back to correct the address', async () => {
    const browser = new Browser()
    await browser.submit('/console/sign-in', { recipient: EMAIL })
    expect(fieldValue(await browser.visit('/console/sign-in'), 'recipient')).toBe(EMAIL)
  })

  it('takes nothing for a number that may have been meant as an address', async () => {
    const page = await new Browser().submit('/console/sign-in', { recipient: 'nobody' })
    expect(page.text).toContain('That is neither an e-mail address nor a mobile number.')
  })

  it('shows beside the field what is wrong with an address, and keeps it', async () => {
    const page = await new Browser().submit('/console/sign-in', { recipient: '"><b>x@' })
    expect(page.status).toBe(422)
    expect(page.text).toMatch(/ id="recipient" name="recipient" aria-describedby="recipient-fault" aria-invalid="true"/)
    expect(page.text).toMatch(/<p id="recipient-fault" class="fault">That is not an e-mail address\.<\/p>/)
    expect(page.text).not.toContain('<b>')
    expect(fieldValue(page, 'recipient')).toBe('"><b>x@')
  })

  it('starts at the first step if no code was asked for', async () => {
    const { hops } = await new Browser().visit('/console/sign-in/code')
    expect(hops).toEqual(['303 /console/sign-in/code', '200 /console/sign-in'])
  })
})

describe('signing in by password', () => {
  it('leads to the page that was asked for', async () => {
    await signUp('alice')
    const browser = new Browser()
    const asked = await browser.visit('/console?q=milk')
    expect(asked.url).toBe('/console/sign-in?to=%2Fconsole%3Fq%3Dmilk')
    expect(asked.text).toContain('href="/console/sign-in/password?to=%2Fconsole%3Fq%3Dmilk"')
    const { url } = await browser.submit('/console/sign-in/password?to=%2Fconsole%3Fq%3Dmilk', {
      identifier: ' alice ',
      password: PASSWORD,
    })
    expect(url).toBe('/console?q=milk')
  })

  it('keeps the name that was typed, but never the password', async () => {
    await signUp('alice')
    const password = 'a wrong password'
    const page = await new Browser().submit('/console/sign-in/password', { identifier: 'alice', password })
    expect(page.status).toBe(401)
    expect(textOf(page)).toContain('That name or that password is wrong.')
    expect(fieldValue(page, 'identifier')).toBe('alice')
    expect(page.text).not.toContain(password)
  })

  it.each([
    'https://evil.example/console',
    '//evil.example/console',
    '/\\evil.example/console',
    '/console/../../evil',
    '/consoles',
    '/api/v1/users/me',
    'javascript:alert(1)',
    '/console%0d%0aX: y',
    'http://[',
  ])('never leads outside the console: %s', async (to) => {
    await signUp('alice')
    const path = `/console/sign-in/password?to=${encodeURIComponent(to)}`
    const { url } = await new Browser().submit(path, { identifier: 'alice', password: PASSWORD })
    expect(url).toBe('/console')
  })
})

describe('signing up', () => {
  it('says which field is wrong and why, like the API', async () => {
    await signUp('alice')
    const taken = await new Browser().submit('/console/sign-up', { username: 'alice', password: PASSWORD })
    expect({ status: taken.status, taken: textOf(taken).includes('That user name is taken.') }).toEqual({
      status: 409,
      taken: true,
    })
    const weak = await new Browser().submit('/console/sign-up', { username: 'bob', password: 'password' })
    expect(weak.status).toBe(422)
    expect(weak.text).toContain(
      '<p id="password-fault" class="fault">Many people use this password, so it is easy to guess. Use another one.</p>',
    )
    expect(weak.text).toContain('aria-describedby="password-fault password-hint"')
  })

  it('stores which device signed up', async () => {
    const browser = await signUpInBrowser('alice', {
      'User-Agent':
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36',
    })
    const { body } = await browser.client.get<{ sessions: { device: string }[] }>('/auth/sessions')
    expect(body.sessions).toMatchObject([{ device: 'Chrome on Windows' }])
  })
})

describe('a signed-in user', () => {
  it('is not asked to sign in again', async () => {
    const browser = await signUpInBrowser('alice')
    browser.cookies.set('__Host-console', '1')
    expect((await browser.visit('/console/sign-in')).url).toBe('/console')
  })

  it('signs out, and a copy of the cookies is useless then', async () => {
    const browser = await signUpInBrowser('alice')
    await browser.submit('/console/account/email', { to: 'alice@example.com' })
    const copy = new Map(browser.cookies)
    const { url, text } = await browser.submit('/console/sign-out', {})
    expect(text).not.toContain('alice@example.com')
    expect({ url, cookies: [...browser.cookies.keys()] }).toEqual({
      url: '/console/sign-in',
      cookies: ['__Host-device', '__Host-passkey-offer'],
    })
    expect(textOf({ text })).toContain('You are signed out.')
    for (const [name, value] of copy) browser.cookies.set(name, value)
    expect((await browser.client.post('/auth/refresh')).status).toBe(401)
  })

  it('signs out even if the access token has expired', async () => {
    const browser = await signUpInBrowser('alice')
    const { session } = (await browser.client.get<Awaited<ReturnType<typeof signUp>>>('/auth/session')).body
    await outliveFreshProof({ client: browser.client, session })
    browser.cookies.delete('__Host-access')
    const { hops } = await browser.submit('/console/sign-out', {})
    expect(hops).toEqual([
      '307 /console/sign-out',
      '307 /api/v1/auth/resume?to=%2Fconsole%2Fsign-out',
      '303 /console/sign-out',
      '200 /console/sign-in',
    ])
    expect((await browser.client.post('/auth/refresh')).status).toBe(401)
  })
})

describe('a form that another site sends', () => {
  const forms: [path: string, form: Record<string, string>][] = [
    ['/console/sign-in', { recipient: EMAIL }],
    ['/console/sign-in/code', { resend: '1' }],
    ['/console/sign-in/passkey', { response: '{}' }],
    ['/console/account/passkeys', {}],
    ['/console/sign-in/password', { identifier: 'alice', password: PASSWORD }],
    ['/console/sign-up', { username: 'bob', password: PASSWORD }],
    ['/console/sign-out', {}],
    ['/console/language', { language: 'ko', to: '/console' }],
    ['/console/theme', { theme: 'dark', to: '/console' }],
    ['/console/todos', { contents: 'Buy milk' }],
  ]
  it.each(forms)('does nothing: %s', async (path, form) => {
    const browser = await signUpInBrowser('alice')
    for (const headers of [
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { 'Sec-Fetch-Site': 'same-site', Origin: 'http://localhost:8787' },
      { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://app.example.com' },
      { 'Sec-Fetch-Site': 'cross-site', Authorization: 'Bearer x' },
    ]) {
      const page = await expectNoChanges(() => browser.submit(path, form, { headers }))
      expect({ status: page.status, type: page.headers.get('Content-Type') }).toEqual({
        status: 403,
        type: 'text/html; charset=UTF-8',
      })
      expect(textOf(page)).toContain('That came from another site, so it was not done.')
      expect(page.headers.getSetCookie()).toEqual([])
    }
  })
})

describe('a form', () => {
  it('may have three times as many bytes as a body of the API, and no more', async () => {
    const page = await new Browser().submit('/console/sign-in', { recipient: 'x'.repeat(3 * 65_536) })
    expect({ status: page.status, text: textOf(page).includes('That is too much at once.') }).toEqual({
      status: 413,
      text: true,
    })
  })

  it('must have the content type that browsers send', async () => {
    for (const type of ['text/plain', 'multipart/form-data; boundary=x']) {
      const headers = { 'Content-Type': type }
      const page = await new Browser().submit('/console/sign-in', { recipient: EMAIL }, { headers })
      expect(page.status).toBe(415)
      expect(textOf(page)).toContain('The form could not be read.')
    }
  })

  it('uses the first of two fields with the same name', async () => {
    const page = await new Browser().client.request('POST', `${ORIGIN}/console/sign-in`, {
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        'Sec-Fetch-Site': 'same-origin',
        Cookie: '__Host-probe=kept',
      },
      body: 'recipient=first&recipient=second&recipient[]=third&__proto__=x',
    })
    expect({ status: page.status, recipient: fieldValue(page, 'recipient') }).toEqual({
      status: 422,
      recipient: 'first',
    })
  })
})
