import { positionBetween } from '../../../lib/position-between'
import type { List } from '../../../todos/lists/schemas'

export interface Move {
  id: string
  position: string
}

/**
 * Which positions change so that a list stands one place higher or lower: usually its own alone. If there is no room, because lists were
 * made in the same millisecond, all of them get new ones.
 */
export function movesFor(lists: readonly List[], id: string, direction: 'up' | 'down'): Move[] {
  const at = lists.findIndex((list) => list.id === id)
  const to = direction === 'up' ? at - 1 : at + 1
  if (at < 0 || to < 0 || to >= lists.length) return []
  const order = lists.filter((list) => list.id !== id).map((list) => ({ id: list.id, position: list.position }))
  const [before, after] = [order[to - 1]?.position ?? null, order[to]?.position ?? null]
  if (before === null || after === null || before < after) return [{ id, position: positionBetween(before, after) }]
  const moved = lists[at]
  return inNewPlaces(order.toSpliced(to, 0, ...(moved ? [moved] : [])))
}

function inNewPlaces(order: readonly Pick<List, 'id'>[]): Move[] {
  let last: string | null = null
  return order.map(({ id }) => {
    const position: string = positionBetween(last, null)
    last = position
    return { id, position }
  })
}
