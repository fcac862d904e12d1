import type { OfflineList, OfflineTodo } from '../../packages/client/src/offline'
import { nextIdOf } from '../../src/todos/derived-id'
import { API } from '../helpers/client'
import { type Account, allIds, ask, deletedWithOthers, forgetDeleted, forgetKeys } from './account'
import { Device, Disk, type SyncTokens } from './device'
import { Edits } from './edits'
import { type Change, DEVICES, type Step } from './history'

/*
 * One history: three devices, the last of which has two tabs, and another client. It is told as a story for the error message.
 */

/** If it is not quiet then, it never will be. */
const MOST_SYNCS = 24
const MOST_DECISIONS = 40
const MOST_ROUNDS = 5

export class Run {
  readonly story: string[] = []
  private readonly devices: Device[]
  private readonly tokens: SyncTokens = new Set()
  private readonly edits = new Edits()
  private readonly lists: string[] = []
  private readonly nextOnes = new Set<string>()
  private texts = 0

  constructor(private readonly account: Account) {
    const disks = [new Disk(), new Disk(), new Disk()]
    this.devices = Array.from({ length: DEVICES }, (_, index) => {
      const disk = disks[Math.min(index, 2)] ?? new Disk()
      return new Device('ABCC'.charAt(index), disk, account, this.tokens)
    })
  }

  /** All devices begin with the same three to-dos. They copy them from the first one, which is cheaper than to read them. */
  async start(): Promise<void> {
    const [first, ...others] = this.devices
    if (!first) return
    await first.start()
    for (const as of ['plain', 'recurring', 'subtask'] as const) await this.create(first, { as, which: 0 })
    await first.sync()
    await first.finish()
    for (const device of others) {
      device.copyDisk(first)
      await device.start()
    }
  }

  async perform(step: Step): Promise<void> {
    this.story.push(JSON.stringify(step))
    if (step.do === 'elsewhere') return this.changeElsewhere(step)
    if (step.do === 'time') return this.pass(step.passes)
    const device = this.devices[step.device]
    if (!device) return
    if (step.do === 'sync') return device.sync()
    if (step.do === 'answer') return device.answer(step.fate)
    if (step.do === 'sync whole') {
      await device.sync()
      for (const fate of step.fates) await device.answer(fate)
      return device.finish()
    }
    if (step.do === 'kill') device.killAt = { writes: step.writes, isDone: step.isDone }
    else if (step.do === 'create') await this.create(device, step)
    else if (step.do === 'list') await this.changeList(device, step)
    else if (step.do === 'decide') await this.decide(device, step.how)
    else await this.change(device, step)
  }

  private async create(device: Device, { as, which }: Pick<Step & { do: 'create' }, 'as' | 'which'>): Promise<void> {
    const contents = this.newText()
    const parentId = as === 'subtask' ? (this.edits.idOf(which) ?? null) : null
    const comesAgain = as === 'recurring' ? { due: '2026-11-26', recurrence: 'FREQ=DAILY' } : {}
    const made = await device.survive(device.todos.create({ contents, parentId, ...comesAgain }))
    this.edits.made(contents, made === 'killed' ? null : made)
  }

  private async changeList(device: Device, { what, which }: Step & { do: 'list' }): Promise<void> {
    if (what === 'make') {
      const made = await device.survive(device.todos.createList({ name: this.newText() }))
      if (made !== 'killed') this.lists.push(made.id)
      return
    }
    const id = this.lists.at(which)
    if (!device.todos.lists().some((list) => list.id === id) || id === undefined) return
    if (what === 'rename') {
      await device.survive(device.todos.updateList(id, { name: this.newText() }))
      return
    }
    const todos = what === 'delete' ? 'move' : 'delete'
    if (todos === 'delete') this.deleting(device, (todo) => todo.listId === id)
    await device.survive(device.todos.deleteList(id, todos))
  }

  /** Who deletes to-dos gives up what was changed in them and not sent yet. */
  private deleting(device: Device, isDeleted: (todo: OfflineTodo) => boolean): void {
    for (const todo of device.todos.list().filter(isDeleted)) {
      this.edits.deleting(todo)
      if (todo.state !== 'synced') this.edits.givenUp(todo.id, device.name)
    }
  }

