import fc from 'fast-check'
import { base64url } from 'jose'
import { Authenticator, type CreationOptions, type RequestOptions } from '../helpers/authenticator'
import type { Client } from '../helpers/client'
import {
  type Action,
  bearer,
  isRefused,
  isRefusedWithoutSession,
  liveSessionOf,
  mostlyNewest,
  nthNewest,
  type Plan,
  withoutProof,
} from './actions'
import { beginWithBoth, usableWaiting } from './factor-actions'
import { allowRemoval } from './identity-actions'
import { beginSession, passkeyKey, stopRequest } from './model'
import type { AnyAnswer, Device, OwnPasskey, WaitingLogIn, World } from './world'

/*
 * Actions about passkeys: they are added and removed, log somebody in, and are the second factor of another log-in.
 */

const keyOf = ({ passkey }: Authenticator): string => passkeyKey(base64url.encode(passkey?.id ?? ''))

interface Options<PublicKey> {
  publicKey?: PublicKey
  challengeToken?: string
}

const addOf = (world: World, device: Device): Action => {
  const authenticator = new Authenticator({ counts: false })
  let challenge = ''
  return {
    text: `${device.name} adds a passkey`,
    send: async ({ client }) => {
      const begun = await client.post<Options<CreationOptions> & AnyAnswer['body']>(
        '/users/me/passkeys/options',
        {},
        bearer(device),
      )
      const { publicKey, challengeToken } = begun.body ?? {}
      if (!publicKey) return begun
      challenge = publicKey.challenge
      const response = await authenticator.create(publicKey)
      const answer: AnyAnswer = await client.post('/users/me/passkeys', { response, challengeToken }, bearer(device))
      if (answer.status === 201) {
        world.passkeys.push({
          name: `${device.name}'s passkey`,
          userId: device.userId,
          key: keyOf(authenticator),
          authenticator,
        })
      }
      return answer
    },
    allow: (model, answer) => {
      // Between the options and the answer, another request may have ended the proof.
      if (isRefused(answer, 'invalid_passkey')) return model.atOnce > 1
      const session = liveSessionOf(model, device)
      if (!session) return isRefusedWithoutSession(answer)
      const isUnproven = withoutProof(model, session, answer)
      if (isUnproven !== undefined) return isUnproven
      const { userId } = session
      const own = [...model.passkeys.values()].filter((one) => one.userId === userId)
      if (own.length >= 10) return isRefused(answer, 'too_many_passkeys')
      model.passkeys.set(keyOf(authenticator), { userId, linkedAt: Date.now() })
      model.spentTokens.add(challenge)
      return answer.status === 201
    },
  }
}

const add: fc.Arbitrary<Plan> = fc.record({ n: mostlyNewest }).map(({ n }) => (world) => {
  const device = nthNewest(world.devices, n)
  return device ? addOf(world, device) : null
})

/** The answer of an authenticator to a new challenge. */
async function answerOf(client: Client, { authenticator }: OwnPasskey) {
  const { body } = await client.post<Options<RequestOptions>>('/auth/passkeys/options', { tokens: 'body' })
  const { publicKey = { rpId: '', challenge: '' }, challengeToken } = body
  return { response: await authenticator.get(publicKey), challengeToken, challenge: publicKey.challenge }
}

export const logInByPasskey = (own: OwnPasskey): Action => {
  let challenge = ''
  return {
    text: `somebody logs in by ${own.name}`,
    kind: 'logs in by a passkey',
    send: async ({ client }) => {
      const { challenge: given, ...answered } = await answerOf(client, own)
      challenge = given
      return client.post('/auth/passkeys/log-in', { ...answered, tokens: 'body' })
    },
    allow: (model, answer) => {
      const passkey = model.passkeys.get(own.key)
      if (!passkey) return isRefused(answer, 'unknown_passkey')
      const { session, user } = answer.body ?? {}
      const { userId, linkedAt: since } = passkey
      if (answer.status !== 200 || !session || user?.id !== userId) return false
      model.spentTokens.add(challenge)
      stopRequest(model, userId, own.key)
      beginSession(model, session.id, { userId, proof: { by: 'passkey', since }, factorSince: since })
      return true
    },
  }
}

