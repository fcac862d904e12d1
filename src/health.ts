import { sql } from 'drizzle-orm'
import * as z from 'zod'
import { type Db, openDb } from './db/client'
import type { Trace } from './http/trace'
import { openKv } from './kv'
import { isoTime, SECOND_MS } from './lib/time'
import { SCHEMA_VERSION } from './schema-version'

/** What an isolate has found out about D1 and KV. */
export interface Health {
  /** The parts that do not answer. */
  down: string[]
  cause: unknown
  /** The newest migration of the database; null if there is none, or if D1 does not answer. */
  schema: string | null
  checkedAt: number
}

/** For so long an isolate does not ask again, so that nobody can keep D1 busy with this. */
const HEALTH_LIFE_MS = 5 * SECOND_MS

/** Only finished checks: requests do not share one that is still going on. */
const checked = new WeakMap<Env, Health>()

export async function checkHealth(env: Env, trace: Trace): Promise<Health> {
  const known = checked.get(env)
  const age = Date.now() - (known?.checkedAt ?? 0)
  if (known && age >= 0 && age < HEALTH_LIFE_MS) return known
  const [schema, kv] = await Promise.allSettled([
    findSchema(openDb(env.DB, 'first-primary', trace)),
    openKv(env.KV, trace).get('health', z.unknown()),
  ])
  const health = {
    down: [...(schema.status === 'rejected' ? ['D1'] : []), ...(kv.status === 'rejected' ? ['KV'] : [])],
    cause: [schema, kv].flatMap((part) => (part.status === 'rejected' ? [part.reason] : []))[0],
    schema: schema.status === 'fulfilled' ? schema.value : null,
    checkedAt: Date.now(),
  }
  checked.set(env, health)
  return health
}

/** The newest migration of the database, as wrangler has noted it. Null if it has none. */
export async function findSchema(db: Db): Promise<string | null> {
  const newest = sql`SELECT name FROM d1_migrations ORDER BY id DESC LIMIT 1`
  try {
    const row = await db.get<{ name: string } | undefined>(newest)
    return row?.name.replace(/\.sql$/, '') ?? null
  } catch (error) {
    // The query fails too where nobody has applied a migration.
    if (await hasMigrations(db)) throw error
    return null
  }
}

async function hasMigrations(db: Db): Promise<boolean> {
  const table = sql`SELECT name FROM sqlite_schema WHERE type = 'table' AND name = 'd1_migrations'`
  return (await db.get<{ name: string } | undefined>(table)) !== undefined
}

/** Whether the database has the tables that this version needs. Newer ones do: each migration is one that older code survives. */
export const hasSchema = (found: string | null): boolean => found !== null && found >= SCHEMA_VERSION

/** Which version of the Worker this is, as Cloudflare names it. Null where it does not say. */
export const versionOf = ({ VERSION }: Env): { id: string; tag: string | null; createdAt: string } | null =>
  VERSION === undefined || VERSION.id === ''
    ? null
    : { id: VERSION.id, tag: VERSION.tag || null, createdAt: isoTime(Date.parse(VERSION.timestamp)) }
