import { describe, expect, it } from 'vitest'
import type { Todo } from '../../src/todos/schemas'
import { setClock } from '../helpers/clock'
import { expectNoChanges } from '../helpers/storage'
import { type Browser, fieldValue, type Page, signUpInBrowser, textOf } from './browser'
import { contentsOn, createTodo, fieldsOn, getTodo, setZone, todosOf } from './todo-pages'

/** A user in this zone, whose clock stands still. */
async function personIn(timeZone: string, now: string, language = 'en'): Promise<Browser> {
  setClock(Date.parse(now))
  const browser = await signUpInBrowser('alice', { 'Accept-Language': language })
  await setZone(browser, timeZone)
  return browser
}

/** Opens the form of a to-do, edits some fields and sends it. */
async function edit(browser: Browser, { id }: Todo, edits: Record<string, string>) {
  const path = `/console/todos/${id}`
  return browser.submit(path, { ...fieldsOn(await browser.visit(path)), ...edits })
}

const NOON = '2026-11-26T12:00:00Z'

describe('the due date in the form', () => {
  it('is a day, or a time in the zone of the person', async () => {
    const browser = await personIn('Asia/Seoul', NOON)
    const todo = await createTodo(browser, { contents: 'Buy milk' })
    const dues = []
    for (const [dueDay, dueTime] of [
      ['2026-12-24', ''],
      ['2026-12-24', '18:00'],
      ['2026-12-25', '18:00'],
      ['2026-12-25', ''],
      ['', ''],
    ] as const) {
      expect((await edit(browser, todo, { dueDay, dueTime })).url).toBe(`/console#t${todo.id}`)
      dues.push((await getTodo(browser, todo)).due)
    }
    expect(dues).toEqual([
      '2026-12-24',
      '2026-12-24T18:00:00[Asia/Seoul]',
      '2026-12-25T18:00:00[Asia/Seoul]',
      '2026-12-25',
      null,
    ])
  })

  it('keeps the zone of a to-do that has another one, and says which', async () => {
    const browser = await personIn('Asia/Seoul', NOON)
    const todo = await createTodo(browser, { contents: 'Call Lisbon', due: '2026-12-24T18:00:00[Europe/Lisbon]' })
    expect(textOf(await browser.visit(`/console/todos/${todo.id}`))).toContain('In the time zone Europe/Lisbon.')
    await edit(browser, todo, { dueTime: '09:30' })
    expect(await getTodo(browser, todo)).toMatchObject({ due: '2026-12-24T09:30:00[Europe/Lisbon]' })
  })

  it.each(['2026-12-24', '0800-01-01', '2026-12-24T18:00:30.123[Asia/Seoul]', '0800-01-01T00:00:00[Europe/Berlin]'])(
    'stays exactly as it is if it is not edited: %s',
    async (due) => {
      const browser = await personIn('Europe/Berlin', NOON)
      const todo = await createTodo(browser, { contents: 'Buy milk', due })
      await edit(browser, todo, { contents: 'Buy oat milk' })
      expect(await getTodo(browser, todo)).toMatchObject({ contents: 'Buy oat milk', due, version: 2 })
    },
  )

  it('keeps the later one of two hours that the clock shows twice', async () => {
    const browser = await personIn('Europe/Berlin', NOON)
    const todo = await createTodo(browser, { contents: 'Change clocks', dueAt: '2026-10-25T01:30:00Z' })
    await edit(browser, todo, { contents: 'Change all clocks' })
    expect(await getTodo(browser, todo)).toMatchObject({ dueAt: '2026-10-25T01:30:00.000Z' })
  })

  it('keeps the seconds of a time if only the day is edited', async () => {
    const browser = await personIn('Asia/Seoul', NOON)
    const todo = await createTodo(browser, { contents: 'Buy milk', due: '2026-12-24T18:00:30.123[Asia/Seoul]' })
    await edit(browser, todo, { dueDay: '2026-12-31' })
    expect(await getTodo(browser, todo)).toMatchObject({ due: '2026-12-31T18:00:30.123[Asia/Seoul]' })
  })

  it.each([
    ['a time without a day', { dueDay: '', dueTime: '18:00' }],
    ['a day that there is not', { dueDay: '2026-02-30' }],
    ['a zone that there is not', { dueDay: '2026-12-24', dueTime: '18:00', dueZone: 'Mars/Olympus' }],
  ])('is refused beside the field: %s', async (_, edits) => {
    const browser = await personIn('Asia/Seoul', NOON)
    const todo = await createTodo(browser, { contents: 'Buy milk' })
    const page = await expectNoChanges(() => edit(browser, todo, edits))
    expect(page.status).toBe(422)
    expect(page.text).toContain(
      '<p id="edit-due-fault" class="fault">There is no such day or time. Choose another one.</p>',
    )
    expect(fieldsOn(page)).toMatchObject(edits)
  })
})

