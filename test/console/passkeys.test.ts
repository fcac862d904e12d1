import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { User } from '../../src/users/schemas'
import { Authenticator, type RequestOptions, type Wrong } from '../helpers/authenticator'
import { setClock } from '../helpers/clock'
import { block } from '../helpers/operator'
import { addPasskey, beginPasskey, passkeysOf } from '../helpers/passkeys'
import { PASSWORD, signUp } from '../helpers/people'
import { recordingBindings } from '../helpers/recorder'
import { expectNoChanges, rowsOf } from '../helpers/storage'
import { Browser, fieldValue, type Page, signInByCode, signUpInBrowser, textOf } from './browser'
import { makeSignInOld } from './people'

/*
 * Passkeys on the pages, without their script: what passkeys.js would fill in comes from an authenticator in software. What the script
 * does is in test/browser/passkeys.test.ts.
 */

const SIGN_IN = '/console/sign-in/passkey'
const ACCOUNT = '/console/account'
const PASSKEYS = `${ACCOUNT}/passkeys`
const DAY = 24 * 60 * 60_000

/** What passkeys.js fills into the form of the sign-in page. */
async function answer({ client }: Browser, authenticator: Authenticator, wrong?: Wrong): Promise<string> {
  const { body } = await client.post<{ publicKey: RequestOptions }>('/auth/passkeys/options')
  return JSON.stringify(await authenticator.get(body.publicKey, wrong))
}

/** Signs in by a passkey in a new browser. */
async function signInByPasskey(authenticator: Authenticator, browser = new Browser(), query = '') {
  await browser.visit(`/console/sign-in${query}`)
  return browser.submit(SIGN_IN + query, { response: await answer(browser, authenticator) })
}

/** The form that passkeys.js shows. */
const formOn = ({ text }: Page, kind: 'sign-in' | 'add'): string =>
  new RegExp(`<form [^>]*data-passkey="${kind}"[^>]*>`).exec(text)?.[0] ?? ''

/** JSON in an attribute. */
const attributeOf = <Value = unknown>(tag: string, name: string): Value =>
  JSON.parse(new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1]?.replaceAll('&quot;', '"') ?? 'null')

