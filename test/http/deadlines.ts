/** Runs `act`, while every timer of exactly `limitMs` fires after 1 ms. */
export async function withShortDeadline<Result>(limitMs: number, act: () => Promise<Result>): Promise<Result> {
  const original = globalThis.setTimeout
  const shortened = (callback: () => void, ms?: number) => original(callback, ms === limitMs ? 1 : ms)
  globalThis.setTimeout = Object.assign(shortened, original)
  try {
    return await act()
  } finally {
    globalThis.setTimeout = original
  }
}
