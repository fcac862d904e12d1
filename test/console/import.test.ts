import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { en } from '../../src/console/texts/en'
import { ko } from '../../src/console/texts/ko'
import worker from '../../src/index'
import { NOTE_MESSAGES } from '../../src/todos/import/note-messages'
import { failingD1 } from '../helpers/bindings'
import { backgroundContext, ORIGIN } from '../helpers/client'
import { expectNoChanges } from '../helpers/storage'
import { Browser, fieldValue, type Page, signUpInBrowser, textOf } from './browser'
import { createTodo, todosOf } from './todo-pages'

const files = import.meta.glob<string>('../todos/import/files/*', { query: '?raw', import: 'default', eager: true })

const contentOf = (name: string): string => files[`../todos/import/files/${name}`] ?? ''

const PATH = '/console/todos/import'

const preview = (
  browser: Browser,
  content: string | Uint8Array<ArrayBuffer>,
  name = 'todo.txt',
  type = 'text/plain',
): Promise<Page> => browser.upload(PATH, new File([content], name, { type }))

const run = (browser: Browser, page: Page): Promise<Page> =>
  browser.submit(`${PATH}/run`, { file: fieldValue(page, 'file') })

/** The number beside a word of the summary. */
const countOf = ({ text }: Page, outcome: string): number =>
  Number(new RegExp(`<dt>${outcome}</dt><dd>([\\d,]+)</dd>`).exec(text)?.[1]?.replaceAll(',', '') ?? 0)

describe('a file', () => {
  it.each([
    ['todoist.csv', 'application/vnd.ms-excel', 'todoist.csv', 'Todoist (CSV)'],
    ['todo.txt', 'text/plain', 'todo.txt', 'todo.txt'],
    ['calendar.ics', 'text/calendar', 'calendar.ics', 'iCalendar (.ics)'],
    ['Tasks.json', 'application/json', 'google-tasks.json', 'Google Tasks (JSON)'],
    ['lists.json', '', 'microsoft-to-do.json', 'Microsoft To Do (JSON)'],
  ])('is shown line by line, and then imported: %s', async (name, type, file, format) => {
    const content = contentOf(file)
    const browser = await signUpInBrowser('alice')
    const shown = await preview(browser, content, name, type)
    expect(shown.url).toMatch(/^\/console\/todos\/import\/preview\?file=[\w-]{43}$/)
    expect(textOf(shown)).toContain(`${name}: ${format}.`)
    expect(await todosOf(browser)).toEqual([])
    const made = countOf(shown, 'New')
    expect(made).toBeGreaterThan(0)

    const done = await run(browser, shown)
    expect(done.status).toBe(200)
    expect(textOf(done)).toContain(`${made} of ${made} to-dos.`)
    expect(textOf(done)).toContain('It is done.')
    expect(countOf(done, 'New')).toBe(made)
    expect(done.text.match(/<a href="\/console\/todos\/[0-9a-f-]{36}">/g)).toHaveLength(made)
    expect(done.text.endsWith('</html>')).toBe(true)
    const rows = (page: Page) => page.text.match(/<tr>/g)?.length
    expect(rows(done)).toBe(rows(shown))

    const again = await preview(browser, content, name, type)
    expect([countOf(again, 'New'), countOf(again, 'Here already')]).toEqual([0, made])
    expect(textOf(again)).toContain('There is nothing to import')
  })

  it('says in Korean what becomes of it', async () => {
    const browser = await signUpInBrowser('alice', { 'Accept-Language': 'ko' })
    const page = await preview(browser, `${'가'.repeat(501)}\n우유 사기\n\n`)
    expect(textOf(page)).toContain('제목이 너무 길어 전체를 설명에 넣었습니다.')
    expect(countOf(page, '새로 추가')).toBe(2)
    expect(countOf(page, '할 일 아님')).toBe(1)
    const done = await run(browser, page)
    expect(textOf(done)).toContain('할 일 2개 중 2개.')
    expect(textOf(done)).toContain('모두 마쳤습니다.')
  })

  it('shows 200 lines at first, and all if somebody wants to see them', async () => {
    const browser = await signUpInBrowser('alice')
    const page = await preview(browser, Array.from({ length: 1203 }, (_, n) => `No. ${n}`).join('\n'))
    const [first = '', more = ''] = page.text.split('<details class="panel"><summary>Show all 1,203 lines</summary>')
    expect(first.match(/<tr><td>/g)).toHaveLength(200)
    expect(more.match(/<tr><td>/g)).toHaveLength(1003)
    const done = await run(browser, page)
    const steps = [...done.text.matchAll(/<p>([\d,]+ of 1,203) to-dos\./g)].map(([, step]) => step)
    expect(steps).toEqual(['500 of 1,203', '1,000 of 1,203', '1,203 of 1,203'])
  })

  it('shows what it says as text, never as HTML', async () => {
    const attack = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    const browser = await signUpInBrowser('alice')
    const page = await preview(browser, `${attack} +${attack.replaceAll(' ', '')}\n`, `${attack}.txt`)
    const done = await run(browser, page)
    for (const { text } of [page, done]) {
      expect(text).not.toMatch(/<script>|<img/)
      expect(text.match(/<script/g)).toHaveLength(1)
    }
  })

  it('is taken in the zone of the person, which the page names', async () => {
    const browser = await signUpInBrowser('alice')
    await browser.client.patch('/users/me', { timeZone: 'Asia/Seoul' })
    const page = await preview(browser, contentOf('calendar.ics'), 'calendar.ics', 'text/calendar')
    expect(textOf(page)).toContain('Times without a time zone are taken as those of Asia/Seoul.')
  })
})

