import { describe, expect, it } from 'vitest'
import { expectNoChanges } from '../helpers/storage'
import { fieldValue, signUpInBrowser, textOf } from './browser'
import { contentsOn, createTodo, fieldsOn, getTodo, todosOf } from './todo-pages'

const ATTACK = '"><script>alert(1)</script><img src=x onerror=alert(1)>\'&amp;'

describe('adding', () => {
  it('makes one to-do if the form is sent twice', async () => {
    const browser = await signUpInBrowser('alice')
    const page = await browser.visit('/console')
    expect(textOf(page)).toContain('Nothing to do yet.')
    const form = { contents: '우유 마시기', key: fieldValue(page, 'key'), to: fieldValue(page, 'to') }
    const [first] = await Promise.all([browser.submit('/console/todos', form), browser.submit('/console/todos', form)])
    expect(first?.url).toBe('/console')
    expect(contentsOn(await browser.visit('/console'))).toEqual(['우유 마시기'])
    expect(fieldValue(await browser.visit('/console'), 'key')).not.toBe(form.key)
  })

  it('shows beside the field what is wrong, and keeps the list', async () => {
    const browser = await signUpInBrowser('alice')
    await createTodo(browser, { contents: 'Buy milk' })
    const contents = 'x'.repeat(501)
    const page = await browser.submit('/console/todos', { contents, key: 'one', to: '/console' })
    expect(page.status).toBe(422)
    expect(page.text).toContain(
      '<p id="contents-fault" class="fault">This is too long. Use at most 500 characters.</p>',
    )
    expect(fieldValue(page, 'contents')).toBe(contents)
    expect(contentsOn(page)).toEqual(['Buy milk'])
  })
})

it('shows what people typed as text, never as HTML', async () => {
  const browser = await signUpInBrowser('alice')
  const todo = await createTodo(browser, {
    contents: ATTACK,
    description: ATTACK,
    labels: ['"><b>', ATTACK.slice(0, 50)],
  })
  const notice = (value: object) => encodeURIComponent(JSON.stringify(value))
  const cookies = `__Host-access=${browser.cookies.get('__Host-access')}`
  const pages = [
    await browser.visit(`/console?q=${encodeURIComponent(ATTACK)}&label=${encodeURIComponent('"><b>')}`),
    await browser.visit(`/console/todos/${todo.id}`),
    await browser.submit(`/console/todos/${todo.id}`, { contents: ATTACK, description: ATTACK, etag: '"0"' }),
    await browser.submit('/console/todos', { contents: ATTACK.repeat(20), key: 'one', to: `/console?q=${ATTACK}` }),
    await browser.visit('/console', {
      headers: { Cookie: `${cookies}; __Host-notice=${notice({ name: 'deleted', undo: ATTACK })}` },
    }),
    await browser.visit('/console', { headers: { Cookie: `${cookies}; __Host-notice=${notice({ name: ATTACK })}` } }),
  ]
  expect(pages.map(({ status }) => status)).toEqual([200, 200, 412, 422, 200, 200])
  for (const { text } of pages) {
    expect(text).not.toMatch(/<script>|<img|<b>|onerror=alert\(1\)>/)
    expect(text.match(/<script/g)).toHaveLength(1)
  }
})

it('treats a malformed key or tag like a wrong one', async () => {
  const browser = await signUpInBrowser('alice')
  const { id } = await createTodo(browser, { contents: 'Buy milk' })
  for (const nonsense of ['\r', '\n', '\0', '한글']) {
    await expectNoChanges(async () => {
      const pages = [
        await browser.submit('/console/todos', { contents: 'Buy bread', key: nonsense }),
        await browser.submit(`/console/todos/${id}`, { contents: 'Buy bread', etag: nonsense }),
        await browser.submit(`/console/todos/${id}/delete`, { etag: nonsense }),
      ]
      expect(pages.map(({ hops }) => hops[0]?.slice(0, 3))).toEqual(['422', '412', '303'])
    })
  }
})

