import { createScheduledController } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { purge } from '../src/cron'
import { openDb } from '../src/db/client'
import worker from '../src/index'
import { DAY_MS } from '../src/lib/time'
import { FORGET_AFTER_MS } from '../src/log-in/password/throttle'
import { SESSION_LIFE_MS } from '../src/sessions/sessions'
import { TOMBSTONE_LIFE_MS } from '../src/todos/changes'
import { IDEMPOTENCY_KEY_LIFE_MS } from '../src/todos/idempotency'
import { KEPT_FOR_MS } from '../src/users/past-identifiers'
import { REQUEST_LIFE_MS, WAIT_MS } from '../src/users/removal-requests'
import { failingD1 } from './helpers/bindings'
import { Client } from './helpers/client'
import { advanceClock, setClock } from './helpers/clock'
import { logLines } from './helpers/log-lines'
import { logIn, PASSWORD, signUp } from './helpers/people'
import { explainPlans } from './helpers/query-plans'
import { recordingBindings } from './helpers/recorder'
import { prepareRequest } from './helpers/removal-requests'
import { verificationTokenFor } from './helpers/tokens'
import { prepareWayBack } from './helpers/way-back'
import { wrapD1 } from './helpers/wrap-d1'

const runCron = (settings: object = {}) => worker.scheduled(createScheduledController(), { ...env, ...settings })

