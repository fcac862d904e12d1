import fc from 'fast-check'
import { codeAt, stepAt } from '../../src/log-in/second-factor/totp'
import {
  type Action,
  bearer,
  isRefused,
  isRefusedWithoutSession,
  liveSessionOf,
  mostlyNewest,
  nthNewest,
  onDevice,
  type Plan,
  withoutProof,
} from './actions'
import { beginSession, endProofs, hasChangedThrice, keepPast, type Model, stopRequest, type Waiting } from './model'
import type { AnyAnswer, App, Device, WaitingLogIn, World } from './world'

/*
 * Actions about second factors: one is turned on and off, and a log-in goes on by a code.
 */

/** How many wrong codes an account or a token takes. Of several at once, any one may be refused as one too many. */
const FREE_GUESSES = 5

/** A code of an app that was not sent yet, if there is one that counts now, or else the newest. */
function nextStep(app: App): number {
  app.lastStep = Math.min(Math.max(app.lastStep + 1, stepAt(Date.now()) - 1), stepAt(Date.now()) + 1)
  return app.lastStep
}

const isInWindow = (step: number): boolean => Math.abs(step - stepAt(Date.now())) <= 1

const turnOn = (world: World, device: Device): Action => {
  const app: App = { userId: device.userId, secret: '', lastStep: 0, recoveryCodes: [] }
  return {
    text: `${device.name} turns a second factor on`,
    kind: 'turns on',
    send: async ({ client }) => {
      const begun: AnyAnswer = await client.post('/users/me/totp', {}, bearer(device))
      if (begun.body?.secret === undefined) return begun
      app.secret = begun.body.secret
      const code = await codeAt(app.secret, nextStep(app))
      const answer: AnyAnswer = await client.put('/users/me/totp', { code }, bearer(device))
      if (answer.body?.recoveryCodes === undefined) return answer
      app.recoveryCodes = answer.body.recoveryCodes
      world.apps.push(app)
      return answer
    },
    allow: (model, answer) => {
      // Between the set-up and its code, another request may have replaced or removed it.
      const isLost = isRefused(answer, 'wrong_second_factor') || isRefused(answer, 'too_many_attempts')
      if (isLost) return model.atOnce > 1
      const session = liveSessionOf(model, device)
      const user = session && model.users.get(session.userId)
      if (!session || !user) return isRefusedWithoutSession(answer)
      const isUnproven = withoutProof(model, session, answer)
      if (isUnproven !== undefined) return isUnproven
      const { userId } = session
      const { factor } = user
      if (!factor && hasChangedThrice(model, userId, 'second_factor')) return isRefused(answer, 'rate_limited')
      if (answer.status !== 200) return false
      if (!factor) keepPast(model, userId, 'second_factor')
      const since = factor?.since ?? Date.now()
      user.factor = { secret: app.secret, since, lastStep: app.lastStep, recoveryCodes: app.recoveryCodes }
      session.factorSince = since
      endProofs(model, userId)
      return true
    },
  }
}

const turnOnBy: fc.Arbitrary<Plan> = fc.record({ n: mostlyNewest }).map(({ n }) => (world) => {
  const device = nthNewest(world.devices, n)
  return device ? turnOn(world, device) : null
})

const turnOff = (device: Device): Action => ({
  text: `${device.name} turns the second factor off`,
  kind: 'turns off',
  send: ({ client }) => client.delete('/users/me/totp', undefined, bearer(device)),
  allow: (model, answer) => {
    const session = liveSessionOf(model, device)
    if (!session) return isRefusedWithoutSession(answer)
    const isUnproven = withoutProof(model, session, answer)
    if (isUnproven !== undefined) return isUnproven
    const user = model.users.get(session.userId)
    if (user?.factor) {
      user.factor = null
      // Sessions forget it, but for those that began with a passkey.
      for (const other of model.sessions.values()) {
        if (other.userId === session.userId && other.proof.by !== 'passkey') other.factorSince = null
      }
      endProofs(model, session.userId)
    }
    return answer.status === 204
  },
})