const signalsOn = ({ text }: Page): unknown =>
  attributeOf(/<[^>]* data-signals="[^>]*>/.exec(text)?.[0] ?? '', 'data-signals')

/** The pages of the passkeys that are listed. */
const listedOn = ({ text }: Page): string[] =>
  [...text.matchAll(/href="(\/console\/account\/passkeys\/[0-9a-f-]{36})"/g)].map(([, path = '']) => path)

describe('the sign-in page', () => {
  it.each(['', '/password'])(
    'has a hidden form for passkeys, and offers them where the name is typed: %j',
    async (path) => {
      const page = await new Browser().visit(`/console/sign-in${path}?to=%2Fconsole%2Faccount`)
      const form = formOn(page, 'sign-in')
      expect(form).toContain(`action="${SIGN_IN}?to=%2Fconsole%2Faccount"`)
      expect(form).toMatch(/ hidden=""/)
      expect(page.text.match(/autocomplete="username webauthn"/g)).toHaveLength(1)
      expect(page.text.split('/console/passkeys.js')).toHaveLength(2)
    },
  )

  it('signs in by a passkey, and leads to where the visitor wanted to go', async () => {
    const authenticator = new Authenticator()
    const owner = await signUp('alice')
    await addPasskey(owner, authenticator)
    const browser = new Browser()
    const page = await signInByPasskey(authenticator, browser, '?to=%2Fconsole%2Faccount')
    expect({ status: page.status, url: page.url }).toEqual({ status: 200, url: ACCOUNT })
    expect(browser.cookies.has('__Host-console')).toBe(true)
    expect((await browser.client.get<{ user: User }>('/auth/session')).body.user.id).toBe(owner.user.id)
    expect(textOf(await browser.visit(`${ACCOUNT}/activity`))).toContain('Signed in with a passkey')
  })

  it('has passkeys first in a browser where one was used or added, until it is known to nobody', async () => {
    const isFirst = async (browser: Browser) => {
      const { text } = await browser.visit('/console/sign-in')
      return text.indexOf('data-passkey="sign-in"') < text.indexOf('name="recipient"')
    }
    const alice = await signUp('alice')
    const authenticator = new Authenticator()
    const passkey = await addPasskey(alice, authenticator)
    const browser = new Browser()
    expect(await isFirst(browser)).toBe(false)
    await signInByPasskey(authenticator, browser)
    await browser.submit('/console/sign-out', {})
    expect(await isFirst(browser)).toBe(true)
    expect(await isFirst(new Browser())).toBe(false)
    expect((await alice.client.delete(`/users/me/passkeys/${passkey.id}`)).status).toBe(204)
    expect((await signInByPasskey(authenticator, browser)).status).toBe(404)
    expect(await isFirst(browser)).toBe(false)
  })

  it('never leads outside the console', async () => {
    const authenticator = new Authenticator()
    await addPasskey(await signUp('alice'), authenticator)
    const page = await signInByPasskey(authenticator, new Browser(), '?to=https%3A%2F%2Fevil.example%2Fconsole')
    expect(page.url).toBe('/console')
  })

  it('says that nobody has a passkey, and only then lets the browser forget it', async () => {
    const authenticator = new Authenticator()
    const owner = await signUp('alice')
    const { id, credentialId } = await addPasskey(owner, authenticator)
    const browser = new Browser()
    const wrong = await browser.submit(SIGN_IN, {
      response: await answer(browser, authenticator, { flags: { uv: false } }),
    })
    expect({ status: wrong.status, signals: signalsOn(wrong) }).toEqual({ status: 403, signals: null })
    expect(textOf(wrong)).toContain('The passkey could not be checked, or it took too long; try again.')
    await owner.client.delete(`/users/me/passkeys/${id}`)
    const response = await answer(browser, authenticator)
    const page = await expectNoChanges(() => browser.submit(`${SIGN_IN}?to=%2Fconsole%2Faccount`, { response }))
    expect(page.status).toBe(404)
    expect(textOf(page)).toContain('That passkey is not known here.')
    expect(signalsOn(page)).toEqual({ signalUnknownCredential: { rpId: 'localhost', credentialId } })
    // The page works on: both of its forms lead where the visitor wanted to go.
    expect(page.text).toContain('action="/console/sign-in?to=%2Fconsole%2Faccount"')
    expect(formOn(page, 'sign-in')).toContain(`action="${SIGN_IN}?to=%2Fconsole%2Faccount"`)
    expect((await browser.visit(`${SIGN_IN}?to=%2Fconsole%2Faccount`)).hops).toEqual([
      `303 ${SIGN_IN}?to=%2Fconsole%2Faccount`,
      '200 /console/sign-in?to=%2Fconsole%2Faccount',
    ])
  })

  it('says in Korean what is wrong', async () => {
    const browser = new Browser({ 'Accept-Language': 'ko' })
    await browser.visit('/console/sign-in')
    const page = await browser.submit(SIGN_IN, { response: '' })
    expect(textOf(page)).toContain('패스키를 확인하지 못했거나 시간이 지났습니다. 다시 시도하세요.')
    expect(textOf(page)).toContain('패스키로 로그인')
  })

  it('says so if the account is blocked', async () => {
    const authenticator = new Authenticator()
    const owner = await signUp('alice')
    await addPasskey(owner, authenticator)
    await block(owner.user)
    const page = await signInByPasskey(authenticator)
    expect({ status: page.status, signals: signalsOn(page) }).toEqual({ status: 403, signals: null })
    expect(textOf(page)).toContain('This account is blocked')
  })

  it.each(['', '{', 'null', '[]', '{"id":"x"}', '"><b>'])(
    'refuses what is no answer of an authenticator: %s',
    async (response) => {
      const browser = new Browser()
      await browser.visit('/console/sign-in')
      const page = await expectNoChanges(() => browser.submit(SIGN_IN, { response }))
      expect({ status: page.status, url: page.url }).toEqual({ status: 403, url: SIGN_IN })
      expect(page.text).not.toContain('<b>')
    },
  )

  it('says so if the browser keeps no cookies', async () => {
    const browser = new Browser()
    browser.keepsSecureCookies = false
    const page = await browser.submit(SIGN_IN, { response: '{}' })
    expect({ status: page.status, url: page.url }).toEqual({ status: 400, url: `${SIGN_IN}?cookies=set` })
  })

  it('makes no row and asks nobody, however often it is opened', async () => {
    const { DB, KV, start, cost } = recordingBindings()
    const browser = new Browser({}, { DB, KV })
    start()
    await expectNoChanges(async () => {
      await browser.visit('/console/sign-in')
      for (const _ of Array(10)) await browser.client.post('/auth/passkeys/options')
    })
    expect(cost()).toEqual({ d1: 0, kv: 0, depth: 0 })
  })
})

describe('the account page', () => {
  it('lists passkeys: what they are called, who keeps them, and when they were used', async () => {
    const browser = await signUpInBrowser('alice')
    const google = new Authenticator({ aaguid: 'ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4', counts: false })
    const { credentialId: first } = await addPasskey(browser, google)
    const { credentialId: second } = await addPasskey(browser, new Authenticator(), 'My "key"')
    const page = await browser.visit(ACCOUNT)
    expect(listedOn(page)).toHaveLength(2)
    // Its name says already who keeps it.
    expect(textOf(page)).toMatch(/Google Password Manager Synced Added [^<]+ UTC Never used /)
    expect(textOf(page)).toMatch(/My "key" On one device only Added [^<]+ UTC Never used/)
    await signInByPasskey(google)
    const [path = ''] = listedOn(page)
    await browser.submit(path, { name: 'Phone' })
    expect(textOf(await browser.visit(ACCOUNT))).toMatch(
      /Phone Kept by Google Password Manager Synced Added [^<]+ UTC Last used [^<]+ UTC/,
    )
    expect(signalsOn(page)).toEqual({
      signalAllAcceptedCredentials: {
        rpId: 'localhost',
        userId: google.passkey?.userHandle,
        allAcceptedCredentialIds: [first, second],
      },
      signalCurrentUserDetails: {
        rpId: 'localhost',
        userId: google.passkey?.userHandle,
        name: 'alice',
        displayName: 'alice',
      },
    })
  })

  it('renames a passkey, and says what is wrong with a name', async () => {
    const browser = await signUpInBrowser('alice')
    await addPasskey(browser, new Authenticator(), 'Old')
    const [path = ''] = listedOn(await browser.visit(ACCOUNT))
    expect(fieldValue(await browser.visit(path), 'name')).toBe('Old')
    const refused = await browser.submit(path, { name: 'x'.repeat(51) })
    expect({ status: refused.status, typed: fieldValue(refused, 'name') }).toEqual({
      status: 422,
      typed: 'x'.repeat(51),
    })
    expect(refused.text).toContain('id="name-fault"')
    const page = await browser.submit(path, { name: ' 내 열쇠 ' })
    expect({ url: page.url, says: textOf(page).includes('Saved.') }).toEqual({ url: ACCOUNT, says: true })
    expect(await passkeysOf(browser)).toMatchObject([{ name: '내 열쇠' }])
  })

  it('removes a passkey, and the activity says so, in both languages', async () => {
    const browser = await signUpInBrowser('alice')
    await addPasskey(browser, new Authenticator(), 'Phone')
    const [path = ''] = listedOn(await browser.visit(ACCOUNT))
    const page = await browser.submit(`${path}/remove`, {})
    expect({ url: page.url, left: listedOn(page) }).toEqual({ url: ACCOUNT, left: [] })
    expect(textOf(page)).toContain('The passkey “Phone” is removed. It does not sign you in any more.')
    expect(signalsOn(page)).toMatchObject({ signalAllAcceptedCredentials: { allAcceptedCredentialIds: [] } })
    expect(textOf(await browser.visit(`${ACCOUNT}/activity`))).toMatch(/A passkey was removed .* A passkey was added /)
    await browser.submit('/console/language', { language: 'ko', to: '/console' })
    expect(textOf(await browser.visit(`${ACCOUNT}/activity`))).toMatch(
      /패스키가 삭제되었습니다 .* 패스키가 추가되었습니다 /,
    )
    // A second click of the same button, and a page that is still open elsewhere.
    expect((await browser.submit(`${path}/remove`, {})).url).toBe(ACCOUNT)
    expect((await browser.submit(path, { name: 'Phone' })).url).toBe(ACCOUNT)
    expect((await browser.visit(path)).url).toBe(ACCOUNT)
  })

  it('does not remove the last way to sign in', async () => {
    const browser = new Browser()
    await signInByCode(browser, 'alice@example.com')
    await addPasskey(browser)
    const [path = ''] = listedOn(await browser.visit(ACCOUNT))
    await env.DB.prepare('UPDATE users SET email = NULL').run()
    const page = await browser.submit(`${path}/remove`, {})
    expect(page.status).toBe(409)
    expect(textOf(page)).toContain('This is the last way to sign in. Add another one first.')
    expect(await passkeysOf(browser)).toHaveLength(1)
  })

  it('says until when a removal has to wait, shows it, and what stops it, in both languages', async () => {
    setClock(Date.parse('2026-12-01T12:00:00.000Z'))
    const owner = new Browser()
    await signInByCode(owner, 'alice@example.com')
    const authenticator = new Authenticator()
    await addPasskey(owner, authenticator, 'Phone')
    setClock(Date.now() + 30 * DAY)
    const browser = new Browser()
    await signInByCode(browser, 'alice@example.com')
    const [path = ''] = listedOn(await browser.visit(ACCOUNT))
    const page = await browser.submit(`${path}/remove`, {})
    expect({ status: page.status, url: page.url }).toEqual({ status: 200, url: `${path}/remove` })
    expect(textOf(page)).toContain('You can remove “Phone” from Jan 3, 2027, 12:00 PM UTC on.')
    for (const shown of [await browser.visit(ACCOUNT), await browser.visit(path)]) {
      expect(textOf(shown)).toContain(
        'Somebody asked to remove it, which is possible from Jan 3, 2027, 12:00 PM UTC on.',
      )
    }
    expect(textOf(await browser.visit(`${ACCOUNT}/activity`))).toContain('Somebody asked to remove a passkey')
    await browser.submit('/console/language', { language: 'ko', to: '/console' })
    expect(textOf(await browser.visit(ACCOUNT))).toContain('막으려면 이 패스키로 로그인하세요.')
    expect(textOf(await browser.submit(`${path}/remove`, {}))).toContain(
      '‘Phone’ 패스키는 2027. 1. 3. 오후 12:00 UTC부터 삭제할 수 있습니다.',
    )
    const stopping = new Browser()
    await signInByPasskey(authenticator, stopping)
    expect(textOf(await stopping.visit(ACCOUNT))).not.toContain('Somebody asked')
    expect(textOf(await stopping.visit(`${ACCOUNT}/activity`))).toContain(
      'The request to remove a way to sign in was stopped',
    )
    expect(textOf(await browser.visit(`${ACCOUNT}/activity`))).toContain('로그인 수단 삭제 요청을 막았습니다')
  })

  it('changes nothing of somebody else', async () => {
    const bob = await signUpInBrowser('bob')
    await addPasskey(bob)
    const [path = ''] = listedOn(await bob.visit(ACCOUNT))
    const alice = await signUpInBrowser('alice')
    for (const [target, form] of [
      [`${path}/remove`, {}],
      [path, { name: 'Mine' }],
    ] as const) {
      expect((await expectNoChanges(() => alice.submit(target, form))).url).toBe(ACCOUNT)
    }
    expect((await alice.visit(path)).url).toBe(ACCOUNT)
  })

  it('has no button where the account has ten', async () => {
    const browser = await signUpInBrowser('alice')
    for (const _ of Array(9)) await addPasskey(browser)
    expect(formOn(await browser.visit(ACCOUNT), 'add')).toContain(' hidden=""')
    const stale = await registrationOf(browser)
    await addPasskey(browser)
    const page = await browser.visit(ACCOUNT)
    expect(formOn(page, 'add')).toBe('')
    expect(textOf(page)).toContain('You have ten passkeys. To add another one, remove one first.')
    // In a page that is still open.
    for (const form of [{}, stale]) {
      const refused = await browser.submit(PASSKEYS, form)
      expect(refused.status).toBe(409)
      expect(textOf(refused)).toContain('You have ten passkeys already.')
    }
  })
})

/** What passkeys.js fills into the form that adds a passkey. */
async function registrationOf(browser: Browser, authenticator = new Authenticator()): Promise<Record<string, string>> {
  const { publicKey, challengeToken } = await beginPasskey(browser)
  return { response: JSON.stringify(await authenticator.create(publicKey)), challengeToken }
}

describe('the form that adds a passkey', () => {
  it('leads to the page that it was on, which says what it is called', async () => {
    const browser = await signUpInBrowser('alice')
    const form = await registrationOf(browser)
    const page = await browser.submit(PASSKEYS, { ...form, to: '/console?q=milk' })
    expect(page.url).toBe('/console?q=milk')
    expect(textOf(page)).toMatch(/The passkey “Passkey, [-\d]{10}” is added\. You can sign in with it from now on\./)
    // The answer of the first one was lost.
    expect((await browser.submit(PASSKEYS, { ...form, to: 'https://evil.example' })).url).toBe('/console')
    expect(await rowsOf('passkeys')).toHaveLength(1)
  })

  it('says what is wrong beside the button', async () => {
    const browser = await signUpInBrowser('alice')
    const form = await registrationOf(browser)
    for (const wrong of [
      { ...form, challengeToken: 'x' },
      { ...form, response: '{}' },
      { ...form, response: 'x' },
    ]) {
      const page = await expectNoChanges(() => browser.submit(PASSKEYS, { ...wrong, to: ACCOUNT }))
      expect(page.status).toBe(403)
      expect(textOf(page)).toContain('The passkey could not be checked, or it took too long; try again.')
      expect(formOn(page, 'add')).toContain(' hidden=""')
      expect(fieldValue(page, 'to')).toBe(ACCOUNT)
    }
    expect((await browser.visit(PASSKEYS)).url).toBe(ACCOUNT)
  })

  it('asks for a password if the sign-in is no longer fresh, and then goes on with what the API asks', async () => {
    const browser = await signUpInBrowser('alice')
    await makeSignInOld(browser)
    const asked = await browser.submit(PASSKEYS, { to: '/console' })
    expect(asked.status).toBe(403)
    expect(textOf(asked)).toContain('Type your password to continue.')
    expect(fieldValue(asked, 'to')).toBe('/console')
    const wrong = await browser.submit(PASSKEYS, { to: '/console', currentPassword: 'a wrong password' })
    expect(textOf(wrong)).toContain('The current password is wrong.')
    const page = await browser.submit(PASSKEYS, { to: '/console', currentPassword: PASSWORD })
    expect(page.status).toBe(200)
    expect(page.text).not.toContain(PASSWORD)
    const options = attributeOf<Awaited<ReturnType<typeof beginPasskey>>>(formOn(page, 'add'), 'data-options')
    expect(options).toMatchObject({ publicKey: { user: { name: 'alice' } }, challengeToken: expect.any(String) })
    const { publicKey, challengeToken } = options
    const response = JSON.stringify(await new Authenticator().create(publicKey))
    expect((await browser.submit(PASSKEYS, { to: '/console', response, challengeToken })).url).toBe('/console')
    expect(await rowsOf('passkeys')).toHaveLength(1)
  })

  it('asks who has no password to sign in again', async () => {
    const browser = new Browser()
    await signInByCode(browser, 'alice@example.com')
    await makeSignInOld(browser)
    const asked = await browser.submit(PASSKEYS, {})
    expect(textOf(asked)).toContain('Sign in again to continue.')
    expect(fieldValue(asked, 'to')).toBe(ACCOUNT)
  })

  it('comes back to itself if the session has to be resumed', async () => {
    const browser = await signUpInBrowser('alice')
    const form = await registrationOf(browser)
    browser.cookies.delete('__Host-access')
    browser.cookies.set('__Host-console', '1')
    const page = await browser.submit(PASSKEYS, { ...form, to: ACCOUNT })
    expect({ url: page.url, listed: listedOn(page).length }).toEqual({ url: ACCOUNT, listed: 1 })
  })

  it('needs a session, also to remove with a password', async () => {
    for (const path of [PASSKEYS, `${PASSKEYS}/01a1fa3a-cd78-4305-a121-a7abf5ac70d9/remove`]) {
      expect((await new Browser().submit(path, { currentPassword: PASSWORD })).url).toMatch(/^\/console\/sign-in/)
    }
  })
})

describe('the offer of a passkey', () => {
  const isOffered = ({ text }: Page): boolean => text.includes('data-passkey-offer')

  it('is on the first list after a log-in, once in a browser, and hidden until a script shows it', async () => {
    await signUp('alice')
    const browser = new Browser()
    await browser.visit('/console/sign-in/password')
    const credentials = { identifier: 'alice', password: PASSWORD }
    const account = await browser.submit('/console/sign-in/password?to=%2Fconsole%2Faccount', credentials)
    // That page has the button already.
    expect(isOffered(account)).toBe(false)
    const page = await browser.visit('/console')
    expect(page.text).toMatch(/<div data-passkey-offer="[^"]*" hidden="">/)
    expect(textOf(page)).toContain('Sign in without a password next time')
    expect(fieldValue(page, 'to')).toBe('/console')
    const [, line] = browser.client.setCookies.filter((cookie) => cookie.startsWith('__Host-passkey-offer='))
    expect(line).toBe('__Host-passkey-offer=made; Max-Age=34560000; Path=/; HttpOnly; Secure; SameSite=Lax')
    expect(isOffered(await browser.visit('/console'))).toBe(false)
    await browser.submit('/console/sign-out', {})
    expect(isOffered(await browser.submit('/console/sign-in/password', credentials))).toBe(false)
    expect(browser.client.setCookies.filter((cookie) => cookie.startsWith('__Host-passkey-offer='))).toHaveLength(2)
  })

  it('is there after a code and a sign-up, in Korean too', async () => {
    expect(isOffered(await signInByCode(new Browser(), 'alice@example.com'))).toBe(true)
    const browser = new Browser({ 'Accept-Language': 'ko' })
    const page = await browser.submit('/console/sign-up', { username: 'bob', password: PASSWORD })
    expect(textOf(page)).toContain('다음에는 비밀번호 없이 로그인하세요')
  })

  it('is not there after a log-in by a passkey, nor when a session is resumed', async () => {
    const authenticator = new Authenticator()
    const alice = await signUpInBrowser('alice')
    await addPasskey(alice, authenticator)
    expect(isOffered(await signInByPasskey(authenticator))).toBe(false)
    alice.cookies.delete('__Host-passkey-offer')
    alice.cookies.delete('__Host-access')
    alice.cookies.set('__Host-console', '1')
    const resumed = await alice.visit('/console', { from: 'same-origin' })
    expect({ url: resumed.url, isOffered: isOffered(resumed) }).toEqual({ url: '/console', isOffered: false })
  })

  it('costs the page that makes it nothing', async () => {
    const { DB, KV, start, cost } = recordingBindings()
    const browser = await signUpInBrowser('alice')
    const measured = new Browser({}, { DB, KV })
    for (const [name, value] of browser.cookies) measured.cookies.set(name, value)
    const costs = []
    for (const state of ['next', 'made']) {
      measured.cookies.set('__Host-passkey-offer', state)
      start()
      expect(isOffered(await measured.visit('/console'))).toBe(state === 'next')
      costs.push(cost())
    }
    // The to-dos, the lists and the counts from D1, and the profile from KV.
    expect(costs).toEqual([
      { d1: 3, kv: 1, depth: 1 },
      { d1: 3, kv: 1, depth: 1 },
    ])
  })
})
