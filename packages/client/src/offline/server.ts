import type { Client } from '../client'
import type { Operation, Problem } from './entry'
import type { ListFields, ListWish, TodoList } from './lists'
import type { Remote } from './merge'

/** Why a sync has stopped. Nothing is lost then: the next one goes on. */
export type StopReason =
  /** The session has ended: the user has to log in again. */
  | 'signed_out'
  /** Somebody else is signed in. */
  | 'wrong_user'
  /** There is no network, or no answer in time. */
  | 'offline'
  /** The server asks to wait: see `retryAfterSeconds`. */
  | 'rate_limited'
  /** The server cannot answer now, or what answers is not Latchkey. */
  | 'unavailable'
  /** The server refuses what this program sends. See `problem`. */
  | 'failed'
  /** Everything was forgotten by `clear()` meanwhile. */
  | 'cleared'

export interface StopDetails {
  retryAfterSeconds?: number
  problem?: Problem
  /** What `fetch` has thrown. */
  error?: unknown
}

/** Thrown where a sync stops. */
export class Stopped extends Error {
  constructor(
    readonly reason: StopReason,
    readonly details: StopDetails = {},
  ) {
    super(reason)
  }
}

/** The answer to a batch: what the server has now, or why it did nothing. */
export type BatchAnswer = { results: Remote[] } | { status: number; problem: Problem }

export interface ChangesPage {
  changes: Remote[]
  /** All lists, if they have changed. */
  lists?: TodoList[]
  nextToken: string
  hasMore: boolean
}

/** The answer to the change of a list: how it is now, or why nothing was done. Null: there is no such list. */
export type ListAnswer = { list: TodoList | null } | { problem: Problem }

export type OfflineClient = Pick<Client, 'auth' | 'todos' | 'lists'>

type Answer = Pick<Response, 'ok' | 'status' | 'headers'> & { json(): Promise<unknown> }

const PAGE = '100'

/** What a sync asks the server. Each of these throws `Stopped` when there is no useful answer. */
export class Server {
  constructor(
    private readonly client: OfflineClient,
    private readonly userId: string,
    private readonly timeoutMs: number,
  ) {}

  /** Requires that the session is of this user. */
  async requireUser(): Promise<void> {
    const { answer, body } = await this.ask(() => this.client.auth.session.$get())
    if (!answer.ok) throw failure(body)
    if (!isObject(body) || !isObject(body['user'])) throw new Stopped('unavailable')
    if (body['user']['id'] !== this.userId) throw new Stopped('wrong_user')
  }

  /** A page of changes, or null if `since` is of no use any more. */
  async readChanges(since: string | null): Promise<ChangesPage | null> {
    const query = { limit: PAGE, ...(since !== null && { since }) }
    const { answer, body } = await this.ask(() => this.client.todos.changes.$get({ query }))
    if (since !== null && (answer.status === 410 || answer.status === 422)) return null
    if (!answer.ok) throw failure(body)
    if (!isPage(body)) throw new Stopped('unavailable')
    return body
  }

  async sendBatch(key: string, operations: Operation[]): Promise<BatchAnswer> {
    const headers = { 'Idempotency-Key': key }
    const { answer, body } = await this.ask(() => this.client.todos.batch.$post({ json: { operations } }, { headers }))
    if (answer.ok) {
      if (!isResults(body, operations.length)) throw new Stopped('unavailable')
      return body
    }
    if (!isRefusal(answer.status, body)) throw failure(body)
    return { status: answer.status, problem: isProblem(body) ? body : { code: 'content_too_large' } }
  }

  async sendList({ id, fields, isNew, deleted }: ListWish): Promise<ListAnswer> {
    const { answer, body } = await this.ask(() => {
      const list = this.client.lists[':id']
      const param = { id }
      if (deleted) return list.$delete({ param, query: { todos: deleted } })
      return isNew ? list.$put({ param, json: wholeList(fields) }) : list.$patch({ param, json: fields })
    })
    if (answer.status === 204 || (answer.status === 404 && !isNew)) return { list: null }
    if (answer.ok && isList(body)) return { list: body }
    if (!isRefusal(answer.status, body) || !isProblem(body)) throw failure(body)
    return { problem: body }
  }

  private async ask(send: () => Promise<Answer>): Promise<{ answer: Answer; body: unknown }> {
    const { answer, body } = await withTimeout(this.timeoutMs, async () => {
      const answer = await send()
      return { answer, body: await answer.json().catch(() => undefined) }
    }).catch((error: unknown) => {
      throw new Stopped('offline', { error })
    })
    const { status, headers } = answer
    if (status === 401) throw new Stopped('signed_out')
    if (status !== 429 && status < 500) return { answer, body }
    const seconds = Number(headers.get('Retry-After') ?? Number.NaN)
    const details = { ...(seconds >= 0 && { retryAfterSeconds: seconds }), ...(isProblem(body) && { problem: body }) }
    throw new Stopped(status === 429 ? 'rate_limited' : 'unavailable', details)
  }
}

function withTimeout<Result>(ms: number, run: () => Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`No answer within ${ms} ms`)), ms)
    run()
      .then(resolve, reject)
      .finally(() => clearTimeout(timer))
  })
}

/** Whether an answer refuses operations for what they are. A proxy may say 413 without a problem. */
function isRefusal(status: number, body: unknown): boolean {
  if (status === 413) return true
  return isProblem(body) && REFUSALS.includes(body.code)
}

const REFUSALS = ['invalid_fields', 'not_found', 'precondition_failed', 'quota_exceeded']

const failure = (body: unknown): Stopped =>
  isProblem(body) ? new Stopped('failed', { problem: body }) : new Stopped('unavailable')

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const isProblem = (body: unknown): body is Problem => isObject(body) && typeof body['code'] === 'string'

const isPage = (body: unknown): body is ChangesPage =>
  isObject(body) && Array.isArray(body['changes']) && typeof body['nextToken'] === 'string'

const wholeList = ({ name = '', position = null }: Partial<ListFields>): ListFields => ({ name, position })

const isList = (body: unknown): body is TodoList => isObject(body) && typeof body['version'] === 'number'

const isResults = (body: unknown, count: number): body is { results: Remote[] } =>
  isObject(body) && Array.isArray(body['results']) && body['results'].length === count
