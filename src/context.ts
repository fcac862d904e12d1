import { OpenAPIHono } from '@hono/zod-openapi'
import { createMiddleware } from 'hono/factory'
import { type Config, readConfig } from './config'
import { type Db, openDb, startAfter } from './db/client'
import type { users } from './db/schema'
import { AppError } from './errors'
import { readBookmark, writeBookmark } from './http/bookmark'
import { isSafe } from './http/methods'
import { toFieldErrors } from './http/problem'
import { traceOf } from './http/trace'
import { deriveKeys, type Keys } from './keys'
import { type Kv, openKv } from './kv'

/** The session that a request acts for: `requireUser` sets it. */
export interface Caller {
  sessionId: string
  userId: string
  /** When the user logged in (ms): the session's id has that time in it. */
  authenticatedAt: number
}

/** Runs a task that goes on after the answer: `ctx.waitUntil`. */
export type Background = (task: Promise<unknown>) => void

export interface AppEnv {
  Bindings: Env
  Variables: {
    config: Config
    keys: Keys
    db: Db
    /** D1 as it is now, for reads that decide. */
    primary: () => Db
    kv: Kv
    background: Background
    caller: Caller
    /** The user as found when the current password was proven; null where a log-in was proof enough: see `requireFreshProof`. */
    provenUser: typeof users.$inferSelect | null
  }
}

/** A router whose routes answer invalid input with `invalid_fields`. */
export const createRouter = () =>
  new OpenAPIHono<AppEnv>({
    defaultHook: (result, c) => {
      // A body that must be there and is not reaches the validator as `{}`, which some schemas take.
      if (result.target === 'json' && c.req.header('Content-Type') === undefined) {
        throw new AppError('unsupported_media_type')
      }
      if (result.success) return
      const input = 'data' in result ? result.data : undefined
      throw new AppError('invalid_fields', { errors: toFieldErrors(result.error, input) })
    },
  })

/**
 * Gives a request its settings, keys, database and KV. Reads start at the bookmark that the client brings, so that a replica
 * may serve them; everything else starts at the primary, because it decides.
 */
export const openContext = createMiddleware<AppEnv>(async (c, next) => {
  const config = readConfig(c.env)
  c.set('config', config)
  const keys = await deriveKeys(config)
  c.set('keys', keys)
  const trace = traceOf(c.req.raw)
  const db = openDb(c.env.DB, isSafe(c.req.method) ? startAfter(await readBookmark(c, keys)) : 'first-primary', trace)
  c.set('db', db)
  c.set('primary', () => openDb(c.env.DB, 'first-primary', trace))
  c.set('kv', openKv(c.env.KV, trace))
  c.set('background', (task) => c.executionCtx.waitUntil(task))
  await next()
  // An error has changed nothing that has to be seen again, but who is told of a change has to see it.
  if (c.res.ok || c.res.status === 412) await writeBookmark(c, keys, db.bookmark())
})