describe('how often it repeats', () => {
  it('is one of the usual rules, or none', async () => {
    const browser = await personIn('Asia/Seoul', NOON)
    const todo = await createTodo(browser, { contents: 'Water the plants', due: '2026-12-24' })
    const rules = []
    for (const repeat of ['daily', 'weekdays', 'weekly', 'monthly', 'yearly', 'none']) {
      await edit(browser, todo, { repeat })
      rules.push((await getTodo(browser, todo)).recurrence)
      expect(fieldsOn(await browser.visit(`/console/todos/${todo.id}`))).toMatchObject({ repeat, rule: '' })
    }
    expect(rules).toEqual([
      'FREQ=DAILY',
      'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR',
      'FREQ=WEEKLY',
      'FREQ=MONTHLY',
      'FREQ=YEARLY',
      null,
    ])
  })

  it('can be a rule of one’s own, which stays as it is', async () => {
    const browser = await personIn('Asia/Seoul', NOON)
    const recurrence = 'FREQ=MONTHLY;BYDAY=-1FR;COUNT=5'
    const todo = await createTodo(browser, { contents: 'Pay the rent', due: '2026-12-24', recurrence })
    const path = `/console/todos/${todo.id}`
    expect(fieldsOn(await browser.visit(path))).toMatchObject({ repeat: 'own', rule: recurrence })
    await edit(browser, todo, { contents: 'Pay the rent early' })
    expect(await getTodo(browser, todo)).toMatchObject({ recurrence, contents: 'Pay the rent early' })
    await edit(browser, todo, { rule: 'freq=monthly;bymonthday=31' })
    expect(await getTodo(browser, todo)).toMatchObject({ recurrence: 'FREQ=MONTHLY;BYMONTHDAY=31' })
  })

  it.each([
    ['en', 'To repeat, it needs a date.', 'It cannot repeat like that. Choose another way.'],
    ['ko', '반복하려면 기한이 있어야 합니다.', '그렇게는 반복할 수 없습니다. 다른 방법을 선택하세요.'],
  ])('is refused beside its field: %s', async (language, noDue, noRule) => {
    const browser = await personIn('Asia/Seoul', NOON, language)
    const todo = await createTodo(browser, { contents: 'Water the plants' })
    await expectNoChanges(async () => {
      const page = await edit(browser, todo, { repeat: 'daily' })
      expect({ status: page.status, text: page.text }).toMatchObject({
        status: 422,
        text: expect.stringContaining(`<p id="edit-repeat-fault" class="fault">${noDue}`),
      })
      const own = await edit(browser, todo, { repeat: 'own', rule: 'HOURLY', dueDay: '2026-12-24' })
      expect(own.text).toContain(`<p id="edit-rule-fault" class="fault">${noRule}`)
      expect(own.text).not.toContain('id="edit-repeat-fault"')
      const missing = await edit(browser, todo, { repeat: 'own', rule: '', dueDay: '2026-12-24' })
      expect(missing.status).toBe(422)
      expect(missing.text).toContain('id="edit-rule-fault"')
    })
  })
})

