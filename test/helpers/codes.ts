import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import type { CodePurpose } from '../../src/delivery/message'
import type { OutboxMessage } from '../../src/delivery/outbox'
import { canonicalEmail, canonicalPhone } from '../../src/users/contacts'
import { Client, clientOf, ORIGIN, settleBackground } from './client'
import { setClock } from './clock'
import type { Person } from './people'

/*
 * One-time codes as their recipient gets them: out of the outbox. A recipient gets one a minute for a purpose and five an
 * hour, so who wants another one here lets a minute pass.
 */

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export interface CodeRequest {
  channel: 'sms' | 'email'
  to: string
  purpose: CodePurpose
}

/** The answer to who asked for a code. */
export interface Challenge {
  challengeId: string
  expiresAt: string
  resendAt: string
}

/** A challenge and the code that solves it. */
export interface Asked extends Challenge {
  code: string
}

let addresses = 0

/** An address that nobody had before: sends are counted by it, and so are all requests. */
export const newAddress = (): string => {
  addresses++
  return `198.18.${Math.floor(addresses / 256)}.${addresses % 256}`
}

/** Somebody unknown, at an address of their own. */
export const stranger = (bindings?: Partial<Env> & Record<string, unknown>): Client => {
  const headers = { 'CF-Connecting-IP': newAddress() }
  return bindings === undefined ? new Client(headers) : clientOf(bindings, headers)
}

/** Moves the clock on from what it shows. */
export const pass = (ms: number): void => setClock(Date.now() + ms)

/** A code to log in, to prove a contact or to reset a password: by its shape one can tell a number from an address. */
export const codeRequest = (to: string, purpose: CodePurpose): CodeRequest => ({
  channel: to.includes('@') ? 'email' : 'sms',
  to,
  purpose,
})

/** All that was sent, newest first. */
export async function outbox(): Promise<OutboxMessage[]> {
  const { status, body } = await new Client().get<{ messages: OutboxMessage[] }>(`${ORIGIN}/dev/outbox`)
  expect(status).toBe(200)
  return body.messages
}

/** The spelling in which a message names its recipient. */
const written = (to: string): string => canonicalPhone(to, 'KR')?.to ?? canonicalEmail(to) ?? to

/** Asks until there is an answer. Not `expect.poll`, which moves a clock that stands still. */
async function until<Result>(what: string, find: () => Promise<Result | undefined>): Promise<Result> {
  for (let tries = 0; tries < 200; tries++) {
    const found = await find()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`In vain waited for ${what}`)
}

/** What a recipient got, newest first, once there are so many. */
export const messagesTo = (to: string, count = 0): Promise<OutboxMessage[]> =>
  until(`${count} messages to ${to}`, async () => {
    const messages = (await outbox()).filter((message) => message.to === written(to))
    return messages.length >= count ? messages : undefined
  })

/** All that a recipient has got once everything that goes on after an answer has ended: for what must not have been sent. */
export async function allMessagesTo(to: string): Promise<OutboxMessage[]> {
  await settleBackground()
  return messagesTo(to)
}

/** The newest code that a recipient got, for any purpose or for one, sent not before `since` (ms). */
export const codeFor = (to: string, { purpose, since = 0 }: { purpose?: CodePurpose; since?: number } = {}) =>
  until(`a code for ${to}`, async () => {
    const codes = (await outbox()).filter(
      (message) =>
        message.to === written(to) &&
        (purpose === undefined || message.purpose === purpose) &&
        Date.parse(message.sentAt) >= since,
    )
    return codes.find(({ code }) => code !== null)?.code ?? undefined
  })

/** Asks for a code and waits for the message. */
export async function askCode(client: Client, request: CodeRequest): Promise<Asked> {
  const since = Date.now()
  const { status, body } = await client.post<Challenge>('/auth/otp', request)
  expect(status).toBe(202)
  return { ...body, code: await codeFor(request.to, { purpose: request.purpose, since }) }
}

export const guessOf = ({ challengeId, code }: Asked) => ({ challengeId, code })

/** A code that is not `code`. */
export const wrongCode = (code: string): string => code.replace(/^./, (first) => (first === '9' ? '0' : '9'))

/** Proves a contact: `await prove('alice@example.com')` is a verification token. */
export async function prove(to: string, purpose: 'verify' | 'reset_password' = 'verify'): Promise<string> {
  const client = stranger()
  const asked = await askCode(client, codeRequest(to, purpose))
  const { status, body } = await client.post<{ verificationToken: string }>('/auth/otp/verify', guessOf(asked))
  expect(status).toBe(200)
  return body.verificationToken
}

/** Logs in with a code: the first time that makes the account. */
export async function logInByCode(to: string, client = stranger()): Promise<Person & { status: number }> {
  const asked = await askCode(client, codeRequest(to, 'log_in'))
  const { status, body } = await client.post<Omit<Person, 'client' | 'username'>>('/auth/otp/log-in', guessOf(asked))
  expect([200, 201]).toContain(status)
  return { status, client, username: body.user.username ?? '', user: body.user, session: body.session }
}

/** All rows of a table about codes. */
export const rows = async (table: 'otp_guards' | 'otp_sends' | 'sms_days' | 'spent_tokens' | 'users' | 'sessions') =>
  (await env.DB.prepare(`SELECT * FROM ${table} ORDER BY 1`).all()).results
