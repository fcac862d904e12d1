import { env } from 'cloudflare:workers'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { ACTIVITY_EVENTS } from '../../src/activity/events'
import type { SessionAnswer } from '../../src/sessions/schemas'
import { settleBackground } from '../helpers/client'
import { CHROME, SAFARI } from '../helpers/devices'
import { PASSWORD } from '../helpers/people'
import { expectNoChanges } from '../helpers/storage'
import { Browser, type Page, signInByCode, signUpInBrowser, textOf } from './browser'
import { makeSignInOld } from './people'

const DEVICES = '/console/account/devices'
const ACTIVITY = '/console/account/activity'

const statusAndUrl = ({ status, url }: Page) => `${status} ${url}`

/** Another browser in which the same user has signed in. */
async function signInInBrowser(username: string, headers: Record<string, string> = {}): Promise<Browser> {
  const browser = new Browser(headers)
  const { url } = await browser.submit('/console/sign-in/password', { identifier: username, password: PASSWORD })
  expect(url).toBe('/console')
  return browser
}

const sessionIdOf = async ({ client }: Browser): Promise<string> =>
  (await client.get<SessionAnswer>('/auth/session')).body.session.id

/** Where `/console` leads once the access token of this browser has expired. */
async function urlWithoutAccessToken(browser: Browser): Promise<string> {
  browser.cookies.delete('__Host-access')
  browser.cookies.set('__Host-console', '1')
  return (await browser.visit('/console')).url
}

