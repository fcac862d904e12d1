import { describe, expect, it } from 'vitest'
import { MINUTE, setClock } from '../helpers/clock'
import { codeFor } from '../helpers/codes'
import { device, signUpWithContacts } from '../helpers/devices'
import { giveIdentity, identityOf } from '../helpers/identities'
import { PASSWORD, signUp } from '../helpers/people'
import { newPerson } from '../helpers/providers'
import { turnOn, wrongCodeOf } from '../helpers/second-factor'
import { rowsOf } from '../helpers/storage'
import { Browser, signInByCode, textOf } from './browser'
import { signInBy } from './social'

/* The page that asks for the second factor, without JavaScript. */

const PAGE = '/console/sign-in/second-factor'
const EMAIL = 'alice@example.com'
const credentials = { identifier: 'alice', password: PASSWORD }

describe('the page for the second factor', () => {
  it('comes after a password, and leads to where the visitor wanted to go', async () => {
    const authenticator = await turnOn(await signUp('alice'))
    const browser = new Browser()
    const asked = await browser.submit('/console/sign-in/password?to=%2Fconsole%2Faccount', credentials)
    expect({ status: asked.status, url: asked.url }).toEqual({ status: 200, url: `${PAGE}?to=%2Fconsole%2Faccount` })
    expect(textOf(asked)).toContain('Code of your authenticator app')
    expect(asked.text).toMatch(/<input[^>]* autocomplete="one-time-code"/)
    expect(browser.cookies.has('__Host-access')).toBe(false)
    expect(asked.text + asked.url).not.toContain(browser.cookies.get('__Host-second-factor'))
    const wrong = await browser.submit(asked.url, { code: await wrongCodeOf(authenticator) })
    expect({ status: wrong.status, has: browser.cookies.has('__Host-second-factor') }).toEqual({
      status: 401,
      has: true,
    })
    expect(textOf(wrong)).toContain('The code is wrong')
    const done = await browser.submit(asked.url, { code: await authenticator.code() })
    expect({ status: done.status, url: done.url }).toEqual({ status: 200, url: '/console/account' })
    expect(browser.cookies.has('__Host-second-factor')).toBe(false)
  })

  it('comes after a code, takes a recovery code, and speaks Korean', async () => {
    const authenticator = await turnOn(await signUpWithContacts('alice', [EMAIL]))
    const browser = new Browser({ 'Accept-Language': 'ko' })
    const asked = await signInByCode(browser, EMAIL)
    expect(asked.url).toBe(PAGE)
    expect(textOf(asked)).toContain('인증 앱의 코드')
    const done = await browser.submit(PAGE, { code: ` ${authenticator.recoveryCodes[0]?.toLowerCase()} ` })
    expect({ status: done.status, url: done.url }).toEqual({ status: 200, url: '/console' })
  })

  it('has a field of its own for a recovery code, and the next page says how many are left', async () => {
    const authenticator = await turnOn(await signUp('alice'))
    const browser = new Browser()
    const asked = await browser.submit('/console/sign-in/password', credentials)
    expect(asked.text).toMatch(/<input[^>]* inputmode="numeric" autocomplete="one-time-code"/)
    expect(asked.text).toContain('<details class="panel"><summary>I do not have the app with me')
    const wrong = await browser.submit(PAGE, { recoveryCode: 'AAAA-AAAA-AAAA-AAAA' })
    expect(wrong.status).toBe(401)
    expect(wrong.text).toContain('<details class="panel" open="">')
    expect(wrong.text).toContain('<p id="recoveryCode-fault" class="fault">The code is wrong')
    expect(wrong.text).not.toContain('id="code-fault"')
    const done = await browser.submit(PAGE, { recoveryCode: authenticator.recoveryCodes[0] ?? '' })
    expect({ status: done.status, url: done.url }).toEqual({ status: 200, url: '/console' })
    expect(textOf(done)).toContain('You signed in with a recovery code. Codes left: 9. Make new recovery codes')
    expect(done.text).toContain('<a href="/console/account/second-factor">Make new recovery codes</a>')
    expect(textOf(await browser.visit('/console'))).not.toContain('Codes left')
  })

  it('shows what is wrong at the field, and after five wrong codes leads to a new sign-in with what was typed', async () => {
    const authenticator = await turnOn(await signUpWithContacts('alice', [EMAIL]))
    const browser = new Browser()
    await signInByCode(browser, EMAIL)
    const code = await wrongCodeOf(authenticator)
    for (let n = 0; n < 5; n++) {
      const wrong = await browser.submit(PAGE, { code })
      expect(wrong.text).toContain('<p id="code-fault" class="fault">The code is wrong')
    }
    const over = await browser.submit(PAGE, { code: await authenticator.code() })
    expect(over.status).toBe(403)
    expect(textOf(over)).toContain('too many codes were wrong; sign in again')
    expect(over.text).not.toContain('name="code"')
    const { text } = await browser.visit('/console/sign-in')
    expect(text).toContain(`value="${EMAIL}"`)
  })

  it('comes after a log-in by a provider', async () => {
    const person = newPerson()
    const alice = await signUp('alice')
    await giveIdentity(alice, identityOf(person.subject))
    const authenticator = await turnOn(alice)
    const { browser, page } = await signInBy('google', person, new Browser(), '/console/account')
    expect({ status: page.status, url: page.url }).toEqual({ status: 200, url: `${PAGE}?to=%2Fconsole%2Faccount` })
    const done = await browser.submit(page.url, { code: await authenticator.code() })
    expect({ status: done.status, url: done.url }).toEqual({ status: 200, url: '/console/account' })
  })

  it('connects an identity whose address was proven by a code', async () => {
    const alice = await signUpWithContacts('alice', ['alice@gmail.com'])
    const authenticator = await turnOn(alice)
    const { browser, page } = await signInBy('google', newPerson({ email: 'alice@gmail.com' }))
    expect(page.url).toMatch(/^\/console\/social\?error=identity_needs_proof/)
    const asked = await browser.submit('/console/social/proof?provider=google', {})
    const code = await codeFor('alice@gmail.com', { purpose: 'log_in' })
    const second = await browser.submit(asked.url, { code })
    expect({ status: second.status, url: second.url }).toEqual({ status: 200, url: `${PAGE}?provider=google` })
    expect(await rowsOf('identities')).toEqual([])
    const done = await browser.submit(second.url, { code: await authenticator.code() })
    expect({ status: done.status, url: done.url }).toEqual({ status: 200, url: '/console' })
    expect(await rowsOf('identities')).toHaveLength(1)
  })

  it('says so if the log-in is over, and leads to the beginning', async () => {
    setClock(Date.now())
    const authenticator = await turnOn(await signUp('alice'))
    const browser = new Browser()
    await browser.submit('/console/sign-in/password', credentials)
    setClock(Date.now() + 6 * MINUTE)
    const over = await browser.submit(PAGE, { code: await authenticator.code() })
    expect(over.status).toBe(403)
    expect(textOf(over)).toContain('sign in again')
    expect((await browser.visit(PAGE)).url).toBe('/console/sign-in')
  })

  it('is nothing without a log-in', async () => {
    const page = await new Browser().visit(PAGE)
    expect(page.url).toBe('/console/sign-in')
  })

  it('asks for a new sign-in where a password is no longer enough', async () => {
    await turnOn(await signUp('alice', device()))
    const browser = new Browser()
    expect((await browser.visit('/console/account')).url).toContain('/console/sign-in')
  })
})
