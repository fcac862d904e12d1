import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import type { CodePurpose } from '../../src/delivery/message'
import type { OutboxMessage } from '../../src/delivery/outbox'
import { readText } from '../../src/lib/text'
import { canonicalEmail, canonicalPhone, isAboutEmail } from '../../src/users/contacts'
import { Client, clientOf, newIpAddress, ORIGIN, settleBackground } from './client'
import type { Person } from './people'

/*
 * One-time codes as their recipient gets them: from the outbox. A recipient gets one code a minute for a purpose, and five an
 * hour. A test that needs another code lets a minute pass.
 */

export interface CodeRequest {
  channel: 'sms' | 'email'
  to: string
  purpose: CodePurpose
}

/** The answer to a request for a code. */
export interface Challenge {
  challengeId: string
  expiresAt: string
  resendAt: string
}

/** A challenge and the code that solves it. */
export interface SentCode extends Challenge {
  code: string
}

/** A client with no cookies, at a new IP address: codes are limited by address, too. */
export const stranger = (bindings?: Partial<Env> & Record<string, unknown>): Client => {
  const headers = { 'CF-Connecting-IP': newIpAddress() }
  return bindings === undefined ? new Client(headers) : clientOf(bindings, headers)
}

/** The body that asks for a code. What contains an @ is an e-mail address, anything else is a phone number. */
export const codeRequest = (to: string, purpose: CodePurpose): CodeRequest => ({
  channel: isAboutEmail(to) ? 'email' : 'sms',
  to,
  purpose,
})

/** What a reader of the outbox sends. */
export const withOutboxToken = () => ({ Authorization: `Bearer ${env.OUTBOX_TOKEN}` })

/** All messages in the outbox, the newest first. */
export async function outbox(): Promise<OutboxMessage[]> {
  const { status, body } = await new Client(withOutboxToken()).get<{ messages: OutboxMessage[] }>(
    `${ORIGIN}/dev/outbox`,
  )
  expect(status).toBe(200)
  return body.messages
}

/** The spelling of a contact in the `to` of a message. */
function canonical(to: string): string {
  const read = readText(to, { max: 320, isPasted: true })
  const typed = 'text' in read ? read.text : to
  return canonicalPhone(typed, 'KR')?.to ?? canonicalEmail(typed) ?? to
}

/** Calls `find` until it finds something. `expect.poll` would move a clock that stands still. */
async function waitFor<Result>(what: string, find: () => Promise<Result | undefined>): Promise<Result> {
  for (let tries = 0; tries < 200; tries++) {
    const found = await find()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`Waited in vain for ${what}`)
}

/** Waits for `count` messages to a recipient. Answers with all of them, the newest first. */
export const messagesTo = (to: string, count = 0): Promise<OutboxMessage[]> =>
  waitFor(`${count} messages to ${to}`, async () => {
    const messages = (await outbox()).filter((message) => message.to === canonical(to))
    return messages.length >= count ? messages : undefined
  })

/** All messages to a recipient, once all background tasks have ended. For tests that a message was not sent. */
export async function allMessagesTo(to: string): Promise<OutboxMessage[]> {
  await settleBackground()
  return messagesTo(to)
}

/** Waits for a code to a recipient, and answers with the newest: for a purpose, if one is given, and sent at `since` (ms) or later. */
export const codeFor = (to: string, { purpose, since = 0 }: { purpose?: CodePurpose; since?: number } = {}) =>
  waitFor(`a code for ${to}`, async () => {
    const codes = (await outbox()).filter(
      (message) =>
        message.to === canonical(to) &&
        (purpose === undefined || message.purpose === purpose) &&
        Date.parse(message.sentAt) >= since,
    )
    return codes.find(({ code }) => code !== null)?.code ?? undefined
  })

/** Asks for a code and waits for the message. */
export async function askForCode(client: Client, request: CodeRequest): Promise<SentCode> {
  const since = Date.now()
  const { status, body } = await client.post<Challenge>('/auth/otp', request)
  expect(status).toBe(202)
  return { ...body, code: await codeFor(request.to, { purpose: request.purpose, since }) }
}

/** The body that uses a code. */
export const rightGuess = ({ challengeId, code }: SentCode) => ({ challengeId, code })

/** Some other code than `code`. */
export const wrongCode = (code: string): string => code.replace(/^./, (first) => (first === '9' ? '0' : '9'))

/** Proves a contact by a code. Answers with the verification token. */
export async function proveContact(to: string, purpose: 'verify' | 'reset_password' = 'verify'): Promise<string> {
  const client = stranger()
  const asked = await askForCode(client, codeRequest(to, purpose))
  const { status, body } = await client.post<{ verificationToken: string }>('/auth/otp/verify', rightGuess(asked))
  expect(status).toBe(200)
  return body.verificationToken
}

/** Logs in with a code. The first time, this makes the account. */
export async function logInByCode(to: string, client = stranger()): Promise<Person & { status: number }> {
  const asked = await askForCode(client, codeRequest(to, 'log_in'))
  const { status, body } = await client.post<Omit<Person, 'client' | 'username'>>('/auth/otp/log-in', rightGuess(asked))
  expect([200, 201]).toContain(status)
  return { status, client, username: body.user.username ?? '', user: body.user, session: body.session }
}
