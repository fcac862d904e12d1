import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import worker from '../../src/index'
import { noteQuery, noteSecrets } from './redaction'

/*
 * An HTTP client as anybody could write one. It speaks HTTP and keeps a cookie jar. Paths are under /api/v1.
 */

export interface Answer<Body = unknown> {
  status: number
  headers: Headers
  body: Body
  /** The body before it was parsed. */
  text: string
}

/** An error answer. */
export interface ProblemBody {
  type: string
  title: string
  status: number
  code: string
  requestId: string
  detail?: string
  errors?: { path: string; code: string; message: string }[]
}

export interface Options {
  headers?: Record<string, string>
  /** Sent as JSON, except for a string, bytes or a stream: those are sent as they are. */
  body?: unknown
}

const background = new Set<Promise<unknown>>()

/** An execution context for one request. `settleBackground` waits for its background tasks. */
export function backgroundContext(): ExecutionContext {
  const context = createExecutionContext()
  const waitUntil = context.waitUntil.bind(context)
  context.waitUntil = (task) => {
    background.add(task)
    waitUntil(task.finally(() => background.delete(task)))
  }
  return context
}

/** Waits for background tasks, so that none runs into the next test. A test whose task calls a server waits for longer. */
export async function settleBackground(limitMs = 100): Promise<void> {
  const settled = Promise.allSettled(background)
  background.clear()
  await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, limitMs))])
}

type Fetch = (request: Request) => Promise<Response>

export const ORIGIN = 'http://localhost:8787'
export const API = `${ORIGIN}/api/v1`

let clients = 0
let addresses = 0

/** An IP address that no client has had before. */
export const newIpAddress = (): string => {
  addresses++
  return `198.18.${Math.floor(addresses / 256)}.${addresses % 256}`
}

export class Client {
  readonly cookies = new Map<string, string>()
  /** Every `Set-Cookie` line that came, with its attributes. */
  readonly setCookies: string[] = []
  headers: Record<string, string>

  /** By default, each client has an IP address of its own, so that clients do not use up the limits of each other. */
  constructor(
    headers: Record<string, string> = {},
    private readonly send: Fetch = async (request) => worker.fetch(request, env, backgroundContext()),
  ) {
    clients++
    this.headers = { 'CF-Connecting-IP': `10.${clients >> 16}.${(clients >> 8) & 255}.${clients & 255}`, ...headers }
  }

  /** Takes over the cookies of another client. */
  copyCookies({ cookies }: Client): this {
    for (const [name, value] of cookies) this.cookies.set(name, value)
    return this
  }

  get = <Body = ProblemBody>(path: string, options?: Options) => this.request<Body>('GET', path, options)
  post = <Body = ProblemBody>(path: string, body?: unknown, options?: Options) =>
    this.request<Body>('POST', path, { ...options, body })
  put = <Body = ProblemBody>(path: string, body?: unknown, options?: Options) =>
    this.request<Body>('PUT', path, { ...options, body })
  patch = <Body = ProblemBody>(path: string, body?: unknown, options?: Options) =>
    this.request<Body>('PATCH', path, { ...options, body })
  delete = <Body = ProblemBody>(path: string, body?: unknown, options?: Options) =>
    this.request<Body>('DELETE', path, { ...options, body })

  async request<Body>(method: string, path: string, { headers = {}, body }: Options = {}): Promise<Answer<Body>> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const request = new Request(path.startsWith('http') ? path : `${API}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(cookie && { Cookie: cookie }),
        ...(isRaw(body) || body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...this.headers,
        ...headers,
      },
      ...(body !== undefined && { body: isRaw(body) ? body : JSON.stringify(body) }),
    })
    noteSecrets(body)
    noteQuery(path)
    noteSecrets([/\/calendar\/([\w-]{43})/.exec(path)?.[1]], true)
    if (typeof body === 'string') noteQuery(body)
    noteSecrets([request.headers.get('Authorization')?.replace(/^\S+ +/, ''), ...this.cookies.values()], true)
    noteSecrets([request.headers.get('Cf-Access-Jwt-Assertion')], true)
    const response = await this.send(request)
    for (const line of response.headers.getSetCookie()) this.storeCookie(line)
    // Not `text()`, which warns of types that it does not know.
    const text = new TextDecoder().decode(await response.arrayBuffer())
    const json = text !== '' && /[/+]json\b/.test(response.headers.get('Content-Type') ?? '')
    const answer = json ? JSON.parse(text) : undefined
    noteSecrets(answer)
    noteQuery(response.headers.get('Location') ?? '')
    return { status: response.status, headers: response.headers, text, body: answer }
  }

  private storeCookie(line: string): void {
    this.setCookies.push(line)
    const [pair = '', ...attributes] = line.split('; ')
    const name = pair.slice(0, pair.indexOf('='))
    if (attributes.includes('Max-Age=0')) this.cookies.delete(name)
    else this.cookies.set(name, pair.slice(name.length + 1))
  }
}

const isRaw = (body: unknown): body is string | Uint8Array<ArrayBuffer> | ReadableStream =>
  typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream

type OtherBindings = Partial<Env> & Record<string, unknown>

/** All bindings of a Worker, by those of its own. It derives its keys once for them, so it is kept. */
const whole = new WeakMap<OtherBindings, Env>()

/** A client of a Worker with these bindings and settings in place of the usual ones. */
export const clientOf = (bindings: OtherBindings, headers?: Record<string, string>): Client => {
  const all = whole.get(bindings) ?? { ...env, ...bindings }
  whole.set(bindings, all)
  return new Client(headers, async (request) => worker.fetch(request, all, backgroundContext()))
}

/** The same browser, with a Worker that has other bindings or settings. */
export function withBindings(browser: Client, bindings: OtherBindings): Client {
  const client = clientOf(bindings)
  for (const [name, value] of browser.cookies) client.cookies.set(name, value)
  return client
}
