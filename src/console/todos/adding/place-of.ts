import type { TodoInput } from '../../../todos/schemas'
import type { PageContext } from '../../page/console-env'
import { readReader } from '../../page/person'
import { todayOf } from '../due'
import { readView } from '../todo-view'

/** What a new to-do has so that the list at this address shows it: it is in that list, or due today. */
export async function placeOf(c: PageContext, listPath: string): Promise<Partial<Pick<TodoInput, 'due' | 'listId'>>> {
  const { due, list } = readView(new URL(listPath, c.req.url).searchParams)
  if (list !== undefined && list !== 'none') return { listId: list }
  if (due !== 'today') return {}
  const { zone, now } = await readReader(c)
  return { due: todayOf(zone, now) }
}
