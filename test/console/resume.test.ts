import { describe, expect, it } from 'vitest'
import { MINUTE_MS } from '../../src/lib/time'
import type { Todo } from '../../src/todos/schemas'
import { setClock } from '../helpers/clock'
import { changingNothing } from '../helpers/storage'
import { Browser, signedUp, textOf } from './browser'

/** A browser eleven minutes later: its access cookie is gone. */
async function returning(): Promise<Browser> {
  const browser = await signedUp('alice')
  setClock(Date.now() + 11 * MINUTE_MS)
  browser.cookies.delete('__Host-access')
  return browser
}

const todosOf = async ({ client }: Browser) => (await client.get<{ todos: Todo[] }>('/todos')).body.todos

describe('a session whose access token has expired', () => {
  it('goes on with the page that was asked for', async () => {
    const { hops } = await (await returning()).visit('/console?q=milk&state=open')
    const page = '/console?q=milk&state=open'
    expect(hops).toEqual([`303 ${page}`, `303 /api/v1/auth/resume?to=${encodeURIComponent(page)}`, `200 ${page}`])
  })

  it('goes on with the form that was sent, once', async () => {
    const browser = await returning()
    const { hops } = await browser.submit('/console/todos', { contents: 'Buy milk', key: 'one', to: '/console' })
    expect(hops).toEqual([
      '307 /console/todos',
      '307 /api/v1/auth/resume?to=%2Fconsole%2Ftodos',
      '303 /console/todos',
      '200 /console?notice=added',
    ])
    expect(await todosOf(browser)).toMatchObject([{ contents: 'Buy milk' }])
  })

  it('goes on from a link on another site, by a page that begins here', async () => {
    const browser = await returning()
    const bounce = await browser.visit('/console', { from: 'cross-site' })
    expect(bounce.hops).toEqual(['303 /console', '200 /api/v1/auth/resume?to=%2Fconsole'])
    const again = '/api/v1/auth/resume?to=%2Fconsole&amp;again=1'
    expect(bounce.text).toContain(`<meta http-equiv="refresh" content="0; url=${again}"/>`)
    expect(bounce.text).toContain(`<a href="${again}">`)
    const { hops } = await browser.visit(again.replace('&amp;', '&'), { from: 'same-origin' })
    expect(hops).toEqual(['303 /api/v1/auth/resume?to=%2Fconsole&again=1', '200 /console'])
  })

  it('goes on in two tabs at once', async () => {
    const browser = await returning()
    const pages = await Promise.all([browser.visit('/console'), browser.visit('/console?state=done')])
    expect(pages.map(({ status, url }) => `${status} ${url}`)).toEqual(['200 /console', '200 /console?state=done'])
  })
})

describe('a session that has ended', () => {
  it('ends at the page to sign in, and is not asked for again', async () => {
    const browser = await returning()
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

  it('loses a form, and says where to sign in', async () => {
    const browser = await returning()
    browser.cookies.delete('__Secure-refresh')
    const { hops } = await browser.submit('/console/todos', { contents: 'Buy milk' })
    expect(hops).toEqual([
      '307 /console/todos',
      '303 /api/v1/auth/resume?to=%2Fconsole%2Ftodos',
      '200 /console/sign-in',
    ])
  })

  it('makes no circle where resuming has just been in vain', async () => {
    const browser = await returning()
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
  ])('leads nowhere but to the console: %s', async (to) => {
    const browser = await returning()
    const { hops } = await browser.visit(`/api/v1/auth/resume?to=${encodeURIComponent(to)}`)
    expect(hops.at(-1)).toBe('200 /console')
    expect(hops).toHaveLength(2)
  })

  it('does nothing for another site', async () => {
    const browser = await returning()
    const path = '/api/v1/auth/resume?to=%2Fconsole%2Ftodos'
    await changingNothing(async () => {
      const posted = await browser.submit(path, { contents: 'Buy milk' }, { from: 'cross-site' })
      expect(textOf(posted)).toContain('The request comes from another site.')
      // From a sibling of ours the cookie comes along, and is not used.
      const sibling = await browser.visit(path, { from: 'same-site' })
      expect({ status: sibling.status, cookies: sibling.headers.getSetCookie() }).toEqual({ status: 200, cookies: [] })
    })
  })

  it('is not tried for a stranger', async () => {
    expect((await new Browser().visit('/console')).hops).toEqual(['303 /console', '200 /console/sign-in'])
  })
})
