import { describe, expect, it } from 'vitest'
import { expectNoChanges } from '../helpers/storage'
import { fieldValue, signUpInBrowser, textOf } from './browser'
import { contentsOn, createTodo, fieldsOn, getTodo, todosOf } from './todo-pages'

describe('subtasks', () => {
  it('are added on the page of their to-do, and once if the form is sent twice', async () => {
    const browser = await signUpInBrowser('alice')
    const trip = await createTodo(browser, { contents: 'Plan the trip' })
    const path = `/console/todos/${trip.id}`
    const page = await browser.visit(`${path}?to=%2Fconsole%3Fstate%3Dopen`)
    const form = { ...fieldsOn(page), subtask: 'Book a room', key: fieldValue(page, 'key') }
    const [added] = await Promise.all([browser.submit(page.url, form), browser.submit(page.url, form)])
    expect(added?.url).toBe(`${path}?to=%2Fconsole%3Fstate%3Dopen`)
    expect(await todosOf(browser)).toMatchObject([{ parentId: null }, { contents: 'Book a room', parentId: trip.id }])
    const after = await browser.visit(path)
    expect(contentsOn(after)).toEqual(['Book a room'])
    expect(textOf(after)).toContain('Subtasks')
  })

  it.each([
    ['en', 'This is too long. Use at most 500 characters.'],
    ['ko', '너무 깁니다. 500자까지 쓸 수 있습니다.'],
  ])('are refused beside their field, which keeps what was typed: %s', async (language, message) => {
    const browser = await signUpInBrowser('alice', { 'Accept-Language': language })
    const trip = await createTodo(browser, { contents: 'Plan the trip' })
    const path = `/console/todos/${trip.id}`
    const subtask = 'x'.repeat(501)
    const form = fieldsOn(await browser.visit(path))
    const page = await browser.submit(path, { ...form, subtask, key: 'one' })
    expect(await todosOf(browser)).toHaveLength(1)
    expect(page.status).toBe(422)
    expect(page.text).toContain(`<p id="edit-subtask-fault" class="fault">${message}</p>`)
    expect(fieldValue(page, 'subtask')).toBe(subtask)
    expect(fieldsOn(page)).toMatchObject({ contents: 'Plan the trip' })
  })

  it('stand under their parent in its order, or say what they are part of', async () => {
    const browser = await signUpInBrowser('alice')
    const trip = await createTodo(browser, { contents: 'Plan the trip' })
    await createTodo(browser, { contents: 'Second', parentId: trip.id, position: 'p' })
    await createTodo(browser, { contents: 'First', parentId: trip.id, position: 'a' })
    await createTodo(browser, { contents: 'Other' })
    const page = await browser.visit('/console')
    expect(contentsOn(page)).toEqual(['Other', 'Plan the trip', 'First', 'Second'])
    expect(
      page.text
        .replace(/^.*<div id="todos"/s, '')
        .match(/<li [^>]*>|<ul class="subtasks">|<\/ul>/g)
        ?.map((tag) => tag.slice(0, 4)),
    ).toEqual(['<li ', '<li ', '<ul ', '<li ', '<li ', '</ul', '</ul'])
    expect(textOf(page)).not.toContain('Part of')
    const found = await browser.visit('/console?q=second')
    expect(contentsOn(found)).toEqual(['Second'])
    expect(textOf(found)).toContain('Part of: Plan the trip')
  })

  it('have a page that leads to their parent, without a list, a rule or subtasks of their own', async () => {
    const browser = await signUpInBrowser('alice')
    const trip = await createTodo(browser, { contents: 'Plan the trip' })
    const room = await createTodo(browser, { contents: 'Book a room', parentId: trip.id })
    const path = `/console/todos/${room.id}`
    const page = await browser.visit(path)
    expect(page.text).toContain(`<a href="/console/todos/${trip.id}">Part of: Plan the trip</a>`)
    for (const name of ['list', 'repeat', 'rule', 'subtask']) expect(page.text).not.toContain(` name="${name}"`)
    await browser.submit(path, { ...fieldsOn(page), contents: 'Book two rooms', dueDay: '2026-12-24' })
    expect(await getTodo(browser, room)).toMatchObject({
      contents: 'Book two rooms',
      due: '2026-12-24',
      parentId: trip.id,
    })
  })

  it('are done, open again and deleted with their parent, and come back with it', async () => {
    const browser = await signUpInBrowser('alice')
    const trip = await createTodo(browser, { contents: 'Plan the trip' })
    await createTodo(browser, { contents: 'Book a room', parentId: trip.id })
    const path = `/console/todos/${trip.id}`
    await browser.submit(`${path}/done`, { isDone: 'true' })
    expect(await todosOf(browser)).toMatchObject([{ isDone: true }, { isDone: true }])
    await browser.submit(`${path}/done`, { isDone: 'false' })
    expect(await todosOf(browser)).toMatchObject([{ isDone: false }, { isDone: false }])
    await browser.submit(`${path}/delete`, { etag: '"3"' })
    expect(await todosOf(browser)).toEqual([])
    await browser.submit(`${path}/restore`, {})
    expect((await todosOf(browser)).map(({ contents }) => contents)).toEqual(['Plan the trip', 'Book a room'])
  })

  it('have buttons that save what was typed into the form of their to-do, and take back what they did', async () => {
    const browser = await signUpInBrowser('alice')
    const trip = await createTodo(browser, { contents: 'Plan the trip' })
    const room = await createTodo(browser, { contents: 'Book a room', parentId: trip.id })
    const path = `/console/todos/${trip.id}`
    const press = async (description: string, value: string) => {
      const page = await browser.visit(path)
      expect(page.text).toContain(` form="edit" name="subtasks[]" value="${value.replaceAll('"', '&quot;')}"`)
      const after = await browser.submit(path, { ...fieldsOn(page), description, 'subtasks[]': value })
      expect({ status: after.status, path: new URL(after.url, 'http://x').pathname }).toEqual({ status: 200, path })
      expect(await getTodo(browser, trip)).toMatchObject({ description })
      return after
    }
    const completed = await press('In May', `complete ${room.id}`)
    expect(textOf(completed)).toContain('Done. Undo')
    expect(completed.text).toContain(` form="edit" name="subtasks[]" value="reopen ${room.id}"`)
    expect(await getTodo(browser, room)).toMatchObject({ isDone: true })
    await press('In June', `reopen ${room.id}`)
    expect(await getTodo(browser, room)).toMatchObject({ isDone: false })
    const deleted = await press('In July', `delete ${room.id} "3"`)
    expect(contentsOn(deleted)).toEqual([])
    expect(deleted.text).toContain(` form="edit" name="subtasks[]" value="restore ${room.id}"`)
    const back = await browser.submit(path, { ...fieldsOn(deleted), 'subtasks[]': `restore ${room.id}` })
    expect(contentsOn(back)).toEqual(['Book a room'])
  })

  it('that were changed or deleted meanwhile stay as they are, and the page says so', async () => {
    const browser = await signUpInBrowser('alice')
    const trip = await createTodo(browser, { contents: 'Plan the trip' })
    const room = await createTodo(browser, { contents: 'Book a room', parentId: trip.id })
    const path = `/console/todos/${trip.id}`
    const form = { ...fieldsOn(await browser.visit(path)), description: 'In May', subtask: 'Buy tickets', key: 'one' }
    await browser.client.patch(`/todos/${room.id}`, { contents: 'Book two rooms' })
    const changed = await browser.submit(path, { ...form, 'subtasks[]': `delete ${room.id} "1"` })
    expect(changed.status).toBe(412)
    expect(contentsOn(changed)).toEqual(['Book two rooms'])
    expect(fieldValue(changed, 'subtask')).toBe('Buy tickets')
    expect(await getTodo(browser, trip)).toMatchObject({ description: 'In May' })
    await browser.client.delete(`/todos/${room.id}`)
    const again = await browser.submit(path, { ...fieldsOn(changed), 'subtasks[]': `delete ${room.id} "2"` })
    expect({ status: again.status, contents: contentsOn(again) }).toEqual({ status: 200, contents: [] })
    const gone = await browser.submit(path, { ...form, ...fieldsOn(changed), 'subtasks[]': `complete ${room.id}` })
    expect(gone.status).toBe(404)
    expect(fieldsOn(gone)).toMatchObject({ contents: 'Plan the trip', description: 'In May' })
  })

  it.each([
    'complete',
    'explode 00000000-0000-7000-8000-000000000000',
    'complete 00000000-0000-7000-8000-000000000000/..',
    'delete 00000000-0000-7000-8000-000000000000 "1" x',
  ])('are not changed by a button that no page has: %s', async (value) => {
    const browser = await signUpInBrowser('alice')
    const trip = await createTodo(browser, { contents: 'Plan the trip' })
    const path = `/console/todos/${trip.id}`
    const form = fieldsOn(await browser.visit(path))
    const page = await expectNoChanges(() =>
      browser.submit(path, { ...form, description: 'In May', 'subtasks[]': value }),
    )
    expect(page.status).toBe(400)
  })

  it.each([
    [10, 200],
    [11, 400],
  ])('are changed by %i buttons in one form: status %i', async (count, status) => {
    const browser = await signUpInBrowser('alice')
    const trip = await createTodo(browser, { contents: 'Plan the trip' })
    const room = await createTodo(browser, { contents: 'Book a room', parentId: trip.id })
    const path = `/console/todos/${trip.id}`
    const form = fieldsOn(await browser.visit(path))
    const acts = Array.from({ length: count }, (_, at) => `${at % 2 === 0 ? 'complete' : 'reopen'} ${room.id}`)
    const page = await browser.submit(path, { ...form, 'subtasks[]': acts })
    expect(page.status).toBe(status)
  })

  it('of somebody else are not added', async () => {
    const [alice, bob] = [await signUpInBrowser('alice'), await signUpInBrowser('bob')]
    const trip = await createTodo(bob, { contents: 'Plan the trip' })
    const page = await expectNoChanges(() =>
      alice.submit(`/console/todos/${trip.id}`, { contents: 'Mine', etag: '"1"', subtask: 'Mine', key: 'one' }),
    )
    expect(page.status).toBe(404)
  })
})
