import { describe, expect, it } from 'vitest'
import { isSaved, toFields, toPatch } from '../../src/console/todos/todo-fields'
import type { Todo } from '../../src/todos/schemas'
import { setClock } from '../helpers/clock'
import { recordingBindings } from '../helpers/recorder'
import { expectNoChanges } from '../helpers/storage'
import { Browser, type Form, fieldValue, signUpInBrowser, textOf } from './browser'
import { contentsOn, createTodo, fieldsOn, getTodo, setZone, todosOf } from './todo-pages'

const PART = { headers: { 'Latchkey-Part': 'true' } }

const pathOf = ({ id }: Pick<Todo, 'id'>) => `/console/todos/${id}`

/** Sends the form as the script does, with these edits. */
async function save(browser: Browser, todo: Todo, edits: Form, query = '') {
  const path = pathOf(todo) + query
  return browser.submit(path, { ...fieldsOn(await browser.visit(path)), ...edits }, PART)
}

describe('the inside of the panel', () => {
  it('is the same as the page, without its frame', async () => {
    const browser = await signUpInBrowser('alice')
    const todo = await createTodo(browser, { contents: 'Buy milk', labels: ['home'] })
    await createTodo(browser, { contents: 'Oat milk', parentId: todo.id })
    const part = await browser.visit(pathOf(todo), PART)
    expect(part.text).not.toMatch(/<html|<main|<script/)
    expect(fieldsOn(part)).toEqual(fieldsOn(await browser.visit(pathOf(todo))))
    expect(part.text).toContain(`<template class="row"><li id="t${todo.id}"`)
    expect(textOf(part)).toContain('Created')
  })

  it('is 401 for somebody who is not signed in, and 404 for somebody else', async () => {
    const [alice, bob] = [await signUpInBrowser('alice'), await signUpInBrowser('bob')]
    const todo = await createTodo(bob, { contents: 'Buy milk' })
    expect((await alice.visit(pathOf(todo), PART)).status).toBe(404)
    alice.cookies.clear()
    expect((await alice.visit(pathOf(todo), PART)).status).toBe(401)
  })
})

