import { changesOthers, MOST_OPERATIONS, makeBatch, subtasksBack } from './batches'
import type { Entry } from './entry'
import { detachGone } from './gone'
import type { ListWish } from './lists'
import type { Batch, EntryChange, LocalCopy, Position } from './local-copy'
import { type Remote, type Resolvers, takeRemote } from './merge'
import { endReading, takePage } from './read-changes'
import { asLarge, type Refusal, type RefusalAnswer, refusalOf, takeRefusal, type Verdict } from './refusals'
import { sendList } from './send-list'
import { type Server, Stopped } from './server'
import type { SyncCounts, SyncResult } from './sync-result'

/*
 * A sync is a loop of small steps. Each begins with what is on disk and ends with one write, so it does not matter where the program is
 * killed:
 *
 * 1. While a batch is under way, send it: the same key and the same bytes each time, so it happens once.
 * 2. Send what waits for lists, one after another, because to-dos may be put into them.
 * 3. Read what has changed, and merge it with what waits here.
 * 4. Make a batch of what waits, and write it down before it is sent.
 *
 * Changes are read only while no batch is under way. Otherwise nobody could tell our own change from somebody else's. They are read once
 * more after a batch that has changed other to-dos, too: subtasks with their parents, or the next one of those that come again.
 */

/** After so many conflicts that reading does not explain, it reads from the beginning. */
const CONFLICTS_BEFORE_RESTART = 4

export interface App extends Resolvers {
  onRefused?(refusal: Refusal): void
}

/** One sync. */
export class Sync {
  private readonly counts: SyncCounts = { sent: 0, received: 0, refused: 0 }
  private readonly timesForgotten: number
  /** How many operations the next batch may have: fewer after a refusal that names none. */
  private most = MOST_OPERATIONS
  private conflicts = 0
  private isRead = false
  /** Whether the last answer has shown that the session is of this user. */
  private isProven = false

  constructor(
    private readonly copy: LocalCopy,
    private readonly server: Server,
    private readonly app: App,
  ) {
    this.timesForgotten = copy.timesForgotten
  }

  async run(): Promise<SyncResult> {
    try {
      await this.proveUser()
      await this.copy.begin()
      while (await this.step()) {
        if (this.copy.timesForgotten !== this.timesForgotten) throw new Stopped('cleared')
      }
      return { ...this.counts, state: 'synced' }
    } catch (error) {
      if (!(error instanceof Stopped)) throw error
      return { ...this.counts, state: error.reason, ...error.details }
    }
  }

  /** @returns whether there may be more to do */
  private async step(): Promise<boolean> {
    const { position, batch } = this.copy
    if (!position) throw new Stopped('cleared')
    const wish = [...this.copy.wishes.values()].find(({ problem }) => !problem)
    if (batch) await this.send(position, batch)
    else if (wish) await this.sendList(wish)
    else if (!this.isRead) await this.read(position)
    else if (!(await detachGone(this.copy, this.app))) return this.makeBatch(position)
    return true
  }

  private async proveUser(): Promise<void> {
    if (!this.isProven) await this.server.requireUser()
    this.isProven = true
  }

  private async send(position: Position, batch: Batch): Promise<void> {
    await this.proveUser()
    this.isProven = false
    const answer = await this.server.sendBatch(batch.key, batch.operations)
    if ('results' in answer) await this.takeResults(position, batch, answer.results)
    else await this.takeRefusal(position, batch, answer)
  }

  private async takeResults(position: Position, batch: Batch, results: Remote[]): Promise<void> {
    const take = async (entry: Entry, index: number) => {
      const remote = results[index]
      if (!remote) return { entry }
      return { entry: { ...(await takeRemote(entry, remote, this.app)), readIn: position.round } }
    }
    const reachesOthers = changesOthers(this.copy.entries, batch)
    if (!(await this.endBatch(position, batch, take))) return
    if (reachesOthers) this.isRead = false
    this.counts.sent += results.length
    this.most = Math.min(MOST_OPERATIONS, 2 * this.most)
  }

