import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { PAUSE_MS } from '../../src/http/after-answer'
import { challengeSchema } from '../../src/log-in/code/schemas'
import { aliceAndBob } from '../helpers/alice-and-bob'
import type { Client } from '../helpers/client'
import { codeRequest } from '../helpers/codes'
import { PASSWORD } from '../helpers/people'
import { dump } from '../helpers/storage'
import { faultyWorker, keepLog } from './inject'
import { carrierError, faultySenders, type Try } from './senders'
import { beginTime } from './time'

/*
 * Every kind of message, when tries to send it fail, hang, or succeed with a lost answer. The client has its answer by then.
 * The outcome is logged, and for a code it is recorded in the activity.
 */

const EMAIL = 'alice@example.com'
const PHONE = '+821010000001'

const { alice } = aliceAndBob()
const log = keepLog()
const senders = faultySenders()
const worker = faultyWorker(senders.settings)

beforeEach(() => beginTime(Date.now()))

const change = { newPassword: 'another horse battery staple', currentPassword: PASSWORD }

/** Each kind of message: its recipient, its purpose, and the request that causes it. */
const messages = {
  'a code by SMS': {
    to: PHONE,
    purpose: 'log_in',
    ask: (client: Client) => client.post('/auth/otp', codeRequest(PHONE, 'log_in')),
  },
  'a code by e-mail': {
    to: EMAIL,
    purpose: 'log_in',
    ask: (client: Client) => client.post('/auth/otp', codeRequest(EMAIL, 'log_in')),
  },
  'a notice by SMS': {
    to: PHONE,
    purpose: 'password_changed',
    ask: (client: Client) => client.put('/auth/password', change),
  },
  'a notice by e-mail': {
    to: EMAIL,
    purpose: 'password_changed',
    ask: (client: Client) => client.put('/auth/password', change),
  },
}

/** When each try is made, in ms after the answer: 500 ms and 2 s after the end of the try before, which lasts 5 s at most. */
const schedule: Record<Exclude<Try, 'succeeds'>, number[]> = {
  fails: [0, 500, 2500],
  hangs: [0, 5500, 12_500],
  'loses its answer': [0, 500, 2500],
}

const kinds = ['fails', 'hangs', 'loses its answer'] as const
const cases = Object.entries(messages).flatMap(([name, message]) =>
  kinds.flatMap((kind) => [1, 2, 3].map((times) => ({ name, kind, times, ...message }))),
)

describe.each(cases)('$name whose sending $kind $times times', ({ kind, times, to, purpose, ask }) => {
  it('is sent after the answer, in at most three tries, always with the same text', async () => {
    const channel = to === PHONE ? 'sms' : 'email'
    const contacts = channel === 'sms' ? [null, PHONE] : [EMAIL, null]
    const owner = alice()
    await env.DB.prepare('UPDATE users SET email = ?, phone = ? WHERE id = ?')
      .bind(...contacts, owner.user.id)
      .run()
    // Otherwise a code would be refused, because one was sent less than a minute ago.
    await env.DB.prepare('DELETE FROM otp_codes').run()
    senders.plan(Array<Try>(times).fill(kind))
    log.length = 0

    const client = worker.client(owner.client)
    const { result, startedAt, answeredAfterMs, uncaught } = await worker.run(() => ask(client))
    expect({ status: result.status, answeredAfterMs, uncaught }).toEqual({
      status: purpose === 'log_in' ? 202 : 204,
      answeredAfterMs: 0,
      uncaught: [],
    })
    const tries = Math.min(times + 1, 3)
    expect(senders.tried.map(({ at }) => at - startedAt - PAUSE_MS)).toEqual(schedule[kind].slice(0, tries))
    expect(new Set(senders.tried.map((message) => JSON.stringify({ ...message, at: 0 }))).size).toBe(1)
    expect(senders.tried[0]).toMatchObject({ channel, to })
    expect(senders.taken).toHaveLength((kind === 'loses its answer' ? times : 0) + tries - times)

    const outcome = times < 3 ? 'sent' : 'failed'
    const entries = (await dump())['activity'] ?? []
    const details = entries.filter(({ event }) => event === 'code_sent').map(({ detail }) => JSON.parse(String(detail)))
    expect(details).toEqual(purpose === 'log_in' ? [{ channel, purpose, outcome }] : [])

    // Tests of another file may still send messages, which are ignored here.
    const lines = log
      .map((line) => JSON.parse(line))
      .filter(
        (line) => String(line.event).startsWith('message_') && line.channel === channel && line.purpose === purpose,
      )
    expect(lines).toEqual([
      outcome === 'sent'
        ? { level: 'info', event: 'message_sent', channel, purpose, outcome, tries }
        : { level: 'warn', event: 'message_not_sent', channel, purpose, outcome: 'unavailable', tries },
    ])
    const code = /\b\d{6}\b/.exec(senders.tried[0]?.text ?? '')?.[0]
    const secrets = [to, carrierError().message, ...(code === undefined ? [] : [code])]
    expect(secrets.filter((secret) => log.join('\n').includes(secret))).toEqual([])

    if (code === undefined) return
    const { challengeId } = challengeSchema.parse(result.body)
    const used = await worker.run(() => worker.client().post('/auth/otp/log-in', { challengeId, code }))
    expect(used.result.status).toBe(200)
  })
})
