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

/** The values of a list's statements. */
const listValues = (userId: string, limit: number) => [userId, limit + 1]

const byteLength = (text: string) => new TextEncoder().encode(text).byteLength

const writeValues = ({ userId, sessionId }: Caller, operations: readonly Operation[], now: number) => [
  userId,
  sessionId,
  now,
  now - TOMBSTONE_LIFE_MS,
  JSON.stringify(
    operations.map(({ op, id, todo }) => ({
      op,
      id,
      isEmpty: false,
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
  // The operations with the lengths of their texts, for the statements that check and count them.
  JSON.stringify(
    operations.map(({ op, id, todo }) => ({
      op,
      id,
      isEmpty: false,
      bytes: {
        contents: byteLength(todo.contents),
        description: byteLength(todo.description ?? ''),
        labels: byteLength(JSON.stringify(todo.labels ?? [])),
      },
    })),
  ),
]

async function makeTemplates(env: Env) {
  const caller = { userId: 'a user', sessionId: 'a session', authenticatedAt: 0 }
  const { userId } = caller
  const limit = 31
  const now = 1_800_000_000_123
  const patch = {
    contents: 'Contents',
    description: null,
    isDone: false,
    labels: [],
    priority: 'none' as const,
    dueAt: null,
  }
  const config = readConfig(env)
  const keys = await deriveKeys(config)
  const list = async (filter: TodoFilter) =>
    templatesOf(env.DB, listValues(userId, limit), (db) =>
      listTodos({ db, caller }, { filter, limit, after: null }, now),
    )
  return {
    list: await list({ sort: 'createdAt', order: 'ASC' }),
    open: await list({ sort: 'dueAt', order: 'DESC', isDone: false }),
    changes: await templatesOf(env.DB, listValues(userId, limit), (db) =>
      listChanges({ db, keys }, userId, { limit }, now),
    ),
    write: await templatesOf(env.DB, writeValues(caller, [{ op: 'put', id: 'an id', todo: patch }], now), (db) =>
      write({ db, caller, config }, [{ op: 'put', id: 'an id', patch }], now),
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

/** A page of to-dos and one more: all, or the open ones. */
export const readList = async (env: Env, { userId }: Caller, limit: number, which: 'list' | 'open') =>
  all(env, (await templates(env))[which], listValues(userId, limit))

export const readChanges = async (env: Env, { userId }: Caller, limit: number) =>
  all(env, (await templates(env)).changes, listValues(userId, limit))

/** Runs all operations; null if the session has ended. */
export async function writeAll(env: Env, caller: Caller, operations: readonly Operation[]) {
  const values = writeValues(caller, operations, Date.now())
  const statements = (await templates(env)).write.map((template) => bindTo(env.DB, template, values))
  const [live, , , , written] = await env.DB.batch<TodoRow>(statements)
  if (live?.results.length === 0) return null
  const byId = new Map(written?.results.map((row) => [row.id, row]))
  return operations.map(({ id }) => byId.get(id)).filter((row) => row !== undefined)
}
