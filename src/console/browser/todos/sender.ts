import { sendForm } from '../part'
import type { Outbox, Unsent } from './outbox'
import { change, refreshSoon } from './refresh'
import type { UnsentRows } from './unsent-rows'

/** How long to wait before it is tried again without being asked (ms). */
const PAUSES_MS = [2000, 5000, 15_000, 60_000]

/** Sends what waits, one after the other, so that to-dos are made in the order in which they were typed. */
export class Sender {
  private isRunning = false
  private timer: ReturnType<typeof setTimeout> | undefined
  private failures = 0

  constructor(
    private readonly outbox: Outbox,
    private readonly rows: UnsentRows,
  ) {
    addEventListener('online', () => this.send())
  }

  /** Sends everything that was not refused. It may be called at any time. */
  async send(): Promise<void> {
    clearTimeout(this.timer)
    if (this.isRunning) return
    this.isRunning = true
    try {
      await this.outbox.alone(() => this.sendAll())
    } finally {
      this.isRunning = false
    }
  }

  private async sendAll(): Promise<void> {
    const sentElsewhere = this.outbox.reload()
    for (const entry of sentElsewhere) this.rows.replace(entry, null)
    let isDone = sentElsewhere.length > 0
    for (let next = this.next(); next; next = this.next()) {
      if (!(await this.sendOne(next))) break
      isDone = true
    }
    if (isDone) refreshSoon()
  }

  private next = (): Unsent | undefined => this.outbox.all.find(({ state }) => state !== 'refused')

  /** Whether the next one can be sent. */
  private async sendOne(entry: Unsent): Promise<boolean> {
    this.show(entry, 'sending')
    const answer = await change(() => sendForm(entry.path, new URLSearchParams(entry.fields)))
    // Somebody has taken it back meanwhile.
    if (!this.outbox.all.includes(entry)) return true
    if (answer.kind === 'done') {
      this.failures = 0
      this.outbox.remove(entry)
      this.rows.replace(entry, answer.part)
      return true
    }
    if (answer.kind === 'refused') {
      entry.reason = answer.part.textContent.trim()
      // Too many at once are no fault of the text: it is sent later.
      if (answer.status !== 429) {
        this.show(entry, 'refused')
        return true
      }
    }
    this.show(entry, answer.kind === 'signed out' ? 'signed out' : 'unreachable')
    if (answer.kind !== 'signed out') this.tryLater()
    return false
  }

  private show(entry: Unsent, state: Unsent['state']): void {
    entry.state = state
    if (state === 'sending') delete entry.reason
    this.outbox.save()
    this.rows.show(entry)
    // Those behind it wait for the same reason.
    if (state === 'sending') return
    for (const other of this.outbox.all) {
      if (other === entry || other.state !== 'sending' || state === 'refused') continue
      other.state = state
      this.rows.show(other)
    }
  }

  private tryLater(): void {
    const pause = PAUSES_MS[Math.min(this.failures, PAUSES_MS.length - 1)]
    this.failures++
    this.timer = setTimeout(() => this.send(), pause)
  }
}
