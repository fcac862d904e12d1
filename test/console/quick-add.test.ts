import { describe, expect, it } from 'vitest'
import { en } from '../../src/console/texts/en'
import { MAX_LABELS } from '../../src/limits'
import { expectNoChanges } from '../helpers/storage'
import { Browser, fieldValue, signUpInBrowser, textOf } from './browser'
import { contentsOn, createTodo, getTodo, todosOf } from './todo-pages'

/** As the script asks. */
const PART = { headers: { 'Latchkey-Part': 'true' } }

const DAY_MS = 86_400_000
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10)

const add = (browser: Browser, contents: string, more: Record<string, string> = {}, options = {}) =>
  browser.submit('/console/todos', { contents, key: crypto.randomUUID(), to: '/console?view=all', ...more }, options)

describe('quick add', () => {
  it.each([
    ['en', 'call mum tomorrow 5pm p1 #family', 'call mum', 'family'],
    ['ko', '내일 오후 5시 엄마에게 전화 p1 #가족', '엄마에게 전화', '가족'],
  ])('is understood with a script: %s', async (language, typed, contents, label) => {
    const browser = await signUpInBrowser('alice', { 'Accept-Language': language })
    const part = await add(browser, typed, {}, PART)
    expect(part.status).toBe(200)
    expect(part.text).toMatch(/^<li id="t[0-9a-f-]{36}" class="todo" data-priority="urgent">/)
    const due = `${dayOf(Date.now() + DAY_MS)}T17:00:00[UTC]`
    expect(await todosOf(browser)).toMatchObject([{ contents, due, priority: 'urgent', labels: [label] }])
  })

  it('shows first what it understood without a script, and leaves out what was taken off', async () => {
    const browser = await signUpInBrowser('alice')
    const typed = 'call mum tomorrow p1 #family'
    const page = await expectNoChanges(() => add(browser, typed))
    expect(page.status).toBe(200)
    expect(page.text).toContain('<span dir="auto">Tomorrow</span>')
    const shown = ['contents', 'seen', 'shown'].map((name) => fieldValue(page, name))
    expect(shown).toEqual([typed, typed, '9,18,21'])
    // The box of `p1` has no tick.
    const form = { seen: typed, shown: '9,18,21', 'chip-9': 'true', 'chip-21': 'true' }
    expect((await add(browser, typed, form)).hops[0]).toMatch(/^303 /)
    expect(await todosOf(browser)).toMatchObject([
      { contents: 'call mum p1', priority: 'none', labels: ['family'], due: dayOf(Date.now() + DAY_MS) },
    ])
  })

  it('shows again what it understands if the text was changed meanwhile', async () => {
    const browser = await signUpInBrowser('alice')
    const page = await expectNoChanges(() => add(browser, 'call mum today', { seen: 'call mum tomorrow' }))
    expect(page.status).toBe(200)
  })

  it('means the day after the one on which it was typed', async () => {
    const browser = await signUpInBrowser('alice')
    const typedAt = Date.now() - 3 * DAY_MS
    await add(browser, 'call mum tomorrow', { typedAt: String(typedAt) }, PART)
    for (const wrong of ['', 'x', '-1', '1e99', String(Date.now() + DAY_MS), String(Date.now() - 31 * DAY_MS)]) {
      await add(browser, 'now tomorrow', { typedAt: wrong }, PART)
    }
    const dues = (await todosOf(browser)).map(({ contents, due }) => `${contents} ${due}`)
    expect(new Set(dues)).toEqual(new Set([`call mum ${dayOf(typedAt + DAY_MS)}`, `now ${dayOf(Date.now() + DAY_MS)}`]))
    expect(dues).toHaveLength(7)
  })

  it('is due on the day on which it was typed into Today or Upcoming, also if it is sent again later', async () => {
    const browser = await signUpInBrowser('alice')
    const typedAt = Date.now() - 2 * DAY_MS
    const more = { typedAt: String(typedAt) }
    await add(browser, 'Milk', { ...more, to: '/console?view=today' }, PART)
    await add(browser, 'Bread', { ...more, to: '/console?view=upcoming' }, PART)
    await browser.submit(
      '/console/todos/lines',
      { lines: 'Eggs', key: 'two', to: '/console?view=today', ...more },
      PART,
    )
    const dues = Object.fromEntries((await todosOf(browser)).map(({ contents, due }) => [contents, due]))
    expect(dues).toEqual({ Milk: dayOf(typedAt), Bread: dayOf(typedAt + DAY_MS), Eggs: dayOf(typedAt) })
  })

  it('gives the script the chips alone, and makes nothing', async () => {
    const browser = await signUpInBrowser('alice')
    const chips = (form: object) =>
      expectNoChanges(() => browser.submit('/console/todos/quick', { contents: 'go tomorrow p1', ...form }, PART))
    expect((await chips({})).text).toContain('name="chip-3"')
    const { text } = await chips({ shown: '3,12', 'chip-12': 'true' })
    expect(text).toContain('name="off" value="3"')
    expect(text).not.toContain('name="chip-3"')
  })

  it('adds once if it is sent twice, to the script too', async () => {
    const browser = await signUpInBrowser('alice')
    const form = { contents: 'Buy milk', key: 'one', to: '/console' }
    const sent = await Promise.all(Array.from({ length: 20 }, () => browser.submit('/console/todos', form, PART)))
    expect(new Set(sent.map(({ status }) => status))).toEqual(new Set([200]))
    expect(await todosOf(browser)).toHaveLength(1)
  })

  it('tells the script why, and that nobody is signed in', async () => {
    const browser = await signUpInBrowser('alice')
    const long = await add(browser, 'x'.repeat(501), {}, PART)
    expect({ status: long.status, isPage: long.text.includes('<html') }).toEqual({ status: 422, isPage: false })
    browser.cookies.clear()
    const out = await add(browser, 'Buy milk', {}, PART)
    expect({ status: out.status, isPage: out.text.includes('<html') }).toEqual({ status: 401, isPage: false })
  })

  it('goes to nobody else who has signed in since in the same browser, and is kept', async () => {
    const alice = await signUpInBrowser('alice')
    const bob = await signUpInBrowser('bob')
    const page = await alice.visit('/console')
    const form = {
      user: fieldValue(page, 'user'),
      lines: 'A secret',
      subtask: 'A secret',
      again: 'true',
      contents: 'A secret',
    }
    for (const path of [
      '/console/todos',
      '/console/todos/lines',
      `/console/todos/${(await createTodo(alice, { contents: 'x' })).id}`,
    ]) {
      const shown = await expectNoChanges(() => bob.submit(path, { ...form, key: 'one' }))
      expect(shown.status).toBe(401)
      expect(textOf(shown)).toContain('A secret')
      const part = await expectNoChanges(() => bob.submit(path, { ...form, key: 'one' }, PART))
      expect({ status: part.status, isPage: part.text.includes('<html') }).toEqual({ status: 401, isPage: false })
    }
    expect((await alice.submit('/console/todos', { ...form, key: 'one' })).status).toBe(200)
    expect(await todosOf(alice)).toHaveLength(2)
  })
})

