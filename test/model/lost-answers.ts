import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { type Client as Api, createClient, type TokenStore, type Tokens } from '../../packages/client/src/client'
import { Client, ORIGIN, settleBackground } from '../helpers/client'
import { advanceClock, setClock } from '../helpers/clock'
import { logInForTokens, signUp } from '../helpers/people'
import { dump, insertRow, rowsOf } from '../helpers/storage'

/*
 * A run of `lost-answers.test.ts`: the typed client, over a network that loses what the run says. What should come of a refresh is said
 * again here, from what D1 holds: its generation, and when it was rotated.
 */

const NOON = Date.parse('2026-12-01T12:00:00.000Z')
const HOUR = 3_600_000
const GRACE_MS = 10_000

/** So many answers to refreshes may get lost in the life of a session. */
const MOST_LOST = 3

type Loss = 'nothing' | 'the request' | 'the answer' | 'the answer, for a 503'

export type LostAnswersStep =
  | { kind: 'ask'; sleep: number; who: number; loss: Loss }
  | { kind: 'ask both'; sleep: number; losses: [Loss, Loss] }
  /** A tab is loaded again, or a process ends and starts. */
  | { kind: 'begin anew'; who: number }
  | { kind: 'copy' }
  | { kind: 'steal'; sleep: number; key: boolean }

/** What the tabs or the processes of a client share. */
interface Home {
  kind: 'app' | 'browser'
  sessionId: string
  /** A new tab or process, over a network of its own. */
  open: (fetch: typeof globalThis.fetch) => Api
  refreshToken: () => string | undefined
  browser: Client
}

/** Prepares a session once. `begin()` sets D1 and the clock to the moment after the log-in. */
export async function prepareSessions(kind: Home['kind']): Promise<() => Promise<Home>> {
  setClock(NOON)
  const { client } = await signUp('alice')
  const tokens = await logInForTokens('alice')
  await settleBackground()
  const { users = [], sessions = [] } = await dump()
  const cookies = new Map(client.cookies)
  const cookieSession = sessions.find(({ id }) => id !== tokens.session.id)
  return async () => {
    setClock(NOON)
    await env.DB.batch([
      ...['activity', 'sessions', 'users'].map((table) => env.DB.prepare(`DELETE FROM ${table}`)),
      ...users.map((row) => insertRow('users', row)),
      ...sessions.map((row) => insertRow('sessions', row)),
    ])
    return kind === 'app' ? openApp(tokens) : openBrowser(String(cookieSession?.['id']), cookies)
  }
}

function openApp({ accessToken, refreshToken, session }: Tokens & { session: { id: string } }): Home {
  let disk = JSON.stringify({ accessToken, refreshToken })
  const content = (): Tokens | null => JSON.parse(disk)
  const store: TokenStore = {
    get: async () => content(),
    set: async (next) => {
      disk = JSON.stringify(next)
    },
  }
  return {
    kind: 'app',
    sessionId: session.id,
    open: (fetch) => createClient(ORIGIN, { tokens: store, fetch }),
    refreshToken: () => content()?.refreshToken,
    browser: new Client(),
  }
}

function openBrowser(sessionId: string, cookies: Map<string, string>): Home {
  const browser = new Client()
  for (const [name, value] of cookies) browser.cookies.set(name, value)
  return {
    kind: 'browser',
    sessionId,
    open: (fetch) => createClient(ORIGIN, { fetch }),
    refreshToken: () => browser.cookies.get('__Secure-refresh'),
    browser,
  }
}

export class LostAnswers {
  private readonly story: string[] = []
  private readonly losses: [Loss, Loss] = ['nothing', 'nothing']
  private readonly clients: [Api, Api]
  private copy: string | undefined
  /** The newest token that a thief was given. */
  private stolen: string | undefined
  private lost = 0

  constructor(private readonly home: Home) {
    this.clients = [this.open(0), this.open(1)]
  }

  async perform(step: LostAnswersStep): Promise<void> {
    this.story.push(JSON.stringify(step))
    if ('sleep' in step) advanceClock(step.sleep)
    switch (step.kind) {
      case 'ask':
        return this.ask([step.who], [step.loss])
      case 'ask both':
        return this.ask([0, 1], step.losses)
      case 'begin anew':
        this.clients[step.who === 0 ? 0 : 1] = this.open(step.who)
        return
      case 'copy':
        this.copy = this.home.refreshToken()
        return
      case 'steal':
        if (this.copy !== undefined) await this.steal(this.stolen ?? this.copy, step.key)
    }
  }