describe('completing what repeats', () => {
  it.each([
    ['en', 'Done. The next one is due: Nov 27, 2026, 6:00 PM.'],
    ['ko', '완료했습니다. 다음 기한: 2026. 11. 27. 오후 6:00'],
  ])('says when the next one is due, and is taken back by a button: %s', async (language, words) => {
    const browser = await personIn('Asia/Seoul', NOON, language)
    const due = '2026-11-26T18:00:00[Asia/Seoul]'
    const todo = await createTodo(browser, { contents: 'Water the plants', due, recurrence: 'FREQ=DAILY' })
    const page = await browser.submit(`/console/todos/${todo.id}/done`, { isDone: 'true', to: '/console?state=open' })
    expect(textOf(page)).toContain(words)
    expect((await todosOf(browser)).map(({ due, isDone }) => ({ due, isDone }))).toEqual([
      { due, isDone: true },
      { due: '2026-11-27T18:00:00[Asia/Seoul]', isDone: false },
    ])

    expect(page.text).toContain(`action="/console/todos/${todo.id}/done"`)
    const undone = await browser.submit(`/console/todos/${todo.id}/done`, {
      to: fieldValue(page, 'to'),
      isDone: fieldValue(page, 'isDone'),
    })
    expect(undone.url).toBe(`/console?state=open#t${todo.id}`)
    expect(await todosOf(browser)).toMatchObject([{ id: todo.id, isDone: false, recurrence: 'FREQ=DAILY' }])
  })

  it('says nothing of a next one after the last', async () => {
    const browser = await personIn('Asia/Seoul', NOON)
    const todo = await createTodo(browser, {
      contents: 'Last dose',
      due: '2026-11-26',
      recurrence: 'FREQ=DAILY;COUNT=1',
    })
    const page = await browser.submit(`/console/todos/${todo.id}/done`, { isDone: 'true' })
    expect(textOf(page)).toContain('Done. Undo')
  })
})

/** The headings of the groups on a page, with their counts. */
const headingsOn = ({ text }: Page): string[] =>
  [...text.matchAll(/<section class="group"[^>]*><h2>(.*?)<\/h2>/g)].map(([, heading = '']) =>
    heading.replace(/<[^>]*>/g, ''),
  )

describe('what is due today', () => {
  const todos = [
    { contents: 'Day before', due: '2026-11-25' },
    { contents: 'Whole day', due: '2026-11-26' },
    { contents: 'Day after', due: '2026-11-27' },
    { contents: 'Early', dueAt: '2026-11-26T02:59:00Z' },
    { contents: 'Late', dueAt: '2026-11-26T14:59:00Z' },
    { contents: 'Later', dueAt: '2026-11-27T02:59:00Z' },
    { contents: 'Some time' },
    { contents: 'Done already', due: '2026-11-26', isDone: true },
  ]

  it.each([
    ['Asia/Seoul', ['Day before', 'Early', 'Late', 'Whole day'], 2],
    ['America/Sao_Paulo', ['Day before', 'Early', 'Late', 'Whole day', 'Later'], 2],
    ['Pacific/Kiritimati', ['Day before', 'Early', 'Whole day', 'Late', 'Later', 'Day after'], 3],
  ])('is that of the clock in %s, below what is overdue', async (zone, expected, overdue) => {
    const browser = await personIn(zone, NOON)
    for (const todo of todos) await createTodo(browser, todo)
    const page = await browser.visit('/console?view=today')
    expect(contentsOn(page)).toEqual(expected)
    expect(headingsOn(page)).toEqual([`Overdue ${overdue}`, `Today ${expected.length - overdue}`])
    expect(page.text.match(/class="chip due-chip late"/g)).toHaveLength(overdue)
    expect(page.text.match(/class="chip due-chip today"/g)).toHaveLength(expected.length - overdue)
    expect(contentsOn(await browser.visit('/console?view=overdue'))).toEqual(expected.slice(0, overdue))
  })

  it('has the to-dos that are added there', async () => {
    const browser = await personIn('Pacific/Kiritimati', NOON)
    const page = await browser.visit('/console?view=today')
    expect(textOf(page)).toContain('Nothing to do yet. Add the first one above.')
    const form = { contents: 'Buy milk', key: fieldValue(page, 'key'), to: fieldValue(page, 'to') }
    const added = await browser.submit('/console/todos', form)
    expect({ url: added.url, contents: contentsOn(added) }).toEqual({
      url: '/console?view=today',
      contents: ['Buy milk'],
    })
    expect(await todosOf(browser)).toMatchObject([{ due: '2026-11-27', dueAt: null }])
  })

  it('costs no search, however often it is opened', async () => {
    const browser = await personIn('Asia/Seoul', NOON)
    for (let n = 0; n < 32; n++) expect((await browser.visit('/console?view=today')).status).toBe(200)
  })

  it('has more pages, and leads to all that is overdue', async () => {
    const browser = await personIn('Asia/Seoul', NOON)
    for (let n = 0; n < 27; n++) {
      await createTodo(browser, { contents: `Old ${n}`, due: '2026-11-01' })
      await createTodo(browser, { contents: `New ${n}`, due: '2026-11-26' })
    }
    const page = await browser.visit('/console?view=today')
    expect(contentsOn(page)).toHaveLength(50)
    expect(headingsOn(page)).toEqual(['Overdue 27', 'Today 27'])
    const more = [...page.text.matchAll(/href="([^"]*cursor=[^"]*)" data-more/g)].map(([, path = '']) => path)
    const pages = []
    for (const path of more) pages.push(contentsOn(await browser.visit(path.replaceAll('&amp;', '&'))))
    expect(pages).toEqual([
      ['Old 25', 'Old 26'],
      ['New 25', 'New 26'],
    ])
  })
})

