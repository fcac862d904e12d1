import type { EntryChange, ListsChange, LocalCopy } from './local-copy'

/** What somebody does on this device. */
export interface Edit {
  entries?: EntryChange[]
  list?: NonNullable<ListsChange['wish']>
}

/** One edit after another, so that they merge in order. */
export class Edits {
  private last: Promise<unknown> = Promise.resolve()

  constructor(private readonly copy: LocalCopy) {}

  /** Writes what `make` says. It is asked again if another tab was faster. */
  write(make: () => Edit): Promise<void> {
    const run = async () => {
      for (let isDone = false; !isDone; ) {
        const { entries = [], list } = make()
        const changed = entries.filter(({ before, after }) => after !== (before ?? null))
        const isNothing = changed.length === 0 && !list
        isDone = isNothing || (await this.copy.commit(changed, undefined, list && { wish: list }))
      }
    }
    const done = this.last.then(run)
    this.last = done.catch(() => undefined)
    return done
  }
}
