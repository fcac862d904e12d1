import { readConfig } from '../src/config'
import { selectChanges, TOMBSTONE_LIFE_MS } from '../src/todos/changes'
import { selectPage } from '../src/todos/list-sql'
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
  dueAt: number | null
  completedAt: number | null
  createdAt: number
  updatedAt: number
  version: number
  deletedAt: number | null
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
const listValues = ({ userId, sessionId }: Caller, limit: number, now: number) => [userId, sessionId, now, limit + 1]

const byteLength = (text: string) => new TextEncoder().encode(text).byteLength

const writeValues = ({ userId, sessionId }: Caller, operations: readonly Operation[], now: number) => [
  userId,
  sessionId,
  now,
  now - TOMBSTONE_LIFE_MS,
  JSON.stringify(
    operations.map(({ todo }) => ({
      contents: todo.contents,
      description: todo.description ?? null,
      isDone: todo.isDone ?? false,
      labels: todo.labels ?? [],
      priority: PRIORITIES.indexOf(todo.priority ?? 'none'),
      dueAt: todo.dueAt ? Date.parse(todo.dueAt) : null,
    })),
  ),
  JSON.stringify(
    operations.map(({ todo }) => ({ contents: fold(todo.contents), description: fold(todo.description ?? '') })),
  ),
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
  const samples = listValues(caller, limit, now)
  const list = (filter: TodoFilter) =>
    templatesOf(env.DB, samples, (db) => db.rowsOf(selectPage({ filter, limit, after: null }, { ...caller, now })))
  return {
    list: await list({ sort: 'createdAt', order: 'ASC' }),
    open: await list({ sort: 'dueAt', order: 'DESC', isDone: false }),
    changes: await templatesOf(env.DB, samples, (db) =>
      db.rowsOf(selectChanges({ ...caller, now, seq: 0, rows: limit + 1 })),
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
  isDone: row.completedAt !== null,
  labels: JSON.parse(row.labels),
  dueAt: row.dueAt === null ? null : iso(row.dueAt),
  completedAt: row.completedAt === null ? null : iso(row.completedAt),
  createdAt: iso(row.createdAt),
  updatedAt: iso(row.updatedAt),
  version: row.version,
})

async function all(env: Env, [template]: Template[], values: unknown[]): Promise<TodoRow[]> {
  if (!template) throw new Error('There is no such statement')
  return (await bindTo(env.DB, template, values).all<TodoRow>()).results
}

/** A page of to-dos and one more: all, or the open ones. */
export const readList = async (env: Env, caller: Caller, limit: number, which: 'list' | 'open') =>
  all(env, (await templates(env))[which], listValues(caller, limit, Date.now()))

export const readChanges = async (env: Env, caller: Caller, limit: number) =>
  all(env, (await templates(env)).changes, listValues(caller, limit, Date.now()))

/** Runs all operations; null if the session has ended. */
export async function writeAll(env: Env, caller: Caller, operations: readonly Operation[]) {
  const values = writeValues(caller, operations, Date.now())
  const statements = (await templates(env)).write.map((template) => bindTo(env.DB, template, values))
  const [judged, , written] = await env.DB.batch<TodoRow>(statements)
  if (judged?.results.length === 0) return null
  const byId = new Map(written?.results.map((row) => [row.id, row]))
  return operations.map(({ id }) => byId.get(id)).filter((row) => row !== undefined)
}
