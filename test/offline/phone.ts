import { createClient, keepInMemory } from '../../packages/client/src/client'
import {
  createOfflineTodos,
  type Detached,
  memoryStore,
  type OfflineOptions,
  type Refusal,
} from '../../packages/client/src/offline'
import { API, ORIGIN } from '../helpers/client'
import { type Account, ask } from './account'

/** What happens to a request: an answer in place of the Worker's, or an error. Nothing: the Worker answers. */
export type Weather = (call: string, request: Request) => Promise<Response | undefined> | Response | undefined

export interface PhoneOptions extends Partial<OfflineOptions> {
  texts?: Map<string, string>
  /** Before a request arrives. */
  before?: Weather
  /** After the Worker has answered. */
  after?: Weather
  settings?: Partial<Env>
}

/** A phone of the owner of an account, which notes its requests, and what was refused or detached. */
export async function startPhone(account: Account, options: PhoneOptions = {}) {
  const { texts = new Map<string, string>(), before, after, settings = {}, ...others } = options
  const sent: { call: string; key: string | null; body: string }[] = []
  const refusals: Refusal[] = []
  const detached: Detached[] = []
  const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input, init)
    const call = `${request.method} ${request.url.replace(API, '').replace(/\?.*/, '')}`
    const body = await request.clone().text()
    sent.push({ call, key: request.headers.get('Idempotency-Key'), body })
    const early = await before?.(call, request)
    if (early) return early
    const answer = await ask(request, settings)
    return (await after?.(call, request)) ?? answer
  }
  const tokens = keepInMemory({ accessToken: account.accessToken, refreshToken: 'none' })
  const client = createClient(ORIGIN, { tokens, fetch })
  const todos = await createOfflineTodos({
    client,
    userId: account.userId,
    store: memoryStore(texts),
    onRefused: (refusal) => refusals.push(refusal),
    onDetached: (one) => detached.push(one),
    ...others,
  })
  const shown = () => todos.list().map(({ contents, isDone, state }) => [contents, isDone ? 'done' : 'open', state])
  const batches = () => sent.filter(({ call }) => call === 'POST /todos/batch')
  return { todos, texts, client, sent, batches, refusals, detached, shown }
}

export type Phone = Awaited<ReturnType<typeof startPhone>>
