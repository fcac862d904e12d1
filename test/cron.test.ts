import { createScheduledController } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { purge } from '../src/cron'
import { openDb } from '../src/db/client'
import worker from '../src/index'
import { FORGET_AFTER_MS } from '../src/log-in/password/throttle'
import { SESSION_IDLE_MS } from '../src/sessions/sessions'
import { TOMBSTONE_LIFE_MS } from '../src/todos/changes'
import { IDEMPOTENCY_KEY_LIFE_MS } from '../src/todos/idempotency'
import { failingD1 } from './helpers/bindings'
import { setClock } from './helpers/clock'
import { logIn, signUp } from './helpers/people'

const runCron = () => worker.scheduled(createScheduledController(), env)

const ids = async (sql: string) => (await env.DB.prepare(sql).raw()).flat()

describe('the purge', () => {
  it('removes a session when it expires, and not a millisecond sooner', async () => {
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

  it('removes throttle rows once their failures no longer count', async () => {
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

  it('removes deleted to-dos and idempotency keys once their time is over', async () => {
    const start = Date.now()
    setClock(start)
    const { client } = await signUp('alice')
    const make = async () => (await client.post<{ id: string }>('/todos', { contents: 'a' })).body.id
    const [first, second, third] = [await make(), await make(), await make()]
    await client.delete(`/todos/${first}`)
    await client.post('/todos', { contents: 'b' }, { headers: { 'Idempotency-Key': 'first' } })
    setClock(start + 1)
    await client.delete(`/todos/${second}`)
    await client.post('/todos', { contents: 'b' }, { headers: { 'Idempotency-Key': 'second' } })
    setClock(start + IDEMPOTENCY_KEY_LIFE_MS)
    await runCron()
    expect(await ids('SELECT key FROM idempotency_keys')).toEqual(['second'])
    setClock(start + TOMBSTONE_LIFE_MS)
    await runCron()
    expect(await ids("SELECT id FROM todos WHERE contents = 'a' ORDER BY id")).toEqual([second, third])
  })

  it('stops after 48 limited statements, and leaves the rest for the next run', async () => {
    const now = Date.now()
    await env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 39600)
       INSERT INTO log_in_throttle SELECT 'key ' || i, 1, ?, ? FROM n`,
    )
      .bind(now - FORGET_AFTER_MS, now)
      .run()
    await runCron()
    expect(await ids('SELECT count(*) FROM log_in_throttle')).toEqual([600])
    await runCron()
    expect(await ids('SELECT count(*) FROM log_in_throttle')).toEqual([0])
  })

  it('continues with the other tables when one fails', async () => {
    const start = Date.now()
    setClock(start)
    await signUp('alice')
    await env.DB.prepare("INSERT INTO spent_tokens VALUES ('stale', ?)").bind(start).run()
    setClock(start + SESSION_IDLE_MS)
    const DB = failingD1((sql) => sql.includes('from "sessions"'))
    expect(await purge(openDb(DB, 'first-primary'), Date.now())).toMatchObject({ sessions: null, spentTokens: 1 })
    expect(await ids('SELECT count(*) FROM sessions')).toEqual([1])
  })
})
