import { and, eq, inArray, isNotNull, sql } from 'drizzle-orm'
import type { Db } from '../../db/client'
import type { Keys } from '../../keys'
import { secondFactors } from '../../users/tables'
import { toConfirmed } from './compare-second-factor'
import { openSecret, sealSecret } from './sealed-secret'

/** How many secrets one run of cron seals anew. */
const BATCH = 90

/**
 * Seals secrets of authenticator apps under the current key that are still under the one before. A log-in does it too, but not everybody
 * logs in before that key is gone. A secret whose key is gone stays as it is.
 *
 * The race: the owner sets up another app meanwhile, or logs in. Then the row has another secret, and is left alone.
 * @returns how many were sealed anew
 */
export async function resealSecrets(db: Db, keys: Keys): Promise<number> {
  const [current, previous] = keys.all
  if (!current || !previous) return 0
  const isOld = and(isNotNull(secondFactors.confirmedAt), eq(secondFactors.kid, previous.kid))
  const rows = await db.select().from(secondFactors).where(isOld).limit(BATCH)
  const factors = rows.map(toConfirmed).filter((factor) => factor !== undefined)
  const sealed = await Promise.all(
    factors.map(async (factor) => {
      const secret = await openSecret(keys, factor, factor.userId)
      return secret === null ? [] : [{ was: factor.secret, ...(await sealSecret(keys, secret, factor.userId)) }]
    }),
  )
  const values = JSON.stringify(sealed.flat())
  const found = (name: string) =>
    sql`(SELECT value ->> ${name} FROM json_each(${values}) WHERE value ->> 'was' = ${secondFactors.secret})`
  const done = await db
    .update(secondFactors)
    .set({ secret: sql`${found('secret')}`, kid: current.kid })
    .where(
      and(
        inArray(
          secondFactors.userId,
          rows.map(({ userId }) => userId),
        ),
        sql`${found('secret')} IS NOT NULL`,
      ),
    )
    .returning({ userId: secondFactors.userId })
  return done.length
}
