import type { TodoCounts } from '../../todos/counts/schemas'
import type { PageContext } from '../page/console-env'
import { toAppError } from '../page/refusal'

/** How many to-dos are open: by day, list and label. It reads the zone of the profile itself, so it waits for nothing. */
export async function readCounts(c: PageContext): Promise<TodoCounts> {
  const answer = await c.var.api.todos.counts.$get({ query: {} })
  if (answer.status !== 200) throw await toAppError(answer)
  return answer.json()
}

/** Counts stop here. */
const MANY = 1000

/** A count in words; empty for none. Where not all could be counted, there may be more. */
export function countInWords(count: number, { isComplete }: Pick<TodoCounts, 'isComplete'>): string {
  if (count === 0) return ''
  if (count >= MANY) return `${MANY - 1}+`
  return isComplete ? `${count}` : `${count}+`
}
