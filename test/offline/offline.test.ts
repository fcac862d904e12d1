import { describe, expect, it, vi } from 'vitest'
import { NoSuchTodo } from '../../packages/client/src/offline'
import { problemAnswer } from '../client/network'
import { forgetDeleted, forgetKeys, newAccount } from './account'
import { startPhone, type Weather } from './phone'
import { BATCH, losesAnswer, plane } from './weather'

const TOO_LONG = 'x'.repeat(501)

describe('what is done offline', () => {
  it('is shown at once, is on disk, and is sent as one operation for each to-do', async () => {
    const account = await newAccount()
    const { state, before } = plane()
    const phone = await startPhone(account, { before })
    const milk = await phone.todos.create({ contents: 'Buy milk' })
    await phone.todos.update(milk.id, { isDone: true })
    const bread = await phone.todos.create({ contents: 'Buy bread', labels: ['shop'] })
    await phone.todos.update(bread.id, { contents: 'Buy rye bread' })
    await phone.todos.update(bread.id, { priority: 'high' })
    const never = await phone.todos.create({ contents: 'A typing error' })
    await phone.todos.delete(never.id)
    expect(await phone.todos.sync()).toMatchObject({ state: 'offline', sent: 0 })

    // The phone is switched off, and on again.
    const { todos, shown, batches } = await startPhone(account, { before, texts: phone.texts })
    const expected = [
      ['Buy milk', 'done', 'waiting'],
      ['Buy rye bread', 'open', 'waiting'],
    ]
    expect(shown()).toEqual(expected)
    expect(todos.pending).toHaveLength(2)
    state.isOff = false
    expect(await todos.sync()).toEqual({ state: 'synced', sent: 2, received: 0, refused: 0 })
    expect(shown()).toEqual(expected.map(([contents, isDone]) => [contents, isDone, 'synced']))
    expect(todos.pending).toEqual([])
    expect(batches()).toHaveLength(1)

    const laptop = await startPhone(account)
    expect(await laptop.todos.sync()).toMatchObject({ received: 2 })
    expect(laptop.todos.get(bread.id)).toMatchObject({ contents: 'Buy rye bread', priority: 'high', labels: ['shop'] })
    expect(laptop.shown()).toEqual(shown())
  })

  it('of the same to-do on two devices is merged, and the app decides about a field that both have changed', async () => {
    const account = await newAccount()
    const resolve = vi.fn(({ local, remote }) => `${remote}, ${local}`)
    const [phone, laptop] = [await startPhone(account), await startPhone(account, { resolve })]
    const { id } = await phone.todos.create({ contents: 'Milk' })
    await phone.todos.sync()
    await laptop.todos.sync()
    await phone.todos.update(id, { contents: 'Oat milk', isDone: true })
    await laptop.todos.update(id, { contents: 'Soy milk', priority: 'low' })
    await phone.todos.sync()
    expect(await laptop.todos.sync()).toMatchObject({ state: 'synced', sent: 1, received: 1 })
    const merged = { contents: 'Oat milk, Soy milk', isDone: true, priority: 'low' }
    expect(laptop.todos.get(id)).toMatchObject(merged)
    expect(resolve).toHaveBeenCalledWith({ id, field: 'contents', base: 'Milk', local: 'Soy milk', remote: 'Oat milk' })
    await phone.todos.sync()
    expect(phone.todos.get(id)).toMatchObject(merged)
  })

  it('while the app decides about a conflict is not lost', async () => {
    const account = await newAccount()
    const laptop = await startPhone(account)
    const { id } = await laptop.todos.create({ contents: 'Milk' })
    await laptop.todos.sync()
    // The user goes on typing while the app asks.
    const resolve = vi.fn(async ({ remote }) => {
      if (resolve.mock.calls.length === 1) await phone.todos.update(id, { contents: 'Rice milk', labels: ['shop'] })
      return remote
    })
    const phone = await startPhone(account, { resolve })
    await phone.todos.sync()
    await phone.todos.update(id, { contents: 'Oat milk' })
    await laptop.todos.update(id, { contents: 'Soy milk' })
    await laptop.todos.sync()
    expect(await phone.todos.sync()).toMatchObject({ state: 'synced' })
    expect(resolve.mock.calls.map(([{ local }]) => local)).toEqual(['Oat milk', 'Rice milk'])
    expect(phone.todos.get(id)).toMatchObject({ contents: 'Soy milk', labels: ['shop'], state: 'synced' })
  })

  it('is asked for again if another device was faster than the batch', async () => {
    const account = await newAccount()
    const laptop = await startPhone(account)
    let isFirst = true
    const before: Weather = async (call) => {
      if (call !== BATCH || !isFirst) return undefined
      isFirst = false
      await laptop.todos.update(id, { priority: 'urgent' })
      await laptop.todos.sync()
      return undefined
    }
    const { id } = await laptop.todos.create({ contents: 'Milk' })
    await laptop.todos.sync()
    const phone = await startPhone(account, { before })
    await phone.todos.sync()
    await phone.todos.update(id, { isDone: true })
    expect(await phone.todos.sync()).toMatchObject({ state: 'synced', sent: 1 })
    expect(phone.batches()).toHaveLength(2)
    expect(phone.todos.get(id)).toMatchObject({ priority: 'urgent', isDone: true, state: 'synced' })
  })

  it('can be undone: deletions for 30 days, before and after they are sent', async () => {
    const account = await newAccount()
    const { todos, shown } = await startPhone(account)
    const { id } = await todos.create({ contents: 'Milk' })
    for (const isSentBetween of [false, true, false]) {
      await todos.delete(id)
      expect(todos.get(id)).toBeUndefined()
      if (isSentBetween) await todos.sync()
      expect(await todos.restore(id)).toMatchObject({ contents: 'Milk' })
      await todos.sync()
      expect(shown()).toEqual([['Milk', 'open', 'synced']])
    }
  })

  it('to a to-do that is not there is refused at once', async () => {
    const { todos } = await startPhone(await newAccount())
    const { id } = await todos.create({ contents: 'Milk' })
    await todos.delete(id)
    await expect(todos.update(id, { isDone: true })).rejects.toThrow(NoSuchTodo)
    await expect(todos.delete('019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10')).rejects.toThrow(NoSuchTodo)
  })

  it('fills as many batches as it needs, of at most 100 operations and 1 MiB', async () => {
    const { todos, batches } = await startPhone(await newAccount())
    const description = '한'.repeat(10_000)
    for (let n = 0; n < 40; n++) await todos.create({ contents: `Long ${n}`, description })
    for (let n = 0; n < 110; n++) await todos.create({ contents: `Task ${n}` })
    expect(await todos.sync()).toMatchObject({ state: 'synced', sent: 150 })
    expect(batches().map(({ body }) => JSON.parse(body).operations.length)).toEqual([33, 100, 17])
  })
})

