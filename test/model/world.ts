import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import worker from '../../src/index'
import { openSecondFactorToken } from '../../src/log-in/second-factor/token'
import type { Authenticator } from '../helpers/authenticator'
import { type Answer, Client, newIpAddress, type ProblemBody } from '../helpers/client'
import type { Tokens } from '../helpers/people'
import { staleKv } from '../helpers/stale-kv'
import { Timers } from '../helpers/timers'
import { workerKeys } from '../helpers/tokens'
import { wrapD1 } from '../helpers/wrap-d1'
import { wrapKv } from '../helpers/wrap-kv'
import type { Kind } from './actions'
import type { Email, Identity, Purpose } from './model'
import { emptyKv, Turns } from './turns'

/*
 * The real Worker that the model is compared with: at three locations with a stale KV, with up to six requests at once. It
 * remembers what clients got from answers.
 */

export const PLACES = ['seoul', 'paris', 'lima'] as const
export type Place = (typeof PLACES)[number]
export const MOST_AT_ONCE = 6

interface Others {
  verificationToken: string
  challengeId: string
  linkToken: string
  expiresAt: string
  sessions: { id: string; current: boolean }[]
  secondFactorToken: string
  secret: string
  recoveryCodes: string[]
}

/** An answer with any of the members that answers may have. */
export type AnyAnswer = Answer<Partial<Tokens & ProblemBody & Others> | undefined>

/** A session, as its device knows it. */
export interface Device {
  name: string
  sessionId: string
  userId: string
  /** Index: the generation. */
  refreshTokens: string[]
  accessToken: string
  accessExpiresAt: number
}

/** A code that was sent. */
export interface SentCode {
  name: string
  challengeId: string
  code: string
  purpose: Purpose
  to: Email
  place: Place
  sentAt: number
}

/** A verification token. */
export interface Proof {
  name: string
  token: string
  jti: string
  purpose: string
  to: string
  expiresAt: number
}

/** A proof of an identity at a provider. */
export interface IdentityProof {
  name: string
  identity: Identity
  /** The body that brings it. */
  body: object
  jti: string
  /** The error code if it is spent or has expired. */
  spentCode: 'invalid_exchange_code' | 'invalid_link_token'
  expiresAt: number
}

/** An authenticator app of a user, and the recovery codes. */
export interface App {
  userId: string
  secret: string
  /** The time step of the newest code that was sent. */
  lastStep: number
  recoveryCodes: string[]
}

/** A passkey, and the authenticator that has it. */
export interface OwnPasskey {
  name: string
  userId: string
  key: string
  authenticator: Authenticator
}

/** A log-in that waits for its second factor. */
export interface WaitingLogIn {
  name: string
  token: string
  id: string
  userId: string
}

/** A client, and the bindings of the Worker that it reaches. */
export interface Connection {
  place: Place
  bindings: Env
  client: Client
}

