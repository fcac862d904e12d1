import { env } from 'cloudflare:workers'
import worker from '../../src/index'
import { backgroundContext, Client, newIpAddress } from './client'
import { replaceKvMethods } from './wrap-kv'

/*
 * KV as production may show it. It is "eventually consistent": a location may see values that are 60 s old, and may miss a key
 * for 60 s after it was written, because negative look-ups are cached too. This stands around the real KV. Every write goes
 * there at once; each location sees what the real KV held earlier. Time is the clock of `setClock`.
 */

/** How old the values that a location sees may be. */
export const STALE_MS = 60_000

interface Write {
  at: number
  location: string
  /** What KV held before this write. */
  before: string | null
}

/**
 * `const kv = staleKv(); kv.at('seoul')` is KV as Seoul sees it. A location sees its own writes at once. It sees the writes of
 * others as late as possible: as if it had read every key, also absent ones, just before they were written.
 */
export function staleKv(kv: KVNamespace = env.KV) {
  const history = new Map<string, Write[]>()

  async function remember(key: string, location: string): Promise<void> {
    const before = await kv.get(key)
    history.set(key, [...(history.get(key) ?? []), { at: Date.now(), location, before }])
  }

  async function read(key: string, location: string): Promise<string | null> {
    const writes = history.get(key) ?? []
    const seen = writes.findLastIndex((write) => write.location === location || write.at + STALE_MS <= Date.now())
    const firstUnseen = writes[seen + 1]
    return firstUnseen === undefined ? kv.get(key) : firstUnseen.before
  }

  const at = (location: string): KVNamespace =>
    replaceKvMethods(kv, {
      get: async (key: string, type?: 'json') => {
        const text = await read(key, location)
        return type === 'json' && text !== null ? JSON.parse(text) : text
      },
      put: async (key: string, value: string, options?: KVNamespacePutOptions) => {
        await remember(key, location)
        await kv.put(key, value, options)
      },
      delete: async (key: string) => {
        await remember(key, location)
        await kv.delete(key)
      },
    })
  return { at }
}

/** Clients of one Worker at several locations: `clientsAt('seoul', 'paris').paris()` is a new client in Paris. */
export function clientsAt<Name extends string>(...names: Name[]): Record<Name, () => Client>
export function clientsAt(...names: string[]): Record<string, () => Client> {
  const kv = staleKv()
  return Object.fromEntries(
    names.map((name) => {
      const bindings = { ...env, KV: kv.at(name) }
      const send = async (request: Request) => worker.fetch(request, bindings, backgroundContext())
      return [name, () => new Client({ 'CF-Connecting-IP': newIpAddress() }, send)]
    }),
  )
}