describe('an answer that is lost', () => {
  it('is asked for again with the same key and the same bytes, also after the program was killed', async () => {
    const account = await newAccount()
    const phone = await startPhone(account, { after: losesAnswer(BATCH) })
    const { id } = await phone.todos.create({ contents: 'Milk' })
    expect(await phone.todos.sync()).toMatchObject({ state: 'offline' })
    await phone.todos.update(id, { isDone: true })

    const restarted = await startPhone(account, { texts: phone.texts })
    expect(await restarted.todos.sync()).toMatchObject({ state: 'synced', sent: 2 })
    const [first] = phone.batches()
    const [again, next] = restarted.batches()
    expect(again).toEqual(first)
    expect(next?.key).not.toBe(first?.key)
    expect(JSON.parse(next?.body ?? '')).toEqual({
      operations: [{ op: 'update', id, patch: { isDone: true }, ifMatch: '"1"' }],
    })
    expect(restarted.shown()).toEqual([['Milk', 'done', 'synced']])
  })

  it('is safe to ask for after a day, when the server has forgotten the key', async () => {
    const account = await newAccount()
    const [phone, laptop] = [await startPhone(account, { after: losesAnswer(BATCH) }), await startPhone(account)]
    const { id } = await phone.todos.create({ contents: 'Milk' })
    await phone.todos.sync()
    await phone.todos.update(id, { priority: 'high' })
    await laptop.todos.sync()
    await laptop.todos.update(id, { isDone: true })
    await laptop.todos.sync()
    await forgetKeys(account)
    expect(await phone.todos.sync()).toMatchObject({ state: 'synced' })
    expect(phone.todos.list()).toMatchObject([
      { id, contents: 'Milk', priority: 'high', isDone: true, state: 'synced' },
    ])
  })
})

