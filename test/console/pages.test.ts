import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { en } from '../../src/console/texts/en'
import { errorCodes, isErrorCode } from '../../src/errors'
import worker from '../../src/index'
import { failingD1 } from '../helpers/bindings'
import { backgroundContext, Client, ORIGIN } from '../helpers/client'
import { logLines } from '../helpers/log-lines'
import { type Cost, recordingBindings } from '../helpers/recorder'
import { Browser, fieldValue, signUpInBrowser, textOf } from './browser'

const HTML = 'text/html; charset=UTF-8'
const CHROME = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'

describe('the root', () => {
  it.each([
    [CHROME, 303],
    ['text/html', 303],
    ['TEXT/HTML, */*', 303],
    ['*/*', 200],
    ['application/json', 200],
    ['application/json, text/html', 200],
    ['text/html;q=0.5, application/json', 200],
    ['', 200],
  ])('sends browsers to the console, and answers other clients: %s', async (Accept, status) => {
    const answer = await new Client({ Accept }).get(`${ORIGIN}/`)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('Vary')).toBe('Accept')
    expect(status === 303 ? answer.headers.get('Location') : answer.body).toEqual(
      status === 303 ? '/console' : { ping: 'pong' },
    )
  })
})

describe('every page', () => {
  const paths = [
    '/console',
    '/console/sign-in',
    '/console/sign-in/password',
    '/console/sign-up',
    '/console/nope',
    '/api/v1/auth/resume?to=/console',
  ]
  // As after a link on another site, so that `/resume` answers with a page.
  const from = 'cross-site'

  it('loads files of its own origin only, and cannot be framed or cached', async () => {
    const browser = await signUpInBrowser('alice')
    for (const path of paths) {
      const { headers, text } = await browser.visit(path, { from })
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-type': HTML,
        'content-security-policy':
          "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        'referrer-policy': 'same-origin',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'strict-transport-security': expect.stringMatching(/^max-age=63072000\b/),
      })
      expect(text).not.toMatch(/ style=| on\w+=|<style|<script>|(?:src|href|action)="(?!\/(?!\/)|#)/)
      const scripts = path.startsWith('/console/sign-in') ? ['console', 'passkeys'] : ['console']
      expect(text.match(/<script[^>]*><\/script>/g)).toEqual(
        scripts.map((name) => `<script type="module" src="/console/${name}.js"></script>`),
      )
    }
  })

  it('has a language, a title, one heading and a link that skips the navigation', async () => {
    const browser = await signUpInBrowser('alice')
    for (const path of paths) {
      const { text } = await browser.visit(path, { from })
      expect(text).toMatch(
        /^<!doctype html><html lang="en"><head><meta charset="utf-8"\/><title>[^<]+ · Latchkey<\/title>/,
      )
      expect(text.match(/<h1/g)).toHaveLength(1)
      expect(text).toContain('<a class="skip" href="#main">')
    }
  })

  it('labels every field', async () => {
    const browser = await signUpInBrowser('alice')
    for (const path of paths) {
      const { text } = await browser.visit(path)
      const isNamed = (tag: string) => /type="hidden"| aria-label=/.test(tag)
      const fields = text.match(/<(?:input|select|textarea)[^>]*>/g)?.filter((tag) => !isNamed(tag)) ?? []
      for (const tag of fields) expect(text).toContain(`<label for="${/ id="([^"]+)"/.exec(tag)?.[1]}">`)
    }
  })

  it('answers HEAD like GET, without the page', async () => {
    const { status, headers, text } = await new Client().request('HEAD', `${ORIGIN}/console/sign-in`)
    expect({ status, type: headers.get('Content-Type'), text }).toEqual({ status: 200, type: HTML, text: '' })
  })
})

