import fc from 'fast-check'
import type { Answer } from '../helpers/client'
import {
  type Action,
  bearer,
  isRefused,
  isRefusedWithoutSession,
  liveSessionOf,
  mostlyNewest,
  nthNewest,
  type Plan,
  waitForFactor,
  withoutProof,
} from './actions'
import {
  ask,
  beginSession,
  canLogInWithout,
  findUser,
  IDENTITIES,
  type Identity,
  isReserved,
  isTaken,
  type Model,
  mayUnlink,
  newUser,
  requestKey,
  type Session,
  stopRequest,
} from './model'
import type { AnyAnswer, Device, IdentityProof } from './world'

/*
 * Actions about identities at providers: log-ins by one, and one that is linked or removed.
 */

/** Index of an identity, and of one of its proofs. */
const someIdentity = fc.nat({ max: IDENTITIES.length - 1 })

/** What the model says about the first log-in by an identity: who has it then, or why nobody has. */
function joinOrMake(model: Model, { subject, email }: Identity, answer: AnyAnswer): boolean {
  const { user } = answer.body ?? {}
  const [holder] = email === null ? [] : (findUser(model, email.address) ?? [])
  if (!user) return false
  if (holder === undefined) {
    model.users.set(user.id, newUser({ email: email?.address ?? null }))
  } else if (holder !== user.id) return false
  model.identities.set(subject, { userId: user.id, linkedAt: Date.now() })
  return answer.status === (holder === undefined ? 201 : 200)
}

const logInBy = (proof: IdentityProof, exchange: object, learn: (answer: AnyAnswer) => void): Action => ({
  text: `somebody logs in by ${proof.name}`,
  send: async ({ client }) => {
    const answer: AnyAnswer = await client.post('/auth/social/exchange', { ...exchange, tokens: 'body' })
    learn(answer)
    return answer
  },
  allow: (model, answer) => {
    const { subject, email } = proof.identity
    const owner = model.identities.get(subject)
    const [, holder] = email === null ? [] : (findUser(model, email.address) ?? [])
    if (owner === undefined && holder && (email?.isOwned === false || holder.factor)) {
      return isRefused(answer, 'identity_needs_proof')
    }
    if (model.spentTokens.has(proof.jti)) return isRefused(answer, 'invalid_exchange_code')
    const isNew = owner === undefined && !isTaken(model, email?.address ?? null)
    if (isNew && isReserved(model, email?.address ?? null)) return isRefused(answer, 'identifier_reserved')
    const since = owner?.linkedAt ?? Date.now()
    const asked = { userId: owner?.userId, proof: { by: 'identity', since }, subject } as const
    const isWaiting = waitForFactor(model, answer, asked)
    if (isWaiting !== undefined) {
      model.spentTokens.add(proof.jti)
      return isWaiting
    }
    const { session, user } = answer.body ?? {}
    if (!session || !user) return false
    if (owner === undefined && !joinOrMake(model, proof.identity, answer)) return false
    if (owner !== undefined && (owner.userId !== user.id || answer.status !== 200)) return false
    model.spentTokens.add(proof.jti)
    stopRequest(model, user.id, subject)
    beginSession(model, session.id, { userId: user.id, proof: { by: 'identity', since } })
    return true
  },
})

const logIn: fc.Arbitrary<Plan> = fc
  .record({ identity: someIdentity, n: fc.nat({ max: 1 }) })
  .map(({ identity, n }) => (world) => {
    const proof = world.exchanges.filter((one) => one.identity === IDENTITIES[identity])[n]
    if (!proof) return null
    return logInBy(proof, proof.body, ({ body }) => {
      const { linkToken, expiresAt } = body ?? {}
      if (linkToken === undefined) return
      const name = `link token ${world.linkTokens.length + 1}`
      const about = { identity: proof.identity, jti: proof.jti, expiresAt: Date.parse(expiresAt ?? '') }
      world.linkTokens.push({ name, body: { linkToken }, spentCode: 'invalid_link_token', ...about })
    })
  })