describe('saving as one goes', () => {
  it('answers with the new tag, what the form showed, and the row of the list', async () => {
    const browser = await signUpInBrowser('alice')
    const list = (await browser.client.post<{ id: string }>('/lists', { name: 'Shop' })).body
    const todo = await createTodo(browser, { contents: 'Buy milk', listId: list.id })
    const first = await save(browser, todo, { contents: 'Buy oat milk', newLabels: 'home' })
    expect({ status: first.status, etag: fieldValue(first, 'etag') }).toEqual({ status: 200, etag: '"2"' })
    expect(fieldsOn(first)).toMatchObject({ 'labels[]': ['home'], newLabels: '', labelsBefore: '["home"]' })
    expect(contentsOn(first)).toEqual(['Buy oat milk'])
    expect(first.text).toContain('Shop</span>')

    const inList = await save(browser, todo, { description: 'Two litres' }, `?to=/console?list%3D${list.id}`)
    expect(inList.text).not.toContain('Shop</span>')
    expect(inList.text).toContain('class="chip note"')
    expect(await getTodo(browser, todo)).toMatchObject({ version: 3, description: 'Two litres' })
  })

  it('asks D1 for the change and the lists at the same time, and for more only if subtasks change', async () => {
    const { DB, KV, start, cost } = recordingBindings()
    const browser = await signUpInBrowser('alice')
    const todo = await createTodo(browser, { contents: 'Buy milk' })
    const part = await createTodo(browser, { contents: 'Find a shop', parentId: todo.id })
    const measured = new Browser({}, { DB, KV })
    for (const [name, value] of browser.cookies) measured.cookies.set(name, value)
    const costs: Record<string, unknown> = {}
    for (const [name, edits] of Object.entries({
      text: { description: 'Two litres' },
      day: { dueQuick: 'today' },
      button: { description: 'Three litres', 'subtasks[]': `complete ${part.id}` },
      done: { isDone: 'true' },
      subtask: { subtask: 'Oat milk', key: 'one' },
    })) {
      const form = { ...fieldsOn(await browser.visit(pathOf(todo))), ...edits }
      start()
      expect((await measured.submit(pathOf(todo), form, PART)).status).toBe(200)
      const { d1, kv } = cost()
      costs[name] = { d1, kv }
    }
    expect(costs).toEqual({
      text: { d1: 2, kv: 1 },
      day: { d1: 2, kv: 1 },
      done: { d1: 3, kv: 1 },
      // The change, the new subtask in two steps, and all subtasks.
      subtask: { d1: 5, kv: 1 },
      // The change, that of the subtask, and all subtasks.
      button: { d1: 4, kv: 1 },
    })
  })

  it('says at the field what is wrong, with the status of the API', async () => {
    const browser = await signUpInBrowser('alice')
    const todo = await createTodo(browser, { contents: 'Buy milk' })
    const part = await expectNoChanges(() => save(browser, todo, { contents: ' ', description: 'Two litres' }))
    expect(part.status).toBe(422)
    expect(part.text).toContain('id="edit-contents-fault"')
    expect(fieldsOn(part)).toMatchObject({ contents: ' ', description: 'Two litres', etag: '"1"' })
  })

  it('is no conflict if the other version is the same: the answer to the first try was lost', async () => {
    const browser = await signUpInBrowser('alice')
    const todo = await createTodo(browser, { contents: 'Buy milk', labels: ['a, b'] })
    const form: Form = {
      ...fieldsOn(await browser.visit(pathOf(todo))),
      contents: 'Buy oat milk',
      newLabels: 'home',
      dueDay: '2026-12-24',
      dueTime: '18:00',
      repeat: 'daily',
      isDone: 'true',
      subtask: 'Two bottles',
      key: 'one',
    }
    const [first, second] = [
      await browser.submit(pathOf(todo), form, PART),
      await browser.submit(pathOf(todo), form, PART),
    ]
    expect([first.status, second.status]).toEqual([200, 200])
    expect(fieldValue(second, 'etag')).toBe(fieldValue(first, 'etag'))
    const all = await todosOf(browser)
    expect(all.filter(({ contents }) => contents === 'Two bottles' && contents)).toHaveLength(1)
    const other = await browser.submit(pathOf(todo), { ...form, contents: 'Buy soy milk' }, PART)
    expect(other.status).toBe(412)
    expect(textOf(other)).toContain('How it stands now What is to be done Buy oat milk')
    expect(fieldsOn(other)).toMatchObject({ contents: 'Buy soy milk', etag: fieldValue(first, 'etag') })
  })

  it('makes a new to-do of one that was deleted, with its subtask, once', async () => {
    const browser = await signUpInBrowser('alice')
    const todo = await createTodo(browser, {
      contents: 'Buy milk',
      labels: ['a, b'],
      due: '2026-12-24T18:00:00[Asia/Seoul]',
      recurrence: 'FREQ=DAILY',
      priority: 'high',
    })
    const typed: Form = { ...fieldsOn(await browser.visit(pathOf(todo))), description: 'Two litres', subtask: 'Oat' }
    await browser.client.delete(`/todos/${todo.id}`)
    const gone = await expectNoChanges(() => browser.submit(pathOf(todo), typed))
    expect(gone.status).toBe(404)
    expect(textOf(gone)).toContain('Make a new to-do of it')
    const again = {
      ...fieldsOn(gone),
      subtask: fieldValue(gone, 'subtask'),
      key: fieldValue(gone, 'key'),
      again: 'true',
    }
    for (let n = 0; n < 2; n++) expect((await browser.submit(pathOf(todo), again)).status).toBe(200)
    const { id: _, ...same } = todo
    expect(await todosOf(browser)).toMatchObject([
      { contents: same.contents, labels: same.labels, due: same.due, recurrence: same.recurrence, priority: 'high' },
      { contents: 'Oat' },
    ])
  })

  it('adds a subtask and keeps what was typed, or says why it does not', async () => {
    const browser = await signUpInBrowser('alice')
    const todo = await createTodo(browser, { contents: 'Plan the trip' })
    const added = await save(browser, todo, { contents: 'Plan the long trip', subtask: 'Book a room', key: 'one' })
    expect(contentsOn(added)).toContain('Book a room')
    expect(await getTodo(browser, todo)).toMatchObject({ contents: 'Plan the long trip' })
    const refused = await save(browser, todo, { contents: 'Trip', subtask: 'x'.repeat(501), key: 'two' })
    expect(refused.status).toBe(422)
    expect(refused.text).toContain('id="edit-subtask-fault"')
    expect(await getTodo(browser, todo)).toMatchObject({ contents: 'Trip' })
  })
})

