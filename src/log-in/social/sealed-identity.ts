import * as oauth from 'oauth4webapi'
import * as z from 'zod'
import { AppError } from '../../errors'
import type { Keys } from '../../keys'
import { seal, unsealWithAny } from '../../lib/seal'
import { MINUTE_MS, SECOND_MS } from '../../lib/time'
import type { OneTimeToken } from '../spent-tokens'
import { type ProvenIdentity, provenIdentitySchema } from './proven-identity'

/*
 * A proven identity, sealed for its client to bring back. Both kinds are spent as the log-in at the provider that proved it, so one
 * log-in there begins one session, whatever way it takes.
 *
 * | kind | what it is for | lives |
 * |---|---|---|
 * | `exchange_code` | an app or a page of another origin got it in its link, and trades it with the verifier of its PKCE challenge | 60 s |
 * | `link_token` | the person has to prove the address of the identity first, and then links it | 10 minutes |
 */

/** How long each kind is accepted. */
export const LIFE_MS = { exchange_code: MINUTE_MS, link_token: 10 * MINUTE_MS }
type Kind = keyof typeof LIFE_MS

/** An identity that was proven, and the one-time token to spend when it is used. */
export interface IdentityProof {
  identity: ProvenIdentity
  token: OneTimeToken
}

const sealedSchema = z.object({
  identity: provenIdentitySchema,
  token: z.object({ jti: z.string(), exp: z.number() }),
  codeChallenge: z.string().nullable(),
  /** In ms since 1970. */
  expiresAt: z.number(),
})

/** Seals a proof. @returns the text, and when it expires (ms) */
export async function sealIdentity(
  keys: Keys,
  kind: Kind,
  { codeChallenge = null, now, ...proof }: IdentityProof & { codeChallenge?: string | null; now: number },
): Promise<{ sealed: string; expiresAt: number }> {
  const expiresAt = now + LIFE_MS[kind]
  const text = JSON.stringify({ ...proof, codeChallenge, expiresAt })
  return { sealed: await seal(keys.current.social, text, kind), expiresAt }
}

async function open(keys: Keys, kind: Kind, sealed: string, now: number) {
  const text = await unsealWithAny(
    keys.all.map(({ social }) => social),
    sealed,
    kind,
  )
  const read = text === null ? undefined : sealedSchema.safeParse(JSON.parse(text)).data
  return read && read.expiresAt > now ? read : null
}

/**
 * What an exchange code proves to the client that has the verifier of its challenge (RFC 7636 4.6).
 * @throws {AppError} `invalid_exchange_code`
 */
export async function openExchangeCode(
  keys: Keys,
  { code, codeVerifier, now }: { code: string; codeVerifier: string; now: number },
): Promise<IdentityProof> {
  const read = await open(keys, 'exchange_code', code, now)
  if (read?.codeChallenge !== (await oauth.calculatePKCECodeChallenge(codeVerifier))) {
    throw new AppError('invalid_exchange_code')
  }
  return read
}

/** @throws {AppError} `invalid_link_token` */
export async function openLinkToken(keys: Keys, sealed: string, now: number): Promise<IdentityProof> {
  const read = await open(keys, 'link_token', sealed, now)
  if (!read) throw new AppError('invalid_link_token')
  return read
}

/**
 * How long after its own end a pending log-in or an ID token may still be used: it is sealed as an exchange code, and that one as an
 * link token.
 */
const SEALED_FOR_SECONDS = (LIFE_MS.exchange_code + LIFE_MS.link_token) / SECOND_MS

/**
 * What a pending log-in or an ID token is spent as. It stays spent until nothing that was made from it is accepted.
 * @param exp when it expires itself (s since 1970)
 */
export const oneTimeToken = (jti: string, exp: number): OneTimeToken => ({ jti, exp: exp + SEALED_FOR_SECONDS })