describe('an operation that is refused', () => {
  it('goes to the app, and the others of its batch are sent', async () => {
    const account = await newAccount()
    const { todos, refusals, shown, texts } = await startPhone(account)
    await todos.create({ contents: 'Milk' })
    const bad = await todos.create({ contents: TOO_LONG })
    await todos.create({ contents: 'Bread' })
    expect(await todos.sync()).toEqual({ state: 'synced', sent: 2, received: 0, refused: 1 })
    const refusal = {
      id: bad.id,
      todo: { contents: TOO_LONG, state: 'refused' },
      operation: { op: 'create', id: bad.id },
      problem: { code: 'invalid_fields', errors: [{ path: '/contents', code: 'too_long' }] },
    }
    expect(refusals).toMatchObject([refusal])

    // It waits for the app, also after a restart, and nobody sends it again meanwhile.
    const restarted = await startPhone(account, { texts })
    expect(await restarted.todos.sync()).toMatchObject({ state: 'synced', sent: 0, refused: 0 })
    expect(restarted.todos.refused).toMatchObject([refusal])
    expect(restarted.todos.pending).toEqual([])

    await restarted.todos.retry(bad.id)
    expect(await restarted.todos.sync()).toMatchObject({ sent: 0, refused: 1 })
    await restarted.todos.update(bad.id, { contents: 'Shorter' })
    expect(await restarted.todos.sync()).toMatchObject({ sent: 1, refused: 0 })
    expect(restarted.todos.refused).toEqual([])
    expect(shown()).toHaveLength(3)
    expect(restarted.shown().flat()).not.toContain('refused')
  })

  it('is as the server has it when the app discards it', async () => {
    const { todos, shown } = await startPhone(await newAccount())
    const { id } = await todos.create({ contents: 'Milk' })
    await todos.sync()
    await todos.update(id, { contents: TOO_LONG })
    const { id: unmade } = await todos.create({ contents: TOO_LONG })
    await todos.sync()
    await todos.discard(id)
    await todos.discard(unmade)
    expect(shown()).toEqual([['Milk', 'open', 'synced']])
    expect(await todos.sync()).toMatchObject({ sent: 0, refused: 0 })
  })

  it('for want of room stops nothing that has room, and can be sent again later', async () => {
    const account = await newAccount()
    const settings = { TODO_QUOTA_ROWS: '5' }
    const { todos, refusals, batches } = await startPhone(account, { settings })
    const [first] = [await todos.create({ contents: 'Task 1' })]
    for (let n = 2; n <= 12; n++) await todos.create({ contents: `Task ${n}` })
    expect(await todos.sync()).toMatchObject({ state: 'synced', sent: 5, refused: 7 })
    expect(refusals.every(({ problem }) => problem.code === 'quota_exceeded')).toBe(true)
    expect(batches().length).toBeLessThan(10)

    await todos.update(first.id, { isDone: true })
    expect(await todos.sync()).toMatchObject({ sent: 1, refused: 0 })
    for (const { id } of todos.refused) await todos.retry(id)
    const richer = await startPhone(account, { texts: new Map() })
    await richer.todos.sync()
    expect(richer.todos.list()).toHaveLength(5)
  })
})

