import { describe, expect, it } from 'vitest'
import type { ProviderId } from '../../src/users/provider-ids'
import { advanceClock, DAY, setClock } from '../helpers/clock'
import { PASSWORD } from '../helpers/people'
import { authorize, newPerson, type Person, refuse } from '../helpers/providers'
import { expectNoChanges } from '../helpers/storage'
import { Browser, type Page, signInByCode, signUpInBrowser, textOf } from './browser'
import { makeSignInOld } from './people'
import { comeBack, signInBy } from './social'

const ACCOUNT = '/console/account'
const connectPath = (provider: string): string => `${ACCOUNT}/identities/connect/${provider}`

/** Where a page sends the browser by itself. */
const refreshOf = ({ text }: Page): string =>
  /<meta http-equiv="refresh" content="0; url=([^"]*)"/.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? ''

/** The forms that remove an identity. */
const removalsOn = ({ text }: Page): string[] =>
  [...text.matchAll(/formaction="(\/console\/account\/identities\/[0-9a-f-]{36})"/g)].map(([, path = '']) => path)

/** Connects an identity on the account page. */
async function connect(browser: Browser, provider: ProviderId, person: Person): Promise<Page> {
  const page = await browser.submit(connectPath(provider), {})
  return comeBack(browser, authorize(refreshOf(page), person))
}