const linkTo = (device: Device, { name, identity, jti, body, spentCode, expiresAt }: IdentityProof): Action => ({
  text: `${device.name} links ${name}`,
  send: ({ client }) => client.post('/users/me/identities', body, bearer(device)),
  allow: (model, answer) => {
    if (device.accessExpiresAt <= Date.now()) return isRefused(answer, 'unauthenticated')
    const session = liveSessionOf(model, device)
    const isExpired = expiresAt <= Date.now()
    if (!session) return isRefusedWithoutSession(answer) || (isExpired && isRefused(answer, spentCode))
    const isUnproven = withoutProof(model, session, answer)
    if (isUnproven !== undefined) return isUnproven
    if (isExpired) return isRefused(answer, spentCode)
    const owner = model.identities.get(identity.subject)
    if (owner?.userId === session.userId) {
      model.spentTokens.add(jti)
      stopRequest(model, session.userId, identity.subject)
      return answer.status === 200
    }
    if (model.spentTokens.has(jti)) return isRefused(answer, spentCode)
    if (owner !== undefined) return isRefused(answer, 'identity_taken')
    model.identities.set(identity.subject, { userId: session.userId, linkedAt: Date.now() })
    model.spentTokens.add(jti)
    return answer.status === 201
  },
})

const link: fc.Arbitrary<Plan> = fc
  .record({ n: mostlyNewest, identity: someIdentity, m: fc.nat({ max: 1 }), byToken: fc.boolean() })
  .map(({ n, identity, m, byToken }) => (world) => {
    const device = nthNewest(world.devices, n)
    const code = world.exchanges.filter((one) => one.identity === IDENTITIES[identity])[m]
    const proof = byToken ? (world.linkTokens.at(-1) ?? code) : code
    return device && proof ? linkTo(device, proof) : null
  })

interface Listed {
  identities?: { id: string; label: string }[]
}

/** The answer of an API that knows no such identity. */
const notFound: AnyAnswer = { status: 404, headers: new Headers(), body: { code: 'not_found' }, text: '' }

/** Whether this is right for the removal of an identity or a passkey. Removes it. */
export function allowRemoval(model: Model, session: Session, answer: AnyAnswer, subject: string): boolean {
  const isUnproven = withoutProof(model, session, answer)
  if (isUnproven !== undefined) return isUnproven
  const { userId } = session
  if (!canLogInWithout(model, userId, subject)) return isRefused(answer, 'last_way_to_log_in')
  if (!mayUnlink(model, session, subject)) {
    return ask(model, userId, subject) === 'asked' ? answer.status === 202 : isRefused(answer, 'rate_limited')
  }
  model.requests.delete(requestKey(model, userId, subject))
  model.identities.delete(subject)
  model.passkeys.delete(subject)
  return answer.status === 204
}

const unlink: fc.Arbitrary<Plan> = fc
  .record({ n: mostlyNewest, identity: someIdentity })
  .map(({ n, identity }) => (world) => {
    const device = nthNewest(world.devices, n)
    const subject = IDENTITIES[identity]?.subject
    if (!device || subject === undefined) return null
    return {
      text: `${device.name} removes the identity ${subject}`,
      send: async ({ client }) => {
        const list: Answer<Listed & AnyAnswer['body']> = await client.get('/users/me/identities', bearer(device))
        if (list.status !== 200) return list
        const found = list.body?.identities?.find(({ label }) => label === subject)
        return found ? client.delete(`/users/me/identities/${found.id}`, undefined, bearer(device)) : notFound
      },
      allow: (model, answer) => {
        const session = liveSessionOf(model, device)
        if (!session) return isRefusedWithoutSession(answer) || (model.atOnce > 1 && isRefused(answer, 'not_found'))
        const isOwn = model.identities.get(subject)?.userId === session.userId
        // Between the list and the removal, another request may have removed it.
        if (isRefused(answer, 'not_found')) return !isOwn || model.atOnce > 1
        return isOwn || isRefused(answer, 'fresh_proof_required')
          ? allowRemoval(model, session, answer, subject)
          : false
      },
    }
  })

export const identityActions: fc.WeightedArbitrary<Plan>[] = [
  { weight: 6, arbitrary: logIn },
  { weight: 4, arbitrary: link },
  { weight: 5, arbitrary: unlink },
]