describe('a file that cannot be taken', () => {
  it.each([
    [
      'en',
      'Files can have up to 5 MB.',
      'Choose a file.',
      'There are no to-dos in it that we can read',
      'The file must be in UTF-8',
    ],
    [
      'ko',
      '5MB를 넘지 않아야 합니다.',
      '파일을 고르세요.',
      '할 일 파일로 읽을 수 없습니다',
      'UTF-8 파일이어야 합니다.',
    ],
  ])('is refused beside the field: %s', async (language, tooLarge, none, unknown, encoding) => {
    const browser = await signUpInBrowser('alice', { 'Accept-Language': language })
    for (const [content, message] of [
      [new Uint8Array(5 * 1024 * 1024 + 1), tooLarge],
      [new Uint8Array(6 * 1024 * 1024), tooLarge],
      ['', none],
      ['no,such,columns\n1,2,3\n', unknown],
      [new Uint8Array([0xff, 0xfe, 0x00, 0xd8, 0xff]), encoding],
    ] as const) {
      const page = await preview(browser, content, 'file.csv', 'text/csv')
      expect({ status: page.status, message, fault: page.text }).toMatchObject({
        status: 422,
        fault: expect.stringContaining(`<p id="file-fault" class="fault">${message}`),
      })
    }
    expect(await todosOf(browser)).toEqual([])
  })

  it('is told that there is no room, line by line', async () => {
    const browser = await signUpInBrowser('alice', {}, { TODO_QUOTA_ROWS: '1' })
    const page = await preview(browser, 'One\nTwo\n')
    expect([countOf(page, 'New'), countOf(page, 'Not taken')]).toEqual([1, 1])
    expect(textOf(page)).toContain('There is no room for it among your to-dos.')
    expect(countOf(await run(browser, page), 'Not taken')).toBe(1)
    expect(await todosOf(browser)).toHaveLength(1)
  })

  it('is no form of the wrong kind', async () => {
    const browser = await signUpInBrowser('alice')
    expect((await browser.submit(PATH, { file: 'x' })).status).toBe(415)
    const multipart = { body: new Uint8Array([1, 2, 3]), type: 'multipart/form-data; boundary=x' }
    expect((await browser.submit(PATH, {}, { multipart })).status).toBe(400)
  })
})

