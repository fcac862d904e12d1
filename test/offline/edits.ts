import type { OfflineTodo } from '../../packages/client/src/offline'
import type { Device } from './device'

/*
 * What everybody did, and what must have become of it. Each text is another one, so it says which edit it is of. Who writes a text has
 * seen another one before, which the new one replaces. So the texts of a field are a tree, and what the field has in the end must be
 * a leaf of it: a text that was replaced cannot win over the one that replaced it.
 */

type Shown = Pick<OfflineTodo, 'id' | 'contents' | 'labels'>
type Patch = { contents: string } | { labels: string[] }

interface Edit {
  id: string
  field: 'contents' | 'labels'
  text: string
  /** The text that it replaces. */
  seen: string
  device: string
  /** Whether it was acknowledged: it must not be lost. */
  isSure: boolean
}

const textOf = (todo: Shown, field: Edit['field']): string => (field === 'labels' ? todo.labels.join() : todo.contents)

export class Edits {
  /** A request may be done twice after a day. Then an edit counts as made at the second time, and may win over one that has seen it. */
  isDayPast = false
  private readonly ids: string[] = []
  private readonly all: Edit[] = []
  private readonly deletions: Shown[] = []
  /** Contents with which to-dos were made. */
  private readonly creations = new Set<string>()
  private readonly unmade = new Set<string>()

  get allIds(): readonly string[] {
    return this.ids
  }

  idOf(which: number): string | undefined {
    return this.ids.length === 0 ? undefined : this.ids[which % this.ids.length]
  }

  /** @param todo null if the program was killed before it could say which one it made */
  made(contents: string, todo: OfflineTodo | null): void {
    this.creations.add(contents)
    if (todo) this.ids.push(todo.id)
  }

  edited(seen: Shown, patch: Patch, by: Pick<Edit, 'device' | 'isSure'>): void {
    const field = 'contents' in patch ? 'contents' : 'labels'
    const text = 'contents' in patch ? patch.contents : patch.labels.join()
    this.all.push({ id: seen.id, field, text, seen: textOf(seen, field), ...by })
  }

  deleting({ id, contents, labels }: Shown): void {
    this.deletions.push({ id, contents, labels })
  }

  /** A month later, the server has forgotten what was deleted. Who then makes it anew may never have seen it. */
  forgetDeleted(): void {
    for (const deleted of this.deletions) {
      for (const edit of this.all) {
        if (edit.id === deleted.id && edit.text === textOf(deleted, edit.field)) edit.isSure = false
      }
    }
  }

  /** What waits there for this to-do may be lost. */
  givenUp(id: string, device: string): void {
    for (const edit of this.all) if (edit.id === id && edit.device === device) edit.isSure = false
  }

  /** It was deleted on the server together with its parent or its list. */
  followed(id: string): void {
    this.unmade.add(id)
  }

  /** The app has said so of what was refused. If it was never made, it is gone then. */
  discarded(id: string, device: string): void {
    this.unmade.add(id)
    this.givenUp(id, device)
  }

  requireNothingLost(server: readonly Shown[]): void {
    for (const id of this.ids) {
      const todo = server.find((one) => one.id === id)
      const states = todo ? [todo] : this.deletions.filter((one) => one.id === id)
      if (todo || !this.unmade.has(id)) {
        // What is not there was deleted by somebody who saw it as it was last.
        const isRight = states.some((state) => this.isLast(state, 'contents') && this.isLast(state, 'labels'))
        if (!isRight) throw new Error(`Lost: ${id}, which is ${JSON.stringify(todo)}`)
      }
    }
    const strangers = server.filter(({ id }) => !this.ids.includes(id))
    // Those were made by programs that were killed before they could say so.
    if (strangers.some(({ contents }) => !this.creations.has(contents))) throw new Error('There is an unknown to-do')
    const made = server.map(({ contents }) => contents)
    if (new Set(made).size < made.length) throw new Error('A to-do is there twice')
  }

  private isLast(state: Shown, field: Edit['field']): boolean {
    const text = textOf(state, field)
    const isReplaced = this.all.some((edit) => {
      return edit.id === state.id && edit.field === field && edit.seen === text && edit.isSure
    })
    return this.isDayPast || !isReplaced
  }

  /** A device shows what was refused, until its app decides. */
  requireNothingRefusedIsLost(devices: readonly Device[]): void {
    for (const { name, todos } of devices) {
      for (const id of this.ids) {
        const own = this.all.filter((edit) => edit.id === id && edit.field === 'contents' && edit.device === name)
        const last = own.at(-1)
        if (!last?.isSure || !last.text.endsWith('!')) continue
        const isReplaced = this.all.some(({ id: other, seen }) => other === id && seen === last.text)
        const isDeleted = this.deletions.some((one) => one.id === id && one.contents === last.text)
        const isKept = todos.refused.some((one) => one.id === id) && todos.get(id)?.contents === last.text
        if (!isKept && !isReplaced && !isDeleted) throw new Error(`${name} has lost what was refused: ${id}`)
      }
    }
  }
}
