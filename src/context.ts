import { OpenAPIHono } from '@hono/zod-openapi'
import { createMiddleware } from 'hono/factory'
import { type Config, readConfig } from './config'
import { type Db, openDb, startAfter } from './db/client'
import { AppError } from './errors'
import { readBookmark, writeBookmark } from './http/bookmark'
import { isSafe } from './http/methods'
import { toFieldErrors } from './http/problem'
import { deriveKeys, type Keys } from './keys'

/** The session that a request acts for: `requireUser` sets it. */
export interface Caller {
  sessionId: string
  userId: string
}

export interface AppEnv {
  Bindings: Env
  Variables: {
    config: Config
    keys: Keys
    db: Db
    caller: Caller
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
 * Gives a request its settings, keys and database. Reads start at the bookmark that the client brings, so that a replica
 * may serve them; everything else starts at the primary, because it decides.
 */
export const openContext = createMiddleware<AppEnv>(async (c, next) => {
  const config = readConfig(c.env)
  c.set('config', config)
  c.set('keys', await deriveKeys(config))
  const db = openDb(c.env.DB, isSafe(c.req.method) ? startAfter(readBookmark(c)) : 'first-primary')
  c.set('db', db)
  await next()
  // An error has changed nothing that has to be seen again.
  if (c.res.ok) writeBookmark(c, db.bookmark())
})
