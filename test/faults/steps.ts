import { expect } from 'vitest'
import type { CodePurpose } from '../../src/delivery/message'
import type { OutboxMessage } from '../../src/delivery/outbox'
import { PAUSE_MS } from '../../src/http/after-answer'
import type { ProviderId } from '../../src/users/provider-ids'
import { type Client, ORIGIN } from '../helpers/client'
import { MINUTE } from '../helpers/clock'
import { type Challenge, codeRequest, withOutboxToken } from '../helpers/codes'
import { newPerson } from '../helpers/providers'
import { goThrough } from '../helpers/social-log-in'
import { advanceTime } from './time'

/*
 * What a client can still do after its request took effect but the answer was lost.
 */

/** The client that sent the request, and new clients. */
export interface Clients {
  client: Client
  newClient: () => Client
}

export const NEW_PASSWORD = 'another horse battery staple'

/** A new client can log in with the password. */
export const canLogIn =
  (identifier: string, password: string) =>
  async ({ newClient }: Clients): Promise<void> => {
    expect((await newClient().post('/auth/log-in', { identifier, password })).status).toBe(200)
  }

/** The proof is spent, but somebody can log in at the provider once more. */
export const canLogInAt =
  (provider: ProviderId) =>
  async ({ newClient }: Clients): Promise<void> => {
    expect((await goThrough(provider, newPerson(), { client: newClient() })).answer.status).toBe(303)
  }

/** The code is spent, but a minute later a client can get and use a new one. */
export const canUseNewCode =
  (to: string, purpose: CodePurpose) =>
  async ({ newClient }: Clients): Promise<void> => {
    advanceTime(MINUTE)
    const client = newClient()
    const asked = await client.post<Challenge>('/auth/otp', codeRequest(to, purpose))
    await new Promise((resolve) => setTimeout(resolve, 2 * PAUSE_MS))
    const outbox = await newClient().get<{ messages: OutboxMessage[] }>(`${ORIGIN}/dev/outbox`, {
      headers: withOutboxToken(),
    })
    const code = outbox.body.messages.find((message) => message.to === to)?.code
    const path = purpose === 'log_in' ? '/auth/otp/log-in' : '/auth/otp/verify'
    const { challengeId } = asked.body
    expect((await client.post(path, { challengeId, code })).status).toBeLessThan(300)
  }

export const isSignedOut = async ({ client }: Clients): Promise<void> => {
  advanceTime(MINUTE)
  expect((await client.get('/auth/session')).status).toBe(401)
}
