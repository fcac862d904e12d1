import { env } from 'cloudflare:workers'
import { calculatePKCECodeChallenge } from 'oauth4webapi'
import { v7 as uuidv7 } from 'uuid'
import { SECOND_MS } from '../../src/lib/time'
import type { ProvenIdentity } from '../../src/log-in/social/proven-identity'
import { sealIdentity } from '../../src/log-in/social/sealed-identity'
import { DAY } from './clock'
import type { Person } from './people'
import { idTokenOf } from './providers'
import { workerKeys } from './tokens'

/*
 * Identities at providers, without a log-in at one: they are sealed with the Worker's own keys, or are in D1 already. Log-ins
 * by a provider are in social-log-in.ts.
 */

/** An identity at Google that nobody has. */
export const identityOf = (subject: string, about: Partial<ProvenIdentity> = {}): ProvenIdentity => ({
  provider: 'google',
  issuer: 'https://accounts.google.com',
  subject,
  email: null,
  label: null,
  name: null,
  ...about,
})

/** What a log-in at a provider has proven. It is good for two days, so that a test may set the clock. */
const proofOf = (identity: ProvenIdentity, now: number, jti: string = crypto.randomUUID()) => ({
  identity,
  token: { jti, exp: Math.ceil((now + DAY) / SECOND_MS) },
})

/** An link token, as the error `identity_needs_proof` has it. */
export async function linkTokenFor(identity: ProvenIdentity, now = Date.now() + DAY): Promise<string> {
  const { sealed } = await sealIdentity(await workerKeys(), 'link_token', { ...proofOf(identity, now), now })
  return sealed
}

export const CODE_VERIFIER = 'a-code-verifier-of-43-characters-or-more-than-that'

/** The body that trades an exchange code. */
export interface Exchange {
  code: string
  codeVerifier: string
}

/** An exchange code, as it comes back with a browser, and the verifier of its challenge. */
export async function exchangeFor(
  identity: ProvenIdentity,
  now = Date.now() + DAY,
  jti: string = crypto.randomUUID(),
): Promise<Exchange> {
  const codeChallenge = await calculatePKCECodeChallenge(CODE_VERIFIER)
  const proof = { ...proofOf(identity, now, jti), codeChallenge, now }
  const { sealed } = await sealIdentity(await workerKeys(), 'exchange_code', proof)
  return { code: sealed, codeVerifier: CODE_VERIFIER }
}

/** One proof of each kind. An ID token is good for an hour. */
export interface IdentityProofs {
  exchange: Exchange
  linkToken: string
  idToken: string
  nonce: string
}

/** Proofs of an identity at Google. */
export async function proofsOf(identity: ProvenIdentity): Promise<IdentityProofs> {
  const nonce = crypto.randomUUID()
  return {
    exchange: await exchangeFor(identity),
    linkToken: await linkTokenFor(identity),
    idToken: await idTokenOf('google', { subject: identity.subject }, { nonce }),
    nonce,
  }
}

/** Gives a user an identity, as if it had been linked now. @returns its id */
export async function giveIdentity(
  { user }: { user: Pick<Person['user'], 'id'> },
  { provider, issuer, subject, label }: ProvenIdentity,
): Promise<string> {
  const id = uuidv7({ msecs: Date.now() })
  await env.DB.prepare(
    `INSERT INTO identities (id, user_id, provider, issuer, subject, label, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  )
    .bind(id, user.id, provider, issuer, subject, label, Date.now())
    .run()
  return id
}
