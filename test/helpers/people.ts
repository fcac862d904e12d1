import { expect } from 'vitest'
import { MINUTE_MS } from '../../src/lib/time'
import { FRESH_FOR_MS } from '../../src/log-in/fresh-proof/require-fresh-proof'
import type { SessionAnswer } from '../../src/sessions/schemas'
import type { User } from '../../src/users/schemas'
import { Client } from './client'
import { setClock } from './clock'

export const PASSWORD = 'correct horse battery staple'

/** The answer to a log-in, with tokens in the body. */
export interface Tokens extends SessionAnswer {
  accessToken: string
  refreshToken: string
  tokenType: 'Bearer'
  expiresIn: number
}

/** Somebody who has signed up, and the browser that they are signed in with. */
export interface Person {
  client: Client
  user: User
  session: SessionAnswer['session']
  username: string
}

/** `const alice = await signUp('alice')` */
export async function signUp(username: string, client = new Client()): Promise<Person> {
  const { status, body } = await client.post<SessionAnswer>('/auth/sign-up', { username, password: PASSWORD })
  expect(status).toBe(201)
  return { client, username, ...body }
}

/** Signs the same person in with another browser. */
export async function logIn(username: string, client = new Client(), password = PASSWORD): Promise<Person> {
  const { status, body } = await client.post<SessionAnswer>('/auth/log-in', { identifier: username, password })
  expect(status).toBe(200)
  return { client, username, ...body }
}

/** Logs in as a client without cookies does: the tokens come in the body. */
export async function logInForTokens(username: string, client = new Client(), password = PASSWORD): Promise<Tokens> {
  const { status, body } = await client.post<Tokens>('/auth/log-in', { identifier: username, password, tokens: 'body' })
  expect(status).toBe(200)
  return body
}

/** Stops the clock exactly ten minutes after the log-in, which is then no fresh proof any more. The session lives on. */
export async function outliveFreshProof({ client, session }: Pick<Person, 'client' | 'session'>): Promise<void> {
  const loggedInAt = Date.parse(session.createdAt)
  // The first access token has expired by then.
  setClock(loggedInAt + FRESH_FOR_MS - MINUTE_MS)
  expect((await client.post('/auth/refresh')).status).toBe(200)
  setClock(loggedInAt + FRESH_FOR_MS)
}

/** A client that sends this bearer token and no cookies. */
export const withBearer = (accessToken: string): Client => new Client({ Authorization: `Bearer ${accessToken}` })

/** Runs `act` many times at once: `await together(50, (n) => …)`. */
export const together = <Result>(count: number, act: (n: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => act(n)))

/** Counts how often each value occurs: `tally([200, 409, 409])` → `{ 200: 1, 409: 2 }`. */
export const tally = (values: readonly (string | number)[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(values, (value) => value)].map(([value, all]) => [value, all.length]))
