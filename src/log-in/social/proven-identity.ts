import { v7 as uuidv7 } from 'uuid'
import * as z from 'zod'
import { AppError } from '../../errors'
import { text } from '../../lib/text'
import { canonicalEmail } from '../../users/contacts'
import type { IdentityRow } from '../../users/identities'
import { PROVIDER_IDS, type ProviderId } from '../../users/provider-ids'
import { nameSchema } from '../../users/schemas'
import type { Profile } from './provider'
import { ProviderFault } from './provider-fault'

const SUBJECT = /^[\x21-\x7e]{1,255}$/

/** An identity that a provider has proven. */
export const provenIdentitySchema = z.object({
  provider: z.enum(PROVIDER_IDS),
  issuer: z.string(),
  subject: z.string(),
  /** An address that the provider has verified. `isOwned` says whether it runs the mailbox. */
  email: z.object({ address: z.string(), isOwned: z.boolean() }).nullable(),
  /** What its owner recognises it by. It may be an address that nobody has verified. */
  label: z.string().nullable(),
  name: z.string().nullable(),
})

export type ProvenIdentity = z.output<typeof provenIdentitySchema>

const labelSchema = text({ min: 1, max: 254 })

/**
 * What a provider says of a person, as we keep it: the address in its one spelling. A label or a name that we would not take from the
 * person is left out.
 * @throws {AppError} `provider_failed` if the person has no subject that an identity can have (OpenID Connect Core 2)
 */
export function toProvenIdentity(
  provider: ProviderId,
  { issuer, subject, email, label, name }: Profile,
): ProvenIdentity {
  if (!SUBJECT.test(subject)) throw new AppError('provider_failed', { cause: new ProviderFault('invalid subject') })
  const address = email && canonicalEmail(email.address)
  return {
    provider,
    issuer,
    subject,
    email: email && address !== null ? { address, isOwned: email.isOwned } : null,
    label: labelSchema.safeParse(label).data ?? null,
    name: nameSchema.safeParse(name).data ?? null,
  }
}

/** The row of an identity that is linked now. */
export const newIdentity = (
  { provider, issuer, subject, label }: ProvenIdentity,
  userId: string,
  now: number,
): IdentityRow => ({ id: uuidv7({ msecs: now }), userId, provider, issuer, subject, label, createdAt: now })