describe('the list of devices', () => {
  it('describes devices in words, marks this one, and has a button for each other one', async () => {
    const desktop = await signUpInBrowser('alice', { 'User-Agent': CHROME })
    const phone = await signInInBrowser('alice', { 'User-Agent': SAFARI })
    await env.DB.prepare("UPDATE sessions SET country = 'KR' WHERE device LIKE 'Safari%'").run()
    const page = await desktop.visit(DEVICES)
    expect(textOf(page)).toMatch(
      /Safari on iOS, South Korea Signed in [^<]+ UTC Last seen [^<]+ UTC Not you\? [^<]+ End this session/,
    )
    expect(textOf(page)).toContain('Chrome on Windows This device')
    expect(page.text.match(/<svg class="device-icon" data-kind="\w+"/g)).toEqual([
      '<svg class="device-icon" data-kind="phone"',
      '<svg class="device-icon" data-kind="desktop"',
    ])
    expect(page.text.match(/<button type="submit" class="second" formaction="/g)).toHaveLength(1)
    const id = await sessionIdOf(phone)
    expect(page.text).toContain(`formaction="${DEVICES}/${id}" aria-describedby="d${id}"`)
    expect(page.text).toContain(`<p id="d${id}">Safari on iOS, South Korea</p>`)
    expect(page.text.match(/<time datetime="20[\d-]+T[\d:.]+Z">/g)).toHaveLength(4)
  })

  it('says that a device is unknown if there is no name for it, in Korean too', async () => {
    const browser = await signUpInBrowser('alice', { 'Accept-Language': 'ko' })
    await env.DB.prepare("UPDATE sessions SET country = 'KR'").run()
    const page = textOf(await browser.visit(DEVICES))
    expect(page).toContain('알 수 없는 기기, 대한민국')
    expect(page).not.toContain('다른 세션 모두 종료')
  })

  it('ends one session, and that device has to sign in again', async () => {
    const [alice, lost, other] = [
      await signUpInBrowser('alice'),
      await signInInBrowser('alice'),
      await signInInBrowser('alice'),
    ]
    const page = await alice.submit(`${DEVICES}/${await sessionIdOf(lost)}`, {})
    expect(statusAndUrl(page)).toBe(`200 ${DEVICES}`)
    expect(textOf(page)).toContain('The session has ended.')
    expect(await urlWithoutAccessToken(lost)).toBe('/console/sign-in')
    expect(await urlWithoutAccessToken(other)).toBe('/console')
  })

  it('ends all sessions but this one', async () => {
    const [alice, ...others] = [
      await signUpInBrowser('alice'),
      await signInInBrowser('alice'),
      await signInInBrowser('alice'),
    ]
    const page = await alice.submit(`${DEVICES}/others`, {})
    expect(statusAndUrl(page)).toBe(`200 ${DEVICES}`)
    expect(textOf(page)).not.toContain('End all other sessions')
    for (const other of others) expect(await urlWithoutAccessToken(other)).toBe('/console/sign-in')
    expect(await urlWithoutAccessToken(alice)).toBe('/console')
  })

  it('shows no error for a session that has already ended', async () => {
    const [alice, lost] = [await signUpInBrowser('alice'), await signInInBrowser('alice')]
    const end = await sessionIdOf(lost)
    await alice.submit(`${DEVICES}/${end}`, {})
    expect(statusAndUrl(await alice.submit(`${DEVICES}/${end}`, {}))).toBe(`200 ${DEVICES}`)
  })

  it('does not end a session of another user', async () => {
    const [alice, bob] = [await signUpInBrowser('alice'), await signUpInBrowser('bob')]
    const end = await sessionIdOf(bob)
    await expectNoChanges(() => alice.submit(`${DEVICES}/${end}`, {}))
    expect(await urlWithoutAccessToken(bob)).toBe('/console')
  })

  it('accepts ids of sessions only', async () => {
    const alice = await signUpInBrowser('alice')
    for (const id of ['..%2f..%2fusers%2fme', '%2e%2e', '0'.repeat(36).replace(/^0{12}/, '../../users/')]) {
      const page = await expectNoChanges(() => alice.submit(`${DEVICES}/${id}`, {}))
      expect(page.status).toBe(404)
    }
    expect((await alice.submit(`${DEVICES}/${'0'.repeat(36)}`, {})).status).toBe(422)
  })

  it('asks for the password if the sign-in was long ago', async () => {
    const alice = await signUpInBrowser('alice')
    const lost = await signInInBrowser('alice')
    const id = await sessionIdOf(lost)
    await makeSignInOld(alice)
    for (const end of [id, 'others']) {
      const asked = await expectNoChanges(() => alice.submit(`${DEVICES}/${end}`, {}))
      expect(asked.status).toBe(403)
      expect(textOf(asked)).toContain(end === id ? 'End this session' : 'End all other sessions')
    }
    const wrong = await alice.submit(`${DEVICES}/${id}`, { currentPassword: 'not my password' })
    expect(wrong.text).toContain('<p id="currentPassword-fault" class="fault">The current password is wrong.</p>')
    const page = await alice.submit(`${DEVICES}/${id}`, { currentPassword: PASSWORD })
    expect(statusAndUrl(page)).toBe(`200 ${DEVICES}`)
    expect(await urlWithoutAccessToken(lost)).toBe('/console/sign-in')
  })
})

describe('a device that its owner does not know', () => {
  it('is ended, and leads to a new password, which ends the other ones', async () => {
    const [alice, lost, other] = [
      await signUpInBrowser('alice'),
      await signInInBrowser('alice'),
      await signInInBrowser('alice'),
    ]
    const id = await sessionIdOf(lost)
    expect((await alice.visit(DEVICES)).text).toContain(`formaction="${DEVICES}/${id}/not-me"`)
    const page = await alice.submit(`${DEVICES}/${id}/not-me`, {})
    expect(statusAndUrl(page)).toBe('200 /console/account/password')
    expect(textOf(page)).toContain('The session has ended.')
    expect(await urlWithoutAccessToken(lost)).toBe('/console/sign-in')
    await alice.submit('/console/account/password', { newPassword: 'a better horse battery' })
    expect(await urlWithoutAccessToken(other)).toBe('/console/sign-in')
    expect(await urlWithoutAccessToken(alice)).toBe('/console')
  })

  it('leads to the other devices who has no password, and asks for a proof like the other buttons', async () => {
    const alice = new Browser()
    await signInByCode(alice, 'alice@example.com')
    const { client } = alice
    const lost = `${DEVICES}/${uuidv7()}/not-me`
    expect(statusAndUrl(await alice.submit(lost, {}))).toBe(`200 ${DEVICES}`)
    expect((await client.get('/users/me')).body).toMatchObject({ hasPassword: false })
    const bob = await signUpInBrowser('bob')
    await makeSignInOld(bob)
    const asked = await expectNoChanges(() => bob.submit(`${DEVICES}/${uuidv7()}/not-me`, {}))
    expect([asked.status, textOf(asked)]).toEqual([403, expect.stringContaining('End it and change the password')])
  })
})

/** The events on a page, in order. */
const eventsOn = ({ text }: Page): string[] =>
  [...text.matchAll(/<\/svg><div><p>([^<]*)<\/p>/g)].map(([, words = '']) => words)

describe('the activity', () => {
  it('says what happened, where and when, newest first', async () => {
    const browser = await signUpInBrowser('alice', { 'User-Agent': CHROME })
    await signInInBrowser('alice', { 'User-Agent': SAFARI })
    await browser.submit('/console/account/password', { newPassword: 'a better horse battery' })
    await settleBackground()
    const page = await browser.visit(ACTIVITY)
    // Events of the same moment may come in either order.
    expect(eventsOn(page).slice(0, 2).sort()).toEqual(['A session was ended', 'The password was changed'])
    expect(eventsOn(page).slice(2)).toEqual([
      'A new device signed in',
      'Signed in with a password',
      'The account was created',
    ])
    expect(textOf(page)).toMatch(/Signed in with a password Safari on iOS [^<]+ UTC/)
    expect(page.text.match(/<time datetime="20[\d-]+T[\d:.]+Z">/g)).toHaveLength(5)
  })

  it.each([
    ['en', /^[A-Z][\w ,'-]+$/],
    ['ko', /^[2가-힣][가-힣 ]+$/],
  ])('has words for every event: %s', async (language, words) => {
    const browser = await signUpInBrowser('alice', { 'Accept-Language': language })
    await addEntries([...ACTIVITY_EVENTS])
    const page = await browser.visit(ACTIVITY)
    const texts = eventsOn(page).slice(0, ACTIVITY_EVENTS.length)
    expect(new Set(texts).size).toBe(ACTIVITY_EVENTS.length)
    for (const text of texts) expect(text).toMatch(words)
  })

  it.each([
    ['log_in', { by: 'code' }, 'Signed in with a code'],
    ['log_in', { by: 'password' }, 'Signed in with a password'],
    ['code_sent', { channel: 'sms', outcome: 'sent' }, 'A code was sent by text message'],
    ['code_sent', { channel: 'email', outcome: 'failed' }, 'A code could not be sent by e-mail'],
    ['contact_changed', { channel: 'sms', change: 'removed' }, 'The mobile number was removed'],
    ['contact_changed', { channel: 'email', change: 'set' }, 'The e-mail address was set'],
  ])('says the details of an event: %s %o', async (event, detail, words) => {
    const browser = await signUpInBrowser('alice')
    await addEntries([event], detail)
    expect(eventsOn(await browser.visit(ACTIVITY))).toEqual([words, 'The account was created'])
  })

  it.each([
    ['en', '5 failed attempts to sign in', 'Everything was exported (2 times)', 'Show each'],
    ['ko', '로그인 실패 5회', '모든 데이터를 내보냈습니다 (2회)', '모두 보기'],
  ])('has one line for what happened many times in a row, which opens: %s', async (language, ...words) => {
    const browser = await signUpInBrowser('alice', { 'Accept-Language': language })
    const failed = Array.from({ length: 5 }, () => 'log_in_failed')
    await addEntries(['export', 'export', 'session_ended', ...failed, 'export'])
    const page = await browser.visit(ACTIVITY)
    const [many, twice, each] = words
    const ended = language === 'en' ? 'A session was ended' : '세션을 종료했습니다'
    const once = language === 'en' ? 'Everything was exported' : '모든 데이터를 내보냈습니다'
    expect(eventsOn(page).slice(0, 4)).toEqual([once, many, ended, twice])
    // The first and the last time, and then all five of them.
    const group = page.text.split('<li><div class="device warning">')[1]?.split('</details>')[0] ?? ''
    expect(group.match(/<time /g)).toHaveLength(7)
    expect(group).toContain(`<summary>${each}</summary>`)
  })

  it('has older pages', async () => {
    const browser = await signUpInBrowser('alice')
    await addEntries(Array.from({ length: 60 }, (_, n) => (n % 2 === 0 ? 'export' : 'session_ended')))
    const seen: number[] = []
    let page = await browser.visit(ACTIVITY)
    expect(page.text).not.toContain(`<a href="${ACTIVITY}">`)
    for (let older: string | undefined = ACTIVITY; older; ) {
      page = await browser.visit(older)
      seen.push(eventsOn(page).length)
      older = /<a href="([^"]+\?cursor=[^"]+)">/.exec(page.text)?.[1]
    }
    expect(seen).toEqual([50, 11])
    expect(eventsOn(page).at(-1)).toBe('The account was created')
    expect(page.text).toContain(`<a href="${ACTIVITY}">First page</a>`)
  })

  it('refuses a cursor that is not valid', async () => {
    const page = await (await signUpInBrowser('alice')).visit(`${ACTIVITY}?cursor=nonsense`)
    expect({ status: page.status, type: page.headers.get('Content-Type') }).toEqual({
      status: 422,
      type: 'text/html; charset=UTF-8',
    })
  })
})

/** Adds events to the activity of the only user. */
async function addEntries(events: string[], detail: object | null = null): Promise<void> {
  const user = await env.DB.prepare('SELECT id FROM users').first<{ id: string }>()
  const now = Date.now() + 1000
  await env.DB.batch(
    events.map((event, n) =>
      env.DB.prepare('INSERT INTO activity (id, user_id, event, at, detail) VALUES (?, ?, ?, ?, ?)').bind(
        uuidv7({ msecs: now + n }),
        user?.id,
        event,
        now + n,
        detail && JSON.stringify(detail),
      ),
    ),
  )
}
