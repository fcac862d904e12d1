import { describe, expect, it } from 'vitest'
import { ORIGIN } from '../helpers/client'
import { Browser, signUpInBrowser, textOf } from './browser'

describe('the page that is shown without a network', () => {
  it('has nothing of anybody, also when somebody is signed in, because it stays on the device', async () => {
    const alice = await signUpInBrowser('alice')
    await alice.client.post('/todos', { contents: 'Buy milk' })
    const [hers, strangers] = [await alice.visit('/console/offline'), await new Browser().visit('/console/offline')]
    expect(hers.status).toBe(200)
    expect(hers.text).toBe(strangers.text)
    expect(hers.text).not.toMatch(/alice|Buy milk|data-user/)
    expect(hers.headers.getSetCookie()).toEqual([])
  })

  it('is in the language and the theme of the browser', async () => {
    const page = await new Browser({ 'Accept-Language': 'ko' }).visit('/console/offline')
    expect(textOf(page)).toContain('이 기기의 할 일')
  })
})

describe('the page where keeping is turned on', () => {
  it('asks for a sign-in, says what it means, and that it needs a script', async () => {
    const path = '/console/offline-copy'
    expect((await new Browser().visit(path)).url).toBe(`/console/sign-in?to=${encodeURIComponent(path)}`)
    const alice = await signUpInBrowser('alice')
    const page = await alice.visit(path)
    expect(page.text).toContain('data-name="alice" data-zone="UTC"')
    expect(textOf(page)).toContain('Anyone who can use this browser profile can read what is kept')
    expect(page.text).toMatch(/<noscript>.*JavaScript/s)
    expect((await alice.visit('/console/account')).text).toContain(`href="${path}"`)
  })
})

describe('a sign-out', () => {
  it('makes the browser forget what all users keep, unless the script says that it has deleted what is of this one', async () => {
    const clears = async (form: Record<string, string>) => {
      const browser = await signUpInBrowser(`person-${Object.keys(form).length}`)
      const answer = await browser.client.post(`${ORIGIN}/console/sign-out`, String(new URLSearchParams(form)), {
        headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin' },
      })
      expect([answer.status, browser.cookies.has('__Host-access')]).toEqual([303, false])
      return answer.headers.get('Clear-Site-Data')
    }
    expect(await clears({})).toBe('"storage"')
    expect(await clears({ kept: 'true' })).toBeNull()
  })
})

it('lets pages load a manifest and a service worker from this origin, and nothing else more', async () => {
  const { headers } = await new Browser().visit('/console/sign-in')
  const policy = headers.get('Content-Security-Policy')
  expect(policy).toContain("manifest-src 'self'; worker-src 'self'")
  expect(policy).not.toMatch(/unsafe|data:|blob:|https?:|\*/)
})
