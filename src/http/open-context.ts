import { createMiddleware } from 'hono/factory'
import { readConfig } from '../config'
import type { AppEnv } from '../context'
import { openDb, startAfter } from '../db/client'
import { deriveKeys } from '../keys'
import { openKv } from '../kv'
import { readBookmark, writeBookmark } from './bookmark'
import { isSafe } from './methods'
import { traceOf } from './trace'

/**
 * Gives a request its settings, keys, database and KV. A read starts at the bookmark that the client brings, so a replica may
 * serve it. Everything else decides something, so it starts at the primary.
 */
export const openContext = createMiddleware<AppEnv>(async (c, next) => {
  const config = readConfig(c.env)
  c.set('config', config)
  const keys = await deriveKeys(config)
  c.set('keys', keys)
  const trace = traceOf(c.req.raw)
  const start = isSafe(c.req.method) ? startAfter(await readBookmark(c, keys)) : 'first-primary'
  c.set('db', openDb(c.env.DB, start, trace))
  c.set('primary', () => openDb(c.env.DB, 'first-primary', trace))
  c.set('kv', openKv(c.env.KV, trace))
  c.set('background', (task) => c.executionCtx.waitUntil(task))
  await next()
  // Errors change nothing. A 412 needs the bookmark, so that the client can read the newer version.
  if (c.res.ok || c.res.status === 303 || c.res.status === 412) await writeBookmark(c, keys, c.get('db').bookmark())
})
