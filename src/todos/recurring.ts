import { sql } from 'drizzle-orm'
import { AppError } from '../errors'
import { DAY_MS } from '../lib/time'
import { prebuildForCaller } from '../sessions/caller-statements'
import { sessions } from '../sessions/tables'
import { selectZone } from '../users/zone'
import { completes, dueAtAfter, dueZoneAfter, recurrenceAfter } from './after-sql'
import { requireFewFollowers } from './count-followers'
import { nextIdOf } from './derived-id'
import { columnsAt, isInFourDigitYears, NOT_DUE, wallClockOf } from './due'
import { isUnprepared, type JudgeValues, operationTable } from './judge-sql'
import type { NextOccurrence, Operation } from './operations'
import { intendedTime, nextOccurrence, ruleFor, todayIn } from './recurrence'

/*
 * Completing a recurring to-do makes the next one, in the same statement. When that one is due cannot be said in SQL. So the statement does
 * nothing at first, and says what it needs to know; then it runs again, with the answer. It checks that the answer is still about the to-do
 * as it is. Nobody else pays for this: a to-do that does not come again is completed by the first try.
 */

/** A recurring to-do that is completed, or opened again, by an operation that does not say what follows. */
export interface Unprepared {
  /** Which operation it is, from 0. */
  place: number
  /** Who owns the to-do. */
  userId: string
  isCompleted: 0 | 1
  /** The due date and the rule that the operation leaves. */
  dueAt: number
  dueZone: string | null
  recurrence: string
  /** JSON of `SubtaskDue[]`. */
  subtasks: string
  /** The zone of its owner. */
  zone: string
}

/** When a subtask is due, if it is. */
interface SubtaskDue {
  id: string
  dueAt: number | null
  dueZone: string | null
}

export const selectUnprepared = prebuildForCaller<Unprepared, JudgeValues>(
  (
    value,
    { isLive },
  ) => sql`WITH ${operationTable(value)} SELECT operation.place, existing.user_id AS "userId", ${completes} AS "isCompleted",
    (${dueAtAfter}) AS "dueAt", (${dueZoneAfter}) AS "dueZone", (${recurrenceAfter}) AS recurrence, ${selectZone(sql`existing.user_id`)} AS zone,
    (SELECT json_group_array(json_object('id', child.id, 'dueAt', child.due_at, 'dueZone', child.due_zone)) FROM todos child
      WHERE child.parent_id = existing.id AND child.deleted_at IS NULL) AS subtasks
    FROM ${sessions}, operation JOIN todos existing ON existing.id = operation.id AND existing.user_id = ${value('userId')}
    WHERE ${isLive} AND ${isUnprepared}`,
)

/** Whether these operations may complete something, or open it again. */
export const mayCompleteOrReopen = (operations: readonly Operation[]): boolean =>
  operations.some((one) => (one.op === 'update' || one.op === 'put') && one.patch.isDone !== undefined)

/** Another change can come between two tries, and change when a to-do is due. That happens seldom, and hardly twice. */
const MAX_TRIES = 4

/**
 * Tries to do operations until they say all that follows from them.
 * @throws {AppError} `content_too_large`; `unavailable` if others change the same to-dos all the time
 */
export async function untilPrepared<Result extends { unprepared: readonly Unprepared[] }>(
  operations: readonly Operation[],
  now: number,
  attempt: (operations: readonly Operation[]) => Promise<Result>,
): Promise<Result> {
  let ready = operations
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const result = await attempt(ready)
    if (result.unprepared.length === 0) return result
    ready = await prepare(ready, result.unprepared, now)
  }
  throw new AppError('unavailable')
}

/** What was found, with its JSON read. */
type Found = Omit<Unprepared, 'subtasks'> & { subtasks: SubtaskDue[] }

/** @throws {AppError} `content_too_large`, before an id is worked out for each of too many subtasks */
function prepare(operations: readonly Operation[], unprepared: readonly Unprepared[], now: number) {
  const all = unprepared.map((one): Found => ({ ...one, subtasks: JSON.parse(one.subtasks) }))
  const copied = all.filter(({ isCompleted }) => isCompleted === 1).flatMap(({ subtasks }) => subtasks)
  requireFewFollowers(copied.length)
  return Promise.all(
    operations.map(async (operation, index): Promise<Operation> => {
      const found = all.find(({ place }) => place === index)
      if (!found || (operation.op !== 'update' && operation.op !== 'put')) return operation
      if (found.isCompleted === 0) return { ...operation, undoes: await nextIdOf(found.userId, operation.id) }
      return { ...operation, next: await nextOf(operation.id, found, now) }
    }),
  )
}

/** The to-do that comes after this one, and which one it was worked out from. */
async function nextOf(id: string, found: Found, now: number): Promise<NextOccurrence> {
  const { userId, dueAt, dueZone, recurrence, zone, subtasks } = found
  const from = { fromDueAt: dueAt, fromDueZone: dueZone, fromRecurrence: recurrence }
  const wallClock = intendedTime(recurrence, { dueAt, dueZone })
  const next = nextOccurrence(recurrence, wallClock, todayIn(dueZone ?? zone, now))
  if (next === null) return { ...from, id: null }
  const due = dueBefore10000(next.wallClockMs, dueZone)
  // There is no year 10,000 here.
  if (due.dueAt === null) return { ...from, id: null }
  const laterMs = next.wallClockMs - wallClock
  return {
    ...from,
    id: await nextIdOf(userId, id),
    ...due,
    recurrence: ruleFor(next, due),
    subtasks: await Promise.all(
      subtasks.map(async (subtask) => ({
        of: subtask.id,
        id: await nextIdOf(userId, subtask.id),
        ...postpone(subtask, laterMs),
      })),
    ),
  }
}

/** No due date if that would be after the year 9999, in UTC or on the wall clock. */
function dueBefore10000(wallClockMs: number, dueZone: string | null) {
  const due = columnsAt(wallClockMs, dueZone)
  return isInFourDigitYears(wallClockMs) && isInFourDigitYears(due.dueAt) ? due : NOT_DUE
}

/** A subtask is due as much later as its parent; a day by whole days. It has no due date if that is too late. */
function postpone({ dueAt, dueZone }: SubtaskDue, laterMs: number) {
  if (dueAt === null) return { dueAt, dueZone }
  const shift = dueZone === null ? Math.floor(laterMs / DAY_MS) * DAY_MS : laterMs
  return dueBefore10000(wallClockOf({ dueAt, dueZone }) + shift, dueZone)
}
