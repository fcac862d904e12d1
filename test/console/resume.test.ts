import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import worker from '../../src/index'
import { MINUTE_MS } from '../../src/lib/time'
import type { Todo } from '../../src/todos/schemas'
import { backgroundContext, ORIGIN } from '../helpers/client'
import { setClock } from '../helpers/clock'
import { expectNoChanges } from '../helpers/storage'
import { Browser, signUpInBrowser, textOf } from './browser'

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

  it('leads to the sign-in page and loses the form that was sent', async () => {
    const browser = await browserWithoutAccessToken()
    browser.cookies.delete('__Secure-refresh')
    const { hops } = await browser.submit('/console/todos', { contents: 'Buy milk' })
    expect(hops).toEqual([
      '307 /console/todos',
      '303 /api/v1/auth/resume?to=%2Fconsole%2Ftodos',
      '200 /console/sign-in',
    ])
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
      expect(textOf(posted)).toContain('The request comes from another site.')
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