describe('a sync stops, and loses nothing', () => {
  const html = () => new Response('<h1>Please accept our terms</h1>', { headers: { 'Content-Type': 'text/html' } })
  const tooMany = () =>
    Response.json(
      { code: 'rate_limited' },
      { status: 429, headers: { 'Content-Type': 'application/problem+json', 'Retry-After': '30' } },
    )
  const stops: [string, Weather, object][] = [
    ['without a network', () => Promise.reject(new TypeError('fetch failed')), { state: 'offline' }],
    ['when the server is too busy', tooMany, { state: 'rate_limited', retryAfterSeconds: 30 }],
    ['when the server has an error', () => problemAnswer(503, 'unavailable'), { state: 'unavailable' }],
    ['in the network of a hotel', html, { state: 'unavailable' }],
    ['when a proxy refuses', () => new Response('no', { status: 403 }), { state: 'unavailable' }],
    ['when its own requests are refused', () => problemAnswer(403, 'cross_site_request'), { state: 'failed' }],
    ['when the session has ended', () => problemAnswer(401, 'unauthenticated'), { state: 'signed_out' }],
    ['when no answer comes', () => new Promise(() => {}), { state: 'offline' }],
  ]
  it.each(stops)('%s', async (_, weather, stopped) => {
    let blocked: string | null = null
    const before: Weather = (call, request) => (call === blocked ? weather(call, request) : undefined)
    const account = await newAccount()
    const { todos, shown, texts } = await startPhone(account, { before, timeoutMs: 200 })
    await todos.create({ contents: 'Milk' })
    for (blocked of ['GET /auth/session', 'GET /todos/changes', BATCH]) {
      expect(await todos.sync()).toMatchObject({ ...stopped, sent: 0, refused: 0 })
      expect(todos.pending).toHaveLength(1)
      expect(shown()).toEqual([['Milk', 'open', 'waiting']])
    }
    blocked = null
    const { todos: later } = await startPhone(account, { texts })
    expect(await later.sync()).toMatchObject({ state: 'synced', sent: 1 })
  })

  it('when somebody else is signed in, and shows nothing of one user to the other', async () => {
    const [alice, bob] = [await newAccount(), await newAccount()]
    const texts = new Map<string, string>()
    const { todos } = await startPhone(alice, { texts })
    await todos.create({ contents: "Alice's" })

    const asBob = await startPhone(bob, { texts, userId: alice.userId })
    expect(await asBob.todos.sync()).toMatchObject({ state: 'wrong_user', sent: 0, received: 0 })
    const bobs = await startPhone(bob, { texts })
    expect(bobs.todos.list()).toEqual([])
    expect(await bobs.todos.sync()).toMatchObject({ state: 'synced', sent: 0, received: 0 })
    expect(await todos.sync()).toMatchObject({ state: 'synced', sent: 1 })
    await bobs.todos.clear()
    expect([...texts.keys()].every((key) => key.startsWith(alice.userId))).toBe(true)
  })

  it('when somebody else signs in while it runs', async () => {
    const [alice, bob] = [await newAccount(), await newAccount()]
    await startPhone(bob).then(async ({ todos }) => {
      await todos.create({ contents: "Bob's" })
      await todos.sync()
    })
    let isBob = false
    const before: Weather = (call, request) => {
      if (call === 'GET /todos/changes') isBob = true
      if (isBob) request.headers.set('Authorization', `Bearer ${bob.accessToken}`)
      return undefined
    }
    const { todos } = await startPhone(alice, { before })
    await todos.create({ contents: "Alice's" })
    expect(await todos.sync()).toMatchObject({ state: 'wrong_user', sent: 0, received: 0 })
    expect(todos.list()).toMatchObject([{ contents: "Alice's" }])
  })
})

describe('the list of changes', () => {
  it('is read from the beginning after a month: no ghosts, and what waits is sent', async () => {
    const account = await newAccount()
    let isExpired = false
    const before: Weather = (call, request) => {
      if (call !== 'GET /todos/changes' || !isExpired || !request.url.includes('since=')) return undefined
      isExpired = false
      return problemAnswer(410, 'sync_token_expired')
    }
    const [phone, laptop] = [await startPhone(account, { before }), await startPhone(account)]
    const [gone, kept] = [
      await phone.todos.create({ contents: 'Gone' }),
      await phone.todos.create({ contents: 'Kept, because it was changed here' }),
    ]
    for (let n = 0; n < 120; n++) await phone.todos.create({ contents: `Task ${n}` })
    await phone.todos.sync()
    await laptop.todos.sync()
    await laptop.todos.delete(gone.id)
    await laptop.todos.delete(kept.id)
    await laptop.todos.sync()
    await forgetDeleted(account)

    await phone.todos.update(kept.id, { priority: 'high' })
    await phone.todos.create({ contents: 'New' })
    isExpired = true
    expect(await phone.todos.sync()).toMatchObject({ state: 'synced', refused: 0 })
    expect(phone.todos.get(gone.id)).toBeUndefined()
    expect(phone.todos.list()).toHaveLength(122)
    await laptop.todos.sync()
    expect(laptop.todos.get(kept.id)).toMatchObject({ contents: 'Kept, because it was changed here', priority: 'high' })
    expect(laptop.shown()).toEqual(phone.shown())
  })
})

