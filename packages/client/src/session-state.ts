import type { TokenStore, Tokens } from './tokens'

/** What a call goes out with: the tokens, and of which session and refresh they are. */
export interface SessionState {
  /** Null without a store, or if the session has changed while a slow store read them. */
  tokens: Tokens | null
  sessionCount: number
  refreshCount: number
}

/** What the client knows of its session beside the tokens. */
export function createSessionState(store: TokenStore | undefined) {
  /** Counts the sessions that began or ended here. A call is never repeated in a later session: it may be another user's. */
  let sessionCount = 0
  /** Counts the refreshes. A call that was sent before the last refresh needs none of its own: the tokens are new already. */
  let refreshCount = 0

  return {
    async read(): Promise<SessionState> {
      const before = { sessionCount, refreshCount }
      const tokens = (await store?.get()) ?? null
      return { ...before, tokens: before.sessionCount === sessionCount ? tokens : null }
    },
    /** Keeps the tokens of a session that has begun, or none. Calls that are made while the store writes belong to neither session. */
    async begin(tokens: Tokens | null): Promise<void> {
      sessionCount++
      await store?.set(tokens)
      sessionCount++
    },
    countRefresh() {
      refreshCount++
    },
    isSameSession: (state: SessionState): boolean => state.sessionCount === sessionCount,
    wasRefreshedAfter: (state: SessionState): boolean => state.refreshCount !== refreshCount,
  }
}
