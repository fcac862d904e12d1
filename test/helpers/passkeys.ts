import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import type { Passkey } from '../../src/account-data/passkeys'
import { newLogInChallenge, newRegistration } from '../../src/log-in/passkey/challenge'
import {
  Authenticator,
  type CreationOptions,
  type LogInAnswer,
  type RegistrationAnswer,
  type RequestOptions,
  type Wrong,
} from './authenticator'
import { type Answer, Client, type ProblemBody } from './client'
import { DAY } from './clock'
import type { Person } from './people'
import { workerKeys } from './tokens'

/*
 * Passkeys as a page or an app uses them.
 */

interface Options<PublicKey> {
  publicKey: PublicKey
  challengeToken: string
  expiresAt: string
}

type Registering = Pick<Person, 'client'>

/** What the API asks an authenticator for a new passkey. */
export async function beginPasskey({ client }: Registering, proof?: object): Promise<Options<CreationOptions>> {
  const { status, body } = await client.post<Options<CreationOptions>>('/users/me/passkeys/options', proof)
  expect(status).toBe(200)
  return body
}

/** The body that adds a passkey of this authenticator. */
export async function newPasskey(
  owner: Registering,
  {
    authenticator = new Authenticator(),
    wrong,
    proof,
  }: { authenticator?: Authenticator; wrong?: Wrong; proof?: object } = {},
) {
  const { publicKey, challengeToken } = await beginPasskey(owner, proof)
  return { response: await authenticator.create(publicKey, wrong), challengeToken }
}

/** Adds a passkey of this authenticator. */
export async function addPasskey(
  owner: Registering,
  authenticator = new Authenticator(),
  name?: string,
): Promise<Passkey> {
  const body = { ...(await newPasskey(owner, { authenticator })), ...(name !== undefined && { name }) }
  const added = await owner.client.post<Passkey>('/users/me/passkeys', body)
  expect(added.status).toBe(201)
  return added.body
}

/** What the API asks an authenticator for a log-in. */
export async function beginLogIn(
  client: Client,
  tokens: 'cookie' | 'body' = 'cookie',
): Promise<Options<RequestOptions>> {
  const { status, body } = await client.post<Options<RequestOptions>>('/auth/passkeys/options', { tokens })
  expect(status).toBe(200)
  return body
}

/** Tries to log in with the passkey of an authenticator, which may answer wrongly. */
export async function tryPasskey(
  authenticator: Authenticator,
  { client = new Client(), wrong }: { client?: Client; wrong?: Wrong } = {},
): Promise<Answer<ProblemBody & Person>> {
  const { publicKey } = await beginLogIn(client)
  return client.post('/auth/passkeys/log-in', { response: await authenticator.get(publicKey, wrong) })
}

/** Logs in with the passkey of an authenticator. */
export async function logInByPasskey(authenticator: Authenticator, client = new Client()): Promise<Person> {
  const { status, body } = await tryPasskey(authenticator, { client })
  expect(status).toBe(200)
  return { client, username: body.user.username ?? '', user: body.user, session: body.session }
}

export const passkeysOf = async ({ client }: Registering): Promise<Passkey[]> => {
  const { status, body } = await client.get<{ passkeys: Passkey[] }>('/users/me/passkeys')
  expect(status).toBe(200)
  return body.passkeys
}

/** A passkey that somebody has, and answers of authenticators that have not been used: to log in, and to add another one. */
export interface OwnPasskeys {
  id: string
  logIn: { response: LogInAnswer; challengeToken: string }
  another: { response: RegistrationAnswer; challengeToken: string }
}

/** Gives somebody a passkey. The answers are good for a day, so that a test may set the clock. */
export async function makePasskeys(owner: Person): Promise<OwnPasskeys> {
  const authenticator = new Authenticator()
  const { id } = await addPasskey(owner, authenticator)
  const [keys, later] = [await workerKeys(), Date.now() + DAY]
  const stamp = env.DB.prepare('SELECT proof_stamp FROM users WHERE id = ?').bind(owner.user.id)
  const proofStamp = (await stamp.first<string>('proof_stamp')) ?? ''
  const registration = await newRegistration(
    keys,
    { sessionId: owner.session.id, userId: owner.user.id, proofStamp },
    later,
  )
  const { publicKey } = await beginPasskey(owner)
  const { challengeToken, challenge } = await newLogInChallenge(keys, later)
  return {
    id,
    logIn: { response: await authenticator.get({ rpId: publicKey.rp.id, challenge }), challengeToken },
    another: {
      response: await new Authenticator().create({ ...publicKey, challenge: registration.challenge }),
      challengeToken: registration.challengeToken,
    },
  }
}
