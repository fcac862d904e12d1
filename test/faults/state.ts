import { env } from 'cloudflare:workers'
import { type SessionAnswer, sessionAnswerSchema } from '../../src/sessions/schemas'
import { dump, dumpKv, restoreTables, type Tables } from '../helpers/storage'

/*
 * What D1 and KV hold: taken down, put back, and compared without what no two runs have in common.
 */

/** What every case starts from. */
export interface Base {
  tables: Tables
  kv: Map<string, string>
}

/** What KV keeps it keeps for longer than any case takes. */
const KV_LIFE = { expirationTtl: 3600 }

export const takeDown = async (): Promise<Base> => ({ tables: await dump(), kv: await dumpKv() })

/** Makes D1 what it was, if it was written to, and KV in these keys. */
export async function putBack(base: Base, { d1, keys }: { d1: boolean; keys: Iterable<string> }): Promise<void> {
  const kv = [...keys].map((key) => {
    const value = base.kv.get(key)
    return value === undefined ? env.KV.delete(key) : env.KV.put(key, value, KV_LIFE)
  })
  await Promise.all([...kv, d1 && restoreTables(base.tables)])
}

/** Rows as lines: times by how long after `startedAt` they are, and random values without what they are. */
export type State = Record<string, string[]>

export function describeState(tables: Tables, base: Base, startedAt: number): State {
  const known = new Set(Object.values(base.tables).flatMap((rows) => rows.flatMap((row) => Object.values(row))))
  const describe = (value: unknown): unknown => {
    if (known.has(value)) return value
    if (typeof value === 'number' && value > 1e12) return `start + ${value - startedAt}`
    if (typeof value === 'string' && RANDOM.test(value)) return '(random)'
    return value
  }
  const line = (name: string, row: Record<string, unknown>) => {
    const values = Object.entries(row).filter(([column]) => `${name}.${column}` !== OF_THE_TOKEN)
    return JSON.stringify(Object.fromEntries(values.map(([column, value]) => [column, describe(value)])))
  }
  return Object.fromEntries(
    Object.entries(tables).map(([name, rows]) => [name, rows.map((row) => line(name, row)).sort()]),
  )
}

/** A time that no request makes. */
const OF_THE_TOKEN = 'spent_tokens.expires_at'

/** A UUID, a MAC, or the hash of a password. */
const RANDOM = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[\w-]{43}|\$pbkdf2-.*)$/

/** The tables in which two states differ, but for some. */
export const differences = (one: State, other: State, except: readonly string[] = []): string[] =>
  Object.keys(one).filter((name) => !except.includes(name) && one[name]?.join('\n') !== other[name]?.join('\n'))

/** What KV has of sessions, once these keys were written to. */
export async function readCopies({ kv }: Base, written: ReadonlySet<string>): Promise<SessionAnswer[]> {
  const keys = new Set([...kv.keys(), ...written])
  const texts = await Promise.all(
    [...keys].map((key) => {
      if (!key.startsWith('session:')) return null
      return written.has(key) ? env.KV.get(key) : (kv.get(key) ?? null)
    }),
  )
  return texts.filter((text) => text !== null).map((text) => sessionAnswerSchema.parse(JSON.parse(text)))
}

/** The sessions that KV has a copy of and D1 has not. */
export const deadCopies = (copies: SessionAnswer[], { sessions = [] }: Tables): string[] =>
  copies.map(({ session }) => session.id).filter((id) => !sessions.some((row) => row['id'] === id))

/** The copies that show another user than D1 does. */
export const staleCopies = (copies: SessionAnswer[], { users = [] }: Tables): string[] =>
  copies.flatMap(({ session, user }) => {
    const row = users.find(({ id }) => id === user.id)
    const fields = ['username', 'email', 'phone', 'name', 'nickname'] as const
    return fields.every((field) => row?.[field] === user[field]) ? [] : [session.id]
  })
