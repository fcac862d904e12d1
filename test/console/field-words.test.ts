import { describe, expect, it } from 'vitest'
import { en } from '../../src/console/texts/en'
import { ko } from '../../src/console/texts/ko'
import { MAX_LABEL, MAX_LABELS } from '../../src/limits'
import { PASSWORD } from '../helpers/people'
import { Browser, type Page, signUpInBrowser } from './browser'
import { createTodo, fieldsOn } from './todo-pages'

/*
 * Everything that can be wrong with what people type, as the pages say it: in their language, and never in the words of the API, which are
 * for programmers.
 */

const long = (length: number) => 'x'.repeat(length)
const words = (count: number) => Array.from({ length: count }, (_, n) => `label ${n}`).join(',')
const marks = `a${'\u0301'.repeat(31)}`

/** Forms that are refused, by the page, and what is typed into which field. */
const TODO: [field: string, edits: Record<string, string>][] = [
  ['contents', { contents: '' }],
  ['contents', { contents: ' \u2800' }],
  ['contents', { contents: long(501) }],
  ['contents', { contents: long(3000) }],
  ['contents', { contents: marks }],
  ['contents', { contents: 'a\0b' }],
  ['description', { description: long(10_001) }],
  ['newLabels', { newLabels: words(MAX_LABELS + 1) }],
  ['newLabels', { newLabels: long(MAX_LABEL + 1) }],
  ['dueDay', { dueDay: '2026-02-30' }],
  ['dueDay', { dueDay: long(200) }],
  ['dueDay', { dueDay: '2026-12-24', dueTime: '25:00', dueZone: 'UTC' }],
  ['repeat', { repeat: 'daily', dueDay: '' }],
  ['rule', { repeat: 'own', rule: 'HOURLY', dueDay: '2026-12-24' }],
  ['rule', { repeat: 'own', rule: long(2000), dueDay: '2026-12-24' }],
  ['list', { list: '01a1fa3a-cd78-7305-a121-a7abf5ac70d9' }],
]

const OTHERS: [path: string, field: string, form: Record<string, string>][] = [
  ['/console/lists', 'name', { name: '' }],
  ['/console/lists', 'name', { name: long(101) }],
  ['/console/account/profile', 'name', { name: long(101), username: 'alice', usernameBefore: 'alice' }],
  ['/console/account/profile', 'nickname', { nickname: long(51), username: 'alice', usernameBefore: 'alice' }],
  ['/console/account/profile', 'username', { username: 'a', usernameBefore: 'alice' }],
  ['/console/account/profile', 'username', { username: '@@@', usernameBefore: 'alice' }],
  ['/console/account/profile', 'username', { username: long(65), usernameBefore: 'alice' }],
  ['/console/account/password', 'newPassword', { newPassword: 'short' }],
  ['/console/account/password', 'newPassword', { newPassword: long(257) }],
  ['/console/account/password', 'newPassword', { newPassword: 'password1' }],
  ['/console/account/password', 'newPassword', { newPassword: 'alice-liddell' }],
  ['/console/account/email', 'to', { to: 'alice' }],
  ['/console/account/email', 'to', { to: '' }],
  ['/console/account/email', 'to', { to: long(321) }],
  ['/console/account/phone', 'to', { to: '123' }],
  ['/console/account/phone', 'to', { to: '+1 201 555 0123' }],
  ['/console/account/phone', 'to', { to: '+47 406 12 345' }],
  ['/console/account/time-zone', 'timeZone', { timeZone: 'Mars/Olympus' }],
  ['/console/account/time-zone', 'timeZone', { timeZone: long(300) }],
  ['/console/account/delete', 'confirmed', {}],
]

