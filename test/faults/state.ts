import { env } from 'cloudflare:workers'
import { type SessionAnswer, sessionAnswerSchema } from '../../src/sessions/schemas'
import { dump, dumpKv, restoreTables, type Tables } from '../helpers/storage'

/*
 * Snapshots of D1 and KV, and comparisons that ignore what differs from run to run.
 */

/** All that D1 and KV hold. */
export interface Snapshot {
  tables: Tables
  kv: Map<string, string>
}

/** Longer than any test takes. */
const KV_LIFE = { expirationTtl: 3600 }

export const takeSnapshot = async (): Promise<Snapshot> => ({ tables: await dump(), kv: await dumpKv() })

/** Restores D1, if it was written to, and these keys of KV. */
export async function restoreSnapshot(
  { tables, kv }: Snapshot,
  { d1, keys }: { d1: boolean; keys: Iterable<string> },
): Promise<void> {
  const entries = [...keys].map((key) => {
    const value = kv.get(key)
    return value === undefined ? env.KV.delete(key) : env.KV.put(key, value, KV_LIFE)
  })
  await Promise.all([...entries, d1 && restoreTables(tables)])
}

/** The rows of each table, as lines. New times are relative to `startedAt`, and new random values are left out. */
export type State = Record<string, string[]>

export function describeState(tables: Tables, snapshot: Snapshot, startedAt: number): State {
  const known = new Set(Object.values(snapshot.tables).flatMap((rows) => rows.flatMap((row) => Object.values(row))))
  const describe = (value: unknown): unknown => {
    if (known.has(value)) return value
    if (typeof value === 'number' && value > 1e12) return `start + ${value - startedAt}`
    if (typeof value === 'string' && RANDOM.test(value)) return '(random)'
    return value
  }
  const line = (name: string, row: Record<string, unknown>) => {
    const values = Object.entries(row).filter(([column]) => !OTHER_TIMES.includes(`${name}.${column}`))
    return JSON.stringify(Object.fromEntries(values.map(([column, value]) => [column, describe(value)])))
  }
  return Object.fromEntries(
    Object.entries(tables).map(([name, rows]) => [name, rows.map((row) => line(name, row)).sort()]),
  )
}

/** These do not come from the request: they are the token's, counted in µs, of the hour that begins meanwhile, or from after the answer. */
const OTHER_TIMES = [
  'spent_tokens.expires_at',
  'otp_codes.id',
  'hour_counts.hour',
  'notice_sends.id',
  'notice_sends.sent_at',
]

/** A UUID, a MAC, a stamp, the hash of a password, a sealed secret, or hashes of recovery codes. */
const RANDOM =
  /^([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[\w-]{43}|\$pbkdf2-.*|[\w-]{80}|\["[\w-]{43}"(,"[\w-]{43}")*\])$/

/** The tables in which two states differ, except for some. */
export const differingTables = (one: State, other: State, except: readonly string[] = []): string[] =>
  Object.keys(one).filter((name) => !except.includes(name) && one[name]?.join('\n') !== other[name]?.join('\n'))

/** The copies of sessions in KV. Only keys in `written` may differ from the snapshot. */
export async function readCopies({ kv }: Snapshot, written: ReadonlySet<string>): Promise<SessionAnswer[]> {
  const keys = new Set([...kv.keys(), ...written])
  const texts = await Promise.all(
    [...keys].map((key) => {
      if (!key.startsWith('session:')) return null
      return written.has(key) ? env.KV.get(key) : (kv.get(key) ?? null)
    }),
  )
  return texts.filter((text) => text !== null).map((text) => sessionAnswerSchema.parse(JSON.parse(text)))
}

/** The ids of sessions of which KV has a copy, although D1 does not have them. */
export const copiesOfEndedSessions = (copies: SessionAnswer[], { sessions = [] }: Tables): string[] =>
  copies.map(({ session }) => session.id).filter((id) => !sessions.some((row) => row['id'] === id))

/** The ids of sessions whose copy shows the user differently from D1. */
export const outdatedCopies = (copies: SessionAnswer[], { users = [] }: Tables): string[] =>
  copies.flatMap(({ session, user }) => {
    const row = users.find(({ id }) => id === user.id)
    const fields = ['username', 'email', 'phone', 'name', 'nickname'] as const
    return fields.every((field) => row?.[field] === user[field]) ? [] : [session.id]
  })
