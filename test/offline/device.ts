import { createClient, keepInMemory } from '../../packages/client/src/client'
import {
  createOfflineTodos,
  memoryStore,
  type OfflineStore,
  type OfflineTodos,
  type SyncResult,
} from '../../packages/client/src/offline'
import { problemAnswer } from '../client/network'
import { ORIGIN } from '../helpers/client'
import { type Account, ask } from './account'

/*
 * A device of a history: its disk survives, and its program can be killed between any two writes and around any request. Each of its
 * requests waits until the history says what happens to it, and so does each question to the app.
 */

/** What happens to a request. `killed`: the program is, before the request goes out or after it has arrived. */
export const FATES = [
  'arrives',
  'is lost',
  'loses its answer',
  'is killed before',
  'is killed after',
  'is too much',
  'meets an error',
] as const
export type Fate = (typeof FATES)[number]

/** The disk of a device, and the programs that are told of changes of it. */
export class Disk {
  readonly texts = new Map<string, string>()
  readonly listeners = new Map<object, (keys: readonly string[]) => void>()
}

/** The tokens of `changes` that the server still takes. */
export type SyncTokens = Set<string>

const never = <Result>() => new Promise<Result>(() => {})

/** One run of the program, from its start until it is killed. */
interface Life {
  isOver: boolean
  killed: Promise<'killed'>
  kill(): void
}

function newLife(): Life {
  const { promise, resolve } = Promise.withResolvers<'killed'>()
  const life: Life = {
    isOver: false,
    killed: promise,
    kill() {
      life.isOver = true
      resolve('killed')
    },
  }
  return life
}

export class Device {
  /** Kills the program at one of its next writes. */
  killAt: { writes: number; isDone: boolean } | null = null
  last: SyncResult | undefined
  private life = newLife()
  private running: Promise<unknown> | null = null
  private waiting: { say(fate: Fate): void } | null = null
  private wake = () => {}
  private program: OfflineTodos | undefined

  constructor(
    /** Two tabs of a device have the same name. */
    readonly name: string,
    private readonly disk: Disk,
    private readonly account: Account,
    private readonly tokens: SyncTokens,
  ) {}

  get todos(): OfflineTodos {
    if (!this.program) throw new Error('It has not started')
    return this.program
  }

  copyDisk({ disk }: Device): void {
    for (const [key, text] of disk.texts) this.disk.texts.set(key, text)
  }

  /** Whether a batch is under way, as far as this device knows. */
  get isSending(): boolean {
    return this.disk.texts.has(`${this.account.userId}/batch`)
  }

  async start(): Promise<void> {
    const life = newLife()
    this.life = life
    this.running = null
    this.waiting = null
    this.killAt = null
    const tokens = keepInMemory({ accessToken: this.account.accessToken, refreshToken: 'none' })
    const client = createClient(ORIGIN, {
      tokens,
      fetch: (input, init) => this.fetch(life, new Request(input, init)),
    })
    const store = this.storeOf(life)
    // The app takes its time to decide, and decides as is the default.
    const decide = async () => {
      const fate = await this.fateOf(life)
      return fate.startsWith('is killed') ? this.killed<void>(life) : undefined
    }
    this.program = await createOfflineTodos({
      client,
      userId: this.account.userId,
      store,
      resolve: ({ local }) => decide().then(() => local),
      resolveDeletion: () => decide().then(() => 'keep'),
    })
  }

  /** Runs `act` unless the program is killed meanwhile. Then it starts again. */
  async survive<Result>(act: Promise<Result>): Promise<Result | 'killed'> {
    const outcome = await Promise.race([act, this.life.killed])
    if (outcome === 'killed') {
      this.disk.listeners.delete(this.life)
      await this.start()
    }
    return outcome
  }

  /** Begins to sync, until the first request waits. */
  async sync(): Promise<void> {
    if (this.running) return
    const { life } = this
    this.running = this.todos.sync().then((result) => {
      this.last = result
      if (life === this.life) this.running = null
    })
    await this.pause()
  }

  /** Says what happens to the request that waits, and waits for the next one. */
  async answer(fate: Fate): Promise<void> {
    const { waiting } = this
    if (!waiting) return
    this.waiting = null
    waiting.say(fate)
    await this.pause()
  }

  async finish(): Promise<void> {
    while (this.running) await this.answer('arrives')
  }

  private async pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.wake = resolve
    if (!this.waiting) await this.survive(Promise.race([promise, this.running]))
  }

  private storeOf(life: Life): OfflineStore {
    const store = memoryStore(this.disk.texts)
    return {
      read: async (prefix) => (life.isOver ? never() : store.read(prefix)),
      write: async (changes) => {
        if (life.isOver) return never()
        const { killAt } = this
        if (killAt) killAt.writes--
        const isLast = killAt !== null && killAt.writes < 0
        if (isLast && !killAt.isDone) return this.killed(life)
        const isDone = await store.write(changes)
        const keys = changes.map(({ key }) => key)
        if (isDone) for (const [other, tell] of this.disk.listeners) if (other !== life) tell(keys)
        return isLast ? this.killed(life) : isDone
      },
      watch: (listener) => {
        this.disk.listeners.set(life, listener)
        return () => this.disk.listeners.delete(life)
      },
    }
  }

  private killed<Result>(life: Life): Promise<Result> {
    life.kill()
    return never()
  }

  private async fetch(life: Life, request: Request): Promise<Response> {
    if (life.isOver) return never()
    const { pathname, searchParams } = new URL(request.url)
    // Each sync asks this first. It changes nothing, so it does not wait.
    if (pathname.endsWith('/auth/session')) return Response.json({ user: { id: this.account.userId } })
    const since = searchParams.get('since')
    const fate = await this.fateOf(life)
    if (fate === 'is killed before') return this.killed(life)
    if (fate === 'is lost') throw new TypeError('The request was lost')
    if (fate === 'is too much') return problemAnswer(429, 'rate_limited')
    if (fate === 'meets an error') return problemAnswer(503, 'unavailable')
    if (since !== null && !this.tokens.has(since)) return problemAnswer(410, 'sync_token_expired')
    const answer = await ask(request)
    const text = await answer.text()
    if (pathname.endsWith('/changes') && answer.ok) this.tokens.add(JSON.parse(text).nextToken)
    if (fate === 'is killed after') return this.killed(life)
    if (fate === 'loses its answer') throw new TypeError('The answer was lost')
    return new Response(text === '' ? null : text, { status: answer.status, headers: answer.headers })
  }

  private async fateOf(life: Life): Promise<Fate> {
    const { promise, resolve } = Promise.withResolvers<Fate>()
    this.waiting = { say: resolve }
    this.wake()
    const fate = await promise
    return life.isOver ? never() : fate
  }
}
