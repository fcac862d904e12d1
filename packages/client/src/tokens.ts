/** The tokens of an app that keeps them itself, because it is not a page in a browser. */
export interface Tokens {
  accessToken: string
  refreshToken: string
  /**
   * The key of a refresh that has no answer yet. The client makes it just before it sends the refresh, and forgets it with the answer. If
   * the answer gets lost, the key shows that the same client asks again, even after the program has ended.
   */
  refreshKey?: string
}

/**
 * Where an app keeps its tokens, all members of them; null while it is signed out. It is read before each request, so several
 * processes may share one store.
 */
export interface TokenStore {
  get(): Tokens | null | Promise<Tokens | null>
  set(tokens: Tokens | null): void | Promise<void>
}

/** A store that forgets the tokens when the program ends. */
export const keepInMemory = (tokens: Tokens | null = null): TokenStore => ({
  get: () => tokens,
  set: (next) => {
    tokens = next
  },
})

/** The same store, but one write waits for the one before: the tokens of an old session must not come after those of a new one. */
export function writeInOrder(store: TokenStore): TokenStore {
  let last: Promise<unknown> = Promise.resolve()
  const set = (tokens: Tokens | null) => {
    const write = last.then(() => store.set(tokens))
    last = write.catch(() => undefined)
    return write
  }
  return { get: () => store.get(), set }
}

/**
 * The keys of refreshes that have no answer yet. They are in the store, so that processes that share it use the same one, and here, for
 * browsers and for stores that keep nothing but the two tokens.
 */
export function createRefreshKeys(store: TokenStore | undefined) {
  let pending: { refreshToken: string | undefined; key: string | undefined } | undefined

  /** The key for a refresh with these tokens: the one of an earlier try, or a new one, which is kept before it is used. */
  async function keyFor(used: Tokens | null): Promise<string | undefined> {
    const refreshToken = used?.refreshToken
    const ofEarlierTry = used?.refreshKey ?? (pending?.refreshToken === refreshToken ? pending?.key : undefined)
    const key = ofEarlierTry ?? newKey()
    // It may be forgotten while the store writes.
    const own = { refreshToken, key }
    pending = own
    if (!store || !used || key === undefined || used.refreshKey === key) return key
    await store.set({ ...used, refreshKey: key })
    // Another process may have kept its key in the same moment. Then both use the last one.
    const kept = await store.get()
    if (kept?.refreshToken === refreshToken) own.key = kept?.refreshKey ?? key
    return own.key
  }

  const forget = () => {
    pending = undefined
  }
  return { keyFor, forget }
}

/** Nobody can guess it. None where nothing makes random bytes, as in React Native without a polyfill: then a lost answer has 10 s. */
function newKey(): string | undefined {
  if (typeof crypto === 'undefined' || typeof crypto.getRandomValues !== 'function') return undefined
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
