import { createScheduledController } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { FORGET_AFTER_MS } from '../src/auth/log-in-limits'
import { SESSION_IDLE_MS } from '../src/auth/session'
import worker from '../src/index'
import { setClock } from './helpers/clock'
import { logIn, signUp } from './helpers/people'

const runCron = () => worker.scheduled(createScheduledController(), env)

const ids = async (sql: string) => (await env.DB.prepare(sql).raw()).flat()

describe('the purge', () => {
  it('removes sessions at their end and not a millisecond sooner', async () => {
    const start = Date.now()
    setClock(start)
    const { session } = await signUp('alice')
    setClock(start + 1)
    const later = await logIn('alice')

    setClock(start + SESSION_IDLE_MS - 1)
    await runCron()
    expect(await ids('SELECT id FROM sessions ORDER BY id')).toEqual([session.id, later.session.id])
    setClock(start + SESSION_IDLE_MS)
    await runCron()
    expect(await ids('SELECT id FROM sessions')).toEqual([later.session.id])
  })

  it('removes throttle rows once they are forgotten', async () => {
    const now = Date.now()
    setClock(now)
    const insert = env.DB.prepare('INSERT INTO log_in_throttle VALUES (?, 3, ?, ?)')
    await env.DB.batch([
      insert.bind('stale', now - FORGET_AFTER_MS, now),
      insert.bind('fresh', now - FORGET_AFTER_MS + 1, now),
    ])
    await runCron()
    expect(await ids('SELECT key FROM log_in_throttle')).toEqual(['fresh'])
  })

  it('works in bounded batches and leaves the rest for the next run', async () => {
    const now = Date.now()
    await env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10600)
       INSERT INTO log_in_throttle SELECT 'key ' || i, 1, ?, ? FROM n`,
    )
      .bind(now - FORGET_AFTER_MS, now)
      .run()
    await runCron()
    expect(await ids('SELECT count(*) FROM log_in_throttle')).toEqual([600])
    await runCron()
    expect(await ids('SELECT count(*) FROM log_in_throttle')).toEqual([0])
  })
})
