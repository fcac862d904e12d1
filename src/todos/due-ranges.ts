import { DAY_MS } from '../lib/time'
import { instantOf } from '../lib/zone'
import { columnsAt, dueOrderOf } from './due'
import { todayIn } from './recurrence'
import type { TodoFilter } from './schemas'
import { NO_DUE_ORDER } from './tables'

/*
 * The filters by due date, as ranges of `due_order`. There a time is an even number and a whole day an odd one, so ranges can say exactly
 * what is due on a day in some zone: the times between two instants, and that day, but not the day before, whose end in UTC may be
 * between them too.
 */

/** From this number up to below that one. */
export interface DueRange {
  from: number
  to: number
}

export type DueFilter = Pick<TodoFilter, 'dueBefore' | 'dueAfter' | 'hasDueDate' | 'dueOn' | 'overdue'>

/** What is asked for now, in a zone. */
export interface Here {
  now: number
  zone: string
}

/** Below every due date, and above all, those without one included. */
export const FIRST = -NO_DUE_ORDER
export const END = NO_DUE_ORDER + 1
const EVERYTHING: DueRange = { from: FIRST, to: END }

/** The whole day that begins at this ms on a wall clock. */
const dayAt = (wallClockMs: number): DueRange => {
  const order = dueOrderOf(columnsAt(wallClockMs, null))
  return { from: order, to: order + 1 }
}

const timesBetween = (from: number, to: number): DueRange => ({
  from: Math.max(2 * from, FIRST),
  to: Math.min(2 * to, NO_DUE_ORDER),
})

const intersect = (some: DueRange[], others: DueRange[]): DueRange[] =>
  some
    .flatMap((one) => others.map((other) => ({ from: Math.max(one.from, other.from), to: Math.min(one.to, other.to) })))
    .filter(({ from, to }) => from < to)

const invert = (ranges: DueRange[]): DueRange[] =>
  [FIRST, ...ranges.map(({ to }) => to)]
    .map((from, index) => ({ from, to: ranges[index]?.from ?? END }))
    .filter(({ from, to }) => from < to)

/** The days around a range of times, each of which is in or out: a day is not what its end in UTC says. */
function withDays(times: DueRange, around: number, isIn: (wallClockMs: number) => boolean): DueRange[] {
  const days = [-2, -1, 0, 1, 2].map((offset) => around + offset * DAY_MS)
  const out = invert(days.filter((day) => !isIn(day)).map(dayAt))
  const ranges = [...intersect([times], out), ...days.filter(isIn).map(dayAt)].sort((a, b) => a.from - b.from)
  return merge(ranges)
}

function merge(sorted: DueRange[]): DueRange[] {
  const merged: DueRange[] = []
  for (const range of sorted) {
    const last = merged.at(-1)
    if (last && range.from <= last.to) last.to = Math.max(last.to, range.to)
    else merged.push({ ...range })
  }
  return merged
}

function onDay(day: string, zone: string): DueRange[] {
  const wallClock = Date.parse(day)
  const [from, to] = [instantOf(wallClock, zone), instantOf(wallClock + DAY_MS, zone)]
  return withDays(timesBetween(from, to), wallClock, (one) => one === wallClock)
}

function overdueAt({ now, zone }: Here): DueRange[] {
  const today = todayIn(zone, now)
  return withDays({ from: FIRST, to: 2 * now }, today, (day) => day < today)
}

/** The ranges in which the due dates of a list are, in ascending order and apart. There are at most five. */
export function dueRangesOf({ dueBefore, dueAfter, hasDueDate, dueOn, overdue }: DueFilter, here: Here): DueRange[] {
  const dated = { from: FIRST, to: NO_DUE_ORDER }
  const filters = [
    dueBefore !== undefined && [timesBetween(FIRST, Date.parse(dueBefore))],
    dueAfter !== undefined && [timesBetween(Date.parse(dueAfter), NO_DUE_ORDER)],
    hasDueDate !== undefined && (hasDueDate ? [dated] : invert([dated])),
    dueOn !== undefined && onDay(dueOn, here.zone),
    overdue !== undefined && (overdue ? overdueAt(here) : invert(overdueAt(here))),
  ]
  return filters.reduce<DueRange[]>((ranges, some) => (some ? intersect(ranges, some) : ranges), [EVERYTHING])
}

/** Whether these filters depend on the zone. */
export const needsZone = ({ dueOn, overdue }: DueFilter): boolean => (dueOn ?? overdue) !== undefined