describe('several lines', () => {
  const addLines = (browser: Browser, lines: string, more: Record<string, string> = {}, options = {}) =>
    browser.submit('/console/todos/lines', { lines, key: 'one', to: '/console?view=all', ...more }, options)

  it('are a to-do each, in one batch, once', async () => {
    const browser = await signUpInBrowser('alice')
    const lines = '- [x] Milk\r\n- Bread tomorrow #shop\r\n\r\n3. 달걀'
    await Promise.all([addLines(browser, lines), addLines(browser, lines)])
    const made = await todosOf(browser)
    expect(made.map(({ contents, isDone, labels }) => [contents, isDone, labels])).toEqual(
      expect.arrayContaining([
        ['Milk', true, []],
        ['Bread', false, ['shop']],
        ['달걀', false, []],
      ]),
    )
    expect(made).toHaveLength(3)
  })

  it.each([
    ['100 lines', 'Milk\n'.repeat(100), 100],
    ['101 lines', 'Milk\n'.repeat(101), 0],
    ['no line', ' \n---\n', 0],
    ['a line of 500 characters', 'x'.repeat(500), 1],
    ['a line of 501 characters', `Milk\n${'x'.repeat(501)}`, 0],
  ])('are all added, or none: %s', async (_, lines, count) => {
    const browser = await signUpInBrowser('alice')
    const page = await addLines(browser, lines)
    const part = await addLines(browser, lines, {}, PART)
    expect([page.status, part.status]).toEqual(count === 0 ? [422, 422] : [200, 200])
    if (count === 0) {
      expect(page.text).toContain('<p id="lines-fault" class="fault">')
      expect(textOf(page)).toContain(lines.trim().slice(0, 4))
    }
    expect((await browser.client.get<{ todos: unknown[] }>('/todos?limit=100')).body.todos).toHaveLength(count)
  })
})

it.each([0, 1])('counts several lines as two batches, and keeps the text of who has %i left', async (left) => {
  const browser = await signUpInBrowser('alice')
  let counted = 0
  const limited = new Browser({}, { BATCH_LIMIT: { limit: async () => ({ success: ++counted <= left }) } })
  for (const [name, value] of browser.cookies) limited.cookies.set(name, value)
  const page = await expectNoChanges(() =>
    limited.submit('/console/todos/lines', { lines: 'Milk\nBread', key: 'one', to: '/console' }),
  )
  expect({ status: page.status, wait: Number(page.headers.get('Retry-After')) > 0 }).toEqual({
    status: 429,
    wait: true,
  })
  expect(textOf(page)).toContain('Milk Bread')
  // Who has none left is refused before the lines are read.
  expect(counted).toBe(left + 1)
})

