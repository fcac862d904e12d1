import { exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { Client, clientOf, ORIGIN } from '../helpers/client'
import { logLines } from '../helpers/log-lines'
import { PASSWORD, signUp } from '../helpers/people'
import { Browser, signUpInBrowser, textOf } from './browser'

/* Addresses that have no route, and those that browsers and crawlers look for by themselves. */

const CHROME = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'
const chrome = (headers: Record<string, string> = {}) => new Client({ Accept: CHROME, ...headers })

describe.each(['/nope', '/health/', '/docs/nope', '/index.php', '/.well-known/nope', '//console'])(
  'an address that does not exist: %s',
  (path) => {
    it.each([
      ['en-US', 'en', 'There is nothing here.'],
      ['ko-KR', 'ko', '찾을 수 없습니다.'],
    ])('is a page for a browser that prefers %s', async (language, lang, text) => {
      const page = await chrome({ 'Accept-Language': language }).get(ORIGIN + path)
      expect(page.status).toBe(404)
      expect(Object.fromEntries(page.headers)).toMatchObject({
        'content-type': 'text/html; charset=UTF-8',
        'content-security-policy': expect.stringContaining("script-src 'self'"),
        'cache-control': 'no-store',
        vary: 'Accept',
      })
      expect(page.text).toContain(`<html lang="${lang}">`)
      expect(textOf(page)).toContain(text)
      expect(page.text).toContain('<a href="/console">')
      expect(page.text).toContain('<input type="hidden" name="to" value="/console"/>')
    })

    it.each(['*/*', 'application/json', '', 'application/json, text/html'])(
      'is a problem for others, which accept %s',
      async (Accept) => {
        const { status, headers, body } = await new Client({ Accept }).get(ORIGIN + path)
        expect({ status, code: body.code }).toEqual({ status: 404, code: 'not_found' })
        expect(headers.get('Content-Type')).toBe('application/problem+json')
        expect(headers.get('Vary')).toBe('Accept')
      },
    )

    it('has no body for HEAD, and one line in the log', async () => {
      const request = new Request(ORIGIN + path, { method: 'HEAD', headers: { Accept: CHROME } })
      const { lines } = await logLines(async () => {
        const { status, headers, body } = await exports.default.fetch(request)
        expect({ status, type: headers.get('Content-Type'), body }).toEqual({
          status: 404,
          type: 'text/html; charset=UTF-8',
          body: null,
        })
      })
      expect(lines).toMatchObject([{ event: 'request', route: null, status: 404, code: 'not_found' }])
    })
  },
)

it('a wrong method is a page for a browser too, with the methods of the address', async () => {
  const page = await chrome().post(`${ORIGIN}/docs`, 'x=1')
  expect(page.status).toBe(405)
  expect(page.headers.get('Allow')).toBe('GET, HEAD, OPTIONS')
  expect(textOf(page)).toContain('That cannot be done here.')
  const options = await chrome().request('OPTIONS', `${ORIGIN}/docs`)
  expect([options.status, options.headers.get('Allow'), options.text]).toEqual([204, 'GET, HEAD, OPTIONS', ''])
})

it('under /api there are only problems, whatever the client accepts', async () => {
  const cases = [
    ['GET', '/api', 404],
    ['GET', '/api/v1/nope', 404],
    ['GET', '/api/v1/todos/', 404],
    ['GET', '/api/v1/auth/log-in', 405],
    ['GET', '/api/v1/operator/counters', 404],
  ] as const
  for (const [method, path, status] of cases) {
    const answer = await chrome().request(method, ORIGIN + path)
    const type = answer.headers.get('Content-Type')
    expect({ path, status: answer.status, type }).toEqual({ path, status, type: 'application/problem+json' })
  }
})

describe('a slash at the end of the address of a page', () => {
  it.each([
    ['/console/', '/console'],
    ['/console/?q=milk&sort=dueAt', '/console?q=milk&sort=dueAt'],
    ['/console/sign-in/', '/console/sign-in'],
    ['/console/account/', '/console/account'],
    ['/console/account/devices/', '/console/account/devices'],
    ['/docs/', '/docs'],
    ['/s/some-token/', '/s/some-token'],
    ['/w/some-token/?x=1', '/w/some-token?x=1'],
  ])('is left out: %s', async (path, location) => {
    for (const method of ['GET', 'HEAD']) {
      for (const client of [chrome(), new Client()]) {
        const { status, headers } = await client.request(method, ORIGIN + path)
        const cache = headers.get('Cache-Control')
        expect({ status, location: headers.get('Location'), cache }).toEqual({
          status: 308,
          location,
          cache: 'no-store',
        })
      }
    }
  })

  it('keeps the method and the form', async () => {
    const browser = new Browser()
    const page = await browser.submit('/console/sign-up/', { username: 'alice', password: PASSWORD })
    expect(page).toMatchObject({ status: 200, url: '/console' })
    expect(page.hops.filter((hop) => hop.startsWith('308'))).toEqual(['308 /console/sign-up/'])
  })

  it.each([
    '/console/nope/',
    '/console//',
    '/console//evil.example/',
    '//console/',
    '/s/',
    '/health/',
    '/api/v1/todos/',
  ])('leads nowhere where there is no such page: %s', async (path) => {
    const { status, headers } = await chrome().get(ORIGIN + path)
    expect({ status, location: headers.get('Location') }).toEqual({ status: 404, location: null })
  })
})

describe('/.well-known/change-password', () => {
  const ask = (client: Client, method = 'GET') => client.request(method, `${ORIGIN}/.well-known/change-password`)

  it('leads to the page for a new password', async () => {
    const browser = await signUpInBrowser('alice')
    const page = await browser.visit('/.well-known/change-password')
    expect(page.hops).toEqual(['302 /.well-known/change-password', '200 /console/account/password'])
    expect(page.text).toContain('name="newPassword"')
    expect((await ask(new Client(), 'HEAD')).status).toBe(302)
  })

  it('leads through the sign-in for somebody who is signed out', async () => {
    await signUp('alice')
    const browser = new Browser()
    const asked = await browser.visit('/.well-known/change-password')
    expect(asked.url).toBe('/console/sign-in?to=%2Fconsole%2Faccount%2Fpassword')
    const back = await browser.submit('/console/sign-in/password?to=%2Fconsole%2Faccount%2Fpassword', {
      identifier: 'alice',
      password: PASSWORD,
    })
    expect(back).toMatchObject({ status: 200, url: '/console/account/password' })
  })

  it('leads to the account where there are no passwords', async () => {
    const { status, headers } = await ask(clientOf({ PASSWORDS: 'off' }))
    expect({ status, location: headers.get('Location') }).toEqual({ status: 302, location: '/console/account' })
  })

  it('can be believed, because an address that cannot exist is a 404', async () => {
    const path = '/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200'
    expect((await chrome().get(ORIGIN + path)).status).toBe(404)
  })
})

describe('what browsers and crawlers look for', () => {
  it('is the icon, which is the SVG of the pages', async () => {
    const { status, headers } = await new Client().get(`${ORIGIN}/favicon.ico`)
    expect({ status, location: headers.get('Location'), cache: headers.get('Cache-Control') }).toEqual({
      status: 301,
      location: '/console/icon.svg',
      cache: 'public, max-age=86400',
    })
  })

  it('is robots.txt, which keeps search engines out', async () => {
    const { status, headers, text } = await new Client().get(`${ORIGIN}/robots.txt`)
    expect({ status, type: headers.get('Content-Type'), text }).toEqual({
      status: 200,
      type: 'text/plain; charset=UTF-8',
      text: 'User-agent: *\nDisallow: /\n',
    })
    expect(headers.get('Cache-Control')).toBe('public, max-age=86400')
    expect((await new Client().post(`${ORIGIN}/robots.txt`)).status).toBe(405)
  })
})