  private async change(device: Device, step: Step & { which: number }): Promise<void> {
    const id = this.edits.idOf(step.which)
    const seen = id === undefined ? undefined : device.todos.get(id)
    if (id === undefined) return
    if (step.do === 'restore') {
      if (!seen) await device.survive(device.todos.restore(id).catch(() => undefined))
      return
    }
    if (!seen) return
    if (step.do === 'delete') {
      this.deleting(device, (todo) => todo.id === id || todo.parentId === id)
      await device.survive(device.todos.delete(id))
    } else if (step.do === 'change') await this.edit(device, seen, step)
  }

  private async edit(
    device: Device,
    seen: OfflineTodo,
    { field, other = 0 }: Change & { other?: number },
  ): Promise<void> {
    const text = this.newText()
    if (field !== 'contents' && field !== 'labels' && field !== 'bad') {
      const patches = {
        isDone: { isDone: !seen.isDone },
        due: { due: other === 3 ? null : `2026-12-0${other + 1}` },
        parent: { parentId: other === 3 ? null : (this.edits.idOf(other) ?? null) },
        list: { listId: this.lists[other] ?? null },
      }
      await device.survive(device.todos.update(seen.id, patches[field]))
      return
    }
    const patch = field === 'labels' ? { labels: [text] } : { contents: field === 'bad' ? bad(text) : text }
    const outcome = await device.survive(device.todos.update(seen.id, patch))
    this.edits.edited(seen, patch, { device: device.name, isSure: outcome !== 'killed' })
  }

  /** What the app does with the first to-do that was refused. */
  private async decide(device: Device, how: 'retry' | 'edit' | 'discard'): Promise<void> {
    const [refusal] = device.todos.refused
    if (!refusal) return
    const { id } = refusal
    if (how === 'edit') {
      const seen = device.todos.get(id)
      const isOfText = (refusal.problem.errors ?? []).every(({ path }) => path === '/contents')
      if (seen && isOfText) await this.edit(device, seen, { field: 'contents' })
      else if (seen) await device.survive(device.todos.update(id, { parentId: null, listId: null, recurrence: null }))
    } else if (how === 'retry') await device.survive(device.todos.retry(id))
    else {
      this.edits.discarded(id, device.name)
      await device.survive(device.todos.discard(id))
    }
  }

  private async changeElsewhere({ which, what }: Step & { do: 'elsewhere' }): Promise<void> {
    const id = this.edits.idOf(which)
    if (id === undefined) return
    if (what === 'restore') {
      await this.call('POST', `/todos/${id}/restore`)
      return
    }
    const all = await this.onServer()
    const seen = all.find((todo) => todo.id === id)
    if (seen && what === 'complete') await this.call('PATCH', `/todos/${id}`, { isDone: !seen.isDone })
    else if (seen && what === 'delete') {
      for (const todo of all) if (todo.id === id || todo.parentId === id) this.edits.deleting(todo)
      await this.call('DELETE', `/todos/${id}`)
    } else if (seen) {
      const patch = { contents: this.newText() }
      await this.call('PATCH', `/todos/${id}`, patch)
      this.edits.edited(seen, patch, { device: 'elsewhere', isSure: true })
    }
  }

  private async pass(passes: 'a day' | 'a month'): Promise<void> {
    // Only a batch whose answer was lost is done a second time.
    if (this.devices.some((device) => device.isSending)) this.edits.isDayPast = true
    if (passes === 'a day') await forgetKeys(this.account)
    else {
      this.tokens.clear()
      this.edits.forgetDeleted()
      await this.noteFollowers()
      await forgetDeleted(this.account)
    }
  }

  /** Everybody comes online, and syncs until it is quiet. Then everything must be as it should be. */
  async finish(): Promise<void> {
    for (const device of this.devices) {
      device.killAt = null
      await device.finish()
    }
    const server = await this.syncAll()
    this.edits.requireNothingRefusedIsLost(this.devices)
    let final = server
    for (let rounds = 0; rounds < MOST_ROUNDS && (await this.decideAll()); rounds++) final = await this.syncAll()
    await this.noteFollowers()
    await this.findNextOnes()
    this.edits.requireNothingLost(final.filter(({ id }) => !this.nextOnes.has(id)))
  }

