import { type ListWish, listsAfter, type TodoList } from './lists'
import type { LocalCopy } from './local-copy'
import type { Server } from './server'

/**
 * Sends what waits for a list. Each of these requests may be sent twice.
 * @returns whether the server has done it
 */
export async function sendList(copy: LocalCopy, server: Server, before: ListWish): Promise<boolean> {
  const { id } = before
  if (!before.isTried) {
    // Written down first, because the server may make the list without an answer.
    await copy.commit([], undefined, { wish: { id, before, after: { ...before, isTried: true } } })
    return false
  }
  const answer = await server.sendList(before)
  const current = copy.wishes.get(id)
  if ('problem' in answer) {
    const { problem } = answer
    if (current === before) await copy.commit([], undefined, { wish: { id, before, after: { ...before, problem } } })
    return false
  }
  const all = copy.lists && listsAfter(copy.lists, id, answer.list)
  const after = current ? wishLeft(before, current, answer.list) : null
  return copy.commit([], undefined, { all, wish: { id, before: current, after } })
}

/** What is left to do after an answer. */
function wishLeft(sent: ListWish, current: ListWish, list: TodoList | null): ListWish | null {
  const isGone = list === null && !sent.deleted
  // It was deleted elsewhere, and renamed here after that: the new name counts. Nobody needs to know where it would stand.
  if (isGone && !current.deleted) {
    return current.fields.name === undefined ? null : { ...current, isNew: true }
  }
  return current === sent ? null : { ...current, isNew: false }
}
