import { env } from 'cloudflare:workers'

/** One call to KV. `key` is empty for calls about no key of their own, such as `list`. */
export interface KvCall {
  method: string
  key: string
}

/** Runs in place of a call to KV. `run` makes the real call. */
export type OnKvCall = <Result>(run: () => Promise<Result>, call: KvCall) => Promise<Result>

/**
 * KV with `onCall` around every call: to record calls, to break them, to delay them.
 * @param kv answers which KV a call goes to, at the time of the call
 */
export const wrapKv = (onCall: OnKvCall, kv = (): KVNamespace => env.KV): KVNamespace =>
  new Proxy(env.KV, {
    get:
      (_, name) =>
      (...values: unknown[]) => {
        const key = typeof values[0] === 'string' ? values[0] : ''
        return onCall(async () => Reflect.apply(Reflect.get(kv(), name), kv(), values), { method: String(name), key })
      },
  })

/** A KV with some of its methods replaced. */
export const replaceKvMethods = (kv: KVNamespace, methods: Record<string, unknown>): KVNamespace =>
  new Proxy(kv, {
    get: (target, name) => methods[String(name)] ?? Reflect.get(target, name).bind(target),
  })
