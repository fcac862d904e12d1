import { env } from 'cloudflare:workers'
import { base64url } from 'jose'
import { expect } from 'vitest'
import type { SessionAnswer } from '../../src/sessions/schemas'
import type { ProviderId } from '../../src/users/provider-ids'
import type { User } from '../../src/users/schemas'
import { type Answer, Client, type ProblemBody } from './client'
import { authorize, type CameBack, type Fault, type Person } from './providers'

/*
 * Log-ins by a provider, as a browser or an app does them.
 */

/** Presses the button of a provider. Gives the address that the browser is sent to. */
export async function beginAt(provider: ProviderId, client: Client, query: Record<string, string> = {}) {
  const search = new URLSearchParams(query)
  const { status, headers } = await client.get(`/auth/social/${provider}${search.size > 0 ? `?${search}` : ''}`)
  expect(status).toBe(303)
  return headers.get('Location') ?? ''
}

/** Lets the browser come back from the provider, by a redirect or by a form. */
export async function comeBack(client: Client, { path, form }: CameBack): Promise<Answer<ProblemBody>> {
  if (form === undefined) return client.get(path)
  // The form comes from the site of the provider, so the browser sends no cookies with it.
  const posted = await new Client({}).post(path, form, {
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      'Sec-Fetch-Site': 'cross-site',
      Origin: 'https://appleid.apple.com',
    },
  })
  expect(posted.status).toBe(303)
  return client.get(new URL(posted.headers.get('Location') ?? '', path).href)
}

/** The whole way: press the button, log in at the provider, and come back. */
export async function goThrough(
  provider: ProviderId,
  person: Person,
  { client = new Client(), fault, query = {} }: { client?: Client; fault?: Fault; query?: Record<string, string> } = {},
): Promise<{ client: Client; answer: Answer<ProblemBody> }> {
  const start = await beginAt(provider, client, query)
  return { client, answer: await comeBack(client, authorize(start, person, fault)) }
}

/** Logs somebody in by a provider, and gives their account. */
export async function logInWith(
  provider: ProviderId,
  person: Person,
  client = new Client(),
): Promise<{ client: Client; user: User; session: SessionAnswer['session'] }> {
  const { answer } = await goThrough(provider, person, { client })
  expect([answer.status, answer.headers.get('Location')]).toEqual([303, '/console'])
  return { client, ...(await accountOf(client)) }
}

/** The session and the account of a browser that is signed in. */
export async function accountOf(client: Client): Promise<SessionAnswer> {
  const { status, body } = await client.get<SessionAnswer>('/auth/session')
  expect(status).toBe(200)
  return body
}

/** Where an answer sends the browser, and what it says there. */
export function destinationOf({ status, headers }: Answer): { at: string; query: Record<string, string> } {
  expect(status).toBe(303)
  const location = headers.get('Location') ?? ''
  const [at = '', search = ''] = location.split('?')
  return { at, query: Object.fromEntries(new URLSearchParams(search)) }
}

/** A code verifier, and its challenge (RFC 7636). */
export async function newVerifier(): Promise<{ codeVerifier: string; codeChallenge: string }> {
  const codeVerifier = crypto.randomUUID() + crypto.randomUUID()
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(codeVerifier))
  return { codeVerifier, codeChallenge: base64url.encode(new Uint8Array(hash)) }
}

/** How many rows the tables have that a log-in may add to. */
export async function countRows(): Promise<Record<string, number>> {
  const names = ['users', 'identities', 'sessions', 'spent_tokens']
  const results = await env.DB.batch<{ count: number }>(
    names.map((name) => env.DB.prepare(`SELECT count(*) AS count FROM ${name}`)),
  )
  return Object.fromEntries(names.map((name, index) => [name, results[index]?.results[0]?.count ?? -1]))
}
