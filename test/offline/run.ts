import type { OfflineTodo } from '../../packages/client/src/offline'
import { API } from '../helpers/client'
import { type Account, ask, forgetDeleted, forgetKeys } from './account'
import { Device, Disk, type SyncTokens } from './device'
import { Edits } from './edits'
import { type Change, DEVICES, type Step } from './history'

/*
 * One history: three devices, the last of which has two tabs, and another client. It is told as a story for the error message.
 */

/** If it is not quiet then, it never will be. */
const MOST_SYNCS = 24
const MOST_DECISIONS = 40

export class Run {
  readonly story: string[] = []
  private readonly devices: Device[]
  private readonly tokens: SyncTokens = new Set()
  private readonly edits = new Edits()
  private texts = 0

  constructor(private readonly account: Account) {
    const disks = [new Disk(), new Disk(), new Disk()]
    this.devices = Array.from({ length: DEVICES }, (_, index) => {
      const disk = disks[Math.min(index, 2)] ?? new Disk()
      return new Device('ABCC'.charAt(index), disk, account, this.tokens)
    })
  }

  /** All devices begin with the same two to-dos. They copy them from the first one, which is cheaper than to read them. */
  async start(): Promise<void> {
    const [first, ...others] = this.devices
    if (!first) return
    await first.start()
    for (let n = 0; n < 2; n++) await this.create(first)
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
    else if (step.do === 'create') await this.create(device)
    else if (step.do === 'decide') await this.decide(device, step.how)
    else await this.change(device, step)
  }

  private async create(device: Device): Promise<void> {
    const contents = this.newText()
    const made = await device.survive(device.todos.create({ contents }))
    this.edits.made(contents, made === 'killed' ? null : made)
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
      this.edits.deleting(seen)
      // Who deletes a to-do gives up what was changed in it and not sent yet.
      if (seen.state !== 'synced') this.edits.givenUp(id, device.name)
      await device.survive(device.todos.delete(id))
    } else if (step.do === 'change') await this.edit(device, seen, step.field)
  }

  private async edit(device: Device, seen: OfflineTodo, field: Change['field']): Promise<void> {
    const text = this.newText()
    if (field === 'isDone') {
      await device.survive(device.todos.update(seen.id, { isDone: !seen.isDone }))
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
      if (seen) await this.edit(device, seen, 'contents')
    } else if (how === 'retry') await device.survive(device.todos.retry(id))
    else {
      this.edits.discarded(id, device.name)
      await device.survive(device.todos.discard(id))
    }
  }

  private async changeElsewhere({
    which,
    what,
  }: {
    which: number
    what: 'change' | 'delete' | 'restore'
  }): Promise<void> {
    const id = this.edits.idOf(which)
    if (id === undefined) return
    if (what === 'restore') {
      await this.call('POST', `/todos/${id}/restore`)
      return
    }
    const seen = (await this.onServer()).find((todo) => todo.id === id)
    if (seen && what === 'delete') {
      this.edits.deleting(seen)
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
    this.edits.requireNothingLost((await this.decideAll()) ? await this.syncAll() : server)
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
    const expected = server.map(shown).sort().join('\n')
    for (const device of this.devices) {
      const mine = device.todos.list()
      const isSame = device.todos.refused.length > 0 || mine.map(shown).sort().join('\n') === expected
      if (isSame && device.todos.pending.length === 0) continue
      const all = [`${device.name} has`, ...mine.map(shown), 'waits', pendingOf(device), 'the server has', expected]
      throw new Error(all.join('\n'))
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

const shown = ({ id, contents, labels, isDone, version, state = 'synced' }: Partial<OfflineTodo>): string =>
  [id?.slice(-6), contents?.slice(0, 8), labels?.join(), isDone ? 'done' : 'open', version, state].join(' ')
