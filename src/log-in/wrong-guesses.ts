import type { SQL } from 'drizzle-orm'
import type { Context } from 'hono'
import type { AppEnv } from '../context'
import type { Db } from '../db/client'
import { limits } from '../limits'
import { raiseAlarm } from '../signals/alarm'
import { countInHour } from './hour-counts'

/*
 * Wrong guesses at all accounts together. Somebody may make a few guesses at each of very many accounts, which no limit of one
 * account can notice. Nobody is refused for it, but the log gets an alarm line, and the people who run this are told.
 */

/** What is guessed at, and how it is counted. */
export const KINDS = {
  codes: { key: 'wrong_codes', ceiling: limits.all_code_guesses.quota },
  passwords: { key: 'wrong_passwords', ceiling: limits.all_password_guesses.quota },
} as const

export type Guessed = keyof typeof KINDS

/** The statement that counts a wrong guess if `onlyIf` holds, and then gives how many there were in this hour. */
export const countWrongGuess = (db: Db, guessed: Guessed, now: number, onlyIf: SQL) =>
  countInHour(db, [KINDS[guessed].key], now, onlyIf)

/**
 * Writes a line when the wrong guesses of this hour go over the ceiling, and again when they go over twice the ceiling, three times it …
 * @param counted what the statement of `countWrongGuess` gave
 */
export function warnOfGuesses(c: Context<AppEnv>, guessed: Guessed, counted: readonly { count: number }[]): void {
  const { ceiling } = KINDS[guessed]
  for (const { count } of counted) {
    if (count <= ceiling || (count - 1) % ceiling !== 0) continue
    console.error(JSON.stringify({ level: 'error', event: 'guesses_ceiling', guessed, count, ceiling }))
    raiseAlarm(c.env, c.var.background, 'guesses_ceiling')
  }
}
