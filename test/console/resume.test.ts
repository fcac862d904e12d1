import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import worker from '../../src/index'
import { MINUTE_MS } from '../../src/lib/time'
import type { Todo } from '../../src/todos/schemas'
import { backgroundContext, ORIGIN } from '../helpers/client'
import { setClock } from '../helpers/clock'
import { PASSWORD } from '../helpers/people'
import { expectNoChanges } from '../helpers/storage'
import { Browser, fieldValue, type Page, signUpInBrowser, textOf } from './browser'

/** A signed-in browser eleven minutes later. It has dropped its access cookie. */
async function browserWithoutAccessToken(): Promise<Browser> {
  const browser = await signUpInBrowser('alice')
  setClock(Date.now() + 11 * MINUTE_MS)
  browser.cookies.delete('__Host-access')
  return browser
}

const todosOf = async ({ client }: Browser) => (await client.get<{ todos: Todo[] }>('/todos')).body.todos

describe('a session whose access token has expired', () => {
  it('continues with the page that was asked for', async () => {
    const { hops } = await (await browserWithoutAccessToken()).visit('/console?q=milk&state=open')
    const page = '/console?q=milk&state=open'
    expect(hops).toEqual([`303 ${page}`, `303 /api/v1/auth/resume?to=${encodeURIComponent(page)}`, `200 ${page}`])
  })

  it('continues with the form that was sent, once', async () => {
    const browser = await browserWithoutAccessToken()
    const { hops } = await browser.submit('/console/todos', { contents: 'Buy milk', key: 'one', to: '/console' })
    expect(hops).toEqual([
      '307 /console/todos',
      '307 /api/v1/auth/resume?to=%2Fconsole%2Ftodos',
      '303 /console/todos',
      '200 /console',
    ])
    expect(await todosOf(browser)).toMatchObject([{ contents: 'Buy milk' }])
  })

  it('continues after a link on another site, through a page of ours', async () => {
    const browser = await browserWithoutAccessToken()
    const bounce = await browser.visit('/console', { from: 'cross-site' })
    expect(bounce.hops).toEqual(['303 /console', '200 /api/v1/auth/resume?to=%2Fconsole'])
    const again = `/api/v1/auth/resume?to=%2Fconsole&amp;again=${browser.cookies.get('__Host-resume')}`
    expect(bounce.text).toContain(`<meta http-equiv="refresh" content="0; url=${again}"/>`)
    expect(bounce.text).toContain(`<a href="${again}">`)
    const { hops } = await browser.visit(again.replace('&amp;', '&'), { from: 'same-origin' })
    expect(hops).toEqual([`303 ${again.replace('&amp;', '&')}`, '200 /console'])
  })

  it('continues in two tabs at once', async () => {
    const browser = await browserWithoutAccessToken()
    const pages = await Promise.all([browser.visit('/console'), browser.visit('/console?state=done')])
    expect(pages.map(({ status, url }) => `${status} ${url}`)).toEqual(['200 /console', '200 /console?state=done'])
  })
})

