import { env } from 'cloudflare:workers'
import worker from '../../src/index'
import { backgroundContext, Client } from './client'
import { newAddress } from './codes'

/*
 * KV as production may show it: "eventually consistent", at each location values of up to 60 s ago, and keys absent that were
 * absent up to 60 s ago, since negative look-ups are cached too. It stands around the real KV: every write goes there at
 * once, and what a location shows is what the real one held. It goes by the clock of `setClock`.
 */

/** How old what a location shows may be. */
export const STALE_MS = 60_000

interface Write {
  at: number
  location: string
  /** What KV held until then. */
  before: string | null
}

/**
 * `const kv = staleKv(); kv.at('seoul')`: KV as a location sees it. Its own writes it sees at once, those of others as late as
 * can be: as if it had read every key the moment before it was written, absent ones included.
 */
export function staleKv(kv: KVNamespace = env.KV) {
  const history = new Map<string, Write[]>()

  async function remember(key: string, location: string): Promise<void> {
    const before = await kv.get(key)
    history.set(key, [...(history.get(key) ?? []), { at: Date.now(), location, before }])
  }

  async function show(key: string, location: string): Promise<string | null> {
    const writes = history.get(key) ?? []
    const seen = writes.findLastIndex((write) => write.location === location || write.at + STALE_MS <= Date.now())
    const unseen = writes[seen + 1]
    return unseen === undefined ? kv.get(key) : unseen.before
  }

  const at = (location: string): KVNamespace => {
    const methods: Record<string, unknown> = {
      get: async (key: string, type?: 'json') => {
        const text = await show(key, location)
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
    }
    return new Proxy(kv, {
      get: (target, name) => methods[String(name)] ?? Reflect.get(target, name).bind(target),
    })
  }
  return { at }
}

/** Clients of one Worker at several locations: `locations('seoul', 'paris').paris()` is somebody new there. */
export function locations<Name extends string>(...names: Name[]): Record<Name, () => Client>
export function locations(...names: string[]): Record<string, () => Client> {
  const kv = staleKv()
  return Object.fromEntries(
    names.map((name) => {
      const bindings = { ...env, KV: kv.at(name) }
      const send = async (request: Request) => worker.fetch(request, bindings, backgroundContext())
      return [name, () => new Client({ 'CF-Connecting-IP': newAddress() }, send)]
    }),
  )
}
