import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import type { SecondFactor } from '../../src/account-data/second-factor'
import { codeAt, stepAt } from '../../src/log-in/second-factor/totp'
import type { SessionAnswer } from '../../src/sessions/schemas'
import type { Authenticator as Passkey } from './authenticator'
import { type Answer, Client, type ProblemBody } from './client'
import { advanceClock } from './clock'
import { beginLogIn } from './passkeys'
import { PASSWORD, type Person } from './people'
import { rowsOf } from './storage'

/*
 * Second factors, as an authenticator app and its owner see them.
 */

const STEP = 30_000

/** On a busy computer, the code of the step before may be too old when it arrives. */
const MARGIN = 8000

/** The oldest step whose code still counts when it arrives. */
const oldestStep = (): number => stepAt(Date.now() + MARGIN) - 1

/** An authenticator app with one account, and the recovery codes on paper. */
export class Authenticator {
  /** The time step of the last code that it gave. */
  private lastStep = 0
  constructor(
    readonly secret: string,
    public recoveryCodes: string[] = [],
  ) {}

  /** A code that nobody has used yet. If the next one would not count yet, half a minute passes. */
  async code(): Promise<string> {
    let step = Math.max(this.lastStep + 1, oldestStep())
    if (step > stepAt(Date.now()) + 1) advanceClock(STEP)
    step = Math.max(step, oldestStep())
    this.lastStep = step
    return codeAt(this.secret, step)
  }
}

/** A code that is wrong now. */
export async function wrongCodeOf({ secret }: Authenticator): Promise<string> {
  const right = await Promise.all([-1, 0, 1].map((difference) => codeAt(secret, stepAt(Date.now()) + difference)))
  return ['000000', '111111', '222222', '333333'].find((code) => !right.includes(code)) ?? ''
}

export interface SetUp {
  secret: string
  uri: string
  qr: string
  expiresAt: string
}

/** Turns a second factor on, or replaces it, by a session that has just begun. */
export async function turnOn({ client }: Pick<Person, 'client'>, proof: object = {}): Promise<Authenticator> {
  const begun = await client.post<SetUp>('/users/me/totp', proof)
  expect(begun.status).toBe(200)
  const authenticator = new Authenticator(begun.body.secret)
  const confirmed = await client.put<{ recoveryCodes: string[] }>('/users/me/totp', {
    code: await authenticator.code(),
  })
  expect(confirmed.status).toBe(200)
  authenticator.recoveryCodes = confirmed.body.recoveryCodes
  return authenticator
}

/** The error `second_factor_required`. */
export interface Asked extends ProblemBody {
  secondFactorToken: string
  methods: string[]
  expiresAt: string
}

/** Expects an answer to ask for the second factor, and gives it. */
export function askedBy({ status, body, headers }: Answer<unknown>): Asked {
  expect({ status, body }).toMatchObject({ status: 403, body: { code: 'second_factor_required' } })
  expect(headers.getSetCookie().filter((line) => /^__(?:Host-access|Secure-refresh|Host-device)=/.test(line))).toEqual(
    [],
  )
  return body as Asked
}

/** The first factor by password: gives the token of the second. */
export async function firstFactor(username: string, client = new Client(), more: object = {}): Promise<Asked> {
  return askedBy(await client.post('/auth/log-in', { identifier: username, password: PASSWORD, ...more }))
}

export const secondFactor = (
  { secondFactorToken }: Pick<Asked, 'secondFactorToken'>,
  code: string,
  client = new Client(),
) => client.post<SessionAnswer & ProblemBody>('/auth/second-factor', { secondFactorToken, code })

/** Goes on by a passkey. */
export async function secondFactorByPasskey(
  { secondFactorToken }: Pick<Asked, 'secondFactorToken'>,
  passkey: Passkey,
  { client = new Client() }: { client?: Client } = {},
) {
  const { publicKey } = await beginLogIn(client)
  const body = { secondFactorToken, response: await passkey.get(publicKey) }
  return client.post<SessionAnswer & ProblemBody>('/auth/second-factor', body)
}

/** Logs in with both factors. */
export async function logInWithBoth(
  username: string,
  authenticator: Authenticator,
  client = new Client(),
): Promise<Person> {
  const asked = await firstFactor(username, client)
  const { status, body } = await secondFactor(asked, await authenticator.code(), client)
  expect(status).toBe(200)
  return { client, username, ...body }
}

export const secondFactorOf = async ({ client }: Pick<Person, 'client'>): Promise<SecondFactor | null> =>
  (await client.get<{ secondFactor: SecondFactor | null }>('/users/me/second-factor')).body.secondFactor

/** How many live sessions a user has in D1. */
export const countSessions = async ({ user }: Pick<Person, 'user'>): Promise<number> =>
  (await rowsOf('sessions')).filter((row) => row['user_id'] === user.id && Number(row['expires_at']) > Date.now())
    .length

/** Makes the second factor of a user older, as if it had been turned on `ms` earlier. */
export const ageFactor = ({ user }: Pick<Person, 'user'>, ms: number) =>
  env.DB.prepare('UPDATE second_factors SET since = since - ?1, confirmed_at = confirmed_at - ?1 WHERE user_id = ?2')
    .bind(ms, user.id)
    .run()
