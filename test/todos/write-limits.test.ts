import { env } from 'cloudflare:workers'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { recordingLimiter } from '../helpers/bindings'
import { type Answer, type Client, type ProblemBody, withBindings } from '../helpers/client'
import { documentedProblems, readDocument } from '../helpers/document'
import { logIn, signUp } from '../helpers/people'
import { recordingBindings } from '../helpers/recorder'

/* How often a user may change to-dos. */

type Act = (client: Client) => Promise<Answer<ProblemBody>>

const ID = uuidv7()

const writes: Record<string, Act> = {
  createTodo: (client) => client.post('/todos', { contents: 'x' }),
  putTodo: (client) => client.put(`/todos/${ID}`, { contents: 'x' }),
  updateTodo: (client) => client.patch(`/todos/${ID}`, { contents: 'y' }),
  deleteTodo: (client) => client.delete(`/todos/${ID}`),
  restoreTodo: (client) => client.post(`/todos/${ID}/restore`),
  createList: (client) => client.post('/lists', { name: 'x' }),
  putList: (client) => client.put(`/lists/${ID}`, { name: 'x' }),
  updateList: (client) => client.patch(`/lists/${ID}`, { name: 'y' }),
  deleteList: (client) => client.delete(`/lists/${ID}`),
}
const batches: Record<string, Act> = {
  batchTodos: (client) => client.post('/todos/batch', { operations: [{ op: 'create', todo: { contents: 'x' } }] }),
  importTodos: (client) => client.post('/todos/import?dryRun=true', 'x', { headers: { 'Content-Type': 'text/plain' } }),
}

/** A client of alice, with limiters that let everything through or nothing. */
async function aliceWith(allow: { writes: boolean; batches: boolean }) {
  const { client: own, user } = await signUp('alice')
  const limiters = { writes: recordingLimiter(allow.writes), batches: recordingLimiter(allow.batches) }
  const bindings = recordingBindings()
  const { DB } = bindings
  const limits = { WRITE_LIMIT: limiters.writes.limiter, BATCH_LIMIT: limiters.batches.limiter }
  const client = withBindings(own, { DB, ...limits })
  return { client, user, bindings, keys: { writes: limiters.writes.keys, batches: limiters.batches.keys } }
}

async function expectRefused(act: Promise<Answer<ProblemBody>>, limit: string): Promise<void> {
  const { status, headers, body } = await act
  const [name, policy] = limit.split(';', 1).concat(limit)
  expect({
    status,
    code: body.code,
    retryAfter: headers.get('Retry-After'),
    limit: headers.get('RateLimit'),
    policy: headers.get('RateLimit-Policy'),
  }).toEqual({ status: 429, code: 'rate_limited', retryAfter: '60', limit: `${name};r=0;t=60`, policy })
}

describe('a user who has changed too many to-dos in a minute', () => {
  it('is refused by every route that changes one, before D1 is asked', async () => {
    const { client, bindings, keys, user } = await aliceWith({ writes: false, batches: true })
    for (const act of Object.values(writes)) await expectRefused(act(client), '"writes";q=600;w=60')
    expect(bindings.cost().d1).toBe(0)
    expect(keys.writes).toEqual(Object.keys(writes).map(() => user.id))
    expect((await batches['batchTodos']?.(client))?.status).toBe(200)
  })

  it('is refused another batch, and may still change single ones', async () => {
    const { client, bindings, keys, user } = await aliceWith({ writes: true, batches: false })
    for (const act of Object.values(batches)) await expectRefused(act(client), '"batches";q=20;w=60')
    expect(bindings.cost().d1).toBe(0)
    expect(keys.batches).toEqual(Object.keys(batches).map(() => user.id))
    expect((await writes['createTodo']?.(client))?.status).toBe(201)
  })

  it('can still read', async () => {
    const { client, keys } = await aliceWith({ writes: false, batches: false })
    for (const path of ['/todos', '/todos?q=x', '/todos/changes', '/lists'])
      expect((await client.get(path)).status).toBe(200)
    expect(keys).toEqual({ writes: [], batches: [] })
  })

  it('is refused before the body is looked at, and after the token is', async () => {
    const { client } = await aliceWith({ writes: false, batches: false })
    expect((await client.post('/todos', {})).body.code).toBe('rate_limited')
    client.cookies.clear()
    expect((await client.post('/todos', { contents: 'x' })).body.code).toBe('unauthenticated')
  })

  it('is refused a batch before its body is read: a refused one costs as much as a short one', async () => {
    const { client } = await aliceWith({ writes: true, batches: false })
    const unread = () => {
      let isRead = false
      const body = new ReadableStream(
        {
          pull(controller) {
            isRead = true
            controller.close()
          },
        },
        { highWaterMark: 0 },
      )
      return { body, wasRead: () => isRead }
    }
    const refused = unread()
    await expectRefused(client.post('/todos/batch', refused.body), '"batches";q=20;w=60')
    client.cookies.clear()
    const anonymous = unread()
    expect((await client.post('/todos/batch', anonymous.body)).body.code).toBe('unauthenticated')
    expect([refused.wasRead(), anonymous.wasRead()]).toEqual([false, false])
  })

  it('is told so in the document by exactly these routes and by lists', async () => {
    const { operations } = await readDocument()
    const documented = operations
      .filter(({ path }) => /^\/api\/v1\/(?:todos|lists)/.test(path))
      .filter((operation) => documentedProblems(operation).includes('429 rate_limited'))
      .map(({ operationId }) => operationId)
    expect(documented.sort()).toEqual([...Object.keys(writes), ...Object.keys(batches), 'listTodos'].sort())
  })
})

describe('the limits as they are deployed', () => {
  it.each([
    ['writes', 600, env.WRITE_LIMIT, writes['createTodo']],
    ['batches', 20, env.BATCH_LIMIT, batches['batchTodos']],
  ] as const)('let %s through up to %i a minute, over all devices of a user', async (_, quota, limiter, act) => {
    const { client: bob } = await signUp('bob')
    /** The answers to the last request of a user that is allowed, and to the next one. */
    const atTheEdge = async (name: string) => {
      const { client, user } = await signUp(name)
      const { client: other } = await logIn(name)
      for (let n = 1; n < quota; n++) await limiter.limit({ key: user.id })
      return [(await act?.(client))?.status ?? 0, (await act?.(other))?.status ?? 0].map((status) => status < 300)
    }
    // If the minute ended in between, the second one was not refused.
    const first = await atTheEdge('alice')
    expect(first[1] ? await atTheEdge('carol') : first).toEqual([true, false])
    expect((await act?.(bob))?.status).toBeLessThan(300)
  })
})

it('a limiter that does not answer is 503', async () => {
  const { client: own } = await signUp('alice')
  const broken: RateLimit = { limit: () => Promise.reject(new Error('no such host')) }
  const client = withBindings(own, { WRITE_LIMIT: broken, BATCH_LIMIT: broken })
  for (const act of Object.values({ ...writes, ...batches })) {
    expect(await act(client)).toMatchObject({ status: 503, body: { code: 'unavailable' } })
  }
  expect(await env.DB.prepare('SELECT count(*) AS n FROM todos').first('n')).toBe(0)
})
