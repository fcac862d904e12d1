import type { Draft } from './draft'

interface Node {
  parent: Node | null
  name: string | null
  /** The name of the to-do at the top; undefined while nobody has asked. */
  top: string | null | undefined
  isOnPath: boolean
}

/**
 * Finds the to-do at the top of each tree. To-dos that are refused count as if they were not there, and a circle of parents counts as
 * none. Each draft is visited once.
 * @param nameOf the name of a to-do; null if it is refused
 */
export function topAncestors(
  drafts: Draft[],
  nameOf: (draft: Draft) => string | null,
): (draft: Draft) => { top: string | null; isDirect: boolean } {
  const nodes = new Map<Draft, Node>()
  const byHandle = new Map<string, Node>()
  for (const draft of drafts) {
    const node: Node = { parent: null, name: nameOf(draft), top: undefined, isOnPath: false }
    nodes.set(draft, node)
    if (!byHandle.has(draft.handle)) byHandle.set(draft.handle, node)
  }
  for (const [{ parentHandle }, node] of nodes) {
    node.parent = parentHandle === null ? null : (byHandle.get(parentHandle) ?? null)
  }
  return (draft) => {
    const node = nodes.get(draft)
    if (node) findTop(node)
    const parent = node?.parent
    const top = parent?.top ?? null
    return { top, isDirect: top === (parent?.name ?? null) }
  }
}

function findTop(start: Node): void {
  const path: Node[] = []
  for (let node: Node | null = start; node && node.top === undefined; node = node.parent) {
    if (node.isOnPath) {
      for (const member of path.slice(path.indexOf(node))) member.parent = null
      break
    }
    node.isOnPath = true
    path.push(node)
  }
  for (const node of path.reverse()) node.top = node.parent?.top ?? node.name
}
