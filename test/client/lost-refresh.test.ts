import { beforeEach, describe, expect, it } from 'vitest'
import { createClient, keepInMemory, type TokenStore, type Tokens } from '../../packages/client/src/client'
import { ORIGIN } from '../helpers/client'
import { advanceClock, HOUR, setClock } from '../helpers/clock'
import { PASSWORD } from '../helpers/people'
import { rowsOf } from '../helpers/storage'
import { openNetwork, problemAnswer } from './network'

/* The answer to a refresh gets lost, and the client asks again hours later. The server has rotated the session. */

const REFRESH = 'POST /auth/refresh'
const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const credentials = { username: 'alice', password: PASSWORD } as const

/** A network that loses the answers to refreshes while `losing` is not null: by an error, or by an answer of 503. */
function openLossyNetwork() {
  const network = openNetwork((call) => {
    if (call !== REFRESH || state.losing === null) return undefined
    if (state.losing === 'error') throw new TypeError('fetch failed')
    return problemAnswer(503, 'unavailable')
  })
  const state: { losing: 'error' | '503' | null } = { losing: null }
  const keysSent = () =>
    network.sent.flatMap(({ call, headers }) => (call === REFRESH ? [headers.get('Idempotency-Key')] : []))
  return { ...network, state, keysSent }
}

/** A store on a disk, of which each process has its own. */
function onDisk(keep: (tokens: Tokens) => object = (tokens) => tokens) {
  let text = 'null'
  const open = (): TokenStore => ({
    get: async () => JSON.parse(text),
    set: async (tokens) => {
      text = JSON.stringify(tokens && keep(tokens))
    },
  })
  return { open, content: (): Tokens | null => JSON.parse(text) }
}

const eventsOf = async (event: string) => (await rowsOf('activity')).filter((row) => row['event'] === event).length

beforeEach(() => setClock(NOON))

/** An app that has just signed up, with a store on a disk. `start()` is another process. */
async function installApp(disk = onDisk()) {
  const network = openLossyNetwork()
  const start = () => createClient(ORIGIN, { tokens: disk.open(), fetch: network.fetch })
  const api = start()
  expect((await api.auth['sign-up'].$post({ json: { ...credentials, tokens: 'body' } })).status).toBe(201)
  const list = async (one = api) =>
    one.todos.$get({ query: {} }).then(
      ({ status }) => Number(status),
      () => 'rejected',
    )
  return { ...network, disk, start, list }
}

describe.each(['error', '503'] as const)('an app whose refresh was lost by an answer of: %s', (losing) => {
  const LOST = losing === 'error' ? 'rejected' : 503

  it('asks again with the same key, hours later, and stays signed in', async () => {
    const { state, list, keysSent, disk } = await installApp()
    advanceClock(HOUR)
    state.losing = losing
    expect([await list(), await list()]).toEqual([LOST, LOST])
    advanceClock(3 * HOUR)
    state.losing = null
    expect(await list()).toBe(200)
    expect(keysSent()).toEqual(Array(3).fill(expect.stringMatching(/^[0-9a-f]{32}$/)))
    expect(new Set(keysSent()).size).toBe(1)
    expect(await eventsOf('refresh_repeated')).toBe(1)
    expect(disk.content()).not.toHaveProperty('refreshKey')
  })

  it('stays signed in if its process ended meanwhile', async () => {
    const { state, list, start } = await installApp()
    advanceClock(HOUR)
    state.losing = losing
    expect(await list()).toBe(LOST)
    advanceClock(3 * HOUR)
    state.losing = null
    expect(await list(start())).toBe(200)
    expect(await eventsOf('refresh_reused')).toBe(0)
  })

  it('stays signed in with two processes that share a store, and both ask at the same time', async () => {
    const { state, list, start, keysSent } = await installApp()
    const both = [start(), start()]
    advanceClock(HOUR)
    state.losing = losing
    expect(await Promise.all(both.map(list))).toEqual([LOST, LOST])
    advanceClock(3 * HOUR)
    state.losing = null
    expect(await Promise.all(both.map(list))).toEqual([200, 200])
    expect(new Set(keysSent()).size).toBe(1)
    expect(await eventsOf('refresh_repeated')).toBe(1)
  })

  it('stays signed in with a store that keeps nothing but the two tokens', async () => {
    const disk = onDisk(({ accessToken, refreshToken }) => ({ accessToken, refreshToken }))
    const { state, list, keysSent } = await installApp(disk)
    advanceClock(HOUR)
    state.losing = losing
    expect(await list()).toBe(LOST)
    advanceClock(3 * HOUR)
    state.losing = null
    expect(await list()).toBe(200)
    expect(new Set(keysSent()).size).toBe(1)
  })
})

