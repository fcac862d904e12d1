import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, vi } from 'vitest'
import { limitHashing } from '../log-in/password/limit-hashing'
import { settleBackground } from './client'
import { shortenPauses } from './pause'
import { expectNothingTold, showLog, watchLogs } from './redaction'
import { tableNames } from './tables'

limitHashing()
shortenPauses()
watchLogs()

// The files of a worker share a storage. Every test begins with an empty one: to empty it takes a tenth of the time of
// `reset()` and the migrations. Before a file's first test it holds what the file before has left.
beforeAll(() => applyD1Migrations(env.DB, env.TEST_MIGRATIONS))

beforeEach(async () => {
  const { keys } = await env.KV.list()
  await Promise.all(keys.map(({ name }) => env.KV.delete(name)))
  await env.DB.batch((await tableNames()).map((name) => env.DB.prepare(`DELETE FROM "${name}"`)))
})

afterEach(async ({ task }) => {
  vi.useRealTimers()
  await settleBackground()
  if (task.result?.state === 'fail') showLog()
  expectNothingTold()
})
