import { env } from 'cloudflare:workers'
import { expect, inject } from 'vitest'
import { Client, clientOf, newIpAddress } from './client'

/*
 * Those who run the deployment.
 */

export const OPERATOR = '/operator'

/** What an operator with the token sends. */
export const withOperatorToken = () => ({ Authorization: `Bearer ${env.OPERATOR_TOKEN}` })

/** An operator with the token. */
export const operator = (): Client => new Client(withOperatorToken())

/** An account as an operator finds it. */
export interface FoundAccount {
  id: string
  username: string | null
  email: string | null
  blockedAt: string | null
}

/** What an operator has done. */
export interface ActBody {
  id: string
  at: string
  operator: string
  act: string
  userId: string | null
  detail: Record<string, unknown> | null
}

/** Blocks an account. */
export async function block({ id }: { id: string }, reason = 'Sends spam'): Promise<void> {
  const { status } = await operator().post(`${OPERATOR}/accounts/${id}/block`, { reason })
  expect(status).toBe(200)
}

/** All acts in the record, the oldest first, but for the read that this is. */
export async function readActs(): Promise<ActBody[]> {
  const { status, body } = await operator().get<{ acts: ActBody[] }>(`${OPERATOR}/acts?limit=100`)
  expect(status).toBe(200)
  return body.acts.toReversed()
}

export type AccessFault = 'alg_none' | 'hs256_with_public_key' | 'bad_signature' | 'key_rotation' | 'unknown_key'

export interface AccessAbout {
  email?: string
  commonName?: string
  /** Claims that are other than those that Cloudflare Access gives. One that is null is left out. */
  claims?: Record<string, unknown>
  fault?: AccessFault
  team?: string
}

export const OLIVIA = 'olivia@example.com'

/** The token that Cloudflare Access adds to a request of somebody whom it lets in. */
export async function accessToken(about: AccessAbout = {}): Promise<string> {
  const { ACCESS_TEAM_DOMAIN: team, ACCESS_AUDIENCE: audience } = env
  const body = JSON.stringify({ team, audience, email: OLIVIA, now: Date.now(), ...about })
  const response = await fetch(`${inject('providersUrl')}/access-token`, { method: 'POST', body })
  if (!response.ok) throw new Error(await response.text())
  return response.text()
}

/** A client that comes through Cloudflare Access. */
export const throughAccess = async (
  about: AccessAbout = {},
  bindings: Partial<Env> & Record<string, unknown> = {},
): Promise<Client> =>
  clientOf(bindings, {
    'CF-Connecting-IP': newIpAddress(),
    'Cf-Access-Jwt-Assertion': await accessToken(about),
  })
