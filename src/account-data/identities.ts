import { and, eq, getTableColumns } from 'drizzle-orm'
import * as z from 'zod'
import type { Config } from '../config'
import type { Db } from '../db/client'
import { isoTime } from '../lib/time'
import { nameOfProvider } from '../log-in/social/providers'
import { providerSchema } from '../log-in/social/schemas'
import type { IdentityRow } from '../users/identities'
import { isOpen } from '../users/removal-requests'
import { identities, removalRequests, users } from '../users/tables'

/** What has to wait, as in the answer to a request to remove it. */
export const removalRequestSchema = z
  .object({
    effectiveAt: z.iso.datetime().meta({
      description: 'From then on the same request is done, with a fresh proof; for seven days.',
      example: '2026-12-27T18:00:00.000Z',
    }),
  })
  .meta({ id: 'RemovalRequest' })

/** An identity at a provider, of its owner. */
export const identitySchema = z
  .object({
    id: z.uuidv7(),
    provider: providerSchema,
    name: z.string().meta({ description: 'What people call the provider.', example: 'Google' }),
    label: z.string().nullable().meta({
      description: 'The e-mail address or the user name at the provider, when it was linked.',
      example: 'alice@gmail.com',
    }),
    createdAt: z.iso.datetime(),
    removalRequest: removalRequestSchema.nullable().meta({
      description: 'Set if somebody asked to remove it. A log-in by it stops that, and so does to link it again.',
    }),
  })
  .meta({ id: 'Identity' })

export type Identity = z.output<typeof identitySchema>

/** An identity, and when it may be removed (ms) if somebody asked for that. */
export type IdentityWithRequest = IdentityRow & { effectiveAt: number | null }

/** What the API shows of an identity. The subject is left out: it names a person at other services. */
export const toIdentity = (
  { id, provider, label, createdAt, effectiveAt }: IdentityWithRequest,
  config: Config,
): Identity => ({
  id,
  provider,
  name: nameOfProvider(config, provider),
  label,
  createdAt: isoTime(createdAt),
  removalRequest: effectiveAt === null ? null : { effectiveAt: isoTime(effectiveAt) },
})

/** The query of a user's identities, oldest first. */
export const selectIdentities = (db: Db, userId: string, now: number) =>
  db
    .select({ ...getTableColumns(identities), effectiveAt: removalRequests.effectiveAt })
    .from(identities)
    .innerJoin(users, eq(users.id, identities.userId))
    .leftJoin(removalRequests, and(eq(removalRequests.target, identities.id), isOpen(now)))
    .where(eq(identities.userId, userId))
    .orderBy(identities.id)
