import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, vi } from 'vitest'
import { PAUSE_MS } from '../../src/http/after-answer'
import { settleBackground } from './client'
import { limitHashing } from './hashing'
import { tableNames } from './tables'

limitHashing()

// `afterAnswer` lets an answer leave first. Here none leaves, and every code would take that long.
const originalSetTimeout = globalThis.setTimeout
globalThis.setTimeout = Object.assign(
  (callback: () => void, ms?: number) => originalSetTimeout(callback, ms === PAUSE_MS ? 0 : ms),
  originalSetTimeout,
)

// A file has a storage of its own. Its tests empty it, which takes a tenth of the time of `reset()` and the migrations.
beforeAll(() => applyD1Migrations(env.DB, env.TEST_MIGRATIONS))

beforeEach(async () => {
  const { keys } = await env.KV.list()
  await Promise.all(keys.map(({ name }) => env.KV.delete(name)))
  await env.DB.batch((await tableNames()).map((name) => env.DB.prepare(`DELETE FROM "${name}"`)))
})

afterEach(async () => {
  vi.useRealTimers()
  await settleBackground()
})
