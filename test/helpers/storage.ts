import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { settleBackground } from './client'

/*
 * What D1 and KV hold.
 */

export type Tables = Record<string, Record<string, unknown>[]>

let names: Promise<string[]> | undefined

/** The tables that the migrations make. */
export function tableNames(): Promise<string[]> {
  names ??= env.DB.prepare(
    `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*'
      AND name <> 'd1_migrations' ORDER BY name`,
  )
    .all<{ name: string }>()
    .then(({ results }) => results.map(({ name }) => name))
  return names
}

const deleteAllFrom = (tables: string[]): D1PreparedStatement[] =>
  tables.map((name) => env.DB.prepare(`DELETE FROM "${name}"`))

/** What stays in KV between the tests of a suite, because writing it again before each test would take half of the time. */
let kept = new Map<string, string>()

/** Longer than any suite takes. */
const KEPT = { expirationTtl: 3600 }

/** Keeps these entries in KV until the next call. If a test deletes one, the next test has it again. */
export async function keepInKv(entries: Map<string, string>): Promise<void> {
  kept = entries
  await Promise.all([...entries].map(([key, value]) => env.KV.put(key, value, KEPT)))
}

/** The rows that D1 holds before each test of a suite. */
let keptRows: Tables = {}

/** Makes these rows all that D1 holds, before each test until the next call. One transaction empties D1 and puts them in. */
export const keepInD1 = (tables: Tables): void => {
  keptRows = tables
}

/** Empties D1 and KV, except for what is kept. */
export async function emptyStorage(): Promise<void> {
  const names = new Set((await env.KV.list()).keys.map(({ name }) => name))
  await Promise.all([
    restoreTables(keptRows),
    ...[...names].map((name) => kept.has(name) || env.KV.delete(name)),
    ...[...kept].map(([name, value]) => names.has(name) || env.KV.put(name, value, KEPT)),
  ])
}

/** SQLite computes this column; nobody can insert it. */
const withoutGenerated = ({ due_order, ...row }: Record<string, unknown>) => row

/** Lets all users search again, as if a minute had passed. */
export const forgetSearches = () => env.DB.prepare("UPDATE todo_searches SET times = '[]'").run()

/** All rows of a table. */
export const rowsOf = async (table: string): Promise<Record<string, unknown>[]> =>
  (await env.DB.prepare(`SELECT * FROM "${table}" ORDER BY 1`).all()).results

/** All rows of all tables in D1. */
export async function dump(): Promise<Tables> {
  const tables = await tableNames()
  const rows = await env.DB.batch<Record<string, unknown>>(
    tables.map((name) => env.DB.prepare(`SELECT * FROM "${name}" ORDER BY 1`)),
  )
  return Object.fromEntries(tables.map((name, index) => [name, (rows[index]?.results ?? []).map(withoutGenerated)]))
}

/** Makes these rows all that D1 holds. */
export async function restoreTables(tables: Tables): Promise<void> {
  const inserts = Object.entries(tables).flatMap(([name, rows]) => {
    const columns = Object.keys(rows[0] ?? {})
    if (columns.length === 0) return []
    const values = columns.map((column) => `json_extract(value, '$.${column}')`)
    const sql = `INSERT INTO "${name}" ("${columns.join('", "')}") SELECT ${values.join(', ')} FROM json_each(?)`
    return env.DB.prepare(sql).bind(JSON.stringify(rows))
  })
  const deletes = deleteAllFrom(await tableNames())
  await env.DB.batch([env.DB.prepare('PRAGMA defer_foreign_keys = on'), ...deletes, ...inserts])
}

/** The entries of KV whose keys start with `prefix`. */
export async function dumpKv(prefix = ''): Promise<Map<string, string>> {
  const { keys } = await env.KV.list({ prefix })
  const entries = await Promise.all(keys.map(async ({ name }) => [name, (await env.KV.get(name)) ?? ''] as const))
  return new Map(entries)
}

/** Runs `act`, and expects every row in D1 to stay as it was. */
export async function expectNoChanges<Result>(act: () => Promise<Result>): Promise<Result> {
  const before = await dump()
  const result = await act()
  expect(await dump()).toEqual(before)
  return result
}

/** Runs `act` and its background tasks, and expects every row outside of `tables` to stay as it was. */
export async function expectChangesOnlyIn<Result>(
  tables: readonly string[],
  act: () => Promise<Result>,
): Promise<Result> {
  const others = (all: Tables) => Object.entries(all).filter(([name]) => !tables.includes(name))
  await settleBackground()
  const before = await dump()
  const result = await act()
  await settleBackground()
  expect(others(await dump())).toEqual(others(before))
  return result
}

/** The statement that puts back a row of `dump`. */
export function insertRow(table: string, row: Record<string, unknown>): D1PreparedStatement {
  const columns = Object.keys(row)
  const sql = `INSERT INTO "${table}" (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`
  return env.DB.prepare(sql).bind(...Object.values(row))
}
