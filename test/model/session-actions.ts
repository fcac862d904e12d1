import fc from 'fast-check'
import {
  type Action,
  bearer,
  isRefused,
  isRefusedWithoutSession,
  liveSessionOf,
  mayRead,
  onDevice,
  type Plan,
  USERNAMES,
  withoutProof,
} from './actions'
import { endSession, hasChangedThrice, isReserved, isTaken, keepPast, rotate } from './model'
import type { Device } from './world'

/*
 * Actions of a session: it is refreshed, reads, writes and ends.
 */

/** A refresh token, by how many refreshes ago it came (0 is the newest), and the key that comes with it. */
interface Refresh {
  back: number
  by: 'its key' | 'the key of a thief' | 'no key'
}

export const refreshOf = (device: Device, { back, by }: Refresh): Action => {
  const generation = Math.max(0, device.refreshTokens.length - 1 - back)
  const refreshToken = device.refreshTokens[generation]
  // The device makes one key for each of its tokens.
  const key = { 'its key': `key-${generation}`, 'the key of a thief': 'key-of-a-thief', 'no key': null }[by]
  const options = key === null ? {} : { headers: { 'Idempotency-Key': key } }
  return {
    text: `${device.name} refreshes with generation ${generation} and ${by}`,
    send: ({ client }) => client.post('/auth/refresh', { refreshToken }, options),
    allow: (model, answer) => {
      const successor = rotate(model, model.sessions.get(device.sessionId), { generation, key })
      if (successor === null) return isRefused(answer, 'invalid_refresh_token')
      return (
        answer.status === 200 && answer.body?.refreshToken?.startsWith(`${device.sessionId}.${successor}.`) === true
      )
    },
  }
}

export const readOf = (device: Device, path: '/auth/session' | '/users/me'): Action => ({
  text: `${device.name} reads ${path}`,
  send: ({ client }) => client.get(path, bearer(device)),
  allow: (model, answer) => mayRead(model, device, answer),
})

export const writeOf = (device: Device, name: string): Action => ({
  text: `${device.name} takes the name ${name}`,
  send: ({ client }) => client.patch('/users/me', { name }, bearer(device)),
  allow: (model, answer) => {
    const session = liveSessionOf(model, device)
    if (!session) return isRefused(answer, 'unauthenticated')
    const user = model.users.get(session.userId)
    if (user) user.name = name
    return answer.status === 200
  },
})

const logOutOf = (device: Device, by: 'access token' | 'refresh token'): Action => ({
  text: `${device.name} logs out by its ${by}`,
  send: ({ client }) =>
    by === 'access token'
      ? client.post('/auth/log-out', {}, bearer(device))
      : client.post('/auth/log-out', { refreshToken: device.refreshTokens.at(-1) }),
  allow: (model, answer) => {
    endSession(model, model.sessions.get(device.sessionId))
    return answer.status === 204
  },
})

const rename = (device: Device, username: string): Action => ({
  text: `${device.name} takes the user name ${username}`,
  send: ({ client }) => client.patch('/users/me', { username }, bearer(device)),
  allow: (model, answer) => {
    const session = liveSessionOf(model, device)
    if (!session) return isRefusedWithoutSession(answer)
    const isUnproven = withoutProof(model, session, answer)
    if (isUnproven !== undefined) return isUnproven
    const { userId } = session
    if (isTaken(model, username, userId) || isReserved(model, username, userId)) {
      return isRefused(answer, 'username_taken')
    }
    const user = model.users.get(userId)
    if (user && user.username !== username) {
      if (hasChangedThrice(model, userId, 'identifier')) return isRefused(answer, 'rate_limited')
      keepPast(model, userId, 'username')
      user.username = username
    }
    return answer.status === 200
  },
})

export const refresh = onDevice(
  fc.record({
    back: fc.constantFrom(0, 0, 0, 1, 1, 1, 2),
    by: fc.constantFrom('its key', 'its key', 'its key', 'the key of a thief', 'no key'),
  }),
  refreshOf,
)
export const logOut = onDevice(fc.constantFrom('access token', 'refresh token'), logOutOf)

export const sessionActions: fc.WeightedArbitrary<Plan>[] = [
  { weight: 6, arbitrary: refresh },
  { weight: 3, arbitrary: onDevice(fc.constantFrom('/auth/session', '/auth/session', '/users/me'), readOf) },
  { weight: 2, arbitrary: onDevice(fc.constantFrom('Ann', 'Ben'), writeOf) },
  { weight: 1, arbitrary: onDevice(fc.constantFrom(...USERNAMES), rename) },
  { weight: 3, arbitrary: logOut },
]
