import type { FoundTodo, Line } from './found-todo'
import { hashOf, importedId, importedListId, type Source } from './identify'
import type { ReportCode } from './note-messages'

/** A to-do of a file, with what names it here. */
export interface Item {
  todo: FoundTodo
  id: string
  /** The id that it has here, if the file is an export of these to-dos. */
  exportedId: string | null
  hash: string
  /** The id of the list that an import would make for it. */
  newListId: string | null
  parent: Item | null
  /** Why it stands by itself, although the file has it under another one. */
  detachedBecause: ReportCode | null
  /** How many to-dos of the file come after it. */
  fromEnd: number
}

/** What our own export of iCalendar files names to-dos by. */
const UUID_V7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/

/** How many ids and hashes are computed at once. */
const AT_ONCE = 500

/**
 * The to-dos of a file, in its order.
 * @param maxSubtasks how many subtasks a to-do may have. The others stand by themselves
 */
export async function itemsOf(lines: readonly Line[], source: Source, maxSubtasks: number): Promise<Item[]> {
  const todos = lines.flatMap((line) => (line.kind === 'todo' ? [line.todo] : []))
  const listIds = new Map<string, Promise<string>>()
  const listIdOf = (name: string): Promise<string> => {
    const id = listIds.get(name) ?? importedListId(source.userId, name)
    listIds.set(name, id)
    return id
  }
  const items: Item[] = []
  for (let from = 0; from < todos.length; from += AT_ONCE) {
    const some = todos.slice(from, from + AT_ONCE).map(async (todo, index): Promise<Item> => {
      const id = await importedId(source, todo.sourceId)
      const newListId = todo.list === null ? null : await listIdOf(todo.list)
      const fromEnd = todos.length - 1 - from - index
      const exportedId = source.format === 'icalendar' && UUID_V7.test(todo.sourceId) ? todo.sourceId : null
      return { todo, id, exportedId, hash: await hashOf(todo), newListId, parent: null, detachedBecause: null, fromEnd }
    })
    items.push(...(await Promise.all(some)))
  }
  return withParents(items, maxSubtasks)
}

function withParents(items: Item[], maxSubtasks: number): Item[] {
  const bySource = new Map(items.map((item) => [item.todo.sourceId, item]))
  const counts = new Map<Item, number>()
  for (const item of items) {
    const parent = bySource.get(item.todo.parent ?? '') ?? null
    if (item.todo.parent === null || parent === null) continue
    const count = (counts.get(parent) ?? 0) + 1
    counts.set(parent, count)
    if (count > maxSubtasks) item.detachedBecause = 'too_many_subtasks'
    else item.parent = parent
  }
  return items
}