describe('completing', () => {
  it('can be undone, and both come back to the same list', async () => {
    const browser = await signUpInBrowser('alice')
    const todo = await createTodo(browser, { contents: 'Buy milk' })
    const page = await browser.visit('/console?q=milk')
    expect(page.text).toContain(`formaction="/console/todos/${todo.id}/done" name="isDone" value="true"`)
    const to = fieldValue(page, 'to')
    const done = await browser.submit(`/console/todos/${todo.id}/done`, { isDone: 'true', to })
    expect(done.url).toBe(`/console?q=milk#t${todo.id}`)
    expect(contentsOn(done)).toEqual([])
    expect((await browser.visit('/console?view=done')).text).toContain('aria-label="Open again: Buy milk"')
    await browser.submit(`/console/todos/${todo.id}/done`, { isDone: 'false', to })
    expect(await getTodo(browser, todo)).toMatchObject({ isDone: false, version: 3 })
  })
})

describe('without room', () => {
  it.each([
    ['en', 'There is no room for more to-dos. Deleted ones still take up room for 30 days.'],
    ['ko', '할 일을 더 저장할 공간이 없습니다. 삭제한 할 일도 30일 동안은 공간을 차지합니다.'],
  ])('says so above the form, and keeps what was typed: %s', async (language, message) => {
    const browser = await signUpInBrowser('alice', { 'Accept-Language': language }, { TODO_QUOTA_ROWS: '0' })
    const page = await browser.visit('/console')
    const refused = await expectNoChanges(() =>
      browser.submit('/console/todos', { contents: 'Buy milk', key: fieldValue(page, 'key'), to: '/console' }),
    )
    expect(refused.status).toBe(403)
    expect(textOf(refused)).toContain(message)
    expect(fieldValue(refused, 'contents')).toBe('Buy milk')
  })

  it('says after too many searches when to come back', async () => {
    const browser = await signUpInBrowser('alice')
    for (let n = 0; n < 30; n++) expect((await browser.visit('/console?q=milk')).status).toBe(200)
    const page = await browser.visit('/console?q=milk')
    expect(page.status).toBe(429)
    expect(textOf(page)).toMatch(/Too many requests; wait a little\. Try again in \d+ seconds\./)
  })
})

describe('editing', () => {
  const whole = {
    contents: 'Buy milk',
    description: 'Two litres.\nWhole.',
    priority: 'high' as const,
    labels: ['a, b', 'home'],
    dueAt: '2026-12-24T18:00:30.123Z',
  }

  it('changes what was edited, and keeps what the form cannot show', async () => {
    const browser = await signUpInBrowser('alice')
    const todo = await createTodo(browser, whole)
    const form = fieldsOn(await browser.visit(`/console/todos/${todo.id}`))
    expect(form).toMatchObject({
      contents: 'Buy milk',
      priority: 'high',
      dueDay: '2026-12-24',
      dueTime: '18:00',
      dueZone: 'UTC',
      'labels[]': ['a, b', 'home'],
      newLabels: '',
    })
    const { url } = await browser.submit(`/console/todos/${todo.id}`, {
      ...form,
      contents: 'Buy oat milk',
      description: 'Two litres.\r\nWhole.',
      isDone: 'true',
    })
    expect(url).toBe(`/console#t${todo.id}`)
    expect(await getTodo(browser, todo)).toMatchObject({ ...whole, contents: 'Buy oat milk', isDone: true, version: 2 })
  })

  it('clears empty fields, and sets the others', async () => {
    const browser = await signUpInBrowser('alice')
    const todo = await createTodo(browser, whole)
    const path = `/console/todos/${todo.id}?to=${encodeURIComponent('/console?state=open')}`
    const form = fieldsOn(await browser.visit(path))
    const emptied = { ...form, description: '', 'labels[]': [], dueDay: '', dueTime: '', priority: 'none' }
    expect((await browser.submit(path, emptied)).url).toBe(`/console?state=open#t${todo.id}`)
    expect(await getTodo(browser, todo)).toMatchObject({ description: null, labels: [], dueAt: null, priority: 'none' })

    const typed = {
      ...fieldsOn(await browser.visit(path)),
      newLabels: ' home,, shop , home',
      dueDay: '2027-01-01',
      dueTime: '09:30',
    }
    await browser.submit(path, typed)
    expect(await getTodo(browser, todo)).toMatchObject({ labels: ['home', 'shop'], dueAt: '2027-01-01T09:30:00.000Z' })
  })

  it('says what is wrong, and keeps what was typed', async () => {
    const browser = await signUpInBrowser('alice')
    const todo = await createTodo(browser, whole)
    const path = `/console/todos/${todo.id}`
    const form = {
      ...fieldsOn(await browser.visit(path)),
      contents: '  ',
      newLabels: 'x'.repeat(51),
      dueDay: 'tomorrow',
    }
    const page = await expectNoChanges(() => browser.submit(path, form))
    expect(page.status).toBe(422)
    for (const field of ['contents', 'labels', 'due']) expect(page.text).toContain(`<p id="edit-${field}-fault"`)
    expect(fieldsOn(page)).toEqual(form)
  })

  it('shows both versions if somebody else saved first, and saves the chosen one', async () => {
    const browser = await signUpInBrowser('alice')
    const todo = await createTodo(browser, whole)
    const path = `/console/todos/${todo.id}`
    const form = fieldsOn(await browser.visit(path))
    await browser.client.patch(`/todos/${todo.id}`, { contents: 'Buy soy milk', priority: 'low' })

    const page = await expectNoChanges(() => browser.submit(path, { ...form, contents: 'Buy oat milk' }))
    expect(page.status).toBe(412)
    expect(textOf(page)).toContain('How it stands now What is to be done Buy soy milk')
    expect(fieldsOn(page)).toMatchObject({ contents: 'Buy oat milk', etag: '"2"' })
    expect(page.text).toContain(`<a href="${path}" class="button second" data-reload="true">Keep the other version`)
    expect((await browser.submit(path, fieldsOn(page))).url).toBe(`/console#t${todo.id}`)
    expect(await getTodo(browser, todo)).toMatchObject({ contents: 'Buy oat milk', priority: 'high', version: 3 })
  })
})

