import fc from 'fast-check'
import {
  type Action,
  bearer,
  countPasswordTry,
  describePassword,
  isFor,
  isRefused,
  isRefusedWithoutSession,
  liveSessionOf,
  mostlyNewest,
  newPassword,
  nthNewest,
  type Plan,
  typedPassword,
  USERNAMES,
  waitForFactor,
  withoutProof,
} from './actions'
import {
  ask,
  beginSession,
  EMAILS,
  endProofs,
  endSessionsOf,
  findUser,
  hasChangedThrice,
  isReserved,
  isTaken,
  isUsable,
  isYoung,
  keepPast,
  lacksFactor,
  mayReplaceEmail,
  needsCode,
  newUser,
  setPassword,
  takeBackTry,
} from './model'
import type { Device } from './world'

/*
 * Actions about accounts: sign-up, log-in, and changes of the password and of the e-mail address.
 */

/** Index of a verification token. Every run starts with four of them. */
const someProof = fc.nat({ max: 3 })

const username = fc.constantFrom(...USERNAMES)

const signUp: fc.Arbitrary<Plan> = fc
  .record({ username: fc.option(username, { freq: 3 }), password: newPassword, n: fc.option(someProof, { freq: 2 }) })
  .map(({ username, password, n }) => (world) => {
    const proof = n === null ? undefined : nthNewest(world.proofs, n)
    if (username === null && !proof) return null
    const proven = proof ? ` and ${proof.name}` : ''
    return {
      text: `somebody signs up as ${username ?? 'nobody'} with ${describePassword(password)}${proven}`,
      send: ({ client }) =>
        client.post('/auth/sign-up', {
          ...(username !== null && { username }),
          ...(proof && { verificationTokens: [proof.token] }),
          password,
          tokens: 'body',
        }),
      allow: (model, answer) => {
        if (proof && (!isFor(proof, 'verify') || model.spentTokens.has(proof.jti))) {
          return isRefused(answer, 'invalid_verification_token')
        }
        const email = proof?.to ?? null
        if (isTaken(model, username)) return isRefused(answer, 'username_taken')
        if (isTaken(model, email)) return isRefused(answer, 'email_taken')
        if (proof && !isUsable(model, proof)) return isRefused(answer, 'invalid_verification_token')
        if (isReserved(model, username)) return isRefused(answer, 'username_taken')
        if (isReserved(model, email)) return isRefused(answer, 'identifier_reserved')
        const { user, session } = answer.body ?? {}
        if (answer.status !== 201 || !user || !session) return false
        model.users.set(user.id, newUser({ username, email, password }))
        if (proof) model.spentTokens.add(proof.jti)
        beginSession(model, session.id, { userId: user.id, proof: { by: 'password', since: Date.now() } })
        return true
      },
    }
  })

/** @param former a session whose refresh token is sent, too. It lives on, because its cookie is not overwritten. */
export const logInAs = (identifier: string, password: string, former?: Device): Action => ({
  text: `${identifier} logs in with ${describePassword(password)}${former ? ` beside ${former.name}` : ''}`,
  send: ({ client }) => {
    const headers = former && { Cookie: `__Secure-refresh=${former.refreshTokens.at(-1)}` }
    return client.post('/auth/log-in', { identifier, password, tokens: 'body' }, headers && { headers })
  },
  allow: (model, answer) => {
    const [userId, user] = findUser(model, identifier) ?? []
    if (!countPasswordTry(model, userId ?? identifier, answer)) return false
    if (isRefused(answer, 'too_many_attempts')) return true
    if (isRefused(answer, 'invalid_credentials')) {
      return user?.password !== password || (userId !== undefined && model.justChanged.has(userId))
    }
    if (userId === undefined || user?.password !== password) return false
    takeBackTry(model, userId)
    const proof = { by: 'password', since: user.passwordChangedAt } as const
    const isWaiting = waitForFactor(model, answer, { userId, proof })
    if (isWaiting !== undefined) return isWaiting
    const { session } = answer.body ?? {}
    if (answer.status !== 200 || !session) return false
    beginSession(model, session.id, { userId, proof })
    return answer.body?.user?.id === userId
  },
})

const logInOf = (...identifiers: string[]): fc.Arbitrary<Plan> =>
  fc.record({ identifier: fc.constantFrom(...identifiers), password: typedPassword }).map(
    ({ identifier, password }) =>
      () =>
        logInAs(identifier, password),
  )

const changePassword: fc.Arbitrary<Plan> = fc
  .record({ n: mostlyNewest, currentPassword: typedPassword, newPassword })
  .map(({ n, currentPassword, newPassword }) => (world) => {
    const device = nthNewest(world.devices, n)
    if (!device) return null
    return {
      text: `${device.name} changes ${describePassword(currentPassword)} to ${describePassword(newPassword)}`,
      send: ({ client }) => client.put('/auth/password', { currentPassword, newPassword }, bearer(device)),
      allow: (model, answer) => {
        const session = liveSessionOf(model, device)
        if (!session) return isRefused(answer, 'unauthenticated')
        const { userId } = session
        if (!countPasswordTry(model, userId, answer)) return false
        if (isRefused(answer, 'too_many_attempts')) return true
        const isRight = model.users.get(userId)?.password === currentPassword
        if (isRefused(answer, 'wrong_password')) return !isRight || model.justChanged.has(userId)
        if (isRefused(answer, 'fresh_proof_required')) return isRight && needsCode(model, session)
        if (isRight && needsCode(model, session) && isYoung(session) !== null) return false
        if (isRefused(answer, 'rate_limited')) return hasChangedThrice(model, userId, 'password')
        if (answer.status !== 204 || !isRight || hasChangedThrice(model, userId, 'password')) return false
        setPassword(model, userId, newPassword, 'password')
        endSessionsOf(model, userId, device.sessionId)
        return true
      },
    }
  })

