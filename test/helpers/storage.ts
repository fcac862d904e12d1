import { env } from 'cloudflare:workers'
import { beforeEach, expect } from 'vitest'
import { openDb } from '../../src/db/client'
import type { CodePurpose as Purpose } from '../../src/delivery/message'
import { openKv } from '../../src/kv'
import { issueCode } from '../../src/log-in/code/issue-code'
import type { Todo } from '../../src/todos/schemas'
import type { User } from '../../src/users/schemas'
import { Client, settleBackground } from './client'
import { ownKeys, proofOf } from './forge'
import { type Person, signUp } from './people'
import type { Guess, Owner } from './requests'
import { tableNames } from './tables'

type Tables = Record<string, Record<string, unknown>[]>

/** What SQLite makes of other columns, and nobody can insert. */
const withoutDerived = ({ due_order, ...row }: Record<string, unknown>) => row

/** All rows of all tables in D1. */
export async function dump(): Promise<Tables> {
  const names = await tableNames()
  const rows = await env.DB.batch<Record<string, unknown>>(
    names.map((name) => env.DB.prepare(`SELECT * FROM "${name}" ORDER BY 1`)),
  )
  return Object.fromEntries(names.map((name, index) => [name, (rows[index]?.results ?? []).map(withoutDerived)]))
}

/** Acts, and expects every row in D1 to be after it what it was before. */
export async function changingNothing<Result>(act: () => Promise<Result>): Promise<Result> {
  const before = await dump()
  const result = await act()
  expect(await dump()).toEqual(before)
  return result
}

/** Acts, and expects every row in D1 to be after it what it was before, but for those of some tables; also what goes on after the answer. */
export async function changingOnly<Result>(tables: readonly string[], act: () => Promise<Result>): Promise<Result> {
  const others = (all: Tables) => Object.entries(all).filter(([name]) => !tables.includes(name))
  await settleBackground()
  const before = await dump()
  const result = await act()
  await settleBackground()
  expect(others(await dump())).toEqual(others(before))
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

/** A code as it is made for whoever asks, without a message. */
async function codeOf(purpose: Purpose, to: string): Promise<Guess> {
  const { challengeId, code } = await issueCode(
    { db: openDb(env.DB, 'first-primary'), kv: openKv(env.KV), keys: await ownKeys(), smsBudget: 0 },
    { purpose, contact: { channel: 'email', to }, prefix: null, address: `the address of ${to}`, now: Date.now() },
  )
  return { challengeId, code }
}

export async function equip(person: Person, phone: string): Promise<Owner> {
  const { client, username } = person
  const [email, newEmail] = [`${username}@example.com`, `new-${username}@example.com`]
  const todo = await client.post<Todo>('/todos', { contents: `A to-do of ${username}` })
  const put = { verificationToken: await proofOf({ channel: 'email', to: email }) }
  const withEmail = await client.put<User>('/users/me/email', put)
  expect([todo.status, withEmail.status]).toEqual([201, 200])
  return {
    ...person,
    user: withEmail.body,
    todo: todo.body,
    proofs: {
      email: await proofOf({ channel: 'email', to: newEmail }),
      phone: await proofOf({ channel: 'sms', to: phone }),
    },
    codes: {
      verify: await codeOf('verify', newEmail),
      logIn: await codeOf('log_in', email),
      firstLogIn: await codeOf('log_in', newEmail),
    },
  }
}

/** What KV knows of challenges. */
async function readChallenges(): Promise<Map<string, string>> {
  const { keys } = await env.KV.list({ prefix: 'otp:' })
  const entries = await Promise.all(keys.map(async ({ name }) => [name, (await env.KV.get(name)) ?? ''] as const))
  return new Map(entries)
}

/**
 * Two people with an e-mail address and a to-do each, before every test of a suite. They sign up before the first one; the
 * others start from a copy of what D1 held then, with no session in KV. Each call gives a browser of its own that is signed in.
 */
export function aliceAndBob(): { alice: () => Owner; bob: () => Owner } {
  let first: { alice: Owner; bob: Owner; tables: Tables; challenges: Map<string, string> } | undefined
  beforeEach(async () => {
    if (first) {
      await restore(first.tables)
      for (const [key, value] of first.challenges) await env.KV.put(key, value, { expirationTtl: 300 })
      return
    }
    const [alice, bob] = await Promise.all([signUp('alice', newBrowser()), signUp('bob', newBrowser())])
    first = {
      alice: await equip(alice, '+821010000001'),
      bob: await equip(bob, '+821020000002'),
      tables: await dump(),
      challenges: await readChallenges(),
    }
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
