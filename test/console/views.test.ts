import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { MAX_COUNTED } from '../../src/limits'
import type { List } from '../../src/todos/lists/schemas'
import { setClock } from '../helpers/clock'
import { recordingBindings } from '../helpers/recorder'
import { Browser, fieldValue, type Page, signUpInBrowser, textOf } from './browser'
import { contentsOn, createTodo, setZone, todosOf } from './todo-pages'

/* Today, Upcoming, All and Done. What is due today is in due.test.ts. */

const NOON = '2026-11-26T12:00:00Z'

async function personIn(timeZone: string, now = NOON, language = 'en'): Promise<Browser> {
  setClock(Date.parse(now))
  const browser = await signUpInBrowser('alice', { 'Accept-Language': language })
  await setZone(browser, timeZone)
  return browser
}

const headingOf = ({ text }: Page): string => /<h1[^>]*>([^<]*)</.exec(text)?.[1] ?? ''

/** The groups of a page: their headings, and the contents below each. */
const groupsOn = ({ text }: Page): [heading: string, ...contents: string[]][] =>
  text
    .split('<section class="group"')
    .slice(1)
    .map((group) => [
      textOf({ text: /<h2>(.*?)<\/h2>/s.exec(group)?.[1] ?? '' }),
      ...contentsOn({ text: group.split('</section>')[0] ?? '' } as Page),
    ])

/** The links of the navigation: what each says, and which one is the current one. */
function linksOn({ text }: Page): { links: string[]; current: string[] } {
  const nav = /<nav[^>]* class="views">.*?<\/nav>/s.exec(text)?.[0] ?? ''
  const all = [...nav.matchAll(/<a ([^>]*)>(.*?)<\/a>/gs)].map(([, attributes = '', inner = '']) => ({
    words: textOf({ text: inner }).trim(),
    isCurrent: attributes.includes('aria-current'),
  }))
  return {
    links: all.map(({ words }) => words),
    current: all.filter(({ isCurrent }) => isCurrent).map(({ words }) => words),
  }
}

const moreOn = ({ text }: Page): string[] =>
  [...text.matchAll(/href="([^"]*)" data-more/g)].map(([, path = '']) => path.replaceAll('&amp;', '&'))

describe('the first page', () => {
  it.each([
    ['nothing at all', {}, 'All'],
    ['something without a day', { contents: 'x' }, 'All'],
    ['something tomorrow', { contents: 'x', due: '2026-11-27' }, 'All'],
    ['something today', { contents: 'x', due: '2026-11-26' }, 'Today'],
    ['something late', { contents: 'x', dueAt: '2026-11-26T11:59:59Z' }, 'Today'],
    ['what is done already', { contents: 'x', due: '2026-11-25', isDone: true }, 'All'],
  ])('is Today if anything is due, else All: %s', async (_, todo, title) => {
    const browser = await personIn('Asia/Seoul')
    if ('contents' in todo) await createTodo(browser, todo)
    const page = await browser.visit('/console')
    expect(headingOf(page)).toBe(title)
    expect(page.hops).toEqual(['200 /console'])
    const address = title === 'Today' ? '/console?view=today' : '/console'
    expect(page.text).toContain(`data-address="${address}"`)
  })

  it('depends on the zone of the person', async () => {
    const browser = await personIn('America/Sao_Paulo')
    await createTodo(browser, { contents: 'x', due: '2026-11-27' })
    expect(headingOf(await browser.visit('/console'))).toBe('All')
    await setZone(browser, 'Pacific/Kiritimati')
    expect(headingOf(await browser.visit('/console'))).toBe('Today')
  })

  it('stays Today after the last one is done', async () => {
    const browser = await personIn('Asia/Seoul')
    const todo = await createTodo(browser, { contents: 'Buy milk', due: '2026-11-26' })
    await createTodo(browser, { contents: 'Later', due: '2026-12-24' })
    const { text } = await browser.visit('/console')
    const to = /name="to" value="([^"]*view=[^"]*)"/.exec(text)?.[1] ?? ''
    const done = await browser.submit(`/console/todos/${todo.id}/done`, { isDone: 'true', to })
    expect(headingOf(done)).toBe('Today')
    expect(textOf(done)).toContain('Nothing is due today. One is coming up')
  })
})