describe('deleting', () => {
  it('does not lose what somebody is typing elsewhere, and can be undone', async () => {
    const browser = await signUpInBrowser('alice')
    const todo = await createTodo(browser, { contents: 'Buy milk' })
    const path = `/console/todos/${todo.id}`
    const form = fieldsOn(await browser.visit(path))
    await browser.client.delete(`/todos/${todo.id}`)
    const page = await expectNoChanges(() => browser.submit(path, { ...form, contents: 'Buy oat milk' }))
    expect(page.status).toBe(404)
    expect(textOf(page)).toContain('There is nothing here.')
    expect(fieldsOn(page)).toMatchObject({ contents: 'Buy oat milk' })
    await browser.submit(`${path}/restore`, {})
    const again = await browser.submit(path, fieldsOn(page))
    expect(again.status).toBe(412)
    await browser.submit(path, fieldsOn(again))
    expect(await getTodo(browser, todo)).toMatchObject({ contents: 'Buy oat milk' })
  })

  it('can be undone with one button', async () => {
    const browser = await signUpInBrowser('alice')
    const todo = await createTodo(browser, { contents: 'Buy milk' })
    const form = { etag: '"1"', to: '/console?state=open' }
    const page = await browser.submit(`/console/todos/${todo.id}/delete`, form)
    expect(page.url).toBe('/console?state=open')
    expect(await todosOf(browser)).toEqual([])
    expect(page.text).toContain(`action="/console/todos/${todo.id}/restore"`)
    expect((await browser.visit(`/console?notice=deleted&undo=${todo.id}`)).text).not.toContain('/restore"')
    const { url } = await browser.submit(`/console/todos/${todo.id}/restore`, { to: fieldValue(page, 'to') })
    expect(url).toBe(`/console?state=open#t${todo.id}`)
    expect(await todosOf(browser)).toMatchObject([{ contents: 'Buy milk' }])
  })

  it('does nothing if somebody has changed the to-do meanwhile', async () => {
    const browser = await signUpInBrowser('alice')
    const todo = await createTodo(browser, { contents: 'Buy milk' })
    await browser.client.patch(`/todos/${todo.id}`, { contents: 'Buy oat milk' })
    const page = await browser.submit(`/console/todos/${todo.id}/delete`, { etag: '"1"', to: '/console' })
    expect(page.url).toBe(`/console#t${todo.id}`)
    expect(contentsOn(page)).toEqual(['Buy oat milk'])
  })
})

