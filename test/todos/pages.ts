import { expect } from 'vitest'
import type { Todo, TodoInput } from '../../src/todos/schemas'
import type { Client } from '../helpers/client'
import { forgetSearches } from '../helpers/storage'

export interface TodoPage {
  todos: Todo[]
  nextCursor: string | null
}

/** Makes up to 100 to-dos at one moment. An `id` is optional. */
export async function makeTodos(client: Client, inputs: (Partial<TodoInput> & { id?: string })[]): Promise<Todo[]> {
  const operations = inputs.map(({ id, ...input }) => {
    const todo = { contents: 'x', ...input }
    return id === undefined ? { op: 'create', todo } : { op: 'put', id, todo }
  })
  const { status, body } = await client.post<{ results: { todo: Todo }[] }>('/todos/batch', { operations })
  expect(status).toBe(200)
  return body.results.map(({ todo }) => todo)
}

/** A query string. Undefined parameters are left out. */
export const queryOf = (parameters: Record<string, string | number | boolean | undefined>): string =>
  new URLSearchParams(
    Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [[name, `${value}`]])),
  ).toString()

/** Reads one page of a list. The limit of searches is not reached. */
export async function pageOf(client: Client, query: string): Promise<TodoPage> {
  await forgetSearches()
  const { status, body } = await client.get<TodoPage>(`/todos?${query}`)
  expect({ query, status }).toEqual({ query, status: 200 })
  return body
}

/** Reads all pages of a list. */
export async function* pagesOf(client: Client, query: string): AsyncGenerator<Todo[]> {
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: TodoPage = await pageOf(client, `${query}${cursor && `&cursor=${cursor}`}`)
    expect(page.nextCursor).not.toBe(cursor)
    yield page.todos
    cursor = page.nextCursor
  }
}

/** The contents of all to-dos of a list, in order. */
export async function namesOf(client: Client, query = ''): Promise<string[]> {
  const names: string[] = []
  for await (const todos of pagesOf(client, query)) names.push(...todos.map(({ contents }) => contents))
  return names
}

/** The nth of some UUIDv7 in ascending order. */
export const idOf = (n: number): string => `019c8d2e-7a64-7c3f-8f1e-${n.toString(16).padStart(12, '0')}`
