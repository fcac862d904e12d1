import { and, eq, getTableColumns } from 'drizzle-orm'
import * as z from 'zod'
import type { Db } from '../db/client'
import { isoTime } from '../lib/time'
import { passkeyProviderName } from '../log-in/passkey/provider-names'
import type { PasskeyRow } from '../users/passkeys'
import { isOpen } from '../users/removal-requests'
import { passkeys, removalRequests, users } from '../users/tables'
import { removalRequestSchema } from './identities'

/** A passkey, of its owner. */
export const passkeySchema = z
  .object({
    id: z.uuidv7(),
    name: z.string().meta({ description: 'Its owner can change it.', example: 'iCloud Keychain' }),
    credentialId: z
      .string()
      .meta({ description: 'What its authenticator calls it.', example: 'n1Xl6q4bQf6iY3mW0u2zVg' }),
    keptBy: z.string().nullable().meta({
      description: 'What people call who keeps it, if that is known. It stays the same when the name is changed.',
      example: 'iCloud Keychain',
    }),
    isBackedUp: z.boolean().meta({
      description: 'Whether its provider has a copy, so that it outlives the device. As of its last use.',
      example: true,
    }),
    createdAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime().nullable().meta({ description: 'When it last logged somebody in.' }),
    removalRequest: removalRequestSchema.nullable().meta({
      description: 'Set if somebody asked to remove it. A log-in by it stops that.',
    }),
  })
  .meta({ id: 'Passkey' })

export type Passkey = z.output<typeof passkeySchema>

/** A passkey, and when it may be removed (ms) if somebody asked for that. */
export type PasskeyWithRequest = PasskeyRow & { effectiveAt: number | null }

export const toPasskey = (row: PasskeyWithRequest): Passkey => ({
  id: row.id,
  name: row.name,
  credentialId: row.credentialId,
  keptBy: passkeyProviderName(row.aaguid),
  isBackedUp: row.isBackedUp,
  createdAt: isoTime(row.createdAt),
  lastUsedAt: row.lastUsedAt === null ? null : isoTime(row.lastUsedAt),
  removalRequest: row.effectiveAt === null ? null : { effectiveAt: isoTime(row.effectiveAt) },
})

/** The query of a user's passkeys, oldest first. */
export const selectPasskeys = (db: Db, userId: string, now: number) =>
  db
    .select({ ...getTableColumns(passkeys), effectiveAt: removalRequests.effectiveAt })
    .from(passkeys)
    .innerJoin(users, eq(users.id, passkeys.userId))
    .leftJoin(removalRequests, and(eq(removalRequests.target, passkeys.id), isOpen(now)))
    .where(eq(passkeys.userId, userId))
    .orderBy(passkeys.id)
