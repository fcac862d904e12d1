import type { TodoInput } from '../../../todos/schemas'
import type { PageContext } from '../../page/console-env'
import { readReader } from '../../page/person'
import { dayAfter, todayOf } from '../due'
import { placeIn, readView } from '../todo-view'
import { timeOf } from './read-typed'

/**
 * What a new to-do has so that the list at this address shows it: its list, its label, or a day that it is due. `typedAt` says which day was today
 * then, also if it is sent later, or sent again.
 */
export async function placeOf(c: PageContext, listPath: string, typedAt: string): Promise<Partial<TodoInput>> {
  const { day, ...place } = placeIn(readView(new URL(listPath, c.req.url).searchParams))
  if (day === undefined) return place
  const { zone, now } = await readReader(c)
  const today = todayOf(zone, timeOf({ typedAt }, now))
  return { ...place, due: day === 'today' ? today : dayAfter(today) }
}

/** A to-do in its place. What its text says wins, and the label of the place comes beside its own labels. */
export const inPlace = <Todo extends Partial<TodoInput>>(place: Partial<TodoInput>, todo: Todo) => ({
  ...place,
  ...todo,
  labels: [...new Set([...(place.labels ?? []), ...(todo.labels ?? [])])],
})