const logIn: fc.Arbitrary<Plan> = fc.record({ n: mostlyNewest }).map(({ n }) => (world) => {
  const own = nthNewest(world.passkeys, n)
  return own ? logInByPasskey(own) : null
})

const goOnBy = (token: WaitingLogIn, own: OwnPasskey): Action => {
  let challenge = ''
  return {
    text: `${token.name} goes on with ${own.name}`,
    kind: 'goes on by a passkey',
    send: async ({ client }) => {
      const { challenge: given, ...answered } = await answerOf(client, own)
      challenge = given
      return client.post('/auth/second-factor', { secondFactorToken: token.token, ...answered })
    },
    allow: (model, answer) => {
      const waiting = usableWaiting(model, token)
      const passkey = model.passkeys.get(own.key)
      if (isRefused(answer, 'unknown_passkey')) return !passkey
      if (isRefused(answer, 'invalid_second_factor_token')) return !waiting
      if (isRefused(answer, 'invalid_passkey')) return own.userId !== token.userId
      const { session, user } = answer.body ?? {}
      if (!waiting || !passkey || passkey.userId !== waiting.userId) return false
      if (answer.status !== 200 || !session || user?.id !== waiting.userId) return false
      model.spentTokens.add(challenge)
      stopRequest(model, waiting.userId, own.key)
      beginWithBoth(model, token, waiting, [session.id, passkey.linkedAt])
      return true
    },
  }
}

const goOn: fc.Arbitrary<Plan> = fc.record({ n: mostlyNewest, m: mostlyNewest }).map(({ n, m }) => (world) => {
  const [token, own] = [nthNewest(world.waiting, n), nthNewest(world.passkeys, m)]
  return token && own ? goOnBy(token, own) : null
})

interface Listed {
  passkeys?: { id: string; credentialId: string }[]
}

const removeOf = (device: Device, own: OwnPasskey): Action => ({
  text: `${device.name} removes ${own.name}`,
  send: async ({ client }) => {
    const list = await client.get<Listed & AnyAnswer['body']>('/users/me/passkeys', bearer(device))
    if (list.status !== 200) return list
    const found = list.body?.passkeys?.find(({ credentialId }) => passkeyKey(credentialId) === own.key)
    const gone: AnyAnswer = { status: 404, headers: new Headers(), body: { code: 'not_found' }, text: '' }
    return found ? client.delete(`/users/me/passkeys/${found.id}`, undefined, bearer(device)) : gone
  },
  allow: (model, answer) => {
    const session = liveSessionOf(model, device)
    if (!session) return isRefusedWithoutSession(answer) || (model.atOnce > 1 && isRefused(answer, 'not_found'))
    const isOwn = model.passkeys.get(own.key)?.userId === session.userId
    // Between the list and the removal, another request may have removed it.
    if (isRefused(answer, 'not_found')) return !isOwn || model.atOnce > 1
    return isOwn || isRefused(answer, 'fresh_proof_required') ? allowRemoval(model, session, answer, own.key) : false
  },
})

const remove: fc.Arbitrary<Plan> = fc.record({ n: mostlyNewest, m: mostlyNewest }).map(({ n, m }) => (world) => {
  const [device, own] = [nthNewest(world.devices, n), nthNewest(world.passkeys, m)]
  return device && own ? removeOf(device, own) : null
})

export const passkeyActions: fc.WeightedArbitrary<Plan>[] = [
  { weight: 3, arbitrary: add },
  { weight: 5, arbitrary: logIn },
  { weight: 5, arbitrary: goOn },
  { weight: 3, arbitrary: remove },
]
