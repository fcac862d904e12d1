import { HOUR, MINUTE } from '../helpers/clock'
import { logInAs } from './account-actions'
import { type Action, type Plan, waitingIds } from './actions'
import { actualRows, expectedRows, possibleModels } from './check'
import { goOn } from './factor-actions'
import { COPY_LIFE_MS, LATE_COPY_MS, type Model, type Session } from './model'
import { logInByPasskey } from './passkey-actions'
import { readOf } from './session-actions'
import { type AnyAnswer, PLACES, type Place, type World } from './world'

/*
 * One run: requests to the Worker and to the model, recorded as a story for the error message.
 */

export interface Request {
  plan: Plan
  place: Place
}

/** Time passes, or requests come in at once. `order` is the order in which their calls to D1 and KV take turns. */
export type Step = { passMs: number } | { requests: Request[]; order: number[] }

export class Run {
  /** All states of the model that are possible by now. */
  private models: Model[]

  constructor(
    private readonly world: World,
    model: Model,
    private readonly story: string[],
  ) {
    this.models = [model]
  }

  async perform(step: Step): Promise<void> {
    if ('passMs' in step) return this.wait(step.passMs)
    const { world } = this
    const planned = step.requests.flatMap(({ plan, place }) => {
      const action = plan(world, place)
      return action ? [{ action, place }] : []
    })
    await this.act(planned, step.order)
  }

  /** Checks the end of a run: nobody can read with a session that ended a minute ago, and D1 holds what the model holds. */
  async finish(): Promise<void> {
    await this.wait(COPY_LIFE_MS)
    await this.readWith(({ endedAt }) => endedAt !== null)
    const now = Date.now()
    await this.wait(LATE_COPY_MS)
    await this.readWith(({ endedAt, readableUntil }) => endedAt !== null && readableUntil > now)
    const [real, expected] = [await actualRows(), this.models.map(expectedRows)]
    if (expected.some((lines) => lines.join('\n') === real.join('\n'))) return this.findLockedOut()
    const [first = []] = expected
    const missing = first.filter((line) => !real.includes(line)).map((line) => `- ${line}`)
    const added = real.filter((line) => !first.includes(line)).map((line) => `+ ${line}`)
    throw this.failure(['D1 does not hold what the model holds (- model, + D1):', ...missing, ...added].join('\n'))
  }

  /**
   * Nobody is locked out who has a way in: every passkey that is there logs in, and whoever has a password and a second factor gets in by
   * both, once an hour has passed.
   */
  private async findLockedOut(): Promise<void> {
    const { world } = this
    await this.wait(HOUR)
    for (const own of world.passkeys) await this.act([{ action: logInByPasskey(own), place: PLACES[0] }], [])
    const [model] = this.models
    for (const [userId, { username, password, factor }] of model?.users ?? []) {
      const app = world.apps.find(({ secret }) => secret === factor?.secret)
      // Of several that were turned on at once, any one may be the last.
      const isSure = this.models.every(({ users }) => users.get(userId)?.factor?.secret === factor?.secret)
      if (username === null || password === null || !app || !isSure) continue
      await this.act([{ action: logInAs(username, password), place: PLACES[0] }], [])
      const token = world.waiting.at(-1)
      if (token?.userId !== userId) throw this.failure(`${username} cannot log in.`)
      // The newest code may have been used, and the one after the next does not count yet.
      await this.wait(2 * MINUTE)
      const [answer] = await this.act([{ action: goOn(token, app, 'the next code'), place: PLACES[0] }], [])
      if (answer?.status !== 200) throw this.failure(`${username} cannot log in by both factors.`)
    }
  }

  /** Tries to read with each of these sessions, at one of the locations. */
  private async readWith(isMeant: (session: Session) => boolean): Promise<void> {
    for (const [index, device] of this.world.devices.entries()) {
      const sessions = this.models.map((model) => model.sessions.get(device.sessionId))
      const place = PLACES[index % PLACES.length]
      if (!place || !sessions.every((session) => session && isMeant(session))) continue
      await this.act([{ action: readOf(device, '/auth/session'), place }], [])
    }
  }

  private async wait(ms: number): Promise<void> {
    this.story.push(`${ms / 1000} s pass`)
    await this.world.wait(ms)
  }

  private async act(requests: { action: Action; place: Place }[], order: number[]): Promise<AnyAnswer[]> {
    const { story, world } = this
    if (requests.length === 0) return []
    const indent = requests.length > 1 ? '  ' : ''
    if (requests.length > 1)
      story.push(`at once, in turns ${order.join(' ')}`.replace(/in turns $/, 'one after another'))
    const answers = await world.atOnce(
      requests.map(
        ({ action, place }) =>
          async (slot) =>
            action.send(world.connect(place, slot)),
      ),
      order,
    )
    for (const answer of answers) {
      const id = await world.learnWaiting(answer)
      if (id !== undefined) waitingIds.set(answer, id)
    }
    const done = requests.flatMap(({ action }, index) => {
      const answer = answers[index]
      return answer ? [{ action, answer }] : []
    })
    this.models = possibleModels(this.models, done)
    for (const [index, { action, answer }] of done.entries()) {
      if (action.kind && answer.status < 300)
        world.succeeded.set(action.kind, (world.succeeded.get(action.kind) ?? 0) + 1)
      const outcome = [answer.status, answer.body?.code ?? world.learn(answer)].join(' ').trim()
      story.push(`${indent}${action.text} in ${requests[index]?.place}: ${outcome}`)
    }
    if (this.models.length === 0) throw this.failure('The model does not allow that.')
    return answers
  }

  private failure(what: string): Error {
    return new Error([...this.story, what].join('\n'))
  }
}
