import { KEPT, UNSENT } from '../stored'

/*
 * What was typed and is not a to-do yet. It is kept with its idempotency key until the server has it, so that nothing is lost and nothing is
 * added twice. It stays in the tab. For those who keep their to-dos on the device, it stays on the device.
 */

/** One text, or a list of lines, that waits. */
export interface Unsent {
  /** The idempotency key. */
  key: string
  /** The path of the form. */
  path: string
  /** The fields of the form, `contents` or `lines` among them. */
  fields: [name: string, value: string][]
  /** Why it waits, if it was tried before. */
  state: 'sending' | 'unreachable' | 'signed out' | 'refused'
  /** What the server said against it. Without one, there was no answer. */
  reason?: string
}

/**
 * What waits of one user. A browser that keeps nothing for this page throws: then it is kept until the page is left. Other tabs keep theirs in
 * the same place, so each change is made to what is there.
 */
export class Outbox {
  private readonly name: string
  private readonly storage: Storage | null
  /** The keys of those that found no room. */
  private readonly onlyHere = new Set<string>()

  constructor(readonly user: string) {
    this.name = UNSENT + user
    this.storage = storageFor(user)
    this.all = read(this.storage, this.name)
    this.takeFrom(this.isOnDevice ? sessionStorage : localStorageOrNull())
  }

  all: Unsent[]

  /** Whether it stays when the tab is closed. */
  get isOnDevice(): boolean {
    return this.storage !== null && this.storage === localStorageOrNull()
  }

  get isEmpty(): boolean {
    return this.all.length === 0
  }

  add(entry: Unsent): void {
    this.all.push(entry)
    if (!this.write((kept) => [...kept, entry])) this.onlyHere.add(entry.key)
  }

  remove({ key }: Unsent): void {
    const others = (all: Unsent[]) => all.filter((other) => other.key !== key)
    this.all = others(this.all)
    this.write(others)
  }

  /** Keeps how each of them stands. */
  save(): void {
    this.write((kept) => kept.map((old) => this.all.find(({ key }) => key === old.key) ?? old))
  }

  /** Whether there was room. */
  private write(change: (kept: Unsent[]) => Unsent[]): boolean {
    try {
      const all = change(read(this.storage, this.name))
      if (all.length === 0) this.storage?.removeItem(this.name)
      else this.storage?.setItem(this.name, JSON.stringify(all))
      return true
    } catch {
      // It is full, or closed to us. The page still has what waits.
      return false
    }
  }

  /** What waited before somebody began or ceased to keep to-dos on this device. */
  private takeFrom(other: Storage | null): void {
    for (const entry of read(other, this.name)) if (!this.all.some(({ key }) => key === entry.key)) this.add(entry)
    if (this.onlyHere.size === 0) other?.removeItem(this.name)
  }

  /** Runs `run` while no other tab of the same user sends the same. */
  async alone(run: () => Promise<void>): Promise<void> {
    if (!this.isOnDevice || !navigator.locks) return run()
    await navigator.locks.request(this.name, run)
  }

  /** What another tab has sent or taken back meanwhile waits no more: it is the answer. */
  reload(): Unsent[] {
    if (!this.storage) return []
    const known = new Set([...read(this.storage, this.name).map(({ key }) => key), ...this.onlyHere])
    const gone = this.all.filter(({ key }) => !known.has(key))
    this.all = this.all.filter(({ key }) => known.has(key))
    return gone
  }
}

function storageFor(user: string): Storage | null {
  try {
    return localStorage.getItem(KEPT + user) === null ? sessionStorage : localStorage
  } catch {
    return null
  }
}

function localStorageOrNull(): Storage | null {
  try {
    return localStorage
  } catch {
    return null
  }
}

function read(storage: Storage | null, name: string): Unsent[] {
  try {
    const all: unknown = JSON.parse(storage?.getItem(name) ?? '[]')
    return Array.isArray(all) ? all : []
  } catch {
    return []
  }
}
