import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, vi } from 'vitest'
import { limitHashing } from '../log-in/password/limit-hashing'
import { skipPauseBeforeTasks } from './after-answer'
import { settleBackground } from './client'
import { expectNoSecretsLogged, showLog, watchLogs } from './redaction'
import { emptyStorage } from './storage'

limitHashing()
skipPauseBeforeTasks()
watchLogs()

// The test files of one Vitest worker share a storage. It is emptied before every test, which takes a tenth of the time of
// `reset()` and the migrations. A `beforeAll` of a file still sees what the file before has left.
beforeAll(() => applyD1Migrations(env.DB, env.TEST_MIGRATIONS))
beforeEach(emptyStorage)

afterEach(async ({ task }) => {
  vi.useRealTimers()
  await settleBackground()
  if (task.result?.state === 'fail') showLog()
  expectNoSecretsLogged()
})
