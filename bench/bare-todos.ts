import { readConfig } from '../src/config'
import { deriveKeys } from '../src/keys'
import { listChanges, TOMBSTONE_LIFE_MS } from '../src/todos/changes'
import { listTodos } from '../src/todos/list'
import type { TodoFilter } from '../src/todos/schemas'
import { write } from '../src/todos/write'
import { bindTo, type Template, templatesOf } from './statements'

/*
 * The to-dos of the bare Worker. It runs the same statements as src/, but builds them only once.
 */

export interface Caller {
  userId: string
  sessionId: string
}

interface TodoRow {
  id: string
  contents: string
  description: string | null
  priority: number
  labels: string
  due_at: number | null
  completed_at: number | null
  created_at: number
  updated_at: number
  version: number
  deleted_at: number | null
  seq: number
}

export interface TodoInput {
  contents: string
  description?: string | null
  priority?: string
  isDone?: boolean
  labels?: string[]
  dueAt?: string | null
}

export interface Operation {
  op: 'create' | 'put'
  id: string
  todo: TodoInput
}

const PRIORITIES = ['none', 'low', 'medium', 'high', 'urgent']
const iso = (ms: number) => new Date(ms).toISOString()
const fold = (text: string) => text.toLowerCase().normalize('NFC').replaceAll('ς', 'σ')

/** The values of a list's statements. `text` is the label or the text to search for. */
const listValues = (userId: string, limit: number, text?: string) => [
  userId,
  limit + 1,
  ...(text === undefined ? [] : [text]),
]

const writeValues = ({ userId, sessionId }: Caller, operations: readonly Operation[], now: number) => [
  userId,
  sessionId,
  now,
  now - TOMBSTONE_LIFE_MS,
  JSON.stringify(
    operations.map(({ op, id, todo }) => ({
      op,
      id,
      patch: {
        contents: todo.contents,
        description: todo.description ?? null,
        isDone: todo.isDone ?? false,
        labels: todo.labels ?? [],
        priority: PRIORITIES.indexOf(todo.priority ?? 'none'),
        dueAt: todo.dueAt ? Date.parse(todo.dueAt) : null,
      },
    })),
  ),
  JSON.stringify(
    operations.map(({ todo }) => ({ contents: fold(todo.contents), description: fold(todo.description ?? '') })),
  ),
  JSON.stringify(operations.map(({ id }) => id)),
  // The operations without their contents, for the statement that only checks them.
  JSON.stringify(operations.map(({ op, id }) => ({ op, id, patch: {} }))),
  JSON.stringify(operations.map(() => ({}))),
]

async function makeTemplates(env: Env) {
  const caller = { userId: 'a user', sessionId: 'a session', authenticatedAt: 0 }
  const { userId } = caller
  const limit = 31
  const text = 'some text'
  const now = 1_800_000_000_123
  const patch = {
    contents: 'Contents',
    description: null,
    isDone: false,
    labels: [],
    priority: 'none' as const,
    dueAt: null,
  }
  const keys = await deriveKeys(readConfig(env))
  const list = async (filter: TodoFilter, ...texts: string[]) =>
    templatesOf(env.DB, listValues(userId, limit, ...texts), (db) =>
      listTodos(db, userId, { filter, limit, after: null }),
    )
  return {
    list: await list({ sort: 'createdAt', order: 'ASC' }),
    filtered: await list({ sort: 'dueAt', order: 'DESC', isDone: false, priority: 'high', label: text }, text),
    search: await list({ sort: 'createdAt', order: 'ASC', q: text }, text),
    changes: await templatesOf(env.DB, listValues(userId, limit), (db) =>
      listChanges({ db, keys }, userId, { limit }, now),
    ),
    write: await templatesOf(env.DB, writeValues(caller, [{ op: 'put', id: 'an id', todo: patch }], now), (db) =>
      write(db, caller, [{ op: 'put', id: 'an id', patch }], now),
    ),
  }
}

let made: ReturnType<typeof makeTemplates> | undefined

function templates(env: Env) {
  made ??= makeTemplates(env)
  return made
}

export const toTodo = (row: TodoRow) => ({
  id: row.id,
  contents: row.contents,
  description: row.description,
  priority: PRIORITIES[row.priority],
  isDone: row.completed_at !== null,
  labels: JSON.parse(row.labels),
  dueAt: row.due_at === null ? null : iso(row.due_at),
  completedAt: row.completed_at === null ? null : iso(row.completed_at),
  createdAt: iso(row.created_at),
  updatedAt: iso(row.updated_at),
  version: row.version,
})

async function all(env: Env, [template]: Template[], values: unknown[]): Promise<TodoRow[]> {
  if (!template) throw new Error('There is no such statement')
  return (await bindTo(env.DB, template, values).all<TodoRow>()).results
}

/** A page of to-dos and one more: those with a label, those with a text, or all. */
export async function readList(
  env: Env,
  { userId }: Caller,
  limit: number,
  { label, q }: { label: string | undefined; q: string | undefined },
) {
  const { list, filtered, search } = await templates(env)
  if (label !== undefined) return all(env, filtered, listValues(userId, limit, label))
  if (q !== undefined) return all(env, search, listValues(userId, limit, fold(q)))
  return all(env, list, listValues(userId, limit))
}

export const readChanges = async (env: Env, { userId }: Caller, limit: number) =>
  all(env, (await templates(env)).changes, listValues(userId, limit))

/** Runs all operations; null if the session has ended. */
export async function writeAll(env: Env, caller: Caller, operations: readonly Operation[]) {
  const values = writeValues(caller, operations, Date.now())
  const statements = (await templates(env)).write.map((template) => bindTo(env.DB, template, values))
  const [live, , , written] = await env.DB.batch<TodoRow>(statements)
  if (live?.results.length === 0) return null
  const byId = new Map(written?.results.map((row) => [row.id, row]))
  return operations.map(({ id }) => byId.get(id)).filter((row) => row !== undefined)
}
