import { describe, expect, it } from 'vitest'
import { advanceClock, MINUTE } from '../helpers/clock'
import { signUpWithContacts } from '../helpers/devices'
import { PASSWORD } from '../helpers/people'
import { type Authenticator, secondFactorOf, turnOn, wrongCodeOf } from '../helpers/second-factor'
import { Browser, signInByCode, signUpInBrowser, textOf } from './browser'
import { FREE_ATTEMPTS, makeSignInOld } from './people'

/* The proof of who somebody is, where the account has a second factor. */

const ACCOUNT = '/console/account'
const NEW_PASSWORD = 'a better horse battery'

/** Somebody with a second factor, whose sign-in with both factors is ten minutes old. */
async function signInLongAgo(): Promise<{ browser: Browser; app: Authenticator }> {
  const app = await turnOn(await signUpInBrowser('alice'))
  const browser = new Browser()
  await browser.submit('/console/sign-in/password', { identifier: 'alice', password: PASSWORD })
  await browser.submit('/console/sign-in/second-factor', { code: await app.code() })
  await makeSignInOld(browser)
  return { browser, app }
}

describe('the proof page of an account with a second factor', () => {
  it('asks for the password and a code in one form, and says which of them is wrong', async () => {
    const { browser, app } = await signInLongAgo()
    const path = `${ACCOUNT}/devices/others`
    const asked = await browser.submit(path, {})
    expect(asked.status).toBe(403)
    expect(textOf(asked)).toContain('type your password and a code of your authenticator app')
    expect(asked.text).not.toContain('class="refused"')

    const wrongPassword = await browser.submit(path, {
      currentPassword: 'nope nope',
      secondFactorCode: await app.code(),
    })
    expect(wrongPassword.status).toBe(403)
    expect(wrongPassword.text).toContain('<p id="currentPassword-fault" class="fault">The current password is wrong.')
    expect(wrongPassword.text).not.toContain('id="secondFactorCode-fault"')

    const wrongCode = await browser.submit(path, {
      currentPassword: PASSWORD,
      secondFactorCode: await wrongCodeOf(app),
    })
    expect(wrongCode.status).toBe(403)
    expect(wrongCode.text).toContain('<p id="secondFactorCode-fault" class="fault">That code is wrong')
    expect(wrongCode.text).not.toContain('id="currentPassword-fault"')

    const noCode = await browser.submit(path, { currentPassword: PASSWORD })
    expect(noCode.status).toBe(403)
    expect(noCode.text).toContain('<p id="secondFactorCode-fault" class="fault">The account has a second factor.')

    const done = await browser.submit(path, { currentPassword: PASSWORD, secondFactorCode: await app.code() })
    expect({ status: done.status, url: done.url }).toEqual({ status: 200, url: `${ACCOUNT}/devices` })
  })

  it('speaks Korean', async () => {
    const { browser } = await signInLongAgo()
    const page = await browser.submit(`${ACCOUNT}/second-factor/off`, {}, { headers: { 'Accept-Language': 'ko' } })
    expect(textOf(page)).toContain('계속하려면 비밀번호와 인증 앱의 코드를 입력하세요.')
  })

  it('waits after too many wrong codes', async () => {
    const { browser, app } = await signInLongAgo()
    const form = { currentPassword: PASSWORD, secondFactorCode: await wrongCodeOf(app) }
    const path = `${ACCOUNT}/second-factor/off`
    for (let n = 0; n < FREE_ATTEMPTS; n++) expect((await browser.submit(path, form)).status).toBe(403)
    const blocked = await browser.submit(path, form)
    expect(blocked.status).toBe(429)
    expect(textOf(blocked)).toContain('Too many wrong passwords or codes; wait a little. Try again in')
    expect(blocked.text).toContain('name="secondFactorCode"')
  })

  it('takes a recovery code', async () => {
    const { browser, app } = await signInLongAgo()
    const [secondFactorCode = ''] = app.recoveryCodes
    await browser.submit(`${ACCOUNT}/second-factor/off`, { currentPassword: PASSWORD, secondFactorCode })
    expect(await secondFactorOf(browser)).toBeNull()
  })

  it('keeps what was typed into the form before', async () => {
    const { browser, app } = await signInLongAgo()
    const fields = { username: 'alicia', usernameBefore: 'alice', name: 'Alice' }
    const asked = await browser.submit(`${ACCOUNT}/profile`, fields)
    expect(asked.text).toContain('<input type="hidden" name="username" value="alicia"/>')
    const proof = { currentPassword: PASSWORD, secondFactorCode: await app.code() }
    const done = await browser.submit(`${ACCOUNT}/profile`, { ...fields, ...proof })
    expect({ status: done.status, url: done.url }).toEqual({ status: 200, url: ACCOUNT })
    expect(textOf(done)).toContain('User name alicia')
  })

  it('is part of the form for a new password', async () => {
    const { browser, app } = await signInLongAgo()
    const form = await browser.visit(`${ACCOUNT}/password`)
    expect(form.text).toContain('name="secondFactorCode"')
    const wrong = await browser.submit(`${ACCOUNT}/password`, {
      currentPassword: PASSWORD,
      secondFactorCode: await wrongCodeOf(app),
      newPassword: NEW_PASSWORD,
    })
    expect(wrong.text).toContain('<p id="secondFactorCode-fault" class="fault">That code is wrong')
    const done = await browser.submit(`${ACCOUNT}/password`, {
      currentPassword: PASSWORD,
      secondFactorCode: await app.code(),
      newPassword: NEW_PASSWORD,
    })
    expect({ status: done.status, url: done.url }).toEqual({ status: 200, url: ACCOUNT })
  })

  it('comes before the account is deleted', async () => {
    const { browser, app } = await signInLongAgo()
    expect((await browser.submit(`${ACCOUNT}/delete`, { confirmed: 'yes' })).text).toContain('name="secondFactorCode"')
    const proof = { currentPassword: PASSWORD, secondFactorCode: await app.code() }
    const done = await browser.submit(`${ACCOUNT}/delete`, { confirmed: 'yes', ...proof })
    expect({ status: done.status, url: done.url }).toEqual({ status: 200, url: '/console/sign-in' })
  })

  it('comes for a young sign-in too that did not include the second factor', async () => {
    const browser = await signUpInBrowser('alice')
    const elsewhere = new Browser()
    await elsewhere.submit('/console/sign-in/password', { identifier: 'alice', password: PASSWORD })
    const app = await turnOn(browser)
    const proof = { currentPassword: PASSWORD, secondFactorCode: await app.code() }
    for (const path of ['/second-factor/off', '/password']) {
      const asked = await elsewhere.submit(ACCOUNT + path, { newPassword: NEW_PASSWORD })
      expect({ path, status: asked.status }).toEqual({ path, status: 403 })
      for (const name of ['currentPassword', 'secondFactorCode']) expect(asked.text).toContain(`name="${name}"`)
      if (path !== '/password') expect(asked.text).not.toContain('class="fault"')
    }
    const done = await elsewhere.submit(`${ACCOUNT}/second-factor/off`, proof)
    expect(textOf(done)).toContain('Two-step sign-in is off.')
  })

  it('sends people without a password to a new sign-in, and back', async () => {
    const address = 'alice@example.com'
    const browser = new Browser()
    await signInByCode(browser, address)
    const elsewhere = new Browser()
    advanceClock(MINUTE)
    await signInByCode(elsewhere, address)
    const app = await turnOn(browser)
    const asked = await elsewhere.submit(`${ACCOUNT}/second-factor/off`, {})
    expect(asked.status).toBe(403)
    expect(textOf(asked)).toContain('Sign in again with both steps to continue.')
    expect(asked.text).not.toContain('name="currentPassword"')
    const signIn = await elsewhere.submit('/console/sign-out', { to: `${ACCOUNT}/second-factor` })
    expect(signIn.url).toBe(`/console/sign-in?to=${encodeURIComponent(`${ACCOUNT}/second-factor`)}`)
    advanceClock(MINUTE)
    const second = await signInByCode(elsewhere, address)
    expect(second.url).toBe('/console/sign-in/second-factor')
    await elsewhere.submit(second.url, { code: await app.code() })
    expect(textOf(await elsewhere.submit(`${ACCOUNT}/second-factor/off`, {}))).toContain('Two-step sign-in is off.')

    await makeSignInOld(elsewhere)
    const old = await elsewhere.submit(`${ACCOUNT}/second-factor/set-up`, {})
    expect(textOf(old)).toContain('You signed in more than ten minutes ago. Sign in again')
  })
})

describe('a contact of an account with a second factor', () => {
  it('is removed with both', async () => {
    const app = await turnOn(await signUpWithContacts('alice', ['alice@example.com']))
    const browser = new Browser()
    await browser.submit('/console/sign-in/password', { identifier: 'alice', password: PASSWORD })
    await browser.submit('/console/sign-in/second-factor', { code: await app.code() })
    await makeSignInOld(browser)
    const asked = await browser.submit(`${ACCOUNT}/email/remove`, {})
    expect(asked.text).toContain('name="secondFactorCode"')
    const proof = { currentPassword: PASSWORD, secondFactorCode: await app.code() }
    const done = await browser.submit(`${ACCOUNT}/email/remove`, proof)
    expect(textOf(done)).toMatch(/Removed|You can do this from/)
  })
})
