import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import journal from '../drizzle/meta/_journal.json'
import { clientOf, ORIGIN } from './helpers/client'
import { advanceClock } from './helpers/clock'

const WANTED = journal.entries.at(-1)?.tag ?? ''
const VERSION = { id: '7b3a1c9e-0000-4000-8000-000000000001', tag: 'v1', timestamp: '2026-12-01T00:00:00.000Z' }

const health = (bindings: object = {}) => clientOf({ ...bindings }).get(`${ORIGIN}/health`)

const migrations = async () => (await env.DB.prepare('SELECT id, name FROM d1_migrations').all()).results

describe('health', () => {
  let kept: Record<string, unknown>[] = []
  afterEach(async () => {
    await env.DB.prepare('DELETE FROM d1_migrations').run()
    const insert = env.DB.prepare('INSERT INTO d1_migrations (id, name) VALUES (?, ?)')
    await env.DB.batch(kept.map(({ id, name }) => insert.bind(id, name)))
  })

  it('names the version that runs, and the newest migration that it wants and finds', async () => {
    kept = await migrations()
    expect(await health({ VERSION })).toMatchObject({
      status: 200,
      body: {
        status: 'ok',
        version: { id: VERSION.id, tag: 'v1', createdAt: VERSION.timestamp },
        schema: { wants: WANTED, finds: String(kept.at(-1)?.['name']).replace('.sql', '') },
      },
    })
    expect((await health({ VERSION: undefined })).body).toMatchObject({ version: null })
  })

  it('says so when the database lacks a migration, and takes one that is newer', async () => {
    kept = await migrations()
    await env.DB.prepare("INSERT INTO d1_migrations (name) VALUES ('9999_later.sql')").run()
    expect(await health()).toMatchObject({ status: 200, body: { schema: { wants: WANTED, finds: '9999_later' } } })
    await env.DB.prepare("UPDATE d1_migrations SET name = '0000_a' || id || '.sql'").run()
    expect(await health()).toMatchObject({
      status: 503,
      body: { code: 'misconfigured', detail: expect.stringContaining('apply the migrations') },
    })
    await env.DB.prepare('DELETE FROM d1_migrations').run()
    expect(await health()).toMatchObject({ status: 503, body: { detail: expect.stringContaining('no tables') } })
  })

  it('is asked of D1 once in five seconds', async () => {
    kept = await migrations()
    const bindings = { VERSION }
    expect((await clientOf(bindings).get(`${ORIGIN}/health`)).status).toBe(200)
    await env.DB.prepare('DELETE FROM d1_migrations').run()
    expect((await clientOf(bindings).get(`${ORIGIN}/health`)).status).toBe(200)
    advanceClock(5000)
    expect((await clientOf(bindings).get(`${ORIGIN}/health`)).status).toBe(503)
  })
})

describe('a deployment with an address of its own', () => {
  const PRODUCTION = { PUBLIC_ORIGIN: 'https://latchkey.example' }

  it.each(['/', '/api/v1/auth/session', '/console', '/docs', '/openapi.json', '/s/x', '/nothing'])(
    'answers no other host at %s',
    async (path) => {
      const answer = await clientOf(PRODUCTION).get(`https://latchkey.someone.workers.dev${path}`)
      expect([answer.status, answer.text.includes('misdirected_request')]).toEqual([421, true])
    },
  )

  it('answers its own host, and health at each', async () => {
    expect((await clientOf(PRODUCTION).get('https://latchkey.example/')).status).toBe(200)
    expect((await clientOf(PRODUCTION).get('https://version.someone.workers.dev/health')).status).not.toBe(421)
  })
})
