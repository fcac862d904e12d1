import { eq } from 'drizzle-orm'
import * as z from 'zod'
import type { Config } from '../config'
import type { Db } from '../db/client'
import { isoTime } from '../lib/time'
import { nameOfProvider } from '../log-in/social/providers'
import { providerSchema } from '../log-in/social/schemas'
import type { IdentityRow } from '../users/identities'
import { identities } from '../users/tables'

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
  })
  .meta({ id: 'Identity' })

export type Identity = z.output<typeof identitySchema>

/** What the API shows of an identity. The subject is left out: it names a person at other services. */
export const toIdentity = ({ id, provider, label, createdAt }: IdentityRow, config: Config): Identity => ({
  id,
  provider,
  name: nameOfProvider(config, provider),
  label,
  createdAt: isoTime(createdAt),
})

/** The query of a user's identities, oldest first. */
export const selectIdentities = (db: Db, userId: string) =>
  db.select().from(identities).where(eq(identities.userId, userId)).orderBy(identities.id)
