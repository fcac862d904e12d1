import { env } from 'cloudflare:workers'
import { readConfig } from '../../src/config'
import { verifyPassword } from '../../src/log-in/password/hash'
import type { Action } from './actions'
import { type Model, PASSWORDS } from './model'
import { PAST_GUARD } from './start'
import type { AnyAnswer } from './world'

/*
 * Which states of the model are possible after what has happened, and what D1 should and does hold.
 */

export interface AnsweredAction {
  action: Action
  answer: AnyAnswer
}

const entries = (map: Map<string, unknown>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1))

const keyOf = ({
  users,
  sessions,
  guards,
  tries,
  tokenStamps,
  spentTokens,
  usedUpCodes,
  justChanged,
  identities,
  passkeys,
  waiting,
  wrongFactors,
  requests,
  past,
}: Model): string =>
  JSON.stringify([
    past,
    ...[users, sessions, guards, tries, tokenStamps, identities, passkeys, waiting, wrongFactors, requests].map(
      entries,
    ),
    [...spentTokens].sort(),
    [...usedUpCodes].sort(),
    [...justChanged].sort(),
  ])

const copyEach = <Item extends object>(map: Map<string, Item>): Map<string, Item> =>
  new Map([...map].map(([key, item]) => [key, { ...item }]))

const copyOf = (model: Model): Model => ({
  ...model,
  users: copyEach(model.users),
  sessions: copyEach(model.sessions),
  guards: copyEach(model.guards),
  sends: [...model.sends],
  spentTokens: new Set(model.spentTokens),
  usedUpCodes: new Set(model.usedUpCodes),
  tries: new Map(model.tries),
  tokenStamps: new Map(model.tokenStamps),
  justChanged: new Set(model.justChanged),
  identities: copyEach(model.identities),
  passkeys: copyEach(model.passkeys),
  waiting: copyEach(model.waiting),
  wrongFactors: new Map(model.wrongFactors),
  requests: copyEach(model.requests),
  past: [...model.past],
})

/**
 * All states of the model that are possible after these simultaneous actions: for each order in which every answer is
 * allowed, the state that it leads to. Empty if there is no such order.
 */
export function possibleModels(models: Model[], all: AnsweredAction[]): Model[] {
  const seen = new Set<string>()
  const found: Model[] = []
  const visit = (model: Model, rest: AnsweredAction[]): void => {
    if (rest.length === 0) found.push(model)
    for (const next of rest) {
      const after = copyOf(model)
      if (!next.action.allow(after, next.answer)) continue
      const others = rest.filter((one) => one !== next)
      const key = `${others.map((one) => all.indexOf(one))} ${keyOf(after)}`
      if (!seen.has(key)) visit(after, others)
      seen.add(key)
    }
  }
  for (const model of models) visit({ ...model, atOnce: all.length, justChanged: new Set() }, all)
  return found
}

/** The rows that D1 should hold, as lines. */
export function expectedRows({ users, sessions, guards, spentTokens, identities, passkeys, past }: Model): string[] {
  const lines = [
    ...[...users].map(([id, { username, email, name, password }]) => ['user', id, username, email, name, password]),
    ...[...sessions.entries()]
      // Nobody reads the row of a session that has expired.
      .filter(([, { endedAt, expiresAt }]) => endedAt === null && expiresAt > Date.now())
      .map(([id, { userId, factorSince, generation, rotatedAt, expiresAt, repeats, repeatedAt }]) => {
        return ['session', id, userId, factorSince ?? 0, generation, rotatedAt, expiresAt, repeats, repeatedAt]
      }),
    ...[...sessions].flatMap(([id, { repeats, foundOut }]) => [
      repeats > 0 ? ['activity', 'refresh_repeated', id, repeats] : [],
      foundOut ? ['activity', 'refresh_reused', id, 1] : [],
    ]),
    ...[...guards.values()].map(({ challengeId, guesses, isSpent, wrong }) => [
      'code',
      challengeId,
      guesses,
      Number(isSpent),
      wrong,
    ]),
    ...[...spentTokens].map((jti) => ['spent token', jti]),
    ...[...identities].map(([subject, { userId, linkedAt }]) => ['identity', subject, userId, linkedAt]),
    ...[...passkeys].map(([key, { userId, linkedAt }]) => [key, userId, linkedAt]),
    ...[...users].flatMap(([id, { factor }]) =>
      factor ? [['factor', id, factor.since, factor.lastStep, factor.recoveryCodes.length]] : [],
    ),
    ...past.map(({ userId, changed, username, email, at }) => ['past', userId, changed, username, email, at]),
  ]
  return lines.flatMap((values) => (values.length === 0 ? [] : [values.join(' ')])).sort()
}

/** The rows that D1 does hold, in the same form. A password is the one that matches the hash. */
export async function actualRows(): Promise<string[]> {
  const [users, ...others] = await env.DB.batch<Record<string, string | null>>(
    [
      'SELECT id, username, email, name, password_hash FROM users',
      `SELECT 'session', id, user_id, coalesce(second_factor_since, 0), generation, last_seen_at, expires_at, repeats, repeated_at FROM sessions
        WHERE expires_at > ${Date.now()}`,
      `SELECT 'activity', event, session_id, count(*) FROM activity WHERE event IN ('refresh_repeated', 'refresh_reused')
        GROUP BY event, session_id`,
      `SELECT 'code', challenge_id, attempts, spent_by IS NOT NULL, wrong FROM otp_codes
        WHERE id IN (SELECT max(id) FROM otp_codes WHERE guard <> '${PAST_GUARD}' GROUP BY guard)`,
      `SELECT 'spent token', jti FROM spent_tokens`,
      `SELECT 'identity', subject, user_id, created_at FROM identities`,
      `SELECT 'passkey', credential_id, user_id, created_at FROM passkeys`,
      `SELECT 'factor', user_id, since, last_step, json_array_length(recovery_hashes) FROM second_factors
        WHERE confirmed_at IS NOT NULL`,
      `SELECT 'past', user_id, changed, username, email, changed_at FROM past_identifiers`,
    ].map((sql) => env.DB.prepare(sql)),
  )
  const people = (users?.results ?? []).map(async ({ id, username, email, name, password_hash: hash }) =>
    ['user', id, username, email, name, await passwordOf(hash ?? null)].join(' '),
  )
  const rest = others.flatMap(({ results }) => results.map((row) => Object.values(row).join(' ')))
  return [...(await Promise.all(people)), ...rest].sort()
}

async function passwordOf(hash: string | null): Promise<string | null> {
  for (const password of hash === null ? [] : PASSWORDS) {
    if ((await verifyPassword(password, hash, readConfig(env))).correct) return password
  }
  return null
}