describe('the buttons for days', () => {
  it.each([
    // Thursday evening in UTC is Friday morning in Seoul, and on Kiritimati. It is Thursday noon in São Paulo.
    ['Asia/Seoul', '2026-11-26T16:00:00Z', ['2026-11-27', '2026-11-28', '2026-11-30']],
    ['America/Sao_Paulo', '2026-11-26T16:00:00Z', ['2026-11-26', '2026-11-27', '2026-11-30']],
    ['Pacific/Kiritimati', '2026-12-31T11:00:00Z', ['2027-01-01', '2027-01-02', '2027-01-04']],
    ['UTC', '2026-11-30T00:00:00Z', ['2026-11-30', '2026-12-01', '2026-12-07']],
    ['UTC', '2026-11-29T23:59:59Z', ['2026-11-29', '2026-11-30', '2026-11-30']],
  ])('mean those of the clock in %s at %s', async (zone, now, days) => {
    setClock(Date.parse(now))
    const browser = await signUpInBrowser('alice')
    await setZone(browser, zone)
    const todo = await createTodo(browser, { contents: 'Buy milk', due: `2026-12-24T18:00:30.123[${zone}]` })
    const dues = []
    for (const dueQuick of ['today', 'tomorrow', 'week', 'none']) {
      await save(browser, todo, { dueQuick, description: dueQuick })
      const { due, description } = await getTodo(browser, todo)
      expect(description).toBe(dueQuick)
      dues.push(due)
    }
    expect(dues).toEqual([...days.map((day) => `${day}T18:00:30.123[${zone}]`), null])
    await save(browser, todo, { dueQuick: 'today' })
    expect(await getTodo(browser, todo)).toMatchObject({ due: days[0] })
  })

  it('come back to the same page without a script', async () => {
    const browser = await signUpInBrowser('alice')
    const todo = await createTodo(browser, { contents: 'Buy milk' })
    const path = `${pathOf(todo)}?to=%2Fconsole%3Fview%3Dtoday`
    const page = await browser.submit(path, { ...fieldsOn(await browser.visit(path)), dueQuick: 'tomorrow' })
    expect(page.url).toBe(path)
    expect(fieldValue(page, 'dueDay')).not.toBe('')
  })
})

describe('labels', () => {
  it('are taken off, put on and added, and keep their commas', async () => {
    const browser = await signUpInBrowser('alice')
    const todo = await createTodo(browser, { contents: 'Buy milk', labels: ['a, b', '"><b>', 'home'] })
    const form = fieldsOn(await browser.visit(pathOf(todo)))
    expect(form['labels[]']).toEqual(['a, b', '"><b>', 'home'])
    await browser.submit(pathOf(todo), { ...form, contents: 'Buy bread' })
    expect(await getTodo(browser, todo)).toMatchObject({ labels: todo.labels })
    await save(browser, todo, { 'labels[]': ['a, b', 'home'], newLabels: 'shop, home,, ' })
    expect(await getTodo(browser, todo)).toMatchObject({ labels: ['a, b', 'home', 'shop'] })
  })

  it('are ten at most', async () => {
    const browser = await signUpInBrowser('alice')
    const todo = await createTodo(browser, { contents: 'Buy milk' })
    const part = await expectNoChanges(() => save(browser, todo, { newLabels: [...'abcdefghijk'].join() }))
    expect(part.text).toContain('id="edit-labels-fault"')
    expect(fieldsOn(part)).toMatchObject({ newLabels: 'a,b,c,d,e,f,g,h,i,j,k' })
  })

  it('of other to-dos are suggested', async () => {
    const browser = await signUpInBrowser('alice')
    const todo = await createTodo(browser, { contents: 'Buy milk', labels: ['home'] })
    await createTodo(browser, { contents: 'Buy bread', labels: ['home', 'shop'] })
    const { text } = await browser.visit(pathOf(todo))
    expect(/<datalist[^>]*>(.*?)<\/datalist>/s.exec(text)?.[1]).toBe('<option value="shop"></option>')
  })
})

describe('the change that a form asks for', () => {
  const todo: Todo = {
    id: '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10',
    contents: 'Buy milk',
    description: null,
    priority: 'none',
    isDone: true,
    labels: ['a, b'],
    due: '2026-12-24T18:00:30.123[Europe/Lisbon]',
    dueAt: '2026-12-24T18:00:30.123Z',
    recurrence: 'FREQ=DAILY;COUNT=3',
    parentId: null,
    listId: null,
    position: 'i1',
    completedAt: '2026-11-26T12:00:00.000Z',
    createdAt: '2026-11-26T12:00:00.000Z',
    updatedAt: '2026-11-26T12:00:00.000Z',
    version: 3,
  }

  it('has nothing that was not edited and that it cannot show exactly', () => {
    const fields = toFields(todo, 'Asia/Seoul')
    expect(toPatch(fields)).toEqual({ contents: 'Buy milk', description: null, priority: 'none' })
    expect(toPatch({ ...fields, isDone: false, 'labels[]': [] })).toMatchObject({ isDone: false, labels: [] })
  })

  it.each([
    {},
    { contents: 'Buy bread' },
    { isDone: false },
    { 'labels[]': [] },
    { dueTime: '19:00' },
    { list: todo.id },
    { repeat: 'none' as const },
  ])('is saved already only if the to-do is like that: %o', (edits) => {
    const older = { ...todo, contents: 'Buy', version: 2, isDone: false, due: null, labels: [], recurrence: null }
    const fields = { ...toFields(older, 'Asia/Seoul'), ...toFields(todo, 'Asia/Seoul'), etag: '"2"', ...edits }
    expect(isSaved(fields, todo, 'Asia/Seoul')).toBe(Object.keys(edits).length === 0)
  })
})