describe('the account page', () => {
  it('connects an identity, and shows whose it is and since when', async () => {
    const browser = await signUpInBrowser('alice')
    const leading = await browser.submit(connectPath('google'), {})
    expect(textOf(leading)).toContain('One moment You are being taken to Google. Continue')
    // With a redirect, the policy for forms would stop the browser here.
    expect(leading.hops).toEqual([`200 ${connectPath('google')}`])
    const authorizationUrl = refreshOf(leading)
    expect(new URL(authorizationUrl).origin).toBe('https://accounts.google.com')
    expect(leading.text).toContain(`<a href="${authorizationUrl.replaceAll('&', '&amp;')}">Continue</a>`)

    const person = newPerson({ email: 'alice@gmail.com' })
    const page = await comeBack(browser, authorize(authorizationUrl, person))
    expect(page.url).toBe(ACCOUNT)
    expect(textOf(page)).toContain('Google is connected. You can sign in with it from now on.')
    expect(textOf(page)).toMatch(/Google alice@gmail\.com Connected [^<]+ UTC Remove/)
    expect(textOf(await browser.visit(ACCOUNT))).not.toContain('Google is connected.')

    const { browser: other } = await signInBy('google', person)
    expect(textOf(await other.visit(ACCOUNT))).toContain('alice@gmail.com')
  })

  it('does not believe a link that says what has been connected', async () => {
    const browser = await signUpInBrowser('alice')
    const page = await browser.visit(`${ACCOUNT}?linked=google&provider=google`)
    expect(textOf(page)).not.toContain('connected')
  })

  it('says why an identity was not connected', async () => {
    const person = newPerson()
    await signInBy('kakao', person)
    const browser = await signUpInBrowser('alice')
    const taken = await connect(browser, 'kakao', person)
    expect(textOf(taken)).toContain('That Kakao account is connected to another account here.')
    expect(removalsOn(taken)).toEqual([])
    const cancelled = await comeBack(browser, refuse(refreshOf(await browser.submit(connectPath('line'), {}))))
    expect(textOf(cancelled)).toContain('You did not sign in with LINE. Nothing was changed.')
    const madeUp = await browser.visit(`${ACCOUNT}?error=%3Cb%3E&provider=google`)
    expect(madeUp.text.replace(/name="to" value="[^"]*"/, '')).not.toMatch(/<b>|role="alert"/)
  })

  it('removes an identity, and the activity says so, in both languages', async () => {
    const browser = await signUpInBrowser('alice')
    const [path = ''] = removalsOn(await connect(browser, 'line', newPerson()))
    const page = await browser.submit(path, {})
    expect({ url: page.url, left: removalsOn(page) }).toEqual({ url: ACCOUNT, left: [] })
    expect(textOf(page)).toContain('LINE is removed. It does not sign you in any more.')
    expect(textOf(await browser.visit(`${ACCOUNT}/activity`))).toMatch(/LINE was removed .* LINE was connected /)
    await browser.submit('/console/language', { language: 'ko', to: '/console' })
    expect(textOf(await browser.visit(`${ACCOUNT}/activity`))).toMatch(
      /LINE 연결을 해제했습니다 .* LINE 계정을 연결했습니다 /,
    )
    // A second click of the same button.
    expect((await browser.submit(path, {})).url).toBe(ACCOUNT)
  })

  it('says with what somebody has signed in, in both languages', async () => {
    const person = newPerson()
    await signInBy('line', person)
    const { browser } = await signInBy('line', person)
    expect(textOf(await browser.visit(`${ACCOUNT}/activity`))).toContain('Signed in with LINE')
    await browser.submit('/console/language', { language: 'ko', to: '/console' })
    expect(textOf(await browser.visit(`${ACCOUNT}/activity`))).toContain('LINE으로 로그인했습니다')
  })

  it('does not remove the last way to sign in', async () => {
    const { browser } = await signInBy('naver')
    const [path = ''] = removalsOn(await browser.visit(ACCOUNT))
    const page = await browser.submit(path, {})
    expect(page.status).toBe(409)
    expect(textOf(page)).toContain('This is the last way to sign in. Add another one first.')
    expect(removalsOn(page)).toEqual([path])
  })

  it('says until when a removal has to wait, shows it, and whose log-in stops it, in both languages', async () => {
    setClock(Date.parse('2026-12-01T12:00:00.000Z'))
    const person = newPerson({ email: 'alice@gmail.com' })
    await signInBy('google', person)
    advanceClock(DAY)
    const browser = new Browser()
    await signInByCode(browser, 'alice@gmail.com')
    const [path = ''] = removalsOn(await browser.visit(ACCOUNT))
    const page = await browser.submit(path, {})
    expect({ status: page.status, url: page.url }).toEqual({ status: 200, url: path })
    expect(textOf(page)).toContain('You can remove Google from Dec 5, 2026, 12:00 PM UTC on.')
    const shown = await browser.visit(ACCOUNT)
    expect(removalsOn(shown)).toEqual([path])
    expect(textOf(shown)).toContain('Somebody asked to remove it, which is possible from Dec 5, 2026, 12:00 PM UTC on.')
    expect(textOf(await browser.visit(`${ACCOUNT}/activity`))).toContain('Somebody asked to remove Google')
    await browser.submit('/console/language', { language: 'ko', to: '/console' })
    expect(textOf(await browser.visit(ACCOUNT))).toContain('막으려면 Google 계정으로 로그인하세요.')
    expect(textOf(await browser.submit(path, {}))).toContain('Google 연결은 2026. 12. 5. 오후 12:00 UTC부터 해제할 수')

    const { browser: owner } = await signInBy('google', person)
    expect(textOf(await owner.visit(ACCOUNT))).not.toContain('Somebody asked')
    expect(textOf(await owner.visit(`${ACCOUNT}/activity`))).toContain('The request to remove Google was stopped')
    expect(textOf(await browser.visit(`${ACCOUNT}/activity`))).toContain('Google 연결 해제 요청을 막았습니다')
  })

  it('changes nothing of somebody else', async () => {
    const { browser: bob } = await signInBy('naver')
    const [path = ''] = removalsOn(await bob.visit(ACCOUNT))
    const alice = await signUpInBrowser('alice')
    const page = await expectNoChanges(() => alice.submit(path, {}))
    expect(page.url).toBe(ACCOUNT)
    expect(removalsOn(await bob.visit(ACCOUNT))).toEqual([path])
  })

  it('leads back if there is no such provider', async () => {
    const browser = await signUpInBrowser('alice')
    expect((await browser.submit(connectPath('nobody'), {})).url).toBe(ACCOUNT)
  })
})

describe('a sign-in that is no longer fresh', () => {
  it('needs the password to connect and to remove', async () => {
    const browser = await signUpInBrowser('alice')
    const [removal = ''] = removalsOn(await connect(browser, 'google', newPerson()))
    await makeSignInOld(browser)
    for (const [path, submit] of [
      [connectPath('kakao'), 'Connect Kakao'],
      [removal, 'Remove'],
    ] as const) {
      const asked = await browser.submit(path, {})
      expect(asked.status).toBe(403)
      expect(textOf(asked)).toContain('Type your password to continue.')
      expect(asked.text).toContain(`<button type="submit">${submit}</button>`)
      const wrong = await browser.submit(path, { currentPassword: 'a wrong password' })
      expect(textOf(wrong)).toContain('The current password is wrong.')
    }
    const leading = await browser.submit(connectPath('kakao'), { currentPassword: PASSWORD })
    expect(new URL(refreshOf(leading)).host).toBe('kauth.kakao.com')
    expect((await browser.submit(removal, { currentPassword: PASSWORD })).url).toBe(ACCOUNT)
  })

  it('asks who has no password to sign in again, and comes back', async () => {
    const { browser } = await signInBy('naver')
    await makeSignInOld(browser)
    const asked = await browser.submit(connectPath('kakao'), {})
    expect(textOf(asked)).toContain('Sign in again to continue.')
    const signIn = await browser.submit('/console/sign-out', { to: ACCOUNT })
    expect(signIn.url).toBe('/console/sign-in?to=%2Fconsole%2Faccount')
  })
})