  private async takeRefusal(position: Position, batch: Batch, answer: RefusalAnswer): Promise<void> {
    const isHopeless = this.conflicts >= 2 * CONFLICTS_BEFORE_RESTART
    const verdict = takeRefusal({ batch, answer, isHopeless, resolvers: this.app })
    const gone = verdict.gone.filter(
      ({ id, field, value }) => this.copy.entries.get(id)?.wanted?.fields[field] === value,
    )
    const refused = await this.endBatch(position, batch, verdict.take, () => subtasksBack(this.copy.entries, batch))
    if (!refused) return
    for (const detached of gone) this.app.onDetached?.(detached)
    if (verdict.mustSplit) this.most = Math.ceil(batch.operations.length / 2)
    this.tell(refused)
    if (answer.problem.code === 'quota_exceeded') for (const refusal of refused) await this.refuseAsLarge(refusal)
    if (gone.length > 0) this.isRead = false
    if (answer.status !== 412 && answer.status !== 404) return
    this.isRead = false
    this.conflicts++
    if (this.conflicts === CONFLICTS_BEFORE_RESTART && this.copy.position) await this.readFromStart(this.copy.position)
  }

  private async refuseAsLarge(refusal: Refusal): Promise<void> {
    const others = asLarge(this.copy.entries, refusal)
    if (!(await this.copy.commit(others))) return
    this.tell(others.map(({ after }) => refusalOf(after, after.refusal.operation, refusal.problem)))
  }

  private tell(refused: readonly Refusal[]): void {
    this.counts.refused += refused.length
    for (const refusal of refused) this.app.onRefused?.(refusal)
  }

  /**
   * Ends the batch that is under way, with what `take` makes of the entry of each of its operations.
   * @returns what was refused, or null if somebody else has ended the batch
   */
  private async endBatch(
    position: Position,
    batch: Batch,
    take: Verdict['take'],
    others: () => EntryChange[] = () => [],
  ): Promise<Refusal[] | null> {
    while (this.copy.batch === batch && this.copy.position === position) {
      const changes = others()
      const refused: Refusal[] = []
      for (const [index, { id }] of batch.operations.entries()) {
        const before = this.copy.entries.get(id)
        if (!before) continue
        const { entry: after, refusal } = await take(before, index)
        changes.push({ id, before, after })
        if (refusal) refused.push(refusal)
      }
      if (await this.copy.commit(changes, { before: { position, batch }, batch: null })) return refused
    }
    return null
  }

  private async sendList(wish: ListWish): Promise<void> {
    if (wish.isTried) {
      await this.proveUser()
      this.isProven = false
    }
    if (await sendList(this.copy, this.server, wish)) this.counts.sent++
    this.isRead = false
  }

  private async read(position: Position): Promise<void> {
    const page = await this.server.readChanges(position.since)
    if (page === null) return this.readFromStart(position)
    // A token works for its user only. A first page has none, so ask again whose session it was.
    this.isProven = position.since !== null
    await this.proveUser()
    const changes = await takePage(this.copy.entries, page.changes, position, this.app)
    const isLast = !page.hasMore
    if (isLast) await endReading(this.copy.entries, changes, position, this.app)
    const next = { since: page.nextToken, round: position.round, isFull: position.isFull && page.hasMore }
    const before = { position, batch: undefined }
    const lists = { all: page.lists }
    if (!(await this.copy.commit([...changes.values()], { before, position: next }, lists))) return
    this.counts.received += page.changes.length
    this.isRead = isLast
  }

  private async readFromStart(position: Position): Promise<void> {
    const next = { since: null, round: position.round + 1, isFull: true }
    await this.copy.commit([], { before: { position, batch: this.copy.batch }, position: next })
  }

  /** @returns whether anything waits */
  private async makeBatch(position: Position): Promise<boolean> {
    const { wishes } = this.copy
    const { batch, changes } = makeBatch(this.copy.entries, this.most, (listId) => !wishes.get(listId)?.isNew)
    if (batch.operations.length === 0) return false
    await this.copy.commit(changes, { before: { position, batch: undefined }, batch })
    return true
  }
}
