import type { Item } from './items'

/** How many to-dos one statement writes, and how many bytes of text: `fold.ts` may double them, and D1 takes 2 MB. */
export const MAX_CHUNK_TODOS = 500
const MAX_CHUNK_BYTES = 900_000

/**
 * The to-dos of a file in chunks that one statement can write. A to-do comes before its subtasks, and in one chunk with them if they fit:
 * completing it then completes those that are written too.
 */
export function* chunksOf(items: readonly Item[]): Generator<Item[]> {
  let chunk: Item[] = []
  let bytes = 0
  for (const family of familiesOf(items)) {
    const sizes = family.map(sizeOf)
    const size = sizes.reduce((sum, one) => sum + one, 0)
    for (const [index, item] of family.entries()) {
      // The first one asks for all of its family.
      const [count, more] = index === 0 ? [family.length, size] : [1, sizes[index] ?? 0]
      if (chunk.length > 0 && (chunk.length + count > MAX_CHUNK_TODOS || bytes + more > MAX_CHUNK_BYTES)) {
        yield chunk
        chunk = []
        bytes = 0
      }
      chunk.push(item)
      bytes += sizes[index] ?? 0
    }
  }
  if (chunk.length > 0) yield chunk
}

/** To-dos with their subtasks, each family in one piece, in the order of the file. */
function familiesOf(items: readonly Item[]): Item[][] {
  const families = new Map<Item, Item[]>()
  for (const item of items) if (item.parent === null) families.set(item, [item])
  for (const item of items) if (item.parent !== null) families.get(item.parent)?.push(item)
  return [...families.values()]
}

/** About how long a parameter with its texts is. */
function sizeOf({ todo: { contents, description, labels } }: Item): number {
  const json = JSON.stringify([contents, description, labels])
  let bytes = json.length + 50
  for (let at = 0; at < json.length; at++) {
    const unit = json.charCodeAt(at)
    if (unit > 0x7f) bytes += unit > 0x7ff ? 2 : 1
  }
  return bytes
}