it('uses one key in two processes that begin a refresh in the same moment', async () => {
  const { state, list, disk, fetch, keysSent } = await installApp()
  let waiting = 0
  const bothWait = Promise.withResolvers<void>()
  /** Its second `get` is that of the refresh. It waits until the other process is as far. */
  const meeting = (): TokenStore => {
    const store = disk.open()
    let gets = 0
    const get = async () => {
      gets++
      if (gets === 2) {
        waiting++
        if (waiting === 2) bothWait.resolve()
        await bothWait.promise
      }
      return store.get()
    }
    return { ...store, get }
  }
  const both = [createClient(ORIGIN, { tokens: meeting(), fetch }), createClient(ORIGIN, { tokens: meeting(), fetch })]
  advanceClock(HOUR)
  state.losing = '503'
  expect(await Promise.all(both.map(list))).toEqual([503, 503])
  expect(keysSent()).toHaveLength(2)
  expect(new Set(keysSent()).size).toBe(1)
  advanceClock(3 * HOUR)
  state.losing = null
  expect(await Promise.all(both.map(list))).toEqual([200, 200])
})

it('makes a new key for each refresh', async () => {
  const { list, keysSent } = await installApp()
  for (const _ of [1, 2, 3]) {
    advanceClock(HOUR)
    expect(await list()).toBe(200)
  }
  expect(keysSent()).toHaveLength(3)
  expect(new Set(keysSent()).size).toBe(3)
})

it('does not take the key of one session to the next one', async () => {
  const { state, list, keysSent, start } = await installApp()
  advanceClock(HOUR)
  state.losing = '503'
  expect(await list()).toBe(503)
  state.losing = null
  const api = start()
  await api.auth['log-in'].$post({ json: { identifier: 'alice', password: PASSWORD, tokens: 'body' } })
  advanceClock(HOUR)
  expect(await list(api)).toBe(200)
  expect(new Set(keysSent()).size).toBe(2)
})

it('stays signed in in a browser, by its key, if the cookie of the device is gone', async () => {
  const { browser, fetch, state, keysSent } = openLossyNetwork()
  const api = createClient(ORIGIN, { fetch })
  expect((await api.auth['sign-up'].$post({ json: credentials })).status).toBe(201)
  browser.cookies.delete('__Host-device')
  const before = new Map(browser.cookies)
  advanceClock(HOUR)
  state.losing = 'error'
  await expect(api.todos.$get({ query: {} })).rejects.toThrow('fetch failed')
  for (const [name, value] of before) browser.cookies.set(name, value)
  advanceClock(3 * HOUR)
  state.losing = null
  expect((await api.todos.$get({ query: {} })).status).toBe(200)
  expect(keysSent()).toHaveLength(2)
  expect(new Set(keysSent()).size).toBe(1)
  expect(await eventsOf('refresh_repeated')).toBe(1)
})

it('can be given tokens with the key of a refresh that has no answer yet', async () => {
  const { state, list, disk, fetch } = await installApp()
  advanceClock(HOUR)
  state.losing = '503'
  expect(await list()).toBe(503)
  advanceClock(3 * HOUR)
  state.losing = null
  const api = createClient(ORIGIN, { tokens: keepInMemory(disk.content()), fetch })
  expect((await api.todos.$get({ query: {} })).status).toBe(200)
})
