import type { Config } from './config'
import type { Db } from './db/client'
import type { Keys } from './keys'
import type { Kv } from './kv'

/** Runs a task that goes on after the answer: `ctx.waitUntil`. */
export type Background = (task: Promise<unknown>) => void

/**
 * What `c.var` has. `http/open-context.ts` sets these for every request of the API. Other middleware adds the type of what it
 * sets: `caller` and `session` in `sessions/require-user.ts`, `freshProof` in `log-in/fresh-proof/require-fresh-proof.ts`.
 */
export interface Variables {
  config: Config
  keys: Keys
  db: Db
  /** Opens D1 at the primary, which has every write: for reads that decide something. */
  primary: () => Db
  kv: Kv
  background: Background
}

export interface AppEnv {
  Bindings: Env
  Variables: Variables
}