describe('the list', () => {
  it('is filtered, searched and sorted by the query of its address', async () => {
    const browser = await signUpInBrowser('alice')
    await createTodo(browser, {
      contents: 'Buy milk',
      priority: 'low',
      labels: ['home'],
      dueAt: '2026-12-24T00:00:00Z',
    })
    await createTodo(browser, { contents: '우유 마시기', priority: 'urgent', isDone: true })
    await createTodo(browser, { contents: 'Buy bread', dueAt: '2026-12-01T00:00:00Z' })
    const lists: Record<string, string[]> = {
      '/console?view=all': ['Buy bread', 'Buy milk'],
      '/console?sort=createdAt.ASC': ['Buy milk', 'Buy bread'],
      '/console?sort=dueAt.ASC': ['Buy bread', 'Buy milk'],
      '/console?sort=priority.DESC': ['Buy milk', 'Buy bread'],
      '/console?view=done': ['우유 마시기'],
      '/console?q=%EC%9A%B0%EC%9C%A0': [],
      '/console?q=%EC%9A%B0%EC%9C%A0&view=done': ['우유 마시기'],
      '/console?q=buy&priority=low': ['Buy milk'],
      '/console?label=home': ['Buy milk'],
      '/console?q=&priority=&label=&sort=nonsense&view=all': ['Buy bread', 'Buy milk'],
      '/console?q=milk?': [],
      '/console?q=nothing': [],
    }
    for (const [path, contents] of Object.entries(lists)) {
      expect({ path, contents: contentsOn(await browser.visit(path)) }).toEqual({ path, contents })
    }
    expect(textOf(await browser.visit('/console?q=nothing'))).toContain('Nothing here matches.')
    expect((await browser.visit('/console?q=milk?')).text).toContain('data-address="/console?q=milk%3F"')
  })

  it('has a next page with the same filter, and refuses the cursor of another list', async () => {
    const browser = await signUpInBrowser('alice')
    for (let n = 0; n < 27; n++) await createTodo(browser, { contents: `No. ${n}` })
    const first = await browser.visit('/console?q=No')
    expect(contentsOn(first)).toHaveLength(25)
    const [, next = ''] = /href="([^"]*cursor=[^"]*)" data-more/.exec(first.text) ?? []
    const second = await browser.visit(next.replaceAll('&amp;', '&'))
    expect(contentsOn(second)).toEqual(['No. 1', 'No. 0'])
    expect(second.text).toContain('href="/console?q=No"')
    const other = await browser.visit(next.replaceAll('&amp;', '&').replace('q=No', 'q=Other'))
    expect({ status: other.status, type: other.headers.get('Content-Type') }).toEqual({
      status: 422,
      type: 'text/html; charset=UTF-8',
    })
  })
})

describe('the address of a to-do', () => {
  it('is 404 for everybody but its owner', async () => {
    const [alice, bob] = [await signUpInBrowser('alice'), await signUpInBrowser('bob')]
    const todo = await createTodo(bob, { contents: 'Buy milk' })
    const path = `/console/todos/${todo.id}`
    await expectNoChanges(async () => {
      const pages = [
        await alice.visit(path),
        await alice.submit(path, { contents: 'Mine', etag: '"1"' }),
        await alice.submit(`${path}/done`, { isDone: 'true' }),
        await alice.submit(`${path}/delete`, { etag: '"1"' }),
        await alice.submit(`${path}/restore`, {}),
      ]
      expect(pages.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404])
      for (const page of pages) expect(textOf(page)).toContain('There is nothing here.')
    })
  })

  it.each(['..%2Fauth%2Fsession', '..%2F..%2Fusers%2Fme', 'changes', 'batch'])(
    'cannot name another route of the API: %s',
    async (id) => {
      const browser = await signUpInBrowser('alice')
      expect((await browser.visit(`/console/todos/${id}`)).status).toBe(404)
      expect((await browser.submit(`/console/todos/${id}/done`, { isDone: 'true' })).status).toBe(404)
    },
  )

  it('is the list for a browser, if it goes up: %2E%2E', async () => {
    const browser = await signUpInBrowser('alice')
    expect((await browser.visit('/console/todos/%2E%2E')).url).toBe('/console')
    expect((await browser.submit('/console/todos/%2E%2E/done', { isDone: 'true' })).status).toBe(404)
  })
})
