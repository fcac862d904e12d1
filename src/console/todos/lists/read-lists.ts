import type { List } from '../../../todos/lists/schemas'
import type { PageContext } from '../../page/console-env'
import { toAppError } from '../../page/refusal'

/** All lists of the user, in their order. */
export async function readLists(c: PageContext): Promise<List[]> {
  const answer = await c.var.api.lists.$get()
  if (answer.status !== 200) throw await toAppError(answer)
  return (await answer.json()).lists
}

export const namesOf = (lists: readonly List[]): Map<string, string> => new Map(lists.map(({ id, name }) => [id, name]))
