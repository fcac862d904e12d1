import { env } from 'cloudflare:workers'
import { eq, sql } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { openDb } from '../../src/db/client'
import { prebuild, selectionOf } from '../../src/db/prebuilt'
import { selectChanges } from '../../src/todos/changes'
import { selectPage } from '../../src/todos/page-sql'
import { todos } from '../../src/todos/tables'
import { todoColumns } from '../../src/todos/todo'
import { signUp } from '../helpers/people'

/* Prebuilt statements are made from Drizzle's tables: docs/decisions/prebuilt-statements.md. */

const db = openDb(env.DB, 'first-primary')

describe('a prebuilt statement', () => {
  it('has its values in the order of its text, each as often as it is named', () => {
    const find = prebuild<never, { userId: string; seq: number }>(
      (value) => sql`SELECT 1 -- why
        FROM ${todos} WHERE ${todos.seq} > ${value('seq')} AND ${todos.userId} = ${value('userId')} OR ${value('seq')} = ${7}`,
    )
    expect(find({ userId: 'alice', seq: 3 })).toEqual({
      text: 'SELECT 1 FROM "todos" WHERE "todos"."seq" > ? AND "todos"."user_id" = ? OR ? = ?',
      values: [3, 'alice', 3, 7],
    })
  })

  it('is built once', () => {
    let times = 0
    const find = prebuild<never, object>(() => {
      times++
      return sql`SELECT 1`
    })
    expect([times, find({}).text, find({}).text, times]).toEqual([0, 'SELECT 1', 'SELECT 1', 1])
  })

  it('names columns as Drizzle does', () => {
    const { text } = prebuild<never, object>(() => sql`SELECT ${selectionOf({ dueAt: todos.dueAt })}`)({})
    expect(text).toBe('SELECT "todos"."due_at" AS "dueAt"')
  })
})

it('gives the rows that Drizzle gives, with labels as JSON', async () => {
  const { client, user, session } = await signUp('alice')
  const caller = { userId: user.id, sessionId: session.id, now: Date.now() }
  const full = { contents: 'Milk', description: 'Two', priority: 'high', labels: ['a'], dueAt: '2026-12-24T18:00:00Z' }
  for (const todo of [full, { contents: 'Bread', isDone: true }]) await client.post('/todos', todo)
  const rows = await db.select(todoColumns).from(todos).where(eq(todos.userId, user.id)).orderBy(todos.seq)
  const expected = rows.map((row) => ({ ...row, labels: JSON.stringify(row.labels) }))
  expect(expected).toHaveLength(2)
  const filter = { sort: 'createdAt', order: 'ASC' } as const
  expect(await db.rowsOf(selectPage({ filter, limit: 50, after: null }, caller, 'UTC'))).toEqual(expected)
  expect(await db.rowsOf(selectChanges({ ...caller, seq: 0, rows: 50 }))).toEqual(expected)
})
