import { applyD1Migrations, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, vi } from 'vitest'
import { PAUSE_MS } from '../../src/http/after-answer'
import { settleBackground } from './client'
import { limitHashing } from './hashing'

limitHashing()

// `afterAnswer` lets an answer leave first. Here none leaves, and every code would take that long.
const originalSetTimeout = globalThis.setTimeout
globalThis.setTimeout = Object.assign(
  (callback: () => void, ms?: number) => originalSetTimeout(callback, ms === PAUSE_MS ? 0 : ms),
  originalSetTimeout,
)

const TABLES = ['users', 'log_in_throttle', 'otp_guards', 'otp_sends', 'sms_days', 'spent_tokens']

beforeEach(async () => {
  await reset()
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
  // A statement that was under way may land after the reset.
  await env.DB.batch(TABLES.map((table) => env.DB.prepare(`DELETE FROM ${table}`)))
})

afterEach(async () => {
  vi.useRealTimers()
  await settleBackground()
})
