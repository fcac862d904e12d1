import { PAUSE_MS } from '../../src/http/after-answer'

type Wait = (callback: () => void, ms: number | undefined, original: typeof setTimeout) => ReturnType<typeof setTimeout>

async function waitingBy<Result>(wait: Wait, act: () => Promise<Result>): Promise<Result> {
  const original = globalThis.setTimeout
  globalThis.setTimeout = Object.assign((callback: () => void, ms?: number) => wait(callback, ms, original), original)
  try {
    return await act()
  } finally {
    globalThis.setTimeout = original
  }
}

/** Acts while every wait of exactly `limitMs` takes a moment instead. */
export const hurrying = <Result>(limitMs: number, act: () => Promise<Result>): Promise<Result> =>
  waitingBy((callback, ms, original) => original(callback, ms === limitMs ? 1 : ms), act)

/** Acts, and lets what goes on after an answer begin only when all of it is done. */
export async function holdingBack<Result>(act: () => Promise<Result>): Promise<Result> {
  const held: (() => void)[] = []
  const result = await waitingBy((callback, ms, original) => {
    if (ms === PAUSE_MS) held.push(callback)
    return ms === PAUSE_MS ? original(() => undefined, 0) : original(callback, ms)
  }, act)
  for (const callback of held) callback()
  return result
}
