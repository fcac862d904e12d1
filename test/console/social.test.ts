import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { en } from '../../src/console/texts/en'
import { ko } from '../../src/console/texts/ko'
import { errorCodes, isErrorCode } from '../../src/errors'
import { MAX_RETURN_TO } from '../../src/log-in/social/schemas'
import type { SessionAnswer } from '../../src/sessions/schemas'
import { PROVIDER_IDS } from '../../src/users/provider-ids'
import { ORIGIN } from '../helpers/client'
import { codeFor, wrongCode } from '../helpers/codes'
import { authorize, newPerson, refuse } from '../helpers/providers'
import { expectNoChanges } from '../helpers/storage'
import { Browser, fieldValue, signUpInBrowser, textOf } from './browser'
import { comeBack, press, signInBy, startsOn } from './social'

const userIdOf = async ({ client }: Browser): Promise<string> =>
  (await client.get<SessionAnswer>('/auth/session')).body.user.id

describe('the sign-in page', () => {
  it('has a link for each provider, in their order, and the test provider last', async () => {
    const page = await new Browser().visit('/console/sign-in')
    const returnTo = encodeURIComponent('/console/sign-in/done')
    expect(startsOn(page)).toEqual(PROVIDER_IDS.map((id) => `/api/v1/auth/social/${id}?returnTo=${returnTo}`))
    expect(textOf(page)).toMatch(/Continue with Test provider Only on this computer, to try it out\. or We send you/)
  })

  it('says what each provider asks for, in both languages', async () => {
    const inEnglish = textOf(await new Browser().visit('/console/sign-in'))
    for (const text of ['Continue with Google', 'Continue with Apple', 'Login with Kakao', 'Continue with LINE']) {
      expect(inEnglish).toContain(text)
    }
    const inKorean = textOf(await new Browser({ 'Accept-Language': 'ko' }).visit('/console/sign-in'))
    for (const text of [
      'Google 계정으로 계속하기',
      'Apple로 계속하기',
      '카카오 로그인',
      '네이버로 계속하기',
      'LINE으로 계속하기',
    ]) {
      expect(inKorean).toContain(text)
    }
  })

  it('asks nobody else for the logos', async () => {
    const { text } = await new Browser().visit('/console/sign-in')
    expect(text.replace(/<header.*<\/header>/s, '').match(/<svg /g)).toHaveLength(PROVIDER_IDS.length)
    expect(text).not.toMatch(/(?:src|href|url)[=(]["']?(?:https?:)?\/\//)
  })

  it('has none where no provider is set up', async () => {
    const settings = Object.keys(env).filter((name) => /_CLIENT_(ID|SECRET)$|^(APPLE|OIDC|TEST_PROVIDER)_/.test(name))
    const none = Object.fromEntries(settings.map((name) => [name, '']))
    const page = await new Browser({}, none).visit('/console/sign-in')
    expect(startsOn(page)).toEqual([])
    expect(page.text).not.toContain('class="or"')
  })
})

describe('signing in by a provider', () => {
  it.each(PROVIDER_IDS)('leads to the page that was wanted, and to the same account again: %s', async (provider) => {
    const person = newPerson()
    const { browser, page } = await signInBy(provider, person, new Browser(), '/console?q=milk&state=open')
    expect({ status: page.status, url: page.url }).toEqual({ status: 200, url: '/console?q=milk&state=open' })
    expect(browser.cookies.has('__Host-console')).toBe(true)
    expect(textOf(page)).toContain('Your account has been created. You are signed in.')
    const id = await userIdOf(browser)
    await browser.submit('/console/sign-out', {})
    const { page: again } = await signInBy(provider, person, browser)
    expect(await userIdOf(browser)).toBe(id)
    expect(textOf(again)).not.toContain('created')
  })

  it('goes on after the access token has expired, as every session does', async () => {
    const { browser } = await signInBy('google')
    browser.cookies.delete('__Host-access')
    browser.cookies.set('__Host-console', '1')
    expect((await browser.visit('/console')).url).toBe('/console')
  })

  it('leads to the first page if the address of the wanted one is very long', async () => {
    const { page } = await signInBy('google', newPerson(), new Browser(), `/console?q=${'x'.repeat(MAX_RETURN_TO)}`)
    expect(page.url).toBe('/console')
  })

  it('is not over without a session: somebody else may have made the link', async () => {
    const browser = new Browser()
    const { hops } = await browser.visit('/console/sign-in/done?to=%2Fconsole%2Faccount')
    expect(hops).toEqual([
      '303 /console/sign-in/done?to=%2Fconsole%2Faccount',
      '200 /console/sign-in?to=%2Fconsole%2Faccount',
    ])
    expect(browser.cookies.has('__Host-console')).toBe(false)
  })
})

describe('a log-in by a provider that did not work', () => {
  it('says so, and offers to try again and other ways', async () => {
    const browser = new Browser()
    const start = await press(browser, await browser.visit('/console?q=milk'), 'kakao')
    const page = await comeBack(browser, refuse(start))
    expect(textOf(page)).toContain('Sign-in cancelled You did not sign in with Kakao. Nothing was changed.')
    expect(startsOn(page)).toEqual([
      `/api/v1/auth/social/kakao?returnTo=${encodeURIComponent('/console/sign-in/done?to=%2Fconsole%3Fq%3Dmilk')}`,
    ])
    expect(page.text).toContain('href="/console/sign-in?to=%2Fconsole%3Fq%3Dmilk"')
    const again = await comeBack(browser, authorize(await press(browser, page, 'kakao'), newPerson()))
    expect(again.url).toBe('/console?q=milk')
  })

  it('is in Korean', async () => {
    const browser = new Browser({ 'Accept-Language': 'ko' })
    const page = await comeBack(browser, refuse(await press(browser, await browser.visit('/console'), 'naver')))
    expect(textOf(page)).toContain('네이버 로그인을 취소했습니다. 바뀐 것은 없습니다.')
  })

  it('says if the provider is down, and if its answer makes no sense', async () => {
    for (const [fault, text] of [
      ['status_503', 'Google does not answer at the moment.'],
      ['bad_signature', 'Google refused, or gave an answer that makes no sense.'],
    ] as const) {
      const browser = new Browser()
      const start = await press(browser, await browser.visit('/console'), 'google')
      expect(textOf(await comeBack(browser, authorize(start, newPerson(), fault)))).toContain(text)
    }
  })

  it('says if it was begun in another browser', async () => {
    const start = await press(new Browser(), await new Browser().visit('/console/sign-in'), 'google')
    const page = await comeBack(new Browser(), authorize(start, newPerson()))
    expect(textOf(page)).toContain('This sign-in was begun in another browser or more than ten minutes ago')
  })

  it.each(Object.keys(errorCodes))('has words for people: %s', async (errorCode) => {
    if (!isErrorCode(errorCode)) throw new Error(errorCode)
    const address = `/console/social?error=${errorCode}&provider=google`
    expect(textOf(await new Browser().visit(address))).toContain(
      en.social.problem(errorCode, 'Google') ?? en.error(errorCode),
    )
    expect(textOf(await new Browser({ 'Accept-Language': 'ko' }).visit(address))).toContain(
      ko.social.problem(errorCode, 'Google') ?? ko.error(errorCode),
    )
  })

  it('shows nothing that a link made up, and leads nowhere else', async () => {
    const page = await new Browser().visit(
      '/console/social?error=%3Cb%3Ehacked&provider=%3Cb%3E&returnTo=https%3A%2F%2Fevil.example%2Fconsole',
    )
    expect(page.status).toBe(200)
    expect(textOf(page)).toContain('Signing in did not work Other ways to sign in')
    // The buttons for colours and languages come back to the address as it is.
    expect(page.text.replace(/name="to" value="[^"]*"/g, '')).not.toMatch(/hacked|evil|<b>/)
  })
})

/** A browser that came back from GitHub with an address that has an account already. */
async function browserThatHasToProve(email: string, wanted = '/console?state=open') {
  const owner = await signUpInBrowser('alice')
  await owner.submit('/console/account/email', { to: email })
  await owner.submit('/console/account/email/code', { code: await codeFor(email) })
  const person = newPerson({ email })
  const { browser, page } = await signInBy('github', person, new Browser(), wanted)
  return { owner, person, browser, page }
}

const EMAIL = 'alice@example.com'

describe('an identity whose address has an account', () => {
  it('is connected in the same step as its owner signs in with a code', async () => {
    const { owner, person, browser, page } = await browserThatHasToProve(EMAIL)
    expect(textOf(page)).toContain('You have an account already')
    expect(fieldValue(page, 'email')).toBe(EMAIL)
    expect(page.text).toMatch(/<input type="email"[^>]* readonly/)
    const form = /action="(\/console\/social\/proof[^"]*)"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const since = Date.now()
    const asked = await browser.submit(form, {})
    expect(asked.url).toMatch(/^\/console\/social\/code\?/)
    const done = await browser.submit(asked.url, { code: await codeFor(EMAIL, { since }) })
    expect(done.url).toBe('/console?state=open')
    expect(textOf(done)).toContain('GitHub is connected. You can sign in with it from now on.')
    expect(browser.cookies.has('__Host-identity')).toBe(false)
    expect(await userIdOf(browser)).toBe(await userIdOf(owner))

    // GitHub now leads to that account by itself.
    const { browser: other } = await signInBy('github', person)
    expect(await userIdOf(other)).toBe(await userIdOf(owner))
  })

  it('is in no page and in no address', async () => {
    const { browser, page } = await browserThatHasToProve(EMAIL)
    const { linkToken } = JSON.parse(decodeURIComponent(browser.cookies.get('__Host-identity') ?? ''))
    expect(linkToken).toMatch(/^[\w-]{100,}$/)
    expect(browser.client.setCookies.findLast((line) => line.startsWith('__Host-identity='))).toMatch(
      /; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
    const asked = await browser.submit(`/console/social/proof${new URL(page.url, ORIGIN).search}`, {})
    for (const { text, hops } of [page, asked]) {
      expect(text + hops.join()).not.toContain(linkToken)
      expect(text + hops.join()).not.toContain(linkToken.slice(0, 40))
    }
  })

  it('asks again after a wrong code, and sends another one only after a minute', async () => {
    const { browser } = await browserThatHasToProve(EMAIL)
    const since = Date.now()
    const asked = await browser.submit('/console/social/proof?provider=github', {})
    const code = await codeFor(EMAIL, { since })
    const wrong = await browser.submit(asked.url, { code: wrongCode(code) })
    expect({ status: wrong.status, url: wrong.url }).toEqual({ status: 401, url: asked.url })
    expect((await browser.submit(asked.url, { resend: '1' })).status).toBe(429)
    expect((await browser.submit(asked.url, { code })).url).toBe('/console')
  })

  it('has to be brought again if the browser has forgotten it', async () => {
    const { browser } = await browserThatHasToProve(EMAIL)
    browser.cookies.delete('__Host-identity')
    for (const page of [
      await browser.visit('/console/social?error=identity_needs_proof&provider=github'),
      await browser.submit('/console/social/proof?provider=github', {}),
      await browser.visit('/console/social/code?provider=github'),
      await browser.submit('/console/social/code?provider=github', { code: '123456' }),
    ]) {
      expect(textOf(page)).toContain('It has been more than ten minutes. Sign in with GitHub again.')
      expect(startsOn(page)).toHaveLength(1)
    }
    browser.cookies.set('__Host-identity', 'nonsense')
    expect((await browser.visit('/console/social?error=identity_needs_proof&provider=github')).status).toBe(200)
  })

  it('is not connected by a code for another address', async () => {
    const { browser } = await browserThatHasToProve(EMAIL)
    await browser.submit('/console/sign-in', { recipient: 'mallory@example.com' })
    const code = await codeFor('mallory@example.com')
    const page = await browser.submit('/console/social/code?provider=github', { code })
    expect(textOf(page)).toContain('Sign in with GitHub again.')
    expect((await browser.client.get('/auth/session')).status).toBe(401)
  })

  it('signs its owner in even if it cannot be connected any more', async () => {
    const { browser } = await browserThatHasToProve(EMAIL)
    const waiting = JSON.parse(decodeURIComponent(browser.cookies.get('__Host-identity') ?? ''))
    browser.cookies.set('__Host-identity', encodeURIComponent(JSON.stringify({ ...waiting, linkToken: 'old' })))
    const since = Date.now()
    const asked = await browser.submit('/console/social/proof?provider=github', {})
    const page = await browser.submit(asked.url, { code: await codeFor(EMAIL, { since }) })
    expect(textOf(page)).toContain('You are signed in. GitHub could not be connected')
  })

  it('is forgotten when somebody signs out', async () => {
    const { browser } = await browserThatHasToProve(EMAIL)
    await browser.submit('/console/sign-out', {})
    expect(browser.cookies.has('__Host-identity')).toBe(false)
  })
})

describe('a form of these pages that another site sends', () => {
  it.each([
    '/console/social/proof',
    '/console/social/code',
    '/console/account/identities/connect/google',
    '/console/account/identities/01a1fa3a-cd78-7305-a121-a7abf5ac70d9',
  ])('does nothing: %s', async (path) => {
    const browser = await signUpInBrowser('alice')
    const headers = { 'Sec-Fetch-Site': 'cross-site' }
    const page = await expectNoChanges(() => browser.submit(path, {}, { headers }))
    expect(page.status).toBe(403)
    expect(page.headers.getSetCookie()).toEqual([])
  })
})
