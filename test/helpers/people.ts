import { expect } from 'vitest'
import { MINUTE_MS } from '../../src/lib/time'
import { FRESH_FOR_MS } from '../../src/log-in/fresh-proof/require-fresh-proof'
import type { SessionAnswer } from '../../src/sessions/schemas'
import type { User } from '../../src/users/schemas'
import { Client } from './client'
import { setClock } from './clock'

export const PASSWORD = 'correct horse battery staple'

/** A log-in's answer with the tokens in its body. */
export interface Tokens extends SessionAnswer {
  accessToken: string
  refreshToken: string
  tokenType: 'Bearer'
  expiresIn: number
}

/** Somebody who has signed up, with a browser that is signed in. */
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

/** Another browser of the same person. */
export async function logIn(username: string, client = new Client(), password = PASSWORD): Promise<Person> {
  const { status, body } = await client.post<SessionAnswer>('/auth/log-in', { identifier: username, password })
  expect(status).toBe(200)
  return { client, username, ...body }
}

/** A client that is no browser: it holds its tokens itself. */
export async function logInForTokens(username: string, client = new Client(), password = PASSWORD): Promise<Tokens> {
  const { status, body } = await client.post<Tokens>('/auth/log-in', { identifier: username, password, tokens: 'body' })
  expect(status).toBe(200)
  return body
}

/** The session goes on, but its log-in is ten minutes ago to the millisecond: too long for a fresh proof. Stops the clock. */
export async function outliveFreshProof({ client, session }: Pick<Person, 'client' | 'session'>): Promise<void> {
  const loggedInAt = Date.parse(session.createdAt)
  // The access token of the log-in expires a little before.
  setClock(loggedInAt + FRESH_FOR_MS - MINUTE_MS)
  expect((await client.post('/auth/refresh')).status).toBe(200)
  setClock(loggedInAt + FRESH_FOR_MS)
}

/** Sends a bearer token and nothing else. */
export const withBearer = (accessToken: string): Client => new Client({ Authorization: `Bearer ${accessToken}` })

/** All at once: `await together(50, (n) => …)`. */
export const together = <Result>(count: number, act: (n: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => act(n)))

/** How often each value occurs: `tally([200, 409, 409])` → `{ 200: 1, 409: 2 }`. */
export const tally = (values: readonly (string | number)[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(values, (value) => value)].map(([value, all]) => [value, all.length]))
