import { and, eq, getTableColumns } from 'drizzle-orm'
import * as z from 'zod'
import type { Db } from '../db/client'
import { isoTime } from '../lib/time'
import { isOpen, SECOND_FACTOR_TARGET } from '../users/removal-requests'
import { isConfirmedOf, type SecondFactorRow } from '../users/second-factors'
import { removalRequests, secondFactors, users } from '../users/tables'
import { removalRequestSchema } from './identities'

/** The second factor of an account, without any secret. */
export const secondFactorSchema = () =>
  z
    .object({
      confirmedAt: z.iso.datetime().meta({ description: 'When its authenticator app was set up.' }),
      since: z.iso.datetime().meta({ description: 'Since when the account has had a second factor without a break.' }),
      recoveryCodesLeft: z.int().meta({ example: 10 }),
      erasureRequest: removalRequestSchema.nullable().meta({
        description: 'Set if an operator was asked to remove it. A log-in with it stops that.',
      }),
    })
    .meta({ id: 'SecondFactor' })

export type SecondFactor = z.output<ReturnType<typeof secondFactorSchema>>

/** The query of a user's second factor, once it is confirmed, with the request to erase it. */
export const selectSecondFactor = (db: Db, userId: string, now: number) =>
  db
    .select({ ...getTableColumns(secondFactors), effectiveAt: removalRequests.effectiveAt })
    .from(secondFactors)
    .innerJoin(users, eq(users.id, secondFactors.userId))
    .leftJoin(removalRequests, and(eq(removalRequests.target, SECOND_FACTOR_TARGET), isOpen(now)))
    .where(isConfirmedOf(userId))

/** What the API shows of a row of `selectSecondFactor`. */
export function toSecondFactor([row]: (SecondFactorRow & { effectiveAt: number | null })[]): SecondFactor | null {
  if (!row) return null
  const { confirmedAt, since, recoveryHashes, effectiveAt } = row
  return {
    confirmedAt: isoTime(confirmedAt ?? 0),
    since: isoTime(since ?? 0),
    recoveryCodesLeft: recoveryHashes.length,
    erasureRequest: effectiveAt === null ? null : { effectiveAt: isoTime(effectiveAt) },
  }
}
