import { KEPT } from '../stored'

/*
 * Who keeps to-dos in this browser, and whether they may be shown. The to-dos themselves are in IndexedDB, by user. This is in `localStorage`,
 * because it must be known before anything is shown, and because the other tabs hear of each change.
 */

/** What is known of somebody who keeps to-dos here. */
export interface Kept {
  /** Empty after a sign-out: the copy is deleted, and comes back with the next sign-in. */
  name: string
  zone: string
  /** When the last sync was complete (ms). 0: nothing is kept yet. */
  syncedAt: number
  /** How many changes wait for the server, or were refused by it. */
  waits: number
  /** Something was changed on a page since the last sync. */
  isStale?: boolean
}

/** Who was signed in last among those who keep something. `isOpen`: they still are, as far as this browser knows. */
interface Last {
  userId: string
  isOpen: boolean
}

/** Of `localStorage`, what is used here. */
export type Facts = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>

const LAST = 'latchkey/last'

/** `storage` events with such a key are about these facts. */
export const isFact = (key: string | null): boolean => key === null || key === LAST || key.startsWith(KEPT)

export const keysOf = (facts: Facts): string[] =>
  Array.from({ length: facts.length }, (_, index) => facts.key(index) ?? '')

/** Of everybody who keeps something here. */
export const keepersIn = (facts: Facts): string[] =>
  keysOf(facts).flatMap((key) => (key.startsWith(KEPT) ? key.slice(KEPT.length) : []))

export const readKept = (facts: Facts, userId: string): Kept | null => parse<Kept>(facts.getItem(KEPT + userId))

export function writeKept(facts: Facts, userId: string, kept: Kept): void {
  facts.setItem(KEPT + userId, JSON.stringify(kept))
}

/** Changes what is known of somebody, if they still keep something. */
export function noteKept(facts: Facts, userId: string, change: Partial<Kept>): void {
  const kept = readKept(facts, userId)
  if (!kept) return
  try {
    writeKept(facts, userId, { ...kept, ...change })
  } catch {
    // The device is full. The next sync notes it again.
  }
}

/** The copy of this user is gone. With `forGood` it does not come back with the next sign-in. */
export function forget(facts: Facts, userId: string, { forGood }: { forGood: boolean }): void {
  if (forGood) facts.removeItem(KEPT + userId)
  else noteKept(facts, userId, { name: '', syncedAt: 0, waits: 0 })
  if (parse<Last>(facts.getItem(LAST))?.userId === userId) facts.removeItem(LAST)
}

/** A page of this user was shown: their copy may be shown, and nobody else's. */
export function open(facts: Facts, userId: string): void {
  const isKept = readKept(facts, userId) !== null
  if (isKept) facts.setItem(LAST, JSON.stringify({ userId, isOpen: true } satisfies Last))
  else facts.removeItem(LAST)
}

/** The server has said that the session of this user is over. */
export function lock(facts: Facts, userId: string): void {
  const last = parse<Last>(facts.getItem(LAST))
  if (last?.userId === userId) facts.setItem(LAST, JSON.stringify({ userId, isOpen: false } satisfies Last))
}

/** Whose copy is open, or null. */
export function openCopyIn(facts: Facts): string | null {
  const last = parse<Last>(facts.getItem(LAST))
  return last?.isOpen && readKept(facts, last.userId) ? last.userId : null
}

/** What a page without a network may show. */
export type Shown =
  | { kind: 'open'; userId: string; zone: string }
  /** `name` is null if somebody else was signed in since. */
  | { kind: 'locked'; name: string | null }
  | { kind: 'nothing' }

export function shownOffline(facts: Facts): Shown {
  const last = parse<Last>(facts.getItem(LAST))
  const kept = last && readKept(facts, last.userId)
  if (last && kept && isFilled(kept)) {
    return last.isOpen ? { kind: 'open', userId: last.userId, zone: kept.zone } : { kind: 'locked', name: kept.name }
  }
  const others = keepersIn(facts).some((userId) => isFilled(readKept(facts, userId)))
  return others && !last ? { kind: 'locked', name: null } : { kind: 'nothing' }
}

const isFilled = (kept: Kept | null): boolean => kept !== null && kept.syncedAt > 0

function parse<Value>(json: string | null): Value | null {
  if (json === null) return null
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}