describe('a due date in a list', () => {
  it.each([
    ['en', 'Thursday, December 24, 2026 at 6:00 PM (Asia/Seoul)">Dec 24 6:00 PM</time>', 'Every week'],
    ['ko', '2026년 12월 24일 목요일 오후 6:00 (Asia/Seoul)">12월 24일 오후 6:00</time>', '매주'],
  ])('is a time on the clock of the person, with a mark in words if it repeats: %s', async (language, time, mark) => {
    const browser = await personIn('Asia/Seoul', NOON, language)
    const due = '2026-12-24T09:00:00[Europe/Lisbon]'
    await createTodo(browser, { contents: 'Call Lisbon', due, recurrence: 'FREQ=WEEKLY' })
    const { text } = await browser.visit('/console')
    expect(text).toContain(`<time class="due" datetime="2026-12-24T09:00:00.000Z" title="${time}`)
    expect(text).toContain(`<span aria-hidden="true">↻</span><span class="unseen">${mark}</span>`)
  })

  it('is a day without a time, and in UTC for somebody without a zone', async () => {
    setClock(Date.parse(NOON))
    const browser = await signUpInBrowser('alice')
    await createTodo(browser, { contents: 'Buy milk', due: '2026-12-24' })
    await createTodo(browser, { contents: 'Buy bread', dueAt: '2026-12-24T18:00:00Z' })
    const page = await browser.visit('/console')
    expect(page.text).toContain('datetime="2026-12-24" title="Thursday, December 24, 2026">Dec 24</time>')
    expect(page.text).toContain('>Dec 24 6:00 PM UTC</time>')
  })

  const chips = [
    ['2026-11-24', 'Nov 24', '11월 24일', 'late'],
    ['2026-11-25', 'Yesterday', '어제', 'late'],
    ['2026-11-26', 'Today', '오늘', 'today'],
    ['2026-11-26T18:00:00[Asia/Seoul]', 'Today 6:00 PM', '오늘 오후 6:00', 'late'],
    ['2026-11-26T22:00:00[Asia/Seoul]', 'Today 10:00 PM', '오늘 오후 10:00', 'today'],
    ['2026-11-26T16:00:00[UTC]', 'Tomorrow 1:00 AM', '내일 오전 1:00', 'soon'],
    ['2026-11-27', 'Tomorrow', '내일', 'soon'],
    ['2026-11-28', 'Sat', '토요일', 'soon'],
    ['2026-12-02T09:30:00[Asia/Seoul]', 'Wed 9:30 AM', '수요일 오전 9:30', 'soon'],
    ['2026-12-03', 'Dec 3', '12월 3일', ''],
    ['2027-01-01', 'Jan 1, 2027', '2027년 1월 1일', ''],
    ['2025-11-27', 'Nov 27, 2025', '2025년 11월 27일', 'late'],
  ] as const

  it.each(['en', 'ko'])('is in few words, which say how near it is: %s', async (language) => {
    const browser = await personIn('Asia/Seoul', NOON, language)
    for (const [due] of chips) await createTodo(browser, { contents: due, due })
    const { text } = await browser.visit('/console?sort=createdAt.ASC')
    const shown = [...text.matchAll(/class="chip due-chip ?(\w*)">.*?<time[^>]*>([^<]*)</g)].map(
      ([, state = '', words = '']) => [words, state],
    )
    expect(shown).toEqual(chips.map(([, en, ko, state]) => [language === 'en' ? en : ko, state]))
  })
})
