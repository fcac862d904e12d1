import fc from 'fast-check'
import { logInAs } from './account-actions'
import {
  type Action,
  bearer,
  countPasswordTry,
  describePassword,
  isRefused,
  isRefusedWithoutSession,
  liveSessionOf,
  mayRead,
  mostlyNewest,
  newPassword,
  nthNewest,
  onDevice,
  type Plan,
  typedPassword,
  USERNAMES,
  withoutProof,
} from './actions'
import {
  endProofs,
  endSession,
  endSessionsOf,
  hasChangedThrice,
  isFresh,
  isLive,
  isYoung,
  type Model,
  needsCode,
  type Session,
  setPassword,
} from './model'
import type { Device } from './world'

/*
 * Actions about devices: sessions are listed and ended, and a log-in of the last ten minutes counts as a fresh proof.
 */

const listSessions = (device: Device): Action => ({
  text: `${device.name} lists sessions`,
  send: ({ client }) => client.get('/auth/sessions', bearer(device)),
  allow: (model, answer) => {
    const session = liveSessionOf(model, device)
    if (!session) return mayRead(model, device, answer)
    const isOwn = (other: Session | undefined) => isLive(other) && other.userId === session.userId
    const own = [...model.sessions.keys()].filter((id) => isOwn(model.sessions.get(id)))
    const listed = answer.body?.sessions ?? []
    const [current, ...others] = listed.filter((one) => one.current)
    return (
      answer.status === 200 &&
      own.sort().join() ===
        listed
          .map(({ id }) => id)
          .sort()
          .join() &&
      current?.id === device.sessionId &&
      others.length === 0
    )
  },
})

const endOne: fc.Arbitrary<Plan> = fc.record({ n: mostlyNewest, m: mostlyNewest }).map(({ n, m }) => (world) => {
  const [device, other] = [nthNewest(world.devices, n), nthNewest(world.devices, m)]
  if (!device || !other) return null
  return {
    text: `${device.name} ends ${other.name}`,
    send: ({ client }) => client.delete(`/auth/sessions/${other.sessionId}`, undefined, bearer(device)),
    allow: (model, answer) => {
      const session = liveSessionOf(model, device)
      if (!session) return isRefusedWithoutSession(answer)
      const isUnproven = other === device ? undefined : withoutProof(model, session, answer)
      if (isUnproven !== undefined) return isUnproven
      const ended = model.sessions.get(other.sessionId)
      if (!isLive(ended) || ended.userId !== session.userId) return isRefused(answer, 'not_found')
      endSession(model, ended)
      return answer.status === 204
    },
  }
})

const endOthers = (device: Device, currentPassword: string | null): Action => ({
  text: `${device.name} ends all others with ${currentPassword === null ? 'nothing' : describePassword(currentPassword)}`,
  send: ({ client }) =>
    client.delete('/auth/sessions', currentPassword === null ? {} : { currentPassword }, bearer(device)),
  allow: (model, answer) => {
    const session = liveSessionOf(model, device)
    if (!session) return isRefusedWithoutSession(answer)
    const { userId } = session
    if (currentPassword === null) {
      const isUnproven = withoutProof(model, session, answer)
      if (isUnproven !== undefined) return isUnproven
    } else {
      if (!countPasswordTry(model, userId, answer)) return false
      if (isRefused(answer, 'too_many_attempts')) return true
      const isRight = model.users.get(userId)?.password === currentPassword
      if (isRefused(answer, 'wrong_password')) return !isRight || model.justChanged.has(userId)
      if (isRefused(answer, 'fresh_proof_required')) return isRight && needsCode(model, session)
      if (isRight && needsCode(model, session) && isYoung(session) !== null) return false
      if (!isRight && isYoung(session) === false) return false
    }
    endSessionsOf(model, userId, device.sessionId)
    endProofs(model, userId)
    return answer.status === 204
  },
})

const changePasswordAfterLogIn = (device: Device, password: string): Action => ({
  text: `${device.name} changes the password to ${describePassword(password)} without the current one`,
  send: ({ client }) => client.put('/auth/password', { newPassword: password }, bearer(device)),
  allow: (model: Model, answer) => {
    const session = liveSessionOf(model, device)
    if (!session) return isRefusedWithoutSession(answer)
    const { userId } = session
    if (answer.status === 403) return isFresh(model, session) !== true || model.justChanged.has(userId)
    if (isRefused(answer, 'rate_limited')) return hasChangedThrice(model, userId, 'password')
    if (answer.status !== 204 || isFresh(model, session) === false || hasChangedThrice(model, userId, 'password'))
      return false
    setPassword(model, userId, password, 'password')
    endSessionsOf(model, userId, device.sessionId)
    return true
  },
})

/** A log-in from a browser that still sends the refresh token of another session. */
const logInAgain: fc.Arbitrary<Plan> = fc
  .record({ n: mostlyNewest, identifier: fc.constantFrom(...USERNAMES), password: typedPassword })
  .map(({ n, identifier, password }) => (world) => {
    const former = nthNewest(world.devices, n)
    return former ? logInAs(identifier, password, former) : null
  })

export const deviceActions: fc.WeightedArbitrary<Plan>[] = [
  { weight: 2, arbitrary: onDevice(fc.constant(null), listSessions) },
  { weight: 3, arbitrary: endOne },
  { weight: 2, arbitrary: onDevice(fc.option(typedPassword, { freq: 2 }), endOthers) },
  { weight: 2, arbitrary: onDevice(newPassword, changePasswordAfterLogIn) },
  { weight: 2, arbitrary: logInAgain },
]
