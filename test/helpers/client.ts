import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import worker from '../../src/index'
import { noteSecrets } from './redaction'

/*
 * A client as a stranger would have it: it speaks HTTP and keeps a cookie jar. Paths are under /api/v1.
 */

export interface Answer<Body = unknown> {
  status: number
  headers: Headers
  body: Body
  /** The body as it came. */
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
  /** Sent as JSON; a string, bytes or a stream goes as it is. */
  body?: unknown
}

const background = new Set<Promise<unknown>>()

/** An execution context whose tasks `settleBackground` knows of. */
export function backgroundContext(): ExecutionContext {
  const context = createExecutionContext()
  const waitUntil = context.waitUntil.bind(context)
  context.waitUntil = (task) => {
    background.add(task)
    waitUntil(task.finally(() => background.delete(task)))
  }
  return context
}

/** Lets tasks that go on after an answer end, so that none runs into the next test; one that only waits is left alone. */
export async function settleBackground(): Promise<void> {
  const settled = Promise.allSettled(background)
  background.clear()
  await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, 100))])
}

type Fetch = (request: Request) => Promise<Response>

export const ORIGIN = 'http://localhost:8787'
export const API = `${ORIGIN}/api/v1`

/** Everybody comes from an address of their own, unless a test says otherwise: limits by address are not in each other's way. */
let clients = 0

export class Client {
  readonly cookies = new Map<string, string>()
  /** What the browser was told with each cookie, attributes included. */
  readonly setCookies: string[] = []
  headers: Record<string, string>

  constructor(
    headers: Record<string, string> = {},
    private readonly send: Fetch = async (request) => worker.fetch(request, env, backgroundContext()),
  ) {
    clients++
    this.headers = { 'CF-Connecting-IP': `10.${clients >> 16}.${(clients >> 8) & 255}.${clients & 255}`, ...headers }
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
    noteSecrets([request.headers.get('Authorization')?.replace(/^\S+ +/, ''), ...this.cookies.values()], true)
    const response = await this.send(request)
    for (const line of response.headers.getSetCookie()) this.keep(line)
    const text = await response.text()
    const json = text !== '' && response.headers.get('Content-Type')?.includes('json')
    const answer = json ? JSON.parse(text) : undefined
    noteSecrets(answer)
    return { status: response.status, headers: response.headers, text, body: answer }
  }

  private keep(line: string): void {
    this.setCookies.push(line)
    const [pair = '', ...attributes] = line.split('; ')
    const name = pair.slice(0, pair.indexOf('='))
    if (attributes.includes('Max-Age=0')) this.cookies.delete(name)
    else this.cookies.set(name, pair.slice(name.length + 1))
  }
}

const isRaw = (body: unknown): body is string | Uint8Array<ArrayBuffer> | ReadableStream =>
  typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream

/** A client of a Worker with other bindings or settings than the test's own. */
export const clientOf = (
  bindings: Partial<Env> & Record<string, unknown>,
  headers?: Record<string, string>,
): Client => {
  const ownEnv = { ...env, ...bindings }
  return new Client(headers, async (request) => worker.fetch(request, ownEnv, backgroundContext()))
}
