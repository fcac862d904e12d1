import { describe, expect, it } from 'vitest'
import { Client } from '../helpers/client'
import { PASSWORD } from '../helpers/people'
import { expectNoChanges } from '../helpers/storage'
import { fieldValue, signUpInBrowser, textOf } from './browser'
import { makeSignInOld } from './people'
import { createTodo } from './todo-pages'

const PATH = '/console/account/calendar'

/** What a calendar gets by a link. */
const readFeed = (link: string) => new Client().get<string>(link)

describe('the calendar link', () => {
  it.each([
    ['en', 'Copy it now: it is shown only once.', 'There is a link.', 'The calendar link has ended.'],
    ['ko', '한 번만 보여 드리니 지금 복사하세요.', '링크가 있습니다.', '캘린더 링크를 끝냈습니다.'],
  ])('is shown once, replaced and ended: %s', async (language, once, there, ended) => {
    const browser = await signUpInBrowser('alice', { 'Accept-Language': language })
    await createTodo(browser, { contents: 'Buy milk', due: '2099-12-24' })
    expect(textOf(await browser.visit(PATH))).not.toContain(there)
    const made = await browser.submit(PATH, {})
    expect(textOf(made)).toContain(once)
    const link = fieldValue(made, 'link')
    expect((await readFeed(link)).text).toContain('SUMMARY:Buy milk')
    expect(made.text).toContain(`href="${link.replace(/^https?:/, 'webcal:')}"`)
    expect(made.text).not.toContain('/console/language')

    const page = await browser.visit(PATH)
    expect(textOf(page)).toContain(there)
    expect(page.text).not.toContain(link)
    const second = fieldValue(await browser.submit(PATH, {}), 'link')
    expect(second).not.toBe(link)
    expect((await readFeed(link)).status).toBe(404)
    const after = await browser.submit(`${PATH}/end`, {})
    expect({ url: after.url, says: textOf(after).includes(ended) }).toEqual({ url: '/console/account', says: true })
    expect((await readFeed(second)).status).toBe(404)
    expect(textOf(await browser.visit(PATH))).not.toContain(there)
  })

  it('needs a fresh proof', async () => {
    const browser = await signUpInBrowser('alice')
    await makeSignInOld(browser)
    const asked = await expectNoChanges(() => browser.submit(PATH, {}))
    expect(textOf(asked)).toContain('You signed in more than ten minutes ago. Type your password to continue.')
    const made = await browser.submit(PATH, { currentPassword: PASSWORD })
    expect(fieldValue(made, 'link')).toMatch(/\/calendar\/[\w-]{43}\.ics$/)
  })

  it('is made by no link of another site', async () => {
    const browser = await signUpInBrowser('alice')
    const page = await expectNoChanges(() => browser.submit(PATH, {}, { from: 'cross-site' }))
    expect(page.status).toBe(403)
  })
})

describe('an export', () => {
  it.each([
    ['csv', 'text/csv', /^\ufeff?id,contents,/],
    ['todo.txt', 'text/plain', /Buy milk/],
    ['ics', 'text/calendar', /SUMMARY:Buy milk/],
  ])('has the to-dos in a file that other programs read: %s', async (format, type, content) => {
    const browser = await signUpInBrowser('alice')
    await createTodo(browser, { contents: 'Buy milk' })
    const account = await browser.visit('/console/account')
    expect(account.text).toContain(`href="/console/account/export?format=${format}"`)
    const { status, headers, text } = await browser.visit(`/console/account/export?format=${format}`)
    expect({ status, type: headers.get('Content-Type')?.split(';')[0] }).toEqual({ status: 200, type })
    expect(headers.get('Content-Disposition')).toMatch(/^attachment; filename="latchkey-/)
    expect(text).toMatch(content)
  })

  it('in a format that there is not is no page', async () => {
    const browser = await signUpInBrowser('alice')
    expect((await browser.visit('/console/account/export?format=pdf')).status).toBe(404)
  })
})