describe('the language', () => {
  it('is the one that the browser prefers', async () => {
    const browser = new Browser({ 'Accept-Language': 'ko-KR,ko;q=0.9,en;q=0.8' })
    const { text } = await browser.visit('/console/sign-in')
    expect(text).toContain('<html lang="ko">')
    expect(textOf({ text })).toContain('인증번호 받기')
  })

  it('is changed with a button, and remembered', async () => {
    const browser = await signUpInBrowser('alice')
    const page = await browser.visit('/console?q=milk')
    const switched = await browser.submit('/console/language', { language: 'ko', to: fieldValue(page, 'to') })
    expect({ url: switched.url, korean: switched.text.includes('<html lang="ko">') }).toEqual({
      url: '/console?q=milk',
      korean: true,
    })
    expect((await browser.visit('/console/nope')).text).toContain('찾을 수 없습니다.')
    expect(browser.client.setCookies.find((line) => line.startsWith('__Host-language'))).toBe(
      '__Host-language=ko; Max-Age=31536000; Path=/; HttpOnly; Secure; SameSite=Lax',
    )
  })

  it('is always one that the pages have', async () => {
    const browser = new Browser()
    const { url } = await browser.submit('/console/language', { language: 'tlh', to: '//evil.example' })
    expect({ url, language: browser.cookies.get('__Host-language') }).toEqual({
      url: '/console/sign-in',
      language: undefined,
    })
    browser.cookies.set('__Host-language', 'tlh')
    expect((await browser.visit('/console/sign-in')).text).toContain('<html lang="en">')
  })

  it('is also used for the errors of fields', async () => {
    const browser = new Browser({ 'Accept-Language': 'ko' })
    const page = await browser.submit('/console/sign-in', { recipient: 'nope' })
    expect(page.text).toContain('<p id="recipient-fault" class="fault">이메일 주소도 휴대전화 번호도 아닙니다.</p>')
  })
})

describe('the theme', () => {
  it('is that of the device until somebody chooses one, and remembered', async () => {
    const browser = await signUpInBrowser('alice')
    const page = await browser.visit('/console?q=milk')
    expect(page.text).toContain('<meta name="color-scheme" content="light dark"/>')
    expect(page.text).not.toContain('data-theme')
    const dark = await browser.submit('/console/theme', { theme: 'dark', to: '/console?q=milk' })
    expect(dark.url).toBe('/console?q=milk')
    for (const { text } of [dark, await browser.visit('/console/nope')]) {
      expect(text).toContain('<html lang="en" data-theme="dark">')
      expect(text).toContain('<meta name="color-scheme" content="dark"/>')
      expect(text.match(/<meta name="theme-color"[^>]*>/g)).toEqual(['<meta name="theme-color" content="#171615"/>'])
    }
    expect(browser.client.setCookies.find((line) => line.startsWith('__Host-theme'))).toBe(
      '__Host-theme=dark; Max-Age=31536000; Path=/; HttpOnly; Secure; SameSite=Lax',
    )
    const system = await browser.submit('/console/theme', { theme: 'system', to: '/console' })
    expect(system.text).not.toContain('data-theme')
    expect(browser.cookies.has('__Host-theme')).toBe(false)
  })

  it('is always one that the pages have', async () => {
    const browser = new Browser()
    const { url } = await browser.submit('/console/theme', { theme: 'pink', to: '//evil.example' })
    expect({ url, theme: browser.cookies.get('__Host-theme') }).toEqual({ url: '/console/sign-in', theme: undefined })
    browser.cookies.set('__Host-theme', 'pink"')
    expect((await browser.visit('/console/sign-in')).text).toContain('<html lang="en">')
  })
})

describe('the menu', () => {
  it('says who is signed in, and asks no database for it', async () => {
    const browser = await signUpInBrowser('alice')
    expect(textOf(await browser.visit('/console'))).toContain('A alice')
    await browser.client.patch('/users/me', { name: 'Zoë <b>' })
    const { text } = await browser.visit('/console/account')
    expect(text).toContain('<strong dir="auto">Zoë &lt;b&gt;</strong><span class="hint">alice</span>')
  })

  it('has what is wanted on all pages, and pages for strangers have it below', async () => {
    const browser = await signUpInBrowser('alice')
    const inMenu = (await browser.visit('/console')).text
    for (const path of ['/console/account"', '/docs"', '/console/theme"', '/console/language"', '/console/sign-out"']) {
      expect(inMenu).toContain(path)
    }
    const { text } = await new Browser().visit('/console/sign-in')
    for (const path of ['/docs"', '/console/theme"', '/console/language"']) expect(text).toContain(path)
    expect(text).not.toContain('/console/sign-out"')
  })
})

describe('an error', () => {
  it('is a page with the status and the reason of the API', async () => {
    const browser = await signUpInBrowser('alice')
    const broken = new Browser({}, { DB: failingD1() })
    for (const [name, value] of browser.cookies) broken.cookies.set(name, value)
    const misconfigured = new Browser({}, { AUTH_SECRET: '' })
    const cases = [
      { page: await browser.visit('/console/nope'), code: 'not_found' },
      { page: await browser.visit('/console/nope/'), code: 'not_found' },
      { page: await browser.submit('/console', {}), code: 'method_not_allowed' },
      { page: await broken.visit('/console'), code: 'unavailable' },
      { page: await misconfigured.visit('/console/sign-in'), code: 'misconfigured' },
    ]
    for (const { page, code } of cases) {
      if (!isErrorCode(code)) throw new Error(code)
      const { status } = errorCodes[code]
      expect({ code, status: page.status, type: page.headers.get('Content-Type') }).toEqual({
        code,
        status,
        type: HTML,
      })
      expect(textOf(page)).toContain(`That did not work ${en.error(code)}`)
      expect(page.headers.get('WWW-Authenticate')).toBeNull()
    }
    expect(cases[2]?.page.headers.get('Allow')).toBe('GET, HEAD, OPTIONS')
  })

  it('keeps what was typed if only waiting helps', async () => {
    const broken = new Browser({}, { DB: failingD1() })
    const page = await broken.submit('/console/sign-in', { recipient: 'alice@example.com' })
    expect({ status: page.status, recipient: fieldValue(page, 'recipient') }).toEqual({
      status: 503,
      recipient: 'alice@example.com',
    })
  })
})

