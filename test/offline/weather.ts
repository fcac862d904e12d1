import type { Weather } from './phone'

export const BATCH = 'POST /todos/batch'

/** The network is gone while `isOff`. */
export function plane() {
  const state = { isOff: true }
  const before: Weather = () => {
    if (state.isOff) throw new TypeError('There is no network')
    return undefined
  }
  return { state, before }
}

const isCall = (call: string, awaited: string | RegExp): boolean =>
  typeof awaited === 'string' ? call === awaited : awaited.test(call)

/** Loses the first answer to this call. */
export function losesAnswer(lost: string | RegExp): Weather {
  let isLost = false
  return (call) => {
    if (isLost || !isCall(call, lost)) return undefined
    isLost = true
    throw new TypeError('The answer was lost')
  }
}

/** Runs `act` once: just before this call arrives, or is answered. */
export function justBefore(awaited: string | RegExp, act: () => Promise<unknown>): Weather {
  let isDone = false
  return async (call) => {
    if (isDone || !isCall(call, awaited)) return undefined
    isDone = true
    await act()
    return undefined
  }
}
