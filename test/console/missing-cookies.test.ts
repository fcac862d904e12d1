import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import worker from '../../src/index'
import { backgroundContext, Client, ORIGIN, settleBackground } from '../helpers/client'
import { PASSWORD, signUp } from '../helpers/people'
import { expectNoChanges } from '../helpers/storage'
import { WAY_BACK_TOKEN } from '../helpers/way-back'
import { Browser, signInByCode, signUpInBrowser, textOf } from './browser'

/* Browsers and programs that do not keep our cookies, because those are Secure and the address begins with http. */

const withoutSecureCookies = (headers: Record<string, string> = {}): Browser => {
  const browser = new Browser(headers)
  browser.keepsSecureCookies = false
  return browser
}

/** Everything that sets a cookie which has to last, from the first page on. */
const forms: [path: string, form: Record<string, string>][] = [
  ['/console/sign-in', { recipient: 'alice@example.com' }],
  ['/console/sign-in/code', { code: '123456' }],
  ['/console/sign-in/password', { identifier: 'alice', password: PASSWORD }],
  ['/console/sign-up', { username: 'carol', password: PASSWORD }],
  ['/console/language', { language: 'ko', to: '/console' }],
  ['/console/theme', { theme: 'dark', to: '/console' }],
  [`/console/way-back/${WAY_BACK_TOKEN}/contact`, { to: 'alice@example.com' }],
]

describe.each(forms)('a browser that keeps no Secure cookies, at %s', (path, form) => {
  it.each([
    ['en', 'Your browser has not kept our cookie', 'start it with this command'],
    ['ko', '브라우저에 쿠키가 저장되지 않았습니다', '아래 명령으로 다시 시작한'],
  ])('is told what to do (%s), and nothing is done', async (language, title, command) => {
    await signUp('alice')
    await settleBackground()
    const browser = withoutSecureCookies({ 'Accept-Language': language })
    const page = await expectNoChanges(async () => {
      const answer = await browser.submit(path, form)
      await settleBackground()
      return answer
    })
    expect({ status: page.status, hops: page.hops }).toEqual({
      status: 400,
      hops: [`307 ${path}`, `400 ${path}?cookies=set`],
    })
    expect(page.text).toContain(`<h1>${title}</h1>`)
    expect(textOf(page)).toContain(command)
    expect(page.text).toContain('<code>npm run dev -- --local-protocol https</code>')
    expect(page.text).toContain('<code>&quot;tokens&quot;: &quot;body&quot;</code>')
  })

  it('is not told so if it keeps them', async () => {
    const { text, hops } = await new Browser().submit(path, form)
    expect(text).not.toContain('has not kept our cookie')
    expect(hops.filter((hop) => hop.startsWith('307'))).toHaveLength(1)
  })
})

describe('the link that shows the messages', () => {
  it('tells a browser that keeps no Secure cookies what to do, before anything else', async () => {
    const page = await withoutSecureCookies().visit(`/console/outbox?token=${env.OUTBOX_TOKEN}`)
    expect(page.status).toBe(400)
    expect(textOf(page)).toContain('start it with this command, and open the link that it prints')
    expect(page.text).not.toContain(env.OUTBOX_TOKEN)
  })
})

describe('a log-in by a provider', () => {
  it('says at its end that the cookie may be missing, if the browser has brought none', async () => {
    const path = '/console/social?error=invalid_state&provider=google'
    const failure = 'This sign-in was begun in another browser or more than ten minutes ago'
    const hint = 'If you began it here, your browser has not kept our cookie.'
    const page = await withoutSecureCookies().visit(path, { from: 'cross-site' })
    expect(textOf(page)).toContain(failure)
    expect(textOf(page)).toContain(hint)
    expect(page.text).toContain('<code>npm run dev -- --local-protocol https</code>')
    const browser = new Browser()
    await browser.visit('/console/sign-in')
    const failed = await browser.visit(path, { from: 'cross-site' })
    expect(textOf(failed)).toContain(failure)
    expect(textOf(failed)).not.toContain(hint)
  })
})

describe('a browser that keeps cookies', () => {
  it('is sent nowhere else, because the page with the form has tried it out', async () => {
    const browser = new Browser()
    await browser.visit('/console/sign-in')
    expect([...browser.cookies.keys()]).toEqual(['__Host-probe'])
    const { hops } = await signInByCode(browser, 'alice@example.com')
    expect(hops).toEqual(['303 /console/sign-in/code', '200 /console'])
    expect(browser.cookies.has('__Host-probe')).toBe(false)
  })

  it('is not asked for the form again after a mistake', async () => {
    await signUp('alice')
    const browser = new Browser()
    const wrong = await browser.submit('/console/sign-in/password', { identifier: 'alice', password: 'wrong' })
    expect({ status: wrong.status, url: wrong.url }).toEqual({
      status: 401,
      url: '/console/sign-in/password?cookies=set',
    })
    const right = await browser.submit(wrong.url, { identifier: 'alice', password: PASSWORD })
    expect(right.hops).toEqual([`303 ${wrong.url}`, '200 /console'])
  })

  it('comes to the page that it wanted', async () => {
    const browser = new Browser()
    const form = { username: 'carol', password: PASSWORD }
    const { url } = await browser.submit('/console/sign-up?to=%2Fconsole%2Faccount', form)
    expect(url).toBe('/console/account')
  })

  it('is not believed to keep ours because it keeps one of another program on this computer', async () => {
    const browser = withoutSecureCookies()
    const headers = { Cookie: 'session=of-another-server; x__Host-probe=kept' }
    const { status } = await browser.submit('/console/sign-in', { recipient: 'alice@example.com' }, { headers })
    expect(status).toBe(400)
  })
})

describe('the page about missing cookies', () => {
  it('names the port of the server', async () => {
    const request = new Request('http://localhost:9000/console/sign-up?cookies=set', {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: 'username=carol',
    })
    const text = await (await worker.fetch(request, env, backgroundContext())).text()
    expect(text).toContain('<code>npm run dev -- --port 9000 --local-protocol https</code>')
  })

  it('speaks of the settings of the browser where the address begins with https', async () => {
    const request = new Request('https://localhost:8787/console/sign-up?cookies=set', {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: 'username=carol',
    })
    const response = await worker.fetch(request, env, backgroundContext())
    const text = await response.text()
    expect(response.status).toBe(400)
    expect(text).toContain('Allow cookies for this site')
    expect(text).not.toContain('npm run dev')
  })

  it.each(['https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)'])(
    'leads to no other site: %s',
    async (to) => {
      const query = new URLSearchParams({ to })
      const page = await withoutSecureCookies().submit(`/console/sign-up?${query}`, { username: 'carol' })
      const links = page.text.match(/ (?:href|action)="[^"]*"/g) ?? []
      for (const link of links) expect(link).toMatch(/="(\/(?![/\\])|#)/)
      expect(page.hops).toEqual([`307 /console/sign-up?${query}`, `400 /console/sign-up?${query}&cookies=set`])
    },
  )

  it('is not made by a form of another site', async () => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'cross-site' }
    const { status } = await new Client().post(`${ORIGIN}/console/sign-up?cookies=set`, 'username=x', { headers })
    expect(status).toBe(403)
  })

  it('appears to nobody who is signed in', async () => {
    const browser = await signUpInBrowser('alice')
    const page = await browser.submit('/console/language?cookies=set', { language: 'ko', to: '/console' })
    expect(page).toMatchObject({ status: 200, url: '/console' })
  })
})