describe('a session that has ended', () => {
  it('leads to the sign-in page, and is not tried again', async () => {
    const browser = await browserWithoutAccessToken()
    const other = new Browser()
    await other.submit('/console/sign-in/password', { identifier: 'alice', password: 'correct horse battery staple' })
    expect((await other.client.delete('/auth/sessions')).status).toBe(204)

    const { hops } = await browser.visit('/console/todos/01a1fa3a-cd78-7305-a121-a7abf5ac70d9')
    const to = '%2Fconsole%2Ftodos%2F01a1fa3a-cd78-7305-a121-a7abf5ac70d9'
    expect(hops).toEqual([
      '303 /console/todos/01a1fa3a-cd78-7305-a121-a7abf5ac70d9',
      `303 /api/v1/auth/resume?to=${to}`,
      `200 /console/sign-in?to=${to}`,
    ])
    expect((await browser.visit('/console')).hops).toEqual(['303 /console', '200 /console/sign-in'])
  })

  /** What the page carries to be sent again. */
  const carriedOn = ({ text }: Pick<Page, 'text'>) =>
    Object.fromEntries(
      [...text.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)]
        .map(([, name = '', value = '']) => [name, value])
        .filter(([name]) => name !== 'to'),
    )

  it.each([
    [
      'en',
      'You are signed out Nothing is lost. Sign in in a new tab, and then send this again. What you typed Buy milk',
    ],
    ['ko', '로그아웃되었습니다 입력한 내용은 그대로 있습니다.'],
  ])('keeps a form of the to-dos on a page, from which it is sent again, once: %s', async (language, words) => {
    const browser = await signUpInBrowser('alice', { 'Accept-Language': language })
    browser.cookies.delete('__Host-access')
    browser.cookies.delete('__Secure-refresh')
    const form = { contents: 'Buy milk', key: 'one', to: '/console?state=open', password: 'secret' }
    const kept = await expectNoChanges(() => browser.submit('/console/todos', form))
    expect({ status: kept.status, hops: kept.hops }).toEqual({ status: 401, hops: ['401 /console/todos'] })
    expect(textOf(kept)).toContain(words)
    expect(kept.text).toContain('<form method="post" action="/console/todos">')
    expect(kept.text).toContain('<a class="button" href="/console/sign-in" target="_blank" rel="noopener">')
    expect(carriedOn(kept)).toEqual({ contents: 'Buy milk', key: 'one' })
    // Who has not signed in yet gets the same page.
    expect((await browser.submit('/console/todos', carriedOn(kept))).status).toBe(401)
    await browser.submit('/console/sign-in/password', { identifier: 'alice', password: PASSWORD })
    for (const _ of ['once', 'twice']) {
      expect((await browser.submit('/console/todos', carriedOn(kept))).status).toBe(200)
    }
    expect(await todosOf(browser)).toMatchObject([{ contents: 'Buy milk' }])
  })

  it('keeps the name of a list, for the account that it was typed in', async () => {
    const browser = await signUpInBrowser('alice')
    const form = { name: 'Groceries', user: fieldValue(await browser.visit('/console/lists'), 'user') }
    browser.cookies.clear()
    const kept = await browser.submit('/console/lists', form)
    expect(kept.status).toBe(401)
    expect(kept.text).toContain('<blockquote dir="auto">Groceries</blockquote>')
    const bob = await signUpInBrowser('bob')
    const refused = await expectNoChanges(() => bob.submit('/console/lists', carriedOn(kept)))
    expect({ status: refused.status, carried: carriedOn(refused) }).toEqual({ status: 401, carried: form })
    await browser.submit('/console/sign-in/password', { identifier: 'alice', password: PASSWORD })
    expect(textOf(await browser.submit('/console/lists', carriedOn(kept)))).toContain('Groceries')
    const { lists } = (await browser.client.get<{ lists: { id: string; name: string }[] }>('/lists')).body
    expect(lists).toMatchObject([{ name: 'Groceries' }])
    const path = `/console/lists/${lists[0]?.id}`
    const renamed = { name: 'Food', user: fieldValue(await browser.visit(path), 'user') }
    expect((await bob.submit(path, renamed)).status).toBe(401)
    expect(textOf(await browser.submit(path, renamed))).toContain('Food')
  })

  it('keeps the form after a try to resume the session, too', async () => {
    const browser = await browserWithoutAccessToken()
    browser.cookies.delete('__Secure-refresh')
    const page = await browser.submit('/console/todos', { contents: '<b>Buy milk</b>', key: 'one' })
    expect(page.hops).toEqual(['307 /console/todos', '401 /api/v1/auth/resume?to=%2Fconsole%2Ftodos'])
    expect(page.text).toContain('<blockquote dir="auto">&lt;b&gt;Buy milk&lt;/b&gt;</blockquote>')
    expect(page.text).toContain('<form method="post" action="/console/todos">')
  })

  it('keeps no form of other pages, and none of other sites', async () => {
    const browser = await browserWithoutAccessToken()
    browser.cookies.delete('__Secure-refresh')
    const account = await browser.submit('/console/account/profile', { name: 'Alice' })
    expect(account.hops.at(-1)).toBe('200 /console/sign-in')
    const path = '/api/v1/auth/resume?to=%2Fconsole%2Ftodos'
    const foreign = await browser.submit(path, { contents: 'Buy milk' }, { from: 'cross-site' })
    expect(foreign.text).not.toContain('Buy milk')
    const lookalike = await browser.submit('/api/v1/auth/resume?to=%2Fconsole%2Ftodosx', { contents: 'Buy milk' })
    expect(lookalike.text).not.toContain('Buy milk')
  })

  it('is not tried again right after a try, so that redirects do not loop', async () => {
    const browser = await browserWithoutAccessToken()
    browser.cookies.set('__Host-console', String(Date.now()))
    expect((await browser.visit('/console')).hops).toEqual(['303 /console', '200 /console/sign-in'])
    setClock(Date.now() + MINUTE_MS)
    expect((await browser.visit('/console')).status).toBe(200)
    expect((await browser.visit('/console')).hops).toEqual(['200 /console'])
  })
})

