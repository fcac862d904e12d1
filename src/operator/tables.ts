import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { ACCOUNT_ACTS } from '../activity/events'

/** All that operators do. */
export const ACTS = [...ACCOUNT_ACTS, 'counters', 'acts', 'doctor'] as const

/** What an act was about. It has no contents and no contacts. */
export interface ActDetail {
  /** How an account was looked up, and whether there was one. */
  by?: 'id' | 'username' | 'email' | 'phone'
  found?: boolean
  /** Why an account was blocked, in the operator's words. */
  reason?: string
}

/**
 * The record of what operators have done. Rows are added and never changed, and the purge leaves them. No foreign key leads to `users`:
 * after an erasure, a row still has the id, and nothing else of the account.
 */
export const operatorActs = sqliteTable('operator_acts', {
  /** UUIDv7: a later act has a greater one. */
  id: text().primaryKey(),
  at: integer().notNull(),
  /** An e-mail address or the name of a service token, both by Cloudflare Access; or `token`. */
  operator: text().notNull(),
  act: text({ enum: ACTS }).notNull(),
  userId: text('user_id'),
  detail: text({ mode: 'json' }).$type<ActDetail>(),
})