describe('the log', () => {
  it('has one line for each page, which includes what the API did', async () => {
    const browser = await signUpInBrowser('alice')
    const { lines } = await logLines(() => browser.submit('/console/todos', { contents: 'Buy milk', key: 'one' }))
    const requests = lines.filter(({ event }) => event === 'request')
    expect(requests).toMatchObject([
      { method: 'POST', route: '/console/todos', status: 303, d1: 1, userId: expect.any(String) },
      { method: 'GET', route: '/console', status: 200, d1: 3, kv: 1, code: null },
    ])
  })
})

describe('round trips', () => {
  it('are as few as those of the API', async () => {
    const { DB, KV, start, cost } = recordingBindings()
    const browser = await signUpInBrowser('alice')
    const costs: Record<string, Cost> = {}
    const measured = new Browser({}, { DB, KV })
    for (const [name, value] of browser.cookies) measured.cookies.set(name, value)
    const todo = (await browser.client.post<{ id: string }>('/todos', { contents: 'Buy milk' })).body
    for (const path of [
      '/console/sign-in',
      '/console/sign-up',
      '/console',
      '/console?view=today',
      '/console?view=upcoming',
      '/console?view=done',
      `/console/todos/${todo.id}`,
    ]) {
      start()
      expect((await measured.visit(path)).status).toBe(200)
      costs[path.replace(todo.id, ':id')] = cost()
    }
    expect(costs).toEqual({
      '/console/sign-in': { d1: 0, kv: 0, depth: 0 },
      '/console/sign-up': { d1: 0, kv: 0, depth: 0 },
      '/console': { d1: 3, kv: 1, depth: 1 },
      '/console?view=today': { d1: 4, kv: 1, depth: 2 },
      '/console?view=upcoming': { d1: 3, kv: 1, depth: 2 },
      '/console?view=done': { d1: 3, kv: 1, depth: 1 },
      '/console/todos/:id': { d1: 4, kv: 1, depth: 1 },
    })
  })
})

it('passes the country on to the API, but not the Authorization header', async () => {
  const request = new Request(`${ORIGIN}/console/sign-up`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      'CF-Connecting-IP': '203.0.113.7',
      Authorization: 'Bearer nonsense',
      Cookie: '__Host-probe=kept',
    },
    body: new URLSearchParams({ username: 'alice', password: 'correct horse battery staple' }),
    cf: { country: 'KR' },
    redirect: 'manual',
  })
  const response = await worker.fetch(request, env, backgroundContext())
  expect({ status: response.status, location: response.headers.get('Location') }).toEqual({
    status: 303,
    location: '/console',
  })
  const sessions = await env.DB.prepare('SELECT country FROM sessions').all()
  expect(sessions.results).toEqual([{ country: 'KR' }])
})

describe('a notice of what was done', () => {
  it('is shown once', async () => {
    const browser = await signUpInBrowser('alice')
    const page = await browser.submit('/console/todos', { contents: 'Buy milk', key: 'one', to: '/console' })
    expect(page.text).toContain('class="notice"')
    expect((await browser.visit('/console')).text).not.toContain('class="notice"')
  })

  it('is not made by a link', async () => {
    const browser = await signUpInBrowser('alice')
    await browser.visit('/console')
    for (const path of ['/console', '/console/account', '/console/account/devices', '/console/todos']) {
      const { text } = await browser.visit(`${path}?notice=account_deleted`)
      expect(text).not.toContain('class="notice"')
    }
    expect((await new Browser().visit('/console/sign-in?notice=account_deleted')).text).not.toContain('class="notice"')
  })

  it('waits in a cookie that no script and no other site can set', async () => {
    const browser = await signUpInBrowser('alice')
    const [line] = browser.client.setCookies.filter((cookie) => cookie.startsWith('__Host-notice='))
    expect(line).toMatch(/^__Host-notice=[^;]+; Max-Age=60; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
  })
})
