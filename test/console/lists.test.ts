import { describe, expect, it } from 'vitest'
import { movesFor } from '../../src/console/todos/lists/list-moves'
import type { List } from '../../src/todos/lists/schemas'
import { expectNoChanges } from '../helpers/storage'
import { type Browser, fieldValue, type Page, signUpInBrowser, textOf } from './browser'
import { contentsOn, createTodo, fieldsOn, getTodo, selectedOn, todosOf } from './todo-pages'

const createList = async ({ client }: Browser, name: string): Promise<List> =>
  (await client.post<List>('/lists', { name })).body

const listsOf = async ({ client }: Browser): Promise<List[]> =>
  (await client.get<{ lists: List[] }>('/lists')).body.lists

const namesOf = async (browser: Browser): Promise<string[]> => (await listsOf(browser)).map(({ name }) => name)

/** The lists on their page, in order. */
const namesOn = ({ text }: Page): string[] =>
  [...text.matchAll(/<li id="l[^"]*"><a href="[^"]*" dir="auto">([^<]*)</g)].map(([, name = '']) => name)

describe('the page of lists', () => {
  it.each([
    ['en', 'There are no lists yet.', 'The list is made.'],
    ['ko', '아직 목록이 없습니다.', '목록을 만들었습니다.'],
  ])('makes lists: %s', async (language, empty, made) => {
    const browser = await signUpInBrowser('alice', { 'Accept-Language': language })
    expect(textOf(await browser.visit('/console/lists'))).toContain(empty)
    const page = await browser.submit('/console/lists', { name: ' Groceries ' })
    expect({ url: page.url, names: namesOn(page) }).toEqual({ url: '/console/lists', names: ['Groceries'] })
    expect(textOf(page)).toContain(made)
  })

  it.each([
    ['en', 'This is too long. Use at most 100 characters.'],
    ['ko', '너무 깁니다. 100자까지 쓸 수 있습니다.'],
  ])('says beside the field what is wrong: %s', async (language, message) => {
    const browser = await signUpInBrowser('alice', { 'Accept-Language': language })
    const list = await createList(browser, 'Groceries')
    const name = 'x'.repeat(101)
    await expectNoChanges(async () => {
      for (const path of ['/console/lists', `/console/lists/${list.id}`]) {
        const page = await browser.submit(path, { name })
        expect({ status: page.status, name: fieldValue(page, 'name') }).toEqual({ status: 422, name })
        expect(page.text).toContain(`<p id="name-fault" class="fault">${message}</p>`)
      }
    })
  })

  it('renames a list', async () => {
    const browser = await signUpInBrowser('alice')
    const list = await createList(browser, 'Groceries')
    const form = await browser.visit(`/console/lists/${list.id}`)
    expect(fieldValue(form, 'name')).toBe('Groceries')
    const page = await browser.submit(`/console/lists/${list.id}`, { name: '장보기' })
    expect({ url: page.url, names: namesOn(page) }).toEqual({ url: '/console/lists', names: ['장보기'] })
  })

  it('moves a list up and down, which changes that one alone', async () => {
    const browser = await signUpInBrowser('alice')
    const lists = []
    for (const name of ['One', 'Two', 'Three', 'Four']) lists.push(await createList(browser, name))
    const [one, two, three, four] = lists.map(({ id }) => `/console/lists/${id}/move`)
    const page = await browser.submit(three ?? '', { direction: 'up' })
    expect({ url: page.url, names: namesOn(page) }).toEqual({
      url: `/console/lists#l${lists[2]?.id}`,
      names: ['One', 'Three', 'Two', 'Four'],
    })
    const orders: string[] = []
    for (const [path, direction] of [
      [three, 'up'],
      [three, 'up'],
      [one, 'down'],
      [two, 'down'],
      [four, 'down'],
    ]) {
      await browser.submit(path ?? '', { direction: direction ?? '' })
      orders.push((await namesOf(browser)).join(' '))
    }
    expect(orders).toEqual([
      'Three One Two Four',
      'Three One Two Four',
      'Three Two One Four',
      'Three One Two Four',
      'Three One Two Four',
    ])
    expect(Object.fromEntries((await listsOf(browser)).map(({ name, version }) => [name, version]))).toEqual({
      One: 2,
      Two: 2,
      Three: 3,
      Four: 1,
    })
  })

  it('deletes an empty list at once, and asks what becomes of to-dos', async () => {
    const browser = await signUpInBrowser('alice')
    const [empty, full] = [await createList(browser, 'Empty'), await createList(browser, 'Full')]
    await createTodo(browser, { contents: 'Buy milk', listId: full.id })
    await browser.submit(`/console/lists/${empty.id}/delete`, {})
    expect(await namesOf(browser)).toEqual(['Full'])
    const asked = await browser.submit(`/console/lists/${full.id}/delete`, {})
    expect(await namesOf(browser)).toEqual(['Full'])
    expect(await todosOf(browser)).toMatchObject([{ listId: full.id }])
    expect(textOf(asked)).toContain('“Full” has to-dos. What becomes of them?')
    expect(asked.text).toContain('name="todos" value="move"')
    expect(asked.text).toContain('name="todos" value="delete"')
  })

  it.each([
    ['move', [{ contents: 'Buy milk', listId: null }]],
    ['delete', []],
  ])('deletes a list with to-dos: %s', async (todos, left) => {
    const browser = await signUpInBrowser('alice')
    const list = await createList(browser, 'Groceries')
    await createTodo(browser, { contents: 'Buy milk', listId: list.id })
    const page = await browser.submit(`/console/lists/${list.id}/delete`, { todos })
    expect(textOf(page)).toContain('The list is deleted.')
    expect(await namesOf(browser)).toEqual([])
    expect(await todosOf(browser)).toMatchObject(left)
  })

  it('changes nothing of somebody else', async () => {
    const [alice, bob] = [await signUpInBrowser('alice'), await signUpInBrowser('bob')]
    const list = await createList(bob, 'Secret')
    const path = `/console/lists/${list.id}`
    await createTodo(bob, { contents: 'Hidden', listId: list.id })
    const pages = [
      await alice.visit(path),
      await alice.visit(`/console?list=${list.id}`),
      await alice.submit(path, { name: 'Mine' }),
      await alice.submit(`${path}/move`, { direction: 'up' }),
      await alice.submit(`${path}/delete`, { todos: 'delete' }),
    ]
    for (const page of pages) expect(page.text).not.toMatch(/Secret|Hidden/)
    expect(pages.map(({ status }) => status)).toEqual([404, 404, 404, 200, 200])
    expect(await listsOf(bob)).toEqual([list])
    expect(await todosOf(bob)).toHaveLength(1)
  })
})