  /**
   * What was deleted on the server together with its parent or its list. Nobody may have seen how it was last: that is how deletions of parents
   * and lists are.
   */
  private async noteFollowers(): Promise<void> {
    for (const id of await deletedWithOthers(this.account)) this.edits.followed(id)
  }

  /** The ids of the next ones of to-dos that come again. They derive from those, so there is one of each; any other is a stranger. */
  private async findNextOnes(): Promise<void> {
    const known = new Set(await allIds(this.account))
    const waiting = [...known, ...this.edits.allIds]
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      const next = await nextIdOf(this.account.userId, id)
      if (!known.has(next) || this.nextOnes.has(next)) continue
      this.nextOnes.add(next)
      waiting.push(next)
    }
  }

  /** @returns whether anything was refused */
  private async decideAll(): Promise<boolean> {
    let decisions = 0
    for (const device of this.devices) {
      for (; device.todos.refused.length > 0; decisions++) {
        if (decisions === MOST_DECISIONS) throw new Error(`${device.name} still has refused ones`)
        const before = device.todos.refused.length
        await this.decide(device, 'edit')
        if (device.todos.refused.length === before) await this.decide(device, 'discard')
      }
    }
    return decisions > 0
  }

  /** One device after another syncs, until all of them have read what the last one has sent. One tab syncs for both. */
  private async syncAll(): Promise<OfflineTodo[]> {
    const syncing = this.devices.slice(0, -1)
    for (let count = 0, quiet = 0; count < syncing.length || quiet < syncing.length - 1; count++) {
      const device = syncing[count % syncing.length]
      if (!device) break
      if (count === MOST_SYNCS) throw new Error(`It is never quiet: ${device.name} waits ${pendingOf(device)}`)
      await device.sync()
      await device.finish()
      if (device.last?.state !== 'synced') throw new Error(`${device.name} stops: ${JSON.stringify(device.last)}`)
      quiet = device.last.sent === 0 ? quiet + 1 : 0
    }
    const server = await this.onServer()
    const { lists } = await this.call<{ lists: OfflineList[] }>('GET', '/lists')
    const expected = [...server.map(shown).sort(), ...lists.map(shownList)].join('\n')
    for (const { name, todos } of this.devices) {
      const mine = [...todos.list().map(shown).sort(), ...todos.lists().map(shownList)].join('\n')
      const isSame = mine === expected && todos.pending.length === 0
      if (isSame || todos.refused.length > 0) continue
      const waits = JSON.stringify(todos.pending)
      throw new Error([`${name} has`, mine, 'waits', waits, 'the server has', expected].join('\n'))
    }
    return server
  }

  private async onServer(): Promise<OfflineTodo[]> {
    const { todos } = await this.call<{ todos: OfflineTodo[] }>('GET', '/todos?limit=100')
    return todos
  }

  private async call<Body>(method: string, path: string, body?: object): Promise<Body> {
    const headers = { Authorization: `Bearer ${this.account.accessToken}`, 'Content-Type': 'application/json' }
    const request = new Request(API + path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
    return (await ask(request)).json<Body>().catch(() => ({}) as never)
  }

  private readonly newText = (): string => `t${++this.texts}`
}

/** A text that the server refuses, because it is too long. It is still another one each time. */
const bad = (text: string): string => text.padEnd(501, '!')

const pendingOf = (device: Device): string => JSON.stringify(device.todos.pending)

const shown = ({ version, state = 'synced', ...todo }: Partial<OfflineTodo>): string => {
  const { id, contents, labels, isDone, due, recurrence, position } = todo
  const home = [todo.parentId, todo.listId].map((other) => other?.slice(-6) ?? '-')
  const texts = [contents?.slice(0, 8), labels?.join(), isDone ? 'done' : 'open', due, recurrence, position]
  return [id?.slice(-6), ...home, ...texts, version, state].join(' ')
}

const shownList = ({ id, name, position, version, state = 'synced' }: Partial<OfflineList>): string =>
  [id, name, position, version, state].join(' ')