describe('resuming', () => {
  it.each([
    'https://evil.example/console',
    '//evil.example/console',
    '/\\evil.example',
    '/console/../../evil',
    '/consoles',
    '/api/v1/auth/resume?to=/console',
    'javascript:alert(1)',
    '',
  ])('leads to pages of the console only: %s', async (to) => {
    const browser = await browserWithoutAccessToken()
    const { hops } = await browser.visit(`/api/v1/auth/resume?to=${encodeURIComponent(to)}`)
    expect(hops.at(-1)).toBe('200 /console')
    expect(hops).toHaveLength(2)
  })

  it('does nothing for requests from another site', async () => {
    const browser = await browserWithoutAccessToken()
    const path = '/api/v1/auth/resume?to=%2Fconsole%2Ftodos'
    await expectNoChanges(async () => {
      const posted = await browser.submit(path, { contents: 'Buy milk' }, { from: 'cross-site' })
      expect(textOf(posted)).toContain('That came from another site, so it was not done.')
      // A request from a sibling domain brings the cookie, but it is not used.
      const sibling = await browser.visit(path, { from: 'same-site' })
      const cookies = sibling.headers.getSetCookie().map((line) => line.slice(0, line.indexOf('=')))
      expect({ status: sibling.status, cookies }).toEqual({ status: 200, cookies: ['__Host-resume'] })
    })
  })

  it.each(['1', '', '5e4a7a4e-8f4e-4a3e-9d0b-0f6b1c7c9a11'])(
    'ends no session by a link that says it is the second try: %j',
    async (again) => {
      const browser = await signUpInBrowser('alice')
      // A browser without Sec-Fetch-Site, which sends no SameSite=Strict cookie after a link on another site.
      const cookies = ['__Host-access', '__Host-console'].map((name) => `${name}=${browser.cookies.get(name)}`)
      const response = await worker.fetch(
        new Request(`${ORIGIN}/api/v1/auth/resume?to=%2Fconsole&again=${again}`, {
          headers: { Cookie: cookies.join('; ') },
          redirect: 'manual',
        }),
        env,
        backgroundContext(),
      )
      expect(response.status).toBe(303)
      const set = response.headers.getSetCookie().map((line) => line.slice(0, line.indexOf('=')))
      expect(set).toEqual(['__Host-resume'])
      expect((await browser.visit('/console')).status).toBe(200)
    },
  )

  it('is not tried for visitors who had no session', async () => {
    expect((await new Browser().visit('/console')).hops).toEqual(['303 /console', '200 /console/sign-in'])
  })
})
