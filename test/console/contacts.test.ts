import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { User } from '../../src/users/schemas'
import { advanceClock, DAY, MINUTE, setClock } from '../helpers/clock'
import { allMessagesTo, codeFor, wrongCode } from '../helpers/codes'
import { signUpWithContacts } from '../helpers/devices'
import { logIn, PASSWORD } from '../helpers/people'
import { stopTokenFor } from '../helpers/removal-requests'
import { expectNoChanges } from '../helpers/storage'
import { verificationTokenFor } from '../helpers/tokens'
import { wayBackTokenFor } from '../helpers/way-back'
import { noticesTo } from '../notices/read-notices'
import { Browser, fieldValue, type Page, signInByCode, signUpInBrowser, textOf } from './browser'
import { makeSignInOld, signInOnTheWay } from './people'

const EMAIL = 'alice@example.com'
const PHONE = '+821012345678'

const CASES = [
  { name: 'email', to: EMAIL, written: EMAIL, shown: EMAIL, taken: 'That e-mail address belongs to another account.' },
  {
    name: 'phone',
    to: '010-1234-5678',
    written: PHONE,
    shown: '+82 10 1234 5678',
    taken: 'That phone number belongs to another account.',
  },
] as const

const userOf = async ({ client }: Browser): Promise<User> => (await client.get<User>('/users/me')).body

const statusAndUrl = ({ status, url }: Page) => `${status} ${url}`

/** Asks for a code and enters it. */
async function addContact(browser: Browser, name: 'email' | 'phone', to: string): Promise<Page> {
  const since = Date.now()
  const asked = await browser.submit(`/console/account/${name}`, { to })
  expect(statusAndUrl(asked)).toBe(`200 /console/account/${name}/code`)
  return browser.submit(`/console/account/${name}/code`, { code: await codeFor(to, { purpose: 'verify', since }) })
}

describe.each(CASES)('a contact: $name', ({ name, to, written, shown, taken }) => {
  const path = `/console/account/${name}`

  it('is added with the code that was sent to it', async () => {
    const browser = await signUpInBrowser('alice')
    await browser.visit(`/console/outbox?token=${env.OUTBOX_TOKEN}`)
    const asked = await browser.submit(path, { to })
    expect(textOf(asked)).toContain(`Your code: ${await codeFor(to)}`)
    const page = await browser.submit(`${path}/code`, { code: await codeFor(to) })
    expect(statusAndUrl(page)).toBe('200 /console/account')
    expect(textOf(page)).toContain(shown)
    expect(browser.cookies.has('__Host-challenge')).toBe(false)
    expect((await userOf(browser))[name]).toBe(written)
  })

  it('is refused if it is of the other kind, and shown again as it was typed', async () => {
    const browser = await signUpInBrowser('alice')
    const typed = name === 'email' ? '010-1234-5678' : 'alice@example.com'
    const page = await expectNoChanges(() => browser.submit(path, { to: typed }))
    expect(page.status).toBe(422)
    const fault = name === 'email' ? 'That is not an e-mail address.' : 'That is not a mobile number.'
    expect(page.text).toContain(`<p id="to-fault" class="fault">${fault}</p>`)
    expect(fieldValue(page, 'to')).toBe(typed)
  })

  it('is refused beside the field if another account has it', async () => {
    await signUpWithContacts('bob', [written])
    const browser = await signUpInBrowser('alice')
    const page = await addContact(browser, name, to)
    expect(page.status).toBe(409)
    expect(page.text).toContain(`<p id="to-fault" class="fault">${taken}</p>`)
    expect(page.text).toContain(`<form method="post" action="${path}">`)
    expect(fieldValue(page, 'to')).toBe(to)
  })

  it('is not added with a wrong code', async () => {
    const browser = await signUpInBrowser('alice')
    await browser.submit(path, { to })
    const code = wrongCode(await codeFor(to))
    const page = await browser.submit(`${path}/code`, { code })
    expect(statusAndUrl(page)).toBe(`401 ${path}/code`)
    expect(page.text).toContain('<p id="code-fault" class="fault">The code is wrong, or it is too old.</p>')
    expect(page.text).not.toContain(code)
    expect((await userOf(browser))[name]).toBeNull()
  })

  it('gets another code once a minute', async () => {
    const browser = await signUpInBrowser('alice')
    await browser.submit(path, { to })
    const page = await browser.submit(`${path}/code`, { resend: '1' })
    expect(page.status).toBe(429)
    expect(textOf(page)).toMatch(/Too many codes were asked for; wait a little\. Try again in \d+ seconds\./)
    advanceClock(MINUTE)
    expect(statusAndUrl(await browser.submit(`${path}/code`, { resend: '1' }))).toBe(`200 ${path}/code`)
    expect(await allMessagesTo(to)).toHaveLength(2)
  })

  it('is removed, and gets a notice about it', async () => {
    const { client } = await signUpWithContacts('alice', [written])
    const browser = browserWith(client.cookies)
    expect(textOf(await browser.visit(path))).toContain(shown)
    const page = await browser.submit(`${path}/remove`, {})
    expect(statusAndUrl(page)).toBe('200 /console/account')
    expect(textOf(page)).not.toContain(shown)
    expect(await noticesTo(written)).toMatchObject([{ purpose: 'contact_changed' }])
  })

  it('is not removed if it is the last way to sign in', async () => {
    const browser = new Browser()
    await signInByCode(browser, to)
    const page = await expectNoChanges(() => browser.submit(`${path}/remove`, {}))
    expect(page.status).toBe(409)
    expect(textOf(page)).toContain('This is the last way to sign in. Add another one first.')
  })

  it('is not added with the code for another contact', async () => {
    const browser = await signUpInBrowser('alice')
    expect((await browser.visit(`${path}/code`)).url).toBe(path)
    await browser.submit(`/console/account/${name === 'email' ? 'phone' : 'email'}`, {
      to: name === 'email' ? '010-8765-4321' : 'other@example.com',
    })
    expect((await browser.visit(`${path}/code`)).url).toBe(path)
    expect((await browser.submit(`${path}/code`, { code: '123456' })).url).toBe(path)
  })
})

