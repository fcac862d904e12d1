import { AppError } from '../errors'
import { within } from '../lib/deadline'
import { readD1Error } from './d1-errors'

/** What is counted of the calls to D1. */
export interface Meter {
  /** Each try of a call. */
  d1: number
  /** Rows, as D1 bills them. */
  rowsRead: number
  rowsWritten: number
}

/** Makes one call to D1. `mayRepeat` says whether doing it twice does no harm. */
export type Call = <Result>(begin: () => Promise<Result>, mayRepeat: boolean) => Promise<Result>

/** The waits between tries. Each is lengthened by up to as much again at random, so that not all clients come back at once. */
const BACK_OFF_MS = [100, 400]

/** When a client may ask again (s): an overloaded database needs longer. */
const RETRY_AFTER_SECONDS = { lost: 1, overloaded: 5, lasting: 5 }

/**
 * Makes a call. After a temporary error it tries again if the call may be repeated: three times in all, and within `limitMs` in all.
 * Each try is counted in `meter`.
 * @throws {AppError} `unavailable`
 */
export async function callWithRetries<Result>(
  begin: () => Promise<Result>,
  { mayRepeat, limitMs, meter }: { mayRepeat: boolean; limitMs: number; meter: Meter },
): Promise<Result> {
  let isLate = false
  const tryAll = async (): Promise<Result> => {
    for (let tries = 1; ; tries++) {
      meter.d1++
      try {
        return await begin()
      } catch (error) {
        const backOffMs = BACK_OFF_MS[tries - 1]
        if (!mayRepeat || !isTemporary(error) || backOffMs === undefined) throw error
        await sleep(backOffMs * (1 + Math.random()))
        // The client has its answer: nothing may happen after it.
        if (isLate) throw error
      }
    }
  }
  try {
    return await within(limitMs, tryAll(), () => {
      isLate = true
    })
  } catch (cause) {
    const kind = readD1Error(cause)?.kind ?? 'lost'
    throw new AppError('unavailable', { cause, headers: { 'Retry-After': String(RETRY_AFTER_SECONDS[kind]) } })
  }
}

const isTemporary = (error: unknown): boolean => {
  const fault = readD1Error(error)
  return fault !== null && fault.kind !== 'lasting'
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