/** The log-in that waits with this token, if what its first factor proved still holds. */
export function usableWaiting(model: Model, { id }: WaitingLogIn): Waiting | undefined {
  const waiting = model.waiting.get(id)
  if (!waiting || model.spentTokens.has(id) || waiting.expiresAt <= Date.now()) return undefined
  const { userId, stamp, subject } = waiting
  if (model.users.get(userId)?.stamp !== stamp) return undefined
  return subject === null || model.identities.get(subject)?.userId === userId ? waiting : undefined
}

/** A session that begins with both factors, and spends the token. */
export function beginWithBoth(
  model: Model,
  { id }: WaitingLogIn,
  waiting: Waiting,
  begun: [id: string, since: number],
) {
  const [sessionId, factorSince] = begun
  const { userId, proof, subject } = waiting
  model.spentTokens.add(id)
  if (subject !== null) stopRequest(model, userId, subject)
  beginSession(model, sessionId, { userId, proof, factorSince })
}

type Typed = 'the next code' | 'the last code' | 'a recovery code' | 'a wrong code'

export const goOn = (token: WaitingLogIn, app: App, by: Typed): Action => {
  let step = 0
  const recoveryCode = app.recoveryCodes[0] ?? 'ZZZZ-ZZZZ-ZZZZ-ZZZZ'
  const isRecovery = by === 'a recovery code'
  const codeOf = async () => {
    if (by === 'a wrong code') return 'YYYY-YYYY-YYYY-YYYY'
    if (isRecovery) return recoveryCode
    step = by === 'the next code' ? nextStep(app) : app.lastStep
    return codeAt(app.secret, step)
  }
  return {
    text: `${token.name} goes on with ${by}`,
    kind: 'goes on by a code',
    send: async ({ client }) =>
      client.post('/auth/second-factor', { secondFactorToken: token.token, code: await codeOf() }),
    allow: (model, answer) => {
      const waiting = usableWaiting(model, token)
      const factor = waiting && model.users.get(waiting.userId)?.factor
      if (!waiting || !factor) return isRefused(answer, 'invalid_second_factor_token')
      const { userId, guesses } = waiting
      const wrong = model.wrongFactors.get(userId) ?? 0
      const isLate = (count: number) => count + model.atOnce > FREE_GUESSES
      if (isRefused(answer, 'too_many_attempts')) return isLate(wrong)
      if (isRefused(answer, 'invalid_second_factor_token')) return isLate(guesses)
      const isNew = isRecovery
        ? factor.recoveryCodes.includes(recoveryCode)
        : step > factor.lastStep && isInWindow(step)
      if (by === 'a wrong code' || factor.secret !== app.secret || !isNew) {
        waiting.guesses = guesses + 1
        model.wrongFactors.set(userId, wrong + 1)
        return isRefused(answer, 'invalid_code')
      }
      const { session, user } = answer.body ?? {}
      if (answer.status !== 200 || !session || user?.id !== userId) return false
      const recoveryCodes = factor.recoveryCodes.filter((code) => !(isRecovery && code === recoveryCode))
      const after = { ...factor, recoveryCodes, lastStep: isRecovery ? factor.lastStep : step }
      Object.assign(model.users.get(userId) ?? {}, { factor: after })
      beginWithBoth(model, token, waiting, [session.id, factor.since])
      return true
    },
  }
}

const goOnByCode: fc.Arbitrary<Plan> = fc
  .record({
    n: mostlyNewest,
    m: mostlyNewest,
    by: fc.constantFrom<Typed[]>(
      ...([
        'the next code',
        'the next code',
        'the next code',
        'the last code',
        'a recovery code',
        'a wrong code',
      ] as const),
    ),
  })
  .map(({ n, m, by }) => (world) => {
    const token = nthNewest(world.waiting, n)
    const app =
      token &&
      nthNewest(
        world.apps.filter(({ userId }) => userId === token.userId),
        m,
      )
    return token && app ? goOn(token, app, by) : null
  })

export const factorActions: fc.WeightedArbitrary<Plan>[] = [
  { weight: 6, arbitrary: turnOnBy },
  { weight: 2, arbitrary: onDevice(fc.constant(null), turnOff) },
  { weight: 8, arbitrary: goOnByCode },
]