const resetPassword: fc.Arbitrary<Plan> = fc
  .record({ n: someProof, newPassword })
  .map(({ n, newPassword }) => (world) => {
    const proof = nthNewest(world.proofs, n)
    if (!proof) return null
    return {
      text: `somebody resets the password of ${proof.to} to ${describePassword(newPassword)} with ${proof.name}`,
      send: ({ client }) => client.put('/auth/password', { newPassword, verificationToken: proof.token }),
      allow: (model, answer) => {
        const [userId] = findUser(model, proof.to) ?? []
        const isGood = isFor(proof, 'reset_password') && isUsable(model, proof)
        if (isRefused(answer, 'invalid_verification_token')) {
          return !isGood || userId === undefined || model.justChanged.has(userId)
        }
        if (answer.status !== 204 || !isGood || userId === undefined) return false
        model.spentTokens.add(proof.jti)
        setPassword(model, userId, newPassword, 'reset')
        endSessionsOf(model, userId)
        return true
      },
    }
  })

const setEmail: fc.Arbitrary<Plan> = fc.record({ n: mostlyNewest, m: someProof }).map(({ n, m }) => (world) => {
  const [device, proof] = [nthNewest(world.devices, n), nthNewest(world.proofs, m)]
  if (!device || !proof) return null
  return {
    text: `${device.name} takes ${proof.to} with ${proof.name}`,
    send: ({ client }) => client.put('/users/me/email', { verificationToken: proof.token }, bearer(device)),
    allow: (model, answer) => {
      if (device.accessExpiresAt <= Date.now()) return isRefused(answer, 'unauthenticated')
      const session = liveSessionOf(model, device)
      if (!session) return isRefusedWithoutSession(answer) || !isFor(proof, 'verify')
      // The address that the user already has may be set again: that changes nothing.
      if (lacksFactor(model, session) && answer.status === 200) {
        return isYoung(session) !== false && model.users.get(session.userId)?.email === proof.to
      }
      const isUnproven = withoutProof(model, session, answer)
      if (isUnproven !== undefined) return isUnproven
      if (!isFor(proof, 'verify')) return isRefused(answer, 'invalid_verification_token')
      if (model.users.get(session.userId)?.email === proof.to) {
        model.spentTokens.add(proof.jti)
        return answer.status === 200
      }
      if (model.spentTokens.has(proof.jti)) return isRefused(answer, 'invalid_verification_token')
      if (isTaken(model, proof.to, session.userId)) return isRefused(answer, 'email_taken')
      if (!isUsable(model, proof)) return isRefused(answer, 'invalid_verification_token')
      if (isReserved(model, proof.to, session.userId)) return isRefused(answer, 'identifier_reserved')
      if (hasChangedThrice(model, session.userId, 'identifier')) return isRefused(answer, 'rate_limited')
      if (!mayReplaceEmail(model, session)) {
        const isAsked = ask(model, session.userId, null) !== null
        return isAsked ? answer.status === 202 : isRefused(answer, 'rate_limited')
      }
      keepPast(model, session.userId, 'email')
      const user = model.users.get(session.userId)
      if (user) Object.assign(user, { email: proof.to, emailChangedAt: Date.now() })
      endProofs(model, session.userId)
      model.spentTokens.add(proof.jti)
      return answer.status === 200
    },
  }
})

/** Log-ins by password only, mostly of Alice. */
export const logIns: fc.WeightedArbitrary<Plan>[] = [
  { weight: 8, arbitrary: logInOf('alice', EMAILS[0], 'alice', 'bob') },
  { weight: 2, arbitrary: changePassword },
]

export const passwordActions: fc.WeightedArbitrary<Plan>[] = [
  { weight: 4, arbitrary: logInOf('alice', EMAILS[0]) },
  { weight: 4, arbitrary: changePassword },
  { weight: 2, arbitrary: resetPassword },
]

export const contactActions: fc.WeightedArbitrary<Plan>[] = [
  { weight: 3, arbitrary: signUp },
  { weight: 6, arbitrary: setEmail },
  { weight: 6, arbitrary: resetPassword },
]

export const accountActions: fc.WeightedArbitrary<Plan>[] = [
  { weight: 3, arbitrary: signUp },
  { weight: 3, arbitrary: logInOf(...USERNAMES, ...EMAILS) },
  { weight: 2, arbitrary: changePassword },
  { weight: 2, arbitrary: resetPassword },
  { weight: 3, arbitrary: setEmail },
]