const SIGNED_OUT: [path: string, field: string, form: Record<string, string>][] = [
  ['/console/sign-in', 'recipient', { recipient: '' }],
  ['/console/sign-in', 'recipient', { recipient: '12' }],
  ['/console/sign-in', 'recipient', { recipient: 'a@b' }],
  ['/console/sign-in', 'recipient', { recipient: long(321) }],
  ['/console/sign-in/password', 'identifier', { identifier: '', password: PASSWORD }],
  ['/console/sign-in/password', 'identifier', { identifier: long(321), password: PASSWORD }],
  ['/console/sign-in/password', 'password', { identifier: 'nobody', password: long(257) }],
  ['/console/sign-in/password', 'password', { identifier: 'nobody', password: 'wrong' }],
  ['/console/sign-up', 'username', { username: '', password: PASSWORD }],
  ['/console/sign-up', 'username', { username: 'alice', password: PASSWORD }],
  ['/console/sign-up', 'password', { username: 'carol-carol', password: 'carol-carol' }],
  ['/console/sign-up', 'password', { username: 'carol', password: '' }],
]

/** How zod and the API speak. */
const PROGRAMMERS =
  /Invalid|expected|received|Too (?:big|small)|<=|>=|string|array|ISO|UTC|IANA|RFC|UUID|Must|NUL|null|\d{4}-\d\d|undefined/

/** What the page says at the control of this name. The control leads a screen reader to it, and the script puts the focus there. */
function faultOf({ text }: Page, name: string): string {
  const control =
    new RegExp(`<(?:input|select|textarea)(?! type="hidden")[^>]* name="${name}"[^>]*>`).exec(text)?.[0] ?? ''
  const [, id] = control.includes('aria-invalid="true"')
    ? (/ aria-describedby="([\w-]+-fault)/.exec(control) ?? [])
    : []
  return new RegExp(`<p id="${id}" class="fault">([^<]*)</p>`).exec(text)?.[1] ?? ''
}

function expectPlainWords(page: Page, field: string, language: string): void {
  const fault = faultOf(page, field)
  expect({ field, fault }).toMatchObject({ fault: expect.stringMatching(/^.{5,}\.$/) })
  expect(fault).not.toMatch(PROGRAMMERS)
  expect(fault).toMatch(language === 'ko' ? /[가-힣]/ : /^[A-Z]/)
  expect(fault).not.toBe((language === 'ko' ? ko : en).fieldError({ path: '', code: 'invalid', message: '' }))
}

describe.each(['en', 'ko'])('what is wrong with a field: %s', (language) => {
  it('of a to-do is said beside it, in words of people', async () => {
    const browser = await signUpInBrowser('alice', { 'Accept-Language': language })
    const todo = await createTodo(browser, { contents: 'Buy milk' })
    const path = `/console/todos/${todo.id}`
    const form = fieldsOn(await browser.visit(path))
    for (const [field, edits] of TODO) {
      const page = await browser.submit(path, { ...form, ...edits })
      expect([edits, page.status]).toEqual([edits, 422])
      expectPlainWords(page, field, language)
    }
    const subtask = await browser.submit(path, { ...form, subtask: long(501), key: 'one' })
    expectPlainWords(subtask, 'subtask', language)
  })

  it('of the account and of lists is said beside it, in words of people', async () => {
    const browser = await signUpInBrowser('alice', { 'Accept-Language': language })
    await browser.client.patch('/users/me', { name: 'alice-liddell' })
    for (const [path, field, form] of OTHERS) expectPlainWords(await browser.submit(path, form), field, language)
  })

  it('of a sign-in or a sign-up is said beside it, in words of people', async () => {
    await signUpInBrowser('alice')
    for (const [path, field, form] of SIGNED_OUT) {
      const browser = new Browser({ 'Accept-Language': language })
      expectPlainWords(await browser.submit(path, form), field, language)
    }
  })
})

it('has the limit in it', () => {
  const error = { path: '/labels', code: 'too_big', message: '', limit: 10 }
  expect([en.fieldError(error), ko.fieldError(error)]).toEqual([
    'Use at most 10 labels.',
    '라벨은 10개까지 붙일 수 있습니다.',
  ])
  const tooLong = { path: '/description', code: 'too_long', message: '', limit: 10_000 }
  expect(en.fieldError(tooLong)).toBe('This is too long. Use at most 10,000 characters.')
  expect(en.fieldError({ path: '/labels/3', code: 'too_long', message: '', limit: 50 })).toBe(
    'A label can have at most 50 characters.',
  )
})
