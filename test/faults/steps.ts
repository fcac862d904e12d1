import { expect } from 'vitest'
import type { CodePurpose } from '../../src/delivery/message'
import type { OutboxMessage } from '../../src/delivery/outbox'
import { PAUSE_MS } from '../../src/http/after-answer'
import { type Client, ORIGIN } from '../helpers/client'
import { MINUTE } from '../helpers/clock'
import { type Challenge, codeRequest } from '../helpers/codes'
import { wait } from './time'

/*
 * How a client gets on whose request was done, and who was not told.
 */

/** The client that has sent the request, and clients of nobody. */
export interface Aftermath {
  client: Client
  newClient: () => Client
}

export const NEW_PASSWORD = 'another horse battery staple'

export const logsIn =
  (identifier: string, password: string) =>
  async ({ newClient }: Aftermath): Promise<void> => {
    expect((await newClient().post('/auth/log-in', { identifier, password })).status).toBe(200)
  }

/** The code is spent; the next one can be had a minute after it. */
export const asksAnew =
  (to: string, purpose: CodePurpose) =>
  async ({ newClient }: Aftermath): Promise<void> => {
    wait(MINUTE)
    const client = newClient()
    const asked = await client.post<Challenge>('/auth/otp', codeRequest(to, purpose))
    await new Promise((resolve) => setTimeout(resolve, 2 * PAUSE_MS))
    const outbox = await client.get<{ messages: OutboxMessage[] }>(`${ORIGIN}/dev/outbox`)
    const code = outbox.body.messages.find((message) => message.to === to)?.code
    const path = purpose === 'log_in' ? '/auth/otp/log-in' : '/auth/otp/verify'
    const { challengeId } = asked.body
    expect((await client.post(path, { challengeId, code })).status).toBeLessThan(300)
  }

export const isSignedOut = async ({ client }: Aftermath): Promise<void> => {
  wait(MINUTE)
  expect((await client.get('/auth/session')).status).toBe(401)
}