describe('several to-dos at once', () => {
  const change = (browser: Browser, ids: string[], form: Record<string, string>, options = {}) =>
    browser.submit(
      '/console/todos/bulk',
      { to: '/console?view=all', ...Object.fromEntries(ids.map((id) => [`pick-${id}`, 'true'])), ...form },
      options,
    )

  it('get a label beside those that they have, and keep the time of their due date', async () => {
    const browser = await signUpInBrowser('alice')
    const one = await createTodo(browser, { contents: 'One', labels: ['home'], due: '2099-01-01T09:30[Asia/Seoul]' })
    const two = await createTodo(browser, { contents: 'Two' })
    const ids = [one.id, two.id]
    await change(browser, ids, { bulk: 'label', label: ' shop ' })
    await change(browser, ids, { bulk: 'due', day: '2099-02-03' })
    expect(await getTodo(browser, one)).toMatchObject({
      labels: ['home', 'shop'],
      due: '2099-02-03T09:30:00[Asia/Seoul]',
    })
    expect(await getTodo(browser, two)).toMatchObject({ labels: ['shop'], due: '2099-02-03' })
    await change(browser, ids, { bulk: 'no_due' })
    await change(browser, ids, { bulk: 'tomorrow' })
    expect((await getTodo(browser, two)).due).toBe(dayOf(Date.now() + DAY_MS))
  })

  it('lose no label that another device adds at the same time', async () => {
    const browser = await signUpInBrowser('alice')
    const one = await createTodo(browser, { contents: 'One' })
    const added = await Promise.all(
      Array.from({ length: 8 }, async (_, n) => {
        const { status } = await change(browser, [one.id], { bulk: 'label', label: `label ${n}` }, PART)
        return status === 200 ? [`label ${n}`] : []
      }),
    )
    expect(added.flat().length).toBeGreaterThan(0)
    expect(new Set((await getTodo(browser, one)).labels)).toEqual(new Set(added.flat()))
  })

  it('say in words for people why they stay as they are', async () => {
    const browser = await signUpInBrowser('alice')
    const labels = Array.from({ length: MAX_LABELS }, (_, n) => `label ${n}`)
    const one = await createTodo(browser, { contents: 'One', labels })
    const full = await change(browser, [one.id], { bulk: 'label', label: 'one more' }, PART)
    const words = en.fieldError({ path: '/labels', code: 'too_big', limit: MAX_LABELS, message: '' })
    expect({ status: full.status, words: textOf(full).trim() }).toEqual({ status: 422, words })
    const ids = Array.from({ length: 101 }, () => crypto.randomUUID())
    const many = await change(browser, ids, { bulk: 'complete' }, PART)
    expect({ status: many.status, words: textOf(many).trim() }).toEqual({ status: 422, words: en.bulk.tooMany(100) })
  })

  it('are completed and deleted, and that can be undone', async () => {
    const browser = await signUpInBrowser('alice')
    const ids = [
      (await createTodo(browser, { contents: 'One' })).id,
      (await createTodo(browser, { contents: 'Two' })).id,
    ]
    for (const [bulk, undo] of [
      ['complete', 'reopen'],
      ['delete', 'restore'],
    ] as const) {
      const page = await change(browser, ids, { bulk })
      expect(page.text).toContain(`name="bulk" value="${undo}"`)
      await change(browser, ids, { bulk: undo })
      expect((await todosOf(browser)).map(({ isDone }) => isDone)).toEqual([false, false])
    }
  })

  it('of which one is gone stay as they are', async () => {
    const browser = await signUpInBrowser('alice')
    const [one, two] = [await createTodo(browser, { contents: 'One' }), await createTodo(browser, { contents: 'Two' })]
    await browser.client.delete(`/todos/${two.id}`)
    const page = await expectNoChanges(() => change(browser, [one.id, two.id], { bulk: 'complete' }))
    expect(page.status).toBe(404)
    expect(textOf(page)).toContain('one of them was deleted on another device')
    const none = await expectNoChanges(() => change(browser, [], { bulk: 'complete' }, PART))
    expect({ status: none.status, text: textOf(none).trim() }).toEqual({ status: 422, text: 'Nothing is selected.' })
  })

  it('are 100 at most, and a parent takes its subtasks along', async () => {
    const browser = await signUpInBrowser('alice')
    const parent = await createTodo(browser, { contents: 'Trip' })
    const subtask = await createTodo(browser, { contents: 'Train', parentId: parent.id })
    const page = await change(browser, [parent.id, subtask.id], { bulk: 'delete' })
    expect(page.status).toBe(200)
    expect(contentsOn(page)).toEqual([])
    const many = Array.from({ length: 101 }, () => crypto.randomUUID())
    expect((await change(browser, many, { bulk: 'complete' })).status).toBe(422)
  })

  it('of somebody else are not there', async () => {
    const [alice, bob] = [await signUpInBrowser('alice'), await signUpInBrowser('bob')]
    const todo = await createTodo(alice, { contents: 'One' })
    const page = await expectNoChanges(() => change(bob, [todo.id], { bulk: 'delete' }))
    expect(page.status).toBe(404)
  })
})