describe('what the server has forgotten', () => {
  it('is made again by two devices that had changed it, and neither change is lost unheard', async () => {
    const account = await newAccount()
    const resolve = vi.fn(({ local }) => local)
    const [phone, laptop] = [await startPhone(account, { resolve }), await startPhone(account)]
    const { id } = await laptop.todos.create({ contents: 'Milk' })
    await laptop.todos.sync()
    await phone.todos.sync()
    const tablet = await startPhone(account, { texts: new Map(laptop.texts) })
    await tablet.todos.delete(id)
    await tablet.todos.sync()
    await forgetDeleted(account)
    await phone.todos.update(id, { contents: 'Oat milk' })
    await phone.todos.create({ contents: TOO_LONG })
    await laptop.todos.update(id, { contents: 'Soy milk', labels: ['shop'] })
    // Nobody has told these two of the deletion: the server has forgotten that, too.
    for (const device of [laptop, phone]) expect(await device.todos.sync()).toMatchObject({ state: 'synced' })
    expect(resolve).toHaveBeenCalledWith(expect.objectContaining({ local: 'Oat milk', remote: 'Soy milk' }))
    expect(phone.todos.get(id)).toMatchObject({ contents: 'Oat milk', labels: ['shop'], state: 'synced' })
  })
})

describe('sync', () => {
  it('runs once more for all who call while it runs', async () => {
    const { todos, sent, batches } = await startPhone(await newAccount())
    await todos.create({ contents: 'First' })
    const first = todos.sync()
    await todos.create({ contents: 'Second' })
    const results = await Promise.all([first, todos.sync(), todos.sync(), todos.sync()])
    expect(results.map(({ state }) => state)).toEqual(Array(4).fill('synced'))
    expect(todos.pending).toEqual([])
    expect(sent.filter(({ call }) => call === 'GET /auth/session').length).toBeLessThanOrEqual(3)
    expect(batches().length).toBeLessThanOrEqual(2)
  })

  it('costs two requests when there is nothing to do, and three to send something', async () => {
    const { todos, sent } = await startPhone(await newAccount())
    await todos.create({ contents: 'Milk' })
    await todos.sync()
    sent.length = 0
    await todos.sync()
    expect(sent.map(({ call }) => call)).toEqual(['GET /auth/session', 'GET /todos/changes'])
    await todos.create({ contents: 'Bread' })
    sent.length = 0
    await todos.sync()
    expect(sent.map(({ call }) => call)).toEqual(['GET /auth/session', 'GET /todos/changes', BATCH])
  })

  it('stops when everything is forgotten meanwhile, and brings nothing back', async () => {
    const account = await newAccount()
    let isCleared = false
    const phone = await startPhone(account, {
      after: async (call) => {
        if (call === BATCH && isCleared) await phone.todos.clear()
        return undefined
      },
    })
    await phone.todos.create({ contents: 'Milk' })
    await phone.todos.sync()
    await phone.todos.create({ contents: 'Bread' })
    isCleared = true
    expect(await phone.todos.sync()).toMatchObject({ state: 'cleared' })
    expect([phone.todos.list(), [...phone.texts]]).toEqual([[], []])
  })

  it('tells the app that something has changed, once for each write', async () => {
    const onChange = vi.fn()
    const { todos } = await startPhone(await newAccount(), { onChange })
    await todos.create({ contents: 'Milk' })
    await Promise.resolve()
    expect(onChange).toHaveBeenCalledTimes(1)
  })

  it('tells the app of no change before it has the to-dos', async () => {
    const account = await newAccount()
    const { todos, texts } = await startPhone(account)
    await todos.create({ contents: 'Milk' })
    const onChange = vi.fn(() => later.todos.list())
    const later = await startPhone(account, { texts, onChange })
    expect(onChange).not.toHaveBeenCalled()
    await later.todos.create({ contents: 'Bread' })
    await expect.poll(() => onChange.mock.results).toMatchObject([{ type: 'return', value: [{}, {}] }])
  })
})
