import { DAY_MS, FIRST_TIME, LAST_TIME } from '../lib/time'
import { instantOf, isZone, wallClockAt } from '../lib/zone'

/*
 * When a to-do is due: on a whole day, or at a time that was meant on the wall clock of a zone. Texts are those of RFC 9557, which Temporal
 * reads too: `2026-12-24`, or `2026-12-24T18:00:00[Asia/Seoul]`.
 *
 * A whole day is the same day everywhere. It is kept as the last ms of that day in UTC, so it sorts after the times of its day, and it stays
 * that day whatever zone its owner moves to.
 */

export type Due = { kind: 'day'; day: string } | { kind: 'time'; wallClockMs: number; zone: string }

/** What is kept of it in the row of a to-do. */
export interface DueColumns {
  /** In ms: the instant of a time, or the last ms of a day in UTC. */
  dueAt: number
  /** The zone that a time was meant in; null for a day. */
  dueZone: string | null
}

/** In UTC, and on a wall clock, the year must have four digits. An offset, or a zone, can move a time out of the years 0000 to 9999. */
export const isInFourDigitYears = (ms: number): boolean => ms >= FIRST_TIME && ms <= LAST_TIME

const DUE = /^(?<day>\d{4}-\d{2}-\d{2})(?:T(?<time>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)\[(?<zone>[^\]]{1,64})\])?$/

/** Reads a due date. Null if it is none: also 30 February, 24:00, and a zone that there is not. */
export function readDue(text: string): Due | null {
  const { day = '', time, zone } = DUE.exec(text)?.groups ?? {}
  if (time === undefined || zone === undefined) return isRealDay(day) ? { kind: 'day', day } : null
  const wallClockMs = Date.parse(`${day}T${time}Z`)
  const isReal = isRealDay(day) && !Number.isNaN(wallClockMs) && !time.startsWith('24')
  return isReal && isZone(zone) ? { kind: 'time', wallClockMs, zone } : null
}

/** `Date` reads 30 February as 1 March. */
const isRealDay = (day: string): boolean => {
  const ms = Date.parse(day)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day)
}

/** What is kept of a time that the wall clock of a zone shows; without a zone, of the day that begins then. */
export const columnsAt = (wallClockMs: number, dueZone: string | null): DueColumns => ({
  dueAt: dueZone === null ? wallClockMs + DAY_MS - 1 : instantOf(wallClockMs, dueZone),
  dueZone,
})

/** The time on the wall clock of its zone; the first ms of a day. */
export const wallClockOf = ({ dueAt, dueZone }: DueColumns): number =>
  dueZone === null ? dueAt - DAY_MS + 1 : wallClockAt(dueAt, dueZone)

export const toDueColumns = (due: Due): DueColumns =>
  due.kind === 'day' ? columnsAt(Date.parse(due.day), null) : columnsAt(due.wallClockMs, due.zone)

/** The text of what a row has, as the API writes it. What is in a zone that this runtime does not know is in UTC. */
export function dueText(columns: DueColumns): string {
  const { dueZone } = columns
  const wallClock = new Date(wallClockOf(columns)).toISOString()
  if (dueZone === null) return wallClock.slice(0, 10)
  return `${wallClock.replace(/(?:\.000)?Z$/, '')}[${isZone(dueZone) ? dueZone : 'UTC'}]`
}

/** The column `due_order`, as SQLite makes it: see `todos/tables.ts`. */
export const dueOrderOf = ({ dueAt, dueZone }: DueColumns): number => dueAt * 2 + (dueZone === null ? 1 : 0)

/** The columns of what a client sends. Undefined if it names no due date. */
export function dueColumnsOf(sent: { due?: string | null | undefined; dueAt?: string | null | undefined }) {
  const { due, dueAt } = sent
  if (due === undefined && dueAt === undefined) return undefined
  if (typeof dueAt === 'string') return { dueAt: Date.parse(dueAt), dueZone: 'UTC' }
  const read = typeof due === 'string' ? readDue(due) : null
  return read ? toDueColumns(read) : NOT_DUE
}

export const NOT_DUE = { dueAt: null, dueZone: null }
