import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createClient, keepInMemory, type TokenStore, type Tokens } from '../../packages/client/src/client'
import { ORIGIN } from '../helpers/client'
import { advanceClock, HOUR, setClock } from '../helpers/clock'
import { PASSWORD, signUp } from '../helpers/people'
import { openNetwork } from './network'

/* What goes wrong on the side of the client during a refresh: half an answer, a store that is slow or fails, no random bytes. */

const REFRESH = 'POST /auth/refresh'
const bob = { identifier: 'bob', password: PASSWORD, tokens: 'body' } as const

beforeEach(() => setClock(Date.parse('2026-12-01T12:00:00.000Z')))
afterEach(() => vi.unstubAllGlobals())

/** An app whose access token has just expired. `faults.answer` takes the place of the answer to a refresh. */
async function startExpired(store: TokenStore = keepInMemory()) {
  const faults: { answer: (() => Response) | null } = { answer: null }
  const network = openNetwork((call) => (call === REFRESH ? faults.answer?.() : undefined))
  const api = createClient(ORIGIN, { tokens: store, fetch: network.fetch })
  const signedUp = await api.auth['sign-up'].$post({ json: { username: 'alice', password: PASSWORD, tokens: 'body' } })
  expect(signedUp.status).toBe(201)
  advanceClock(HOUR)
  const list = async () =>
    api.todos.$get({ query: {} }).then(
      ({ status }) => Number(status),
      () => 'rejected',
    )
  return { api, store, faults, list, ...network }
}

/** An answer of 200 whose connection breaks after its first bytes. */
const brokenAnswer = () =>
  new Response(
    new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"session":{"id":'))
        controller.error(new TypeError('terminated'))
      },
    }),
    { headers: { 'Content-Type': 'application/json' } },
  )

it.each([
  ['half of it arrives', brokenAnswer],
  ['a page of the network comes instead', () => new Response('<h1>Welcome to our Wi-Fi</h1>')],
])('stays signed in if the answer to a refresh gets lost, because %s', async (_, answer) => {
  const { store, faults, list } = await startExpired()
  const before = await store.get()
  faults.answer = answer
  expect([await list(), await list()]).toEqual(['rejected', 'rejected'])
  expect(await store.get()).toEqual({ ...before, refreshKey: expect.any(String) })
  faults.answer = null
  advanceClock(3 * HOUR)
  expect(await list()).toBe(200)
})

it('stays signed in if its store cannot write what a refresh brought', async () => {
  let kept: Tokens | null = null
  let isFull = false
  // It keeps nothing but the two tokens, so the key is only in the client.
  const store: TokenStore = {
    get: () => kept,
    set: (tokens) => {
      if (isFull && !tokens?.refreshKey) throw new Error('The disk is full')
      kept = tokens && { accessToken: tokens.accessToken, refreshToken: tokens.refreshToken }
    },
  }
  const { list } = await startExpired(store)
  isFull = true
  expect(await list()).toBe('rejected')
  isFull = false
  advanceClock(3 * HOUR)
  expect(await list()).toBe(200)
})

it('needs no random bytes', async () => {
  const { store, fetch, sent } = await startExpired()
  const whole = crypto
  const lacking = { randomUUID: () => whole.randomUUID() }
  // The Worker is in the same process, and has all of it.
  const api = createClient(ORIGIN, {
    tokens: store,
    fetch: async (input, init) => {
      vi.stubGlobal('crypto', whole)
      const answer = await fetch(input, init)
      vi.stubGlobal('crypto', lacking)
      return answer
    },
  })
  vi.stubGlobal('crypto', lacking)
  expect((await api.todos.$get({ query: {} })).status).toBe(200)
  const { headers } = sent.find(({ call }) => call === REFRESH) ?? {}
  expect(headers?.has('Idempotency-Key')).toBe(false)
})

describe('somebody else who logs in while the store writes the key of a refresh', () => {
  /** A store in which the key is written only when `release` is called. Writes that do not wait for each other end in any order. */
  function storeThatHoldsKeys(when: 'before' | 'after') {
    const { promise: held, resolve: release } = Promise.withResolvers<void>()
    const { promise: writing, resolve: begin } = Promise.withResolvers<void>()
    let kept: Tokens | null = null
    const store: TokenStore = {
      get: async () => kept,
      set: async (tokens) => {
        const isKey = tokens?.refreshKey !== undefined
        if (isKey) begin()
        if (isKey && when === 'before') await held
        kept = tokens
        if (isKey && when === 'after') await held
      },
    }
    return { store, writing, release }
  }

  it.each(['before', 'after'] as const)(
    'stays signed in, and alone: a store that is slow %s it keeps it',
    async (when) => {
      const { store, writing, release } = storeThatHoldsKeys(when)
      const { api, list } = await startExpired(store)
      await signUp('bob')
      const ofAlice = list()
      await writing
      const loggingIn = api.auth['log-in'].$post({ json: bob })
      // Until the log-in has its answer, and would like to write.
      await new Promise((resolve) => setTimeout(resolve, 50))
      release()
      expect((await loggingIn).status).toBe(200)
      expect(await ofAlice).toBe(401)
      const session = await api.auth.session.$get()
      expect({ status: session.status, body: await session.json() }).toMatchObject({
        status: 200,
        body: { user: { username: 'bob' } },
      })
      expect(await store.get()).not.toHaveProperty('refreshKey')
    },
  )
})
