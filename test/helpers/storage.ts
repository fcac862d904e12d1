import { env } from 'cloudflare:workers'
import { beforeEach, expect } from 'vitest'
import type { Todo } from '../../src/todos/schemas'
import { Client } from './client'
import { type Person, signUp } from './people'
import type { Owner } from './requests'

type Tables = Record<string, Record<string, unknown>[]>

/** All rows of all tables in D1. */
export async function dump(): Promise<Tables> {
  const { results } = await env.DB.prepare(
    `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*'
      AND name <> 'd1_migrations' ORDER BY name`,
  ).all<{ name: string }>()
  const rows = await env.DB.batch<Record<string, unknown>>(
    results.map(({ name }) => env.DB.prepare(`SELECT * FROM "${name}" ORDER BY 1`)),
  )
  return Object.fromEntries(results.map(({ name }, index) => [name, rows[index]?.results ?? []]))
}

/** Acts, and expects every row in D1 to be after it what it was before. */
export async function changingNothing<Result>(act: () => Promise<Result>): Promise<Result> {
  const before = await dump()
  const result = await act()
  expect(await dump()).toEqual(before)
  return result
}

/** Makes `tables` all that D1 holds. */
async function restore(tables: Tables): Promise<void> {
  const deletes = Object.keys(tables).map((name) => env.DB.prepare(`DELETE FROM "${name}"`))
  const inserts = Object.entries(tables).flatMap(([name, rows]) =>
    rows.map((row) => {
      const columns = Object.keys(row)
      const sql = `INSERT INTO "${name}" ("${columns.join('", "')}") VALUES (${columns.map(() => '?').join(', ')})`
      return env.DB.prepare(sql).bind(...Object.values(row))
    }),
  )
  await env.DB.batch([env.DB.prepare('PRAGMA defer_foreign_keys = on'), ...deletes, ...inserts])
}

let addresses = 0

/** A browser at an address of its own. */
const newBrowser = (): Client => {
  addresses++
  return new Client({ 'CF-Connecting-IP': `198.51.100.${addresses % 256}` })
}

async function withTodo(person: Person): Promise<Owner> {
  const { status, body } = await person.client.post<Todo>('/todos', { contents: `A to-do of ${person.username}` })
  expect(status).toBe(201)
  return { ...person, todo: body }
}

/**
 * Two people with a to-do each, before every test of a suite. They sign up before the first one; the others start from a
 * copy of what D1 held then, with nothing in KV. Each call gives a browser of its own that is signed in.
 */
export function aliceAndBob(): { alice: () => Owner; bob: () => Owner } {
  let first: { alice: Owner; bob: Owner; tables: Tables } | undefined
  beforeEach(async () => {
    if (first) return restore(first.tables)
    const [alice, bob] = await Promise.all([signUp('alice', newBrowser()), signUp('bob', newBrowser())])
    first = { alice: await withTodo(alice), bob: await withTodo(bob), tables: {} }
    first.tables = await dump()
  })
  const person = (name: 'alice' | 'bob') => (): Owner => {
    if (!first) throw new Error(`${name} has not signed up yet`)
    const client = newBrowser()
    for (const cookie of ['__Host-access', '__Secure-refresh']) {
      const value = first[name].client.cookies.get(cookie)
      if (value !== undefined) client.cookies.set(cookie, value)
    }
    return { ...first[name], client }
  }
  return { alice: person('alice'), bob: person('bob') }
}

/** The access token that a browser holds. */
export const accessTokenOf = ({ client }: Owner): string => client.cookies.get('__Host-access') ?? ''

/** The copy of a session that KV holds, as the Worker itself writes it. */
export const sessionKey = ({ session }: Owner): string => `session:${session.id}`

/** Ends a session in D1, and puts its copy back into KV as an edge may still have it. */
export async function endLeavingCopy(owner: Owner): Promise<void> {
  const { session, user } = owner
  await endSession(owner)
  await env.KV.put(sessionKey(owner), JSON.stringify({ session, user }), { expirationTtl: 60 })
}

/** Ends a session in D1 and takes its copy out of KV. */
export async function endSession(owner: Owner): Promise<void> {
  await env.DB.prepare('DELETE FROM sessions WHERE id = ?').bind(owner.session.id).run()
  await env.KV.delete(sessionKey(owner))
}