describe('between the preview and the import', () => {
  it.each([
    ['en', 'The file is not there any more, or it is another one. Choose it again.'],
    ['ko', '파일이 더 이상 없거나 다른 파일로 바뀌었습니다. 다시 고르세요.'],
  ])('another file cannot slip in, and one that is gone is asked for again: %s', async (language, message) => {
    const browser = await signUpInBrowser('alice', { 'Accept-Language': language })
    const first = await preview(browser, 'First\n')
    await preview(browser, 'Second\n')
    await expectNoChanges(async () => {
      for (const page of [await run(browser, first), await browser.visit(first.url)]) {
        expect(page.status).toBe(422)
        expect(page.text).toContain(`<p id="file-fault" class="fault">${message}</p>`)
      }
    })
    expect(await todosOf(browser)).toEqual([])
  })

  it('the file is one of its user alone, in KV for 15 minutes, and gone after the import', async () => {
    const [alice, bob] = [await signUpInBrowser('alice'), await signUpInBrowser('bob')]
    const page = await preview(alice, 'Secret\n')
    const { keys } = await env.KV.list({ prefix: 'import:' })
    expect(keys).toHaveLength(1)
    const left = (keys[0]?.expiration ?? 0) - Date.now() / 1000
    expect(left).toBeGreaterThan(14 * 60)
    expect(left).toBeLessThan(15.1 * 60)
    expect((await bob.visit(page.url)).status).toBe(422)
    expect((await run(bob, page)).text).not.toContain('Secret')
    await run(alice, page)
    expect((await env.KV.list({ prefix: 'import:' })).keys).toEqual([])
    expect(await todosOf(bob)).toEqual([])
  })

  it('a form of another site, and a link of one, do nothing', async () => {
    const browser = await signUpInBrowser('alice')
    const page = await preview(browser, 'One\n')
    await expectNoChanges(async () => {
      const from = 'cross-site' as const
      const pages = [
        await browser.upload(PATH, new File(['Two\n'], 'todo.txt'), { from }),
        await browser.submit(`${PATH}/run`, { file: fieldValue(page, 'file') }, { from }),
        await browser.visit(page.url, { from }),
      ]
      expect(pages.map(({ status }) => status)).toEqual([403, 403, 403])
    })
  })

  it('somebody who is signed out is asked to sign in before the file is read', async () => {
    const page = await preview(new Browser(), 'One\n')
    expect(page.url).toBe('/console/sign-in')
  })
})

it('an import that breaks off says so, and goes on with the same file', async () => {
  const browser = await signUpInBrowser('alice')
  const lines = Array.from({ length: 700 }, (_, n) => `No. ${n}`).join('\n')
  const page = await preview(browser, lines)
  let writes = 0
  const broken = new Browser({}, { DB: failingD1((sql) => /INSERT INTO "?todos"? /.test(sql) && ++writes > 1) })
  for (const [name, value] of browser.cookies) broken.cookies.set(name, value)
  const stopped = await run(broken, page)
  expect(stopped.status).toBe(200)
  expect(textOf(stopped)).toContain('What was written so far stays. Go on, and nothing is made twice.')
  expect(stopped.text.endsWith('</html>')).toBe(true)
  const done = await run(browser, stopped)
  expect(countOf(done, 'New') + countOf(done, 'Here already')).toBe(700)
  const total = await env.DB.prepare('SELECT count(*) AS n FROM todos').first('n')
  expect(total).toBe(700)
})

it('the page comes in parts, so that one sees how far the import is', async () => {
  const browser = await signUpInBrowser('alice')
  const page = await preview(browser, Array.from({ length: 1203 }, (_, n) => `No. ${n}`).join('\n'))
  const request = new Request(`${ORIGIN}${PATH}/run`, {
    method: 'POST',
    headers: {
      Cookie: [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      'Content-Type': 'application/x-www-form-urlencoded',
      'Sec-Fetch-Site': 'same-origin',
    },
    body: new URLSearchParams({ file: fieldValue(page, 'file') }),
  })
  const { body } = await worker.fetch(request, env, backgroundContext())
  const counts = []
  for await (const _ of body ?? [])
    counts.push(await env.DB.prepare('SELECT count(*) AS n FROM todos').first<number>('n'))
  expect(new Set(counts).size).toBeGreaterThan(2)
})

describe('every note of an import', () => {
  it.each(Object.entries(NOTE_MESSAGES))('has words in both languages: %s', (code, message) => {
    expect(en.import.note({ code, message })).toBe(`${message}.`)
    const korean = ko.import.note({ code, message })
    expect(korean).toMatch(/[가-힣]/)
    expect(korean).not.toContain(message)
  })
})

it('leads there from an empty list and from the account', async () => {
  const browser = await signUpInBrowser('alice')
  expect((await browser.visit('/console')).text).toContain(`<a href="${PATH}">`)
  expect((await browser.visit('/console/account')).text).toContain(`<a href="${PATH}">`)
  await createTodo(browser, { contents: 'Buy milk' })
  expect((await browser.visit('/console')).text).not.toContain(`<a href="${PATH}">`)
})