describe('the navigation', () => {
  it('has every view, list and label, and says what is open there', async () => {
    const browser = await personIn('Asia/Seoul')
    const { body: list } = await browser.client.post<List>('/lists', { name: 'Groceries' })
    await browser.client.post('/lists', { name: 'Empty' })
    await createTodo(browser, { contents: 'a', due: '2026-11-25', listId: list.id })
    await createTodo(browser, { contents: 'b', due: '2026-11-26', labels: ['home'] })
    await createTodo(browser, { contents: 'c', due: '2026-12-24', labels: ['home', 'family'] })
    await createTodo(browser, { contents: 'd', isDone: true, labels: ['old'] })
    const links = ['Today 2', 'Upcoming 2', 'All 3', 'Done', 'Groceries 1', 'Empty', 'Edit lists', 'home 2', 'family 1']
    const current: Record<string, string> = {
      '/console': 'Today 2',
      '/console?view=overdue': 'Today 2',
      '/console?view=upcoming': 'Upcoming 2',
      '/console?view=all': 'All 3',
      '/console?view=done': 'Done',
      [`/console?list=${list.id}`]: 'Groceries 1',
      '/console?label=home': 'home 2',
      '/console?q=x': 'All 3',
    }
    for (const [path, one] of Object.entries(current)) {
      expect({ path, ...linksOn(await browser.visit(path)) }).toEqual({ path, links, current: [one] })
    }
  })

  it('names the ten labels that are used most, and the filters have all', async () => {
    const browser = await personIn('Asia/Seoul')
    for (let n = 0; n < 3; n++) {
      const labels = Array.from({ length: 10 }, (_, of) => `l${n * 4 + of}`)
      await createTodo(browser, { contents: `${n}`, labels })
    }
    const page = await browser.visit('/console')
    expect(linksOn(page).links.filter((link) => link.startsWith('l'))).toHaveLength(10)
    expect(page.text.match(/class="chip label" href="[^"]*" *>#l\d+</g)?.length).toBeGreaterThanOrEqual(18)
  })
})

describe('what is coming up', () => {
  it('stands under its day, in the language and the zone of the person', async () => {
    const todos = [
      ['Overdue', '2026-11-26T11:00:00[UTC]'],
      ['Whole day', '2026-11-26'],
      ['Tonight', '2026-11-26T23:30:00[Asia/Seoul]'],
      ['Early tomorrow', '2026-11-26T16:00:00[UTC]'],
      ['Tomorrow', '2026-11-27'],
      ['Saturday', '2026-11-28'],
      ['Next year', '2027-02-01T09:00:00[Asia/Seoul]'],
    ]
    for (const [language, headings] of [
      ['en', ['Today · Thu, Nov 26', 'Tomorrow · Fri, Nov 27', 'Saturday, November 28', 'Monday, February 1, 2027']],
      ['ko', ['오늘 · 11월 26일 (목)', '내일 · 11월 27일 (금)', '11월 28일 토요일', '2027년 2월 1일 월요일']],
    ] as const) {
      const browser = await personIn('Asia/Seoul', NOON, language)
      for (const [contents = '', due = ''] of todos) await createTodo(browser, { contents, due })
      await createTodo(browser, { contents: 'No day' })
      expect(groupsOn(await browser.visit('/console?view=upcoming'))).toEqual([
        [headings[0], 'Tonight', 'Whole day'],
        [headings[1], 'Early tomorrow', 'Tomorrow'],
        [headings[2], 'Saturday'],
        [headings[3], 'Next year'],
      ])
      await browser.submit('/console/sign-out', {})
      await env.DB.prepare('DELETE FROM users').run()
    }
  })

  it('goes on with the same day on the next page, and is no search', async () => {
    const browser = await personIn('Asia/Seoul')
    for (let n = 0; n < 27; n++) await createTodo(browser, { contents: `No. ${n}`, due: '2026-11-27' })
    await createTodo(browser, { contents: 'Later', due: '2026-11-28' })
    const [more = ''] = moreOn(await browser.visit('/console?view=upcoming'))
    const next = await browser.visit(more)
    expect(groupsOn(next)).toEqual([
      ['Tomorrow · Fri, Nov 27', 'No. 25', 'No. 26'],
      ['Saturday, November 28', 'Later'],
    ])
    expect(next.text).toContain('<a href="/console?view=upcoming">First page</a>')
    for (let n = 0; n < 32; n++) expect((await browser.visit('/console?view=upcoming')).status).toBe(200)
  })

  it('has what is added there: due tomorrow, unless the text says when', async () => {
    const browser = await personIn('Asia/Seoul')
    const page = await browser.visit('/console?view=upcoming')
    const key = fieldValue(page, 'key')
    await browser.submit('/console/todos', { contents: 'Buy milk', key, to: '/console?view=upcoming' })
    expect(await todosOf(browser)).toMatchObject([{ due: '2026-11-27' }])
  })
})

describe('what is done', () => {
  it('stands under the day on which it was done, the newest first', async () => {
    const browser = await personIn('Asia/Seoul', '2026-11-26T03:00:00Z')
    for (const [contents, at] of [
      ['Friday', '2026-11-20T10:00:00Z'],
      ['Tuesday', '2026-11-23T15:00:00Z'],
      ['Yesterday', '2026-11-24T15:00:00Z'],
      ['Last night', '2026-11-25T14:59:59Z'],
      ['Today', '2026-11-25T15:00:00Z'],
    ] as const) {
      const { id } = await createTodo(browser, { contents, isDone: true })
      await env.DB.prepare('UPDATE todos SET completed_at = ? WHERE id = ?').bind(Date.parse(at), id).run()
    }
    await createTodo(browser, { contents: 'Open' })
    const page = await browser.visit('/console?view=done')
    expect(groupsOn(page)).toEqual([
      ['Today · Thu, Nov 26', 'Today'],
      ['Yesterday · Wed, Nov 25', 'Last night', 'Yesterday'],
      ['Tuesday, November 24', 'Tuesday'],
      ['Friday, November 20', 'Friday'],
    ])
    expect(page.text).not.toContain('class="add"')
  })

  it('is a link below what is open, in the same list', async () => {
    const browser = await personIn('Asia/Seoul')
    const { body: list } = await browser.client.post<List>('/lists', { name: 'Groceries' })
    await createTodo(browser, { contents: 'Bread', listId: list.id, isDone: true })
    await createTodo(browser, { contents: 'Other', isDone: true })
    const page = await browser.visit(`/console?list=${list.id}&sort=dueAt.ASC`)
    expect(page.text).toContain(`<a href="/console?list=${list.id}&amp;view=done">Show what is done</a>`)
    expect(contentsOn(await browser.visit(`/console?list=${list.id}&view=done`))).toEqual(['Bread'])
  })
})

describe('a view without to-dos', () => {
  it.each([
    ['en', '/console', 'Nothing to do yet. Add the first one above.', '/console/todos/import'],
    ['en', '/console?view=today', 'Nothing to do yet. Add the first one above.', '/console/lists'],
    ['en', '/console?view=upcoming', 'Nothing to do yet. Add the first one above.', '/console/lists'],
    ['en', '/console?view=done', 'Nothing is done yet. What you complete shows here.', '/console/lists'],
    ['en', '/console?view=overdue', 'Nothing is overdue.', '/console?view=today'],
    ['en', '/console?q=milk', 'Nothing here matches.', '/console?view=all'],
    ['ko', '/console', '아직 할 일이 없습니다. 위에서 첫 할 일을 추가하세요.', '/console/todos/import'],
    ['ko', '/console?view=done', '아직 완료한 할 일이 없습니다.', '/console/lists'],
  ])('says what to do: %s %s', async (language, path, words, link) => {
    const browser = await personIn('Asia/Seoul', NOON, language)
    const page = await browser.visit(path)
    expect(textOf(page)).toContain(words)
    expect(page.text).toContain(`href="${link}"`)
  })

  it('leads to what there is elsewhere', async () => {
    const browser = await personIn('Asia/Seoul')
    await createTodo(browser, { contents: 'x' })
    const open = await browser.visit('/console?view=today')
    expect(textOf(open)).toContain('Nothing is due today. See the one that is open')
    expect(textOf(await browser.visit('/console?view=upcoming'))).toContain('Nothing is coming up. Add something')
    await createTodo(browser, { contents: 'x', due: '2026-12-24' })
    await createTodo(browser, { contents: 'x', due: '2026-12-24' })
    const upcoming = await browser.visit('/console?view=today')
    expect(upcoming.text).toContain('<a href="/console?view=upcoming">2 are coming up</a>')
    const { body: list } = await browser.client.post<List>('/lists', { name: 'Empty' })
    expect(textOf(await browser.visit(`/console?list=${list.id}`))).toContain('Nothing is to be done in this list.')
    await createTodo(browser, { contents: 'late', due: '2026-11-25' })
    expect(textOf(await browser.visit('/console?view=today'))).toContain('Nothing more is due today.')
  })
})

describe('a list that is opened often', () => {
  it('is no search, and neither is a label or another order', async () => {
    const browser = await personIn('Asia/Seoul')
    const { body: list } = await browser.client.post<List>('/lists', { name: 'Groceries' })
    const paths = [
      `/console?list=${list.id}`,
      '/console?label=home',
      '/console?sort=priority.DESC',
      '/console?view=all',
    ]
    for (let n = 0; n < 36; n++) expect((await browser.visit(paths[n % 4] ?? '')).status).toBe(200)
  })

  it('comes by due date for somebody with very many, when they may not search any more', async () => {
    const browser = await personIn('Asia/Seoul')
    await env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
       INSERT INTO todos (id, user_id, contents, priority, labels, created_at, updated_at, version, seq)
       SELECT printf('019c8d2e-7a64-7c3f-8f1e-%012d', i), (SELECT id FROM users), 'No. ' || i, 0, '[]', i, i, 1, i FROM n`,
    )
      .bind(MAX_COUNTED + 1)
      .run()
    const pages = []
    for (let n = 0; n < 32; n++) pages.push(await browser.visit('/console'))
    expect(new Set(pages.map(({ status }) => status))).toEqual(new Set([200]))
    const firsts = pages.map((page) => [contentsOn(page)[0], linksOn(page).links[2]])
    expect(firsts[0]).toEqual(['No. 1001', 'All 999+'])
    expect(firsts[31]).toEqual(['No. 1', 'All 999+'])
    expect((await browser.visit('/console?q=x')).status).toBe(429)
  })
})

it('puts what is added under a label there, beside the labels that its text has', async () => {
  const browser = await personIn('Asia/Seoul')
  const page = await browser.visit('/console?label=home')
  const form = { contents: 'Buy milk #shop', key: fieldValue(page, 'key'), to: '/console?label=home' }
  await browser.submit('/console/todos', { ...form, seen: form.contents })
  expect(await todosOf(browser)).toMatchObject([{ contents: 'Buy milk', labels: ['home', 'shop'] }])
})

describe('what the script asks for', () => {
  it('is the navigation and the list, of any view', async () => {
    const browser = await personIn('Asia/Seoul')
    await createTodo(browser, { contents: 'Buy milk', due: '2026-11-26' })
    for (const path of ['/console', '/console?view=upcoming', '/console?view=all', '/console?view=done']) {
      const part = await browser.visit(path, { headers: { 'Latchkey-Part': 'true' } })
      expect(part.text).toMatch(/^<nav aria-label="Views" class="views">.*<\/nav><div id="todos"[^>]*>.*<\/div>$/s)
    }
  })
})

describe('parents that are not on the page', () => {
  it('are read in one request', async () => {
    const browser = await personIn('Asia/Seoul')
    for (let n = 0; n < 12; n++) {
      const { id } = await createTodo(browser, { contents: `Parent ${n}` })
      await createTodo(browser, { contents: `Part ${n}`, parentId: id, due: '2026-11-26' })
    }
    const { DB, KV, start, cost } = recordingBindings()
    const measured = new Browser({}, { DB, KV })
    for (const [name, value] of browser.cookies) measured.cookies.set(name, value)
    start()
    const page = await measured.visit('/console?view=today')
    expect(textOf(page).match(/Part of: Parent \d+/g)).toHaveLength(12)
    expect(cost()).toEqual({ d1: 5, kv: 1, depth: 3 })
  })
})