  /** The client and the thief come once more, so that whatever happened is found out. */
  async finish(): Promise<{ repeats: number; foundOut: boolean }> {
    for (const who of [0, 1]) {
      advanceClock(HOUR)
      await this.ask([who], ['nothing'])
      advanceClock(HOUR)
      if (this.stolen !== undefined) await this.steal(this.stolen, false)
    }
    const alarms = await eventsOf('refresh_reused')
    const repeats = await eventsOf('refresh_repeated')
    this.expect({ alarms, isLive: (await this.row()) !== undefined }, 'at the end').toEqual(
      this.wasUsedByThief() ? { alarms: 1, isLive: false } : { alarms: 0, isLive: true },
    )
    return { repeats, foundOut: alarms > 0 }
  }

  /** Asks for the to-dos. A client is signed out only after a thief has used a copy. */
  private async ask(who: number[], losses: Loss[]): Promise<void> {
    for (const [index, one] of who.entries()) this.losses[one === 0 ? 0 : 1] = this.allowed(losses[index])
    const outcomes = await Promise.all(
      who.map((one) =>
        this.clients[one === 0 ? 0 : 1].todos.$get({ query: {} }).then(
          ({ status }) => Number(status),
          () => 'no network',
        ),
      ),
    )
    this.losses.fill('nothing')
    this.story.push(`  ${outcomes.join(', ')}`)
    const isSignedOut = outcomes.includes(401)
    if (isSignedOut) this.expect(this.wasUsedByThief(), 'signed out').toBe(true)
    if (isSignedOut) this.expect(await eventsOf('refresh_reused'), 'signed out without the alarm').toBe(1)
  }

  /** Loses an answer only as often as a client may. Requests may get lost at any time. */
  private allowed(loss: Loss | undefined): Loss {
    const isAnswer = loss === 'the answer' || loss === 'the answer, for a 503'
    if (!isAnswer) return loss ?? 'nothing'
    return this.lost++ < MOST_LOST ? loss : 'nothing'
  }

  private open = (who: number): Api => this.home.open((input, init) => this.send(new Request(input, init), who))

  /** The network of one tab or process. It loses refreshes. */
  private async send(request: Request, who: number): Promise<Response> {
    const { pathname } = new URL(request.url)
    const loss = pathname.endsWith('/auth/refresh') ? this.losses[who === 0 ? 0 : 1] : 'nothing'
    if (loss === 'the request') throw new TypeError('fetch failed')
    const { browser, kind } = this.home
    // It takes the cookies of an answer only if that arrives.
    const client = kind === 'browser' ? new Client().copyCookies(browser) : new Client()
    const body = await request.text()
    const { status, headers, text } = await client.request(request.method, request.url, {
      headers: Object.fromEntries(request.headers),
      ...(body !== '' && { body }),
    })
    if (loss === 'the answer') throw new TypeError('fetch failed')
    if (loss === 'the answer, for a 503') return Response.json({ code: 'unavailable' }, { status: 503 })
    if (kind === 'browser') takeCookies(browser, client)
    return new Response(text === '' ? null : text, { status, headers })
  }

  /** A thief uses a copy. They are answered only if they are the first, or within 10 s of the first. */
  private async steal(token: string, hasKey: boolean): Promise<void> {
    const before = await this.row()
    const generation = Number(token.split('.')[1])
    const isCurrent = generation === before?.generation
    const isInGrace = generation + 1 === before?.generation && Date.now() <= before.last_seen_at + GRACE_MS
    const headers = hasKey ? { 'Idempotency-Key': crypto.randomUUID() } : {}
    const { status, body } = await new Client().post<Partial<Tokens>>(
      '/auth/refresh',
      { refreshToken: token },
      { headers },
    )
    this.story.push(`  a thief uses generation ${generation}: ${status}`)
    this.expect(status, 'a thief').toBe(isCurrent || isInGrace ? 200 : 401)
    // A copy that was refused has ended the session.
    this.expect(await this.row(), 'a thief')[status === 200 ? 'toBeDefined' : 'toBeUndefined']()
    this.stolen = body.refreshToken ?? token
  }

  private wasUsedByThief = (): boolean => this.stolen !== undefined

  private row = async (): Promise<{ generation: number; last_seen_at: number } | undefined> =>
    (await env.DB.prepare('SELECT generation, last_seen_at FROM sessions WHERE id = ?')
      .bind(this.home.sessionId)
      .first<{ generation: number; last_seen_at: number }>()) ?? undefined

  private expect = <Value>(value: Value, what: string) => expect(value, [...this.story, what].join('\n'))
}

const eventsOf = async (event: string): Promise<number> =>
  (await rowsOf('activity')).filter((row) => row['event'] === event).length

/** The cookies that a request changed. */
function takeCookies(browser: Client, { cookies }: Client): void {
  for (const name of [...browser.cookies.keys()]) if (!cookies.has(name)) browser.cookies.delete(name)
  for (const [name, value] of cookies) browser.cookies.set(name, value)
}
