import { env } from 'cloudflare:workers'
import { v7 as uuidv7 } from 'uuid'
import { beforeEach, describe, expect, it } from 'vitest'
import { aliceAndBob } from '../helpers/alice-and-bob'
import { faultyWorker, keepLog, LEAK } from './inject'
import { beginTime } from './time'

/* An export of many pages. A part of its answer has already been sent when a page cannot be read. */

const TODOS = 1001

const { alice } = aliceAndBob()
const log = keepLog()
const worker = faultyWorker()

beforeEach(() => beginTime(Date.now()))

async function manyTodos(userId: string): Promise<void> {
  const ids = Array.from({ length: TODOS }, () => uuidv7())
  await env.DB.prepare(
    `INSERT INTO todos (id, user_id, contents, priority, labels, created_at, updated_at, version, seq)
      SELECT value, ?, ?, 0, '[]', key, key, 1, key + 1 FROM json_each(?)`,
  )
    .bind(userId, `\n    at ${LEAK}`, JSON.stringify(ids))
    .run()
}

describe('an export of many pages', () => {
  it('breaks off visibly when any page cannot be read', async () => {
    const owner = alice()
    await manyTodos(owner.user.id)
    const run = (index: number | null) => {
      log.length = 0
      const client = worker.client(owner.client)
      const read = async () => client.get<{ todos: unknown[] }>('/users/me/export').catch((error: unknown) => error)
      return worker.run(read, index === null ? null : { part: 'D1', index, kind: index % 2 === 0 ? 'fails' : 'hangs' })
    }
    const clean = await run(null)
    expect(clean.result).toMatchObject({ status: 200, body: { todos: { length: TODOS + 1 } } })
    const calls = clean.calls.filter(({ part }) => part === 'D1')
    expect(calls.map(({ afterAnswer }) => afterAnswer)).toContain(true)

    for (const [index, { afterAnswer }] of calls.entries()) {
      const { result, uncaught } = await run(index)
      expect(uncaught).toEqual([])
      const lines = log.map((line) => JSON.parse(line))
      const requests = lines.filter(({ event }) => event === 'request')
      expect(log.join('\n')).not.toContain(LEAK)
      if (!afterAnswer) {
        expect(result).toMatchObject({ status: 503, body: { code: 'unavailable' } })
        expect(requests).toMatchObject([{ status: 503 }])
        continue
      }
      expect(result).toEqual(new Error('The export was broken off'))
      expect(requests).toMatchObject([{ status: 200 }])
      const { requestId } = requests[0]
      expect(lines.filter(({ level }) => level === 'error')).toEqual([
        { level: 'error', event: 'export_broken_off', requestId },
      ])
    }
  })
})