/** Adds counts of wrong passwords that nobody needs any more. */
const addStaleThrottles = (count: number, at = Date.now()) =>
  env.DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
     INSERT INTO log_in_throttle SELECT ?2 * 1000 - i, 'key ' || ?3 || ' ' || i, 1, ?2, ?3 FROM n`,
  )
    .bind(count, at - FORGET_AFTER_MS, at)
    .run()

const ids = async (sql: string) => (await env.DB.prepare(sql).raw()).flat()

describe('the purge', () => {
  it('removes a session 30 days after its log-in, when it has ended in any case, and not a millisecond sooner', async () => {
    const start = Date.now()
    setClock(start)
    const { session } = await signUp('alice')
    setClock(start + 1)
    const later = await logIn('alice')

    setClock(start + SESSION_LIFE_MS - 1)
    await runCron()
    expect(await ids('SELECT id FROM sessions ORDER BY id')).toEqual([session.id, later.session.id])
    setClock(start + SESSION_LIFE_MS)
    await runCron()
    expect(await ids('SELECT id FROM sessions')).toEqual([later.session.id])
  })

  it('removes throttle rows once their failures no longer count', async () => {
    const now = Date.now()
    setClock(now)
    const fail = (identifier: string) => new Client().post('/auth/log-in', { identifier, password: PASSWORD })
    const left = async () => (await ids('SELECT key FROM log_in_throttle')).length
    await fail('stale')
    setClock(now + 1)
    await fail('fresh')
    setClock(now + FORGET_AFTER_MS)
    await runCron()
    expect(await left()).toBe(1)
    setClock(now + FORGET_AFTER_MS + 1)
    await runCron()
    expect(await left()).toBe(0)
  })

  it('removes a request to remove a contact seven days after its time, and not a millisecond sooner', async () => {
    const start = Date.now()
    setClock(start)
    await prepareRequest(await signUp('alice'))
    setClock(start + WAIT_MS + REQUEST_LIFE_MS - 1)
    await runCron()
    expect(await ids('SELECT target FROM removal_requests')).toEqual(['email'])
    setClock(start + WAIT_MS + REQUEST_LIFE_MS)
    await runCron()
    expect(await ids('SELECT target FROM removal_requests')).toEqual([])
  })

  it('removes what users had seven days after they changed it, and not a millisecond sooner', async () => {
    const start = Date.now()
    setClock(start)
    await prepareWayBack(await signUp('alice'))
    setClock(start + KEPT_FOR_MS - 1)
    await runCron()
    expect(await ids('SELECT username FROM past_identifiers')).toEqual(['alice'])
    setClock(start + KEPT_FOR_MS)
    await runCron()
    expect(await ids('SELECT username FROM past_identifiers')).toEqual([])
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

  it('works in 45 bounded statements on the Free plan and leaves the rest for the next run', async () => {
    await addStaleThrottles(34_600)
    await runCron({ PLAN: 'free' })
    expect(await ids('SELECT count(*) FROM log_in_throttle')).toEqual([1600])
    await runCron({ PLAN: 'free' })
    expect(await ids('SELECT count(*) FROM log_in_throttle')).toEqual([0])
  })

  it('removes more than 125,000 rows in a run on the Paid plan, of which there are four an hour', async () => {
    await addStaleThrottles(126_000)
    const { lines } = await logLines(() => runCron())
    expect(await ids('SELECT count(*) FROM log_in_throttle')).toEqual([0])
    expect(lines.map(({ event }) => event)).toEqual(['purged'])
  })

  it('takes no more than a minute', async () => {
    setClock(Date.now())
    await addStaleThrottles(126_000)
    let calls = 0
    const DB = wrapD1({
      onCall: (run) => {
        calls++
        advanceClock(10_000)
        return run()
      },
    })
    await runCron({ DB })
    // Six that remove, one that asks what is left, and one that notes the run.
    expect(calls).toBe(8)
  })

  it('says in the log when it falls behind, and for how long', async () => {
    const now = Date.now()
    setClock(now)
    await addStaleThrottles(40_600, now - 90_000)
    const { lines } = await logLines(() => runCron({ PLAN: 'free' }))
    expect(lines).toContainEqual({ level: 'error', event: 'purge_behind', overdueSeconds: { throttles: 90 } })
    const next = await logLines(() => runCron({ PLAN: 'free' }))
    expect(next.lines.map(({ event }) => event)).toEqual(['purged'])
  })

  it('continues with the other tables when one fails', async () => {
    const start = Date.now()
    setClock(start)
    await signUp('alice')
    await env.DB.prepare("INSERT INTO spent_tokens VALUES ('stale', ?)").bind(start).run()
    setClock(start + SESSION_LIFE_MS)
    const DB = failingD1((sql) => sql.includes('from "sessions"'))
    const { lines } = await logLines(async () => {
      const { removed } = await purge(
        openDb(DB, 'first-primary'),
        { PLAN: 'paid', REMOVE_UNUSED_ACCOUNTS: undefined },
        Date.now(),
      )
      expect(removed).toMatchObject({ sessions: null, spentTokens: 1 })
    })
    expect(lines).toEqual([{ level: 'error', event: 'purge_failed', table: 'sessions', d1: 'unknown' }])
    expect(await ids('SELECT count(*) FROM sessions')).toEqual([1])
  })
})

describe('accounts that nobody came back to', () => {
  const LATER = 90 * DAY_MS

  it('stay, unless that is switched on', async () => {
    const start = Date.now()
    setClock(start)
    await signUp('alice')
    setClock(start + LATER)
    await runCron()
    expect(await ids('SELECT username FROM users')).toEqual(['alice'])
  })

  it('are removed 90 days after the sign-up if they have nothing: no contact, no to-do and no log-in', async () => {
    const start = Date.now()
    setClock(start)
    const busy = await signUp('busy')
    await busy.client.post('/todos', { contents: 'Buy milk' })
    const deleted = await signUp('deleted')
    const { body } = await deleted.client.post<{ id: string }>('/todos', { contents: 'Buy milk' })
    const proven = await signUp('proven')
    await proven.client.put('/users/me/email', {
      verificationToken: await verificationTokenFor({ channel: 'email', to: 'a@example.com' }),
    })
    await signUp('unused')
    await signUp('returned')
    setClock(start + 1)
    await logIn('returned')
    await signUp('younger')
    const everybody = ['busy', 'deleted', 'proven', 'returned', 'unused', 'younger']

    const names = 'SELECT username FROM users ORDER BY username'
    setClock(start + LATER - 1)
    await runCron({ REMOVE_UNUSED_ACCOUNTS: 'on' })
    expect(await ids(names)).toEqual(everybody)
    await env.DB.prepare('UPDATE todos SET deleted_at = ? WHERE id = ?')
      .bind(start + LATER, body.id)
      .run()
    setClock(start + LATER)
    await runCron({ REMOVE_UNUSED_ACCOUNTS: 'on' })
    expect(await ids(names)).toEqual(everybody.filter((name) => name !== 'unused'))
    setClock(start + LATER + 1)
    await runCron({ REMOVE_UNUSED_ACCOUNTS: 'on' })
    expect(await ids(names)).toEqual(['busy', 'deleted', 'proven'])
  })

  it('are looked at for a week, by their ids alone', async () => {
    const start = Date.now()
    setClock(start)
    await signUp('alice')
    setClock(start + LATER + 7 * DAY_MS + 1)
    await runCron({ REMOVE_UNUSED_ACCOUNTS: 'on' })
    expect(await ids('SELECT username FROM users')).toEqual(['alice'])
    setClock(start + LATER + 7 * DAY_MS)
    const { DB, statements } = recordingBindings()
    await runCron({ REMOVE_UNUSED_ACCOUNTS: 'on', DB })
    expect(await ids('SELECT username FROM users')).toEqual([])
    // These subqueries have at most as many rows as a statement removes.
    const scans = (await explainPlans(statements)).filter(({ detail }) =>
      /^SCAN (?!purged|lost|oldest|\(subquery-1\))/.test(detail),
    )
    expect(scans).toEqual([])
  })
})
