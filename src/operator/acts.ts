import { desc, eq, lt, type SQL, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import * as z from 'zod'
import { record } from '../activity/activity'
import type { AccountAct } from '../activity/events'
import type { Db } from '../db/client'
import { existsRow } from '../db/exists'
import { selectRow } from '../db/select-row'
import { isoTime } from '../lib/time'
import { users } from '../users/tables'
import { ACTS, type ActDetail, operatorActs } from './tables'

/*
 * THE record of what operators do. An act is written in the transaction that does it, and nothing in this folder is done without one.
 * Reads are acts too. The owner of the account finds it in the activity.
 */

/** An operator's device and country are none of the owner's business. */
export const NO_CLIENT = { device: null, country: null }

/** An act on an account. */
export interface NewAct {
  operator: string
  act: AccountAct
  userId: string
  detail?: ActDetail
  now: number
}

const rowOf = ({ operator, act, userId, detail = null, now }: Acting) => ({
  id: uuidv7({ msecs: now }),
  at: now,
  operator,
  act,
  userId,
  detail,
})

interface Acting {
  operator: string
  act: (typeof ACTS)[number]
  userId: string | null | SQL
  detail?: ActDetail | SQL | null
  now: number
}

/**
 * The statements that record an act on an account, if there is such an account. They come before those that do it.
 * @returns `acts` gives a row if there is such an account
 */
export const recordAct = (db: Db, act: NewAct) => ({
  acts: db
    .insert(operatorActs)
    .select(selectRow(operatorActs, rowOf(act), existsRow(db, users, eq(users.id, act.userId))))
    .returning({ id: operatorActs.id }),
  // Nobody can read the activity of an account that is erased.
  told: act.act === 'erase' ? undefined : tell(db, act),
})

const tell = (db: Db, { userId, act, now }: Pick<NewAct, 'act' | 'now'> & { userId: string | SQL }) =>
  record(db, { userId, event: 'operator_act', client: NO_CLIENT, now, sequence: TOLD_AFTER, detail: { act } })

/** In the activity, an act comes after the ends of sessions that it caused. */
const TOLD_AFTER = 1

/** The statements that record that an account was looked up, found or not. */
export function recordLookUp(
  db: Db,
  { operator, by, which, now }: Pick<NewAct, 'operator' | 'now'> & { by: NonNullable<ActDetail['by']>; which: SQL },
) {
  const found = db.select({ id: users.id }).from(users).where(which)
  const detail = sql`json_object('by', ${by}, 'found', json(iif(${existsRow(db, users, which)}, 'true', 'false')))`
  const acting = { operator, act: 'find', userId: sql`${found}`, detail, now } as const
  return {
    acts: db.insert(operatorActs).select(selectRow(operatorActs, rowOf(acting), sql`true`)),
    told: tell(db, acting),
  }
}

/** The statement that records an act that is about no account. */
export const recordOverview = (
  db: Db,
  { operator, act, now }: { operator: string; act: Exclude<(typeof ACTS)[number], AccountAct>; now: number },
) => db.insert(operatorActs).select(selectRow(operatorActs, rowOf({ operator, act, userId: null, now }), sql`true`))

export const actSchema = () =>
  z
    .object({
      id: z.uuidv7(),
      at: z.iso.datetime(),
      operator: z.string().meta({
        description: 'The e-mail address or the service token that Cloudflare Access let in, or `token`.',
        example: 'olivia@example.com',
      }),
      act: z.enum(ACTS),
      userId: z.string().nullable().meta({ description: 'The account. It may have been erased.' }),
      detail: z
        .object({
          by: z.enum(['id', 'username', 'email', 'phone']).optional(),
          found: z.boolean().optional(),
          reason: z.string().optional(),
        })
        .nullable(),
    })
    .meta({ id: 'OperatorAct' })

export const toAct = ({ at, ...row }: typeof operatorActs.$inferSelect): z.output<ReturnType<typeof actSchema>> => ({
  ...row,
  at: isoTime(at),
})

/** No UUID sorts after it. */
const AFTER_ALL = 'g'

/** The query of a page of acts older than `before`, newest first, and one more. */
export const selectActs = (db: Db, { limit, before }: { limit: number; before: string | null }) =>
  db
    .select()
    .from(operatorActs)
    .where(lt(operatorActs.id, before ?? AFTER_ALL))
    .orderBy(desc(operatorActs.id))
    .limit(limit + 1)
