import type { Action, Plan } from './actions'
import { explain, linesOf, linesOfD1 } from './check'
import { COPIES_LIVE, LATE_COPIES, type Model, type Session } from './model'
import { readOf } from './session-actions'
import { PLACES, type Place, type World } from './world'

/*
 * One run: what is done to the real thing and to the model, told as a story.
 */

export interface Request {
  plan: Plan
  place: Place
}

/** What happens next: time passes, or requests come in at once, whose calls take turns in an order. */
export type Step = { passMs: number } | { requests: Request[]; order: number[] }

export class Run {
  /** All that may hold by now. */
  private models: Model[]

  constructor(
    private readonly world: World,
    model: Model,
    private readonly story: string[],
  ) {
    this.models = [model]
  }

  async take(step: Step): Promise<void> {
    if ('passMs' in step) return this.pass(step.passMs)
    const { world } = this
    const planned = step.requests.flatMap(({ plan, place }) => {
      const action = plan(world, place)
      return action ? [{ action, place }] : []
    })
    await this.act(planned, step.order)
  }

  /** The end: sessions that have ended a minute ago are read nowhere, and D1 holds what the model holds. */
  async finish(): Promise<void> {
    await this.pass(COPIES_LIVE)
    await this.haunt(({ endedAt }) => endedAt !== null)
    const now = Date.now()
    await this.pass(LATE_COPIES)
    await this.haunt(({ endedAt, readableUntil }) => endedAt !== null && readableUntil > now)
    const [real, expected] = [await linesOfD1(), this.models.map(linesOf)]
    if (expected.some((lines) => lines.join('\n') === real.join('\n'))) return
    const [first = []] = expected
    const missing = first.filter((line) => !real.includes(line)).map((line) => `- ${line}`)
    const added = real.filter((line) => !first.includes(line)).map((line) => `+ ${line}`)
    throw this.failure(['D1 does not hold what the model holds (- model, + D1):', ...missing, ...added].join('\n'))
  }

  /** Sessions that have ended are read, each at one of the locations. */
  private async haunt(which: (session: Session) => boolean): Promise<void> {
    for (const [index, device] of this.world.devices.entries()) {
      const sessions = this.models.map((model) => model.sessions.get(device.sessionId))
      const place = PLACES[index % PLACES.length]
      if (!place || !sessions.every((session) => session && which(session))) continue
      await this.act([{ action: readOf(device, '/auth/session'), place }], [])
    }
  }

  private async pass(ms: number): Promise<void> {
    this.story.push(`${ms / 1000} s pass`)
    await this.world.pass(ms)
  }

  private async act(requests: { action: Action; place: Place }[], order: number[]): Promise<void> {
    const { story, world } = this
    if (requests.length === 0) return
    const indent = requests.length > 1 ? '  ' : ''
    if (requests.length > 1)
      story.push(`at once, in turns ${order.join(' ')}`.replace(/in turns $/, 'one after another'))
    const answers = await world.atOnce(
      requests.map(
        ({ action, place }) =>
          async (slot) =>
            action.send(world.spot(place, slot)),
      ),
      order,
    )
    const done = requests.flatMap(({ action }, index) => {
      const answer = answers[index]
      return answer ? [{ action, answer }] : []
    })
    this.models = explain(this.models, done)
    for (const [index, { action, answer }] of done.entries()) {
      const outcome = [answer.status, answer.body?.code ?? world.learn(answer)].join(' ').trim()
      story.push(`${indent}${action.text} in ${requests[index]?.place}: ${outcome}`)
    }
    if (this.models.length === 0) throw this.failure('The model does not allow that.')
  }

  private failure(what: string): Error {
    return new Error([...this.story, what].join('\n'))
  }
}