describe('moving lists that have one position', () => {
  it('gives all of them new ones', () => {
    const lists = ['a', 'b', 'c'].map((id) => ({
      id,
      name: id,
      position: 'i',
      createdAt: '',
      updatedAt: '',
      version: 1,
    }))
    const moves = movesFor(lists, 'c', 'up')
    expect(moves.map(({ id }) => id)).toEqual(['a', 'c', 'b'])
    const positions = moves.map(({ position }) => position)
    expect(positions).toEqual([...new Set(positions)].sort())
  })
})

describe('a list', () => {
  it('shows what is in it, takes what is added there, and keeps the filter in it', async () => {
    const browser = await signUpInBrowser('alice')
    const list = await createList(browser, 'Groceries')
    await createTodo(browser, { contents: 'Read a book' })
    const path = `/console?list=${list.id}`
    const empty = await browser.visit(path)
    expect(empty.text).toContain('<h1 dir="auto">Groceries</h1>')
    const form = { contents: 'Buy milk', key: fieldValue(empty, 'key'), to: fieldValue(empty, 'to') }
    const page = await browser.submit('/console/todos', form)
    expect({ url: page.url, contents: contentsOn(page) }).toEqual({ url: path, contents: ['Buy milk'] })
    expect(page.text).toContain(`<input type="hidden" name="list" value="${list.id}"/>`)
    expect(contentsOn(await browser.visit(`${path}&q=book`))).toEqual([])
    expect(contentsOn(await browser.visit('/console?list=none'))).toEqual(['Read a book'])
    const all = await browser.visit('/console')
    expect(contentsOn(all)).toEqual(['Buy milk', 'Read a book'])
    expect(all.text).toContain('<span dir="auto">Groceries</span>')
  })

  it('is chosen in the form of a to-do', async () => {
    const browser = await signUpInBrowser('alice')
    const list = await createList(browser, 'Groceries')
    const todo = await createTodo(browser, { contents: 'Buy milk' })
    const path = `/console/todos/${todo.id}`
    await browser.submit(path, { ...fieldsOn(await browser.visit(path)), list: list.id })
    expect(await getTodo(browser, todo)).toMatchObject({ listId: list.id })
    const page = await browser.visit(path)
    expect(selectedOn(page, 'list')).toBe(list.id)
    await browser.submit(path, { ...fieldsOn(page), list: '' })
    expect(await getTodo(browser, todo)).toMatchObject({ listId: null })
  })

  it.each([
    ['en', 'That list is gone. Choose another one.'],
    ['ko', '없어진 목록입니다. 다른 목록을 선택하세요.'],
  ])('that is gone is refused beside its field: %s', async (language, message) => {
    const browser = await signUpInBrowser('alice', { 'Accept-Language': language })
    const list = await createList(browser, 'Groceries')
    const todo = await createTodo(browser, { contents: 'Buy milk' })
    const path = `/console/todos/${todo.id}`
    const form = { ...fieldsOn(await browser.visit(path)), list: list.id }
    await browser.client.delete(`/lists/${list.id}`)
    const page = await expectNoChanges(() => browser.submit(path, form))
    expect(page.text).toContain(`<p id="edit-list-fault" class="fault">${message}</p>`)
  })
})
