import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import worker from '../../src/index'
import { backgroundContext, ORIGIN } from '../helpers/client'
import { expectNoChanges } from '../helpers/storage'
import { type Browser, fieldValue, signUpInBrowser, textOf } from './browser'
import { selectedOn, setZone } from './todo-pages'

const PATH = '/console/account/time-zone'

const zoneOf = async ({ client }: Browser): Promise<string | null> =>
  (await client.get<{ timeZone: string | null }>('/users/me')).body.timeZone

/** Opens the page from where Cloudflare knows this zone. */
async function visitFrom(browser: Browser, timezone: string): Promise<{ text: string }> {
  const cookies = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const request = new Request(ORIGIN + PATH, {
    headers: { Cookie: cookies, 'Sec-Fetch-Site': 'none' },
    cf: { timezone },
  })
  return { text: await (await worker.fetch(request, env, backgroundContext())).text() }
}

describe('the time zone', () => {
  it.each([
    ['en', 'Time zone Asia/Seoul', 'Saved. Days and times are now those of your time zone.'],
    ['ko', '시간대 Asia/Seoul', '저장했습니다. 이제 날짜와 시각이 내 시간대를 따릅니다.'],
  ])('is chosen from all that there are, and taken back: %s', async (language, row, saved) => {
    const browser = await signUpInBrowser('alice', { 'Accept-Language': language })
    const page = await browser.visit(PATH)
    expect(selectedOn(page, 'timeZone')).toBe('')
    expect(page.text).toContain('<optgroup label="Asia">')
    expect(page.text).toContain('<option value="America/Los_Angeles">Los Angeles</option>')
    const after = await browser.submit(PATH, { timeZone: 'Asia/Seoul' })
    expect(after.url).toBe('/console/account')
    expect(textOf(after)).toContain(row)
    expect(textOf(after)).toContain(saved)
    expect(selectedOn(await browser.visit(PATH), 'timeZone')).toBe('Asia/Seoul')
    await browser.submit(PATH, { timeZone: '' })
    expect(await zoneOf(browser)).toBeNull()
  })

  it('is offered on the list as long as there is none, and leads back to the list', async () => {
    const browser = await signUpInBrowser('alice')
    const list = await browser.visit('/console?view=all')
    expect(list.text).toContain('class="zone-offer"')
    expect(fieldValue(list, 'to')).toBe('/console?view=all')
    const after = await browser.submit(PATH, { timeZone: 'Asia/Seoul', to: '/console?view=all' })
    expect(after.url).toBe('/console?view=all')
    expect(after.text).not.toContain('zone-offer')
    const elsewhere = await browser.submit(PATH, { timeZone: 'Asia/Seoul', to: 'https://evil.example/' })
    expect(elsewhere.url).toBe('/console')
  })

  it('keeps its name where the runtime calls it by another one', async () => {
    const browser = await signUpInBrowser('alice')
    for (const zone of ['Asia/Kolkata', 'Asia/Calcutta', 'UTC']) {
      await setZone(browser, zone)
      expect(selectedOn(await browser.visit(PATH), 'timeZone')).toBe(zone)
    }
  })

  it.each([
    ['en', 'Choose a time zone from the list.'],
    ['ko', '목록에 있는 시간대를 선택하세요.'],
  ])('is refused beside its field: %s', async (language, message) => {
    const browser = await signUpInBrowser('alice', { 'Accept-Language': language })
    const page = await expectNoChanges(() => browser.submit(PATH, { timeZone: 'Mars/Olympus' }))
    expect(page.status).toBe(422)
    expect(page.text).toContain(`<p id="timeZone-fault" class="fault">${message}</p>`)
  })

  it('is suggested from where the visitor is, if the profile has none', async () => {
    const browser = await signUpInBrowser('alice')
    const page = await visitFrom(browser, 'America/Sao_Paulo')
    expect(selectedOn(page, 'timeZone')).toBe('America/Sao_Paulo')
    expect(textOf(page)).toContain('You seem to be in America/Sao_Paulo')
    expect(await zoneOf(browser)).toBeNull()
    await setZone(browser, 'Asia/Seoul')
    const other = await visitFrom(browser, 'America/Sao_Paulo')
    expect(selectedOn(other, 'timeZone')).toBe('Asia/Seoul')
    expect(textOf(other)).not.toContain('America/Sao_Paulo')
    await setZone(browser, null)
    expect(selectedOn(await visitFrom(browser, '"><b>'), 'timeZone')).toBe('')
  })
})