/** A browser with these cookies. */
function browserWith(cookies: Map<string, string>): Browser {
  const browser = new Browser()
  for (const [name, value] of cookies) browser.cookies.set(name, value)
  return browser
}

/** What the browser has stored about the last code. */
const challengeOf = ({ cookies }: Browser): Record<string, unknown> =>
  JSON.parse(decodeURIComponent(cookies.get('__Host-challenge') ?? '{}'))

const verificationTokenOf = (browser: Browser): unknown => challengeOf(browser)['verificationToken']

describe('if the sign-in was long ago', () => {
  it('a contact needs its code and then the password, but the code only once', async () => {
    const browser = await signUpInBrowser('alice')
    await makeSignInOld(browser)
    const asked = await addContact(browser, 'email', EMAIL)
    expect(statusAndUrl(asked)).toBe('403 /console/account/email/code')
    expect(verificationTokenOf(browser)).toMatch(/^eyJ/)
    expect(asked.text).not.toContain('eyJ')

    const wrong = { currentPassword: 'not my password' }
    const again = await browser.submit('/console/account/email/code', wrong)
    expect(again.status).toBe(403)
    expect(again.text).toContain('<p id="currentPassword-fault" class="fault">The current password is wrong.</p>')
    const right = { currentPassword: PASSWORD }
    expect((await browser.submit('/console/account/email/code', right)).url).toBe('/console/account')
    expect((await userOf(browser)).email).toBe(EMAIL)
  })

  it('the code is asked for again if its verification token is not valid', async () => {
    const browser = await signUpInBrowser('alice')
    await browser.submit('/console/account/email', { to: EMAIL })
    const challenge = { ...challengeOf(browser), verificationToken: 'nonsense' }
    browser.cookies.set('__Host-challenge', encodeURIComponent(JSON.stringify(challenge)))
    const page = await browser.submit('/console/account/email/code', { code: '' })
    expect(page.status).toBe(403)
    expect(textOf(page)).toContain('The code is no longer good; ask for another one.')
    expect(fieldValue(page, 'to')).toBe(EMAIL)
  })

  it('a contact is removed with the password', async () => {
    const { client } = await signUpWithContacts('alice', [EMAIL])
    const browser = browserWith(client.cookies)
    await makeSignInOld(browser)
    const asked = await browser.submit('/console/account/email/remove', {})
    expect({ status: asked.status, label: textOf(asked).includes('Remove the e-mail address') }).toEqual({
      status: 403,
      label: true,
    })
    expect((await userOf(browser)).email).toBe(EMAIL)
    const page = await browser.submit('/console/account/email/remove', { currentPassword: PASSWORD })
    expect(page.url).toBe('/console/account')
  })

  it('a contact that has to wait says until when, and its link stops that', async () => {
    setClock(Date.parse('2026-12-01T12:00:00.000Z'))
    await signUpWithContacts('alice', [EMAIL, PHONE])
    advanceClock(DAY)
    const browser = new Browser()
    await signInByCode(browser, PHONE)
    const page = await browser.submit('/console/account/email/remove', {})
    expect(page.status).toBe(200)
    expect(textOf(page)).toContain('You can do this from Dec 5, 2026, 12:00 PM UTC on.')
    expect((await userOf(browser)).email).toBe(EMAIL)

    const visitor = new Browser()
    const path = `/s/${await stopTokenFor(EMAIL)}`
    const form = await visitor.visit(path)
    expect(form.url).toBe(path.replace('/s/', '/console/stop/'))
    expect(textOf(form)).toContain('Stop it')
    expect(textOf(await visitor.submit(form.url, {}))).toContain('It is stopped.')
    const again = await visitor.submit(form.url, {})
    expect([again.status, textOf(again).includes('The link is not valid')]).toEqual([403, true])
  })

  describe('the link in the notice of a change', () => {
    /** Alice's account, a month old. A thief who knows her password has replaced the e-mail address. */
    async function visitLink(): Promise<{ visitor: Browser; path: string }> {
      setClock(Date.parse('2026-12-01T12:00:00.000Z'))
      const { client } = await signUpWithContacts('alice', [EMAIL, PHONE])
      advanceClock(30 * DAY)
      await logIn('alice', client)
      const verificationToken = await verificationTokenFor({ channel: 'email', to: 'mallory@example.com' })
      expect((await client.put('/users/me/email', { verificationToken })).status).toBe(200)
      const visitor = new Browser()
      const link = `/w/${await wayBackTokenFor(EMAIL)}`
      const form = await expectNoChanges(() => visitor.visit(link))
      expect(form.url).toBe(link.replace('/w/', '/console/way-back/'))
      expect(textOf(form)).toContain('Take it back')
      return { visitor, path: form.url }
    }
    const ways = 'password_would_do phone_would_do'

    it('opens a page, whose form asks for the password or a code, and takes the change back', async () => {
      const { visitor, path } = await visitLink()
      const asked = await expectNoChanges(() => visitor.submit(path, { ways: '' }))
      expect(asked.status).toBe(403)
      expect(textOf(asked)).toContain('One of these is enough:')
      expect(fieldValue(asked, 'ways')).toBe(ways)
      const wrong = await visitor.submit(path, { ways, currentPassword: 'a wrong password' })
      expect([wrong.status, wrong.text.includes('id="currentPassword-fault"'), fieldValue(wrong, 'ways')]).toEqual([
        403,
        true,
        ways,
      ])
      const done = await visitor.submit(path, { ways, currentPassword: PASSWORD })
      expect([done.status, textOf(done).includes('Your account is as it was before the change.')]).toEqual([200, true])
      const again = await visitor.submit(path, { ways, currentPassword: PASSWORD })
      expect([again.status, textOf(again).includes('The link is not valid')]).toEqual([403, true])
    })

    it('takes the change back by a code to the other contact', async () => {
      const { visitor, path } = await visitLink()
      const nowhere = await visitor.submit(`${path}/contact`, { ways, to: 'x' })
      expect([nowhere.status, fieldValue(nowhere, 'to')]).toEqual([422, 'x'])
      const asked = await visitor.submit(`${path}/contact`, { ways, to: PHONE })
      expect([asked.status, asked.url]).toEqual([200, `${path}/code`])
      const code = await codeFor(PHONE)
      expect((await visitor.submit(asked.url, { code: wrongCode(code) })).status).toBe(401)
      const done = await visitor.submit(asked.url, { code })
      expect([done.status, textOf(done).includes('Your account is as it was before the change.')]).toEqual([200, true])
      expect((await visitor.visit(`${path}/code`)).url).toBe(path)
      expect((await visitor.submit(`${path}/code`, { code })).url).toBe(path)
    })

    it('sends another code, and refuses one for another contact', async () => {
      const { visitor, path } = await visitLink()
      await visitor.submit(`${path}/contact`, { ways, to: 'mallory@example.com' })
      expect((await visitor.submit(`${path}/code`, { resend: '1' })).status).toBe(429)
      advanceClock(MINUTE)
      expect((await visitor.submit(`${path}/code`, { resend: '1' })).url).toBe(`${path}/code`)
      const since = Date.now()
      const code = await codeFor('mallory@example.com', { since })
      const refused = await visitor.submit(`${path}/code`, { code })
      expect([refused.status, textOf(refused).includes('ask for another one')]).toEqual([403, true])
    })
  })

  it('users without a password sign in again with a code, and come back', async () => {
    const browser = new Browser()
    await signInByCode(browser, EMAIL)
    await makeSignInOld(browser)
    const page = await browser.visit('/console/account/phone')
    expect(page.text).not.toContain('name="phone"')
    await browser.submit('/console/sign-out', { to: fieldValue(page, 'to') })
    const back = await signInOnTheWay(browser, EMAIL, '?to=%2Fconsole%2Faccount%2Fphone')
    expect(back.url).toBe('/console/account/phone')
    expect((await addContact(browser, 'phone', PHONE)).url).toBe('/console/account')
  })

  it('resuming the session does not use up the code', async () => {
    const browser = await signUpInBrowser('alice')
    await makeSignInOld(browser)
    await browser.submit('/console/account/email', { to: EMAIL })
    const code = await codeFor(EMAIL)
    browser.cookies.delete('__Host-access')
    const page = await browser.submit('/console/account/email/code', { code })
    expect(page.hops).toHaveLength(3)
    expect(verificationTokenOf(browser)).toMatch(/^eyJ/)
  })
})

it('shows errors in Korean too', async () => {
  await signUpWithContacts('bob', [EMAIL])
  const browser = await signUpInBrowser('alice', { 'Accept-Language': 'ko' })
  expect((await addContact(browser, 'email', EMAIL)).text).toContain(
    '<p id="to-fault" class="fault">다른 계정에서 사용 중인 이메일 주소입니다.</p>',
  )
})