export const claimsOf = (jwt: string): Record<string, string> =>
  JSON.parse(atob((jwt.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')))

/** What a world may begin with. */
type Known = Pick<World, 'devices' | 'proofs' | 'passkeys' | 'apps' | 'waiting'>

export class World {
  devices: Device[] = []
  codes: SentCode[] = []
  proofs: Proof[] = []
  /** Exchange codes. They are the same in all runs. */
  exchanges: IdentityProof[] = []
  linkTokens: IdentityProof[] = []
  apps: App[] = []
  waiting: WaitingLogIn[] = []
  passkeys: OwnPasskey[] = []
  readonly timers = new Timers()
  /** How often actions of a kind succeeded, in all runs. */
  readonly succeeded = new Map<Kind, number>()
  private kv = staleKv(emptyKv())
  private turns: Turns | null = null
  private readonly tasks = new Set<Promise<unknown>>()
  private readonly bindings: Record<Place, Env[]>

  constructor() {
    const slots = (place: Place) =>
      Array.from({ length: MOST_AT_ONCE }, (_, slot) => {
        const inTurn = <Result>(run: () => Promise<Result>) => this.turns?.callInTurn(slot, run) ?? run()
        return { ...env, DB: wrapD1({ onCall: inTurn }), KV: wrapKv(inTurn, () => this.kv.at(place)) }
      })
    this.bindings = { seoul: slots('seoul'), paris: slots('paris'), lima: slots('lima') }
  }

  /** Forgets everything except for these. Does not change D1. */
  clear({ devices = [], proofs = [], passkeys = [], apps = [], waiting = [] }: Partial<Known> = {}): void {
    this.devices = devices.map((device) => ({ ...device, refreshTokens: [...device.refreshTokens] }))
    this.codes = []
    this.linkTokens = []
    this.proofs = [...proofs]
    this.apps = apps.map((app) => ({ ...app }))
    this.waiting = [...waiting]
    this.passkeys = [...passkeys]
    this.kv = staleKv(emptyKv())
    this.timers.clear()
    this.tasks.clear()
  }

  /** A new client at a location. `slot` is its place among simultaneous requests. */
  connect(place: Place, slot = 0): Connection {
    const bindings = this.bindings[place][slot] ?? env
    const context = createExecutionContext()
    context.waitUntil = (task) => {
      this.tasks.add(task)
      task.finally(() => this.tasks.delete(task))
    }
    const send = async (request: Request) => worker.fetch(request, bindings, context)
    return { place, bindings, client: new Client({ 'CF-Connecting-IP': newIpAddress() }, send) }
  }

  /** Runs simultaneous requests and their background tasks. Their calls to D1 and KV take turns in this order. */
  async atOnce<Result>(requests: ((slot: number) => Promise<Result>)[], order: number[]): Promise<Result[]> {
    const turns = new Turns(requests.length, order)
    this.turns = requests.length > 1 ? turns : null
    const answers = await Promise.all(requests.map((request, slot) => request(slot).finally(() => turns.finish(slot))))
    await this.settle()
    this.turns = null
    return answers
  }

  wait = (ms: number): Promise<void> => this.timers.advance(ms, () => this.settle())

  /** Waits until every background task has ended, or waits for the clock. */
  private async settle(): Promise<void> {
    while (this.tasks.size > this.timers.count) await Promise.race(this.tasks)
  }

  /** Remembers a log-in that waits for its second factor. @returns the id of its token */
  async learnWaiting({ body }: AnyAnswer): Promise<string | undefined> {
    const { secondFactorToken: token } = body ?? {}
    if (token === undefined) return undefined
    const { jti: id, userId } = await openSecondFactorToken(await workerKeys(), token, Date.now())
    this.waiting.push({ name: `waiting log-in ${this.waiting.length + 1}`, token, id, userId })
    return id
  }

  /** Remembers the tokens and ids in an answer. Answers with a short description of them. */
  learn({ body }: AnyAnswer): string {
    const { session, user, refreshToken, accessToken, verificationToken } = body ?? {}
    if (verificationToken !== undefined) {
      const { jti = '', purpose = '', to = '', exp } = claimsOf(verificationToken)
      const name = `proof ${this.proofs.length + 1}`
      this.proofs.push({ name, token: verificationToken, jti, purpose, to, expiresAt: Number(exp) * 1000 })
      return name
    }
    if (!session || !user || refreshToken === undefined || accessToken === undefined) return ''
    const generation = Number(refreshToken.split('.')[1])
    const accessExpiresAt = Number(claimsOf(accessToken)['exp']) * 1000
    const known = this.devices.find(({ sessionId }) => sessionId === session.id)
    const name = `${user.username ?? user.email}'s session ${this.devices.length + 1}`
    const device = known ?? {
      name,
      sessionId: session.id,
      userId: user.id,
      refreshTokens: [],
      accessToken,
      accessExpiresAt,
    }
    if (!known) this.devices.push(device)
    device.refreshTokens[generation] = refreshToken
    Object.assign(device, { accessToken, accessExpiresAt })
    return known ? `generation ${generation}` : name
  }
}
