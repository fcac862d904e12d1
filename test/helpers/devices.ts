import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import worker from '../../src/index'
import type { Device, SessionAnswer } from '../../src/sessions/schemas'
import { backgroundContext, Client, newIpAddress } from './client'
import { PASSWORD, type Person } from './people'
import { verificationTokenFor } from './tokens'

/*
 * Devices as an owner sees them in the list of sessions: by user agent, and by the country that Cloudflare saw.
 */

const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)'
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X)'

export const CHROME = `${WINDOWS} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36`
export const SAFARI = `${IPHONE} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1`
export const CURL = 'curl/8.5.0'

interface DeviceOptions {
  userAgent?: string
  /** The country that Cloudflare sees. */
  country?: string
  headers?: Record<string, string>
  bindings?: Partial<Env> & Record<string, unknown>
}

/** `device({ userAgent: SAFARI, country: 'KR' })` is a client with that user agent, at a new IP address in Korea. */
export function device({ userAgent, country, headers = {}, bindings = {} }: DeviceOptions = {}): Client {
  const ownEnv = { ...env, ...bindings }
  const seen = { 'CF-Connecting-IP': newIpAddress(), ...(userAgent !== undefined && { 'User-Agent': userAgent }) }
  return new Client({ ...seen, ...headers }, async (request) =>
    worker.fetch(
      country === undefined ? request : new Request(request, { cf: { country } }),
      ownEnv,
      backgroundContext(),
    ),
  )
}

/** `await signUpWithContacts('alice', ['alice@example.com', '+821012345678'])` also sets a password. It sends no messages. */
export async function signUpWithContacts(username: string, contacts: string[], client = device()): Promise<Person> {
  const proofs = contacts.map((to) => verificationTokenFor({ channel: to.includes('@') ? 'email' : 'sms', to }))
  const verificationTokens = await Promise.all(proofs)
  const body = { username, password: PASSWORD, verificationTokens }
  const answer = await client.post<SessionAnswer>('/auth/sign-up', body)
  expect(answer.status).toBe(201)
  return { client, username, ...answer.body }
}

/** The sessions that a client is shown. */
export async function devicesOf({ client }: Pick<Person, 'client'>): Promise<Device[]> {
  const { status, body } = await client.get<{ sessions: Device[] }>('/auth/sessions')
  expect(status).toBe(200)
  return body.sessions
}

/** A device on which nobody has logged in yet. */
export const NEW_DEVICE = { id: '01a1fa3a-cd78-4305-a121-a7abf5ac70d9', users: [] }
