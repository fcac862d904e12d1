import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import { deliver } from '../../src/delivery/deliver'
import { DeliveryError, type Message, type Send } from '../../src/delivery/message'
import { codeMessage } from '../../src/log-in/code/texts'
import { sampleNotice } from './sample-messages'
import { twilioAccount, twilioError } from './twilio-stand-in'

const message = codeMessage({
  channel: 'sms',
  to: '+821012345678',
  purpose: 'verify',
  locale: 'en',
  code: '012345',
  host: 'latchkey.app',
})

const LEVELS = ['debug', 'log', 'info', 'warn', 'error'] as const
let logged: string[] = []

beforeEach(() => {
  logged = []
  for (const level of LEVELS) vi.spyOn(console, level).mockImplementation((...line) => logged.push(line.join(' ')))
})

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** Delivers without waiting between tries. Answers with how long it would have waited. */
async function deliverAtOnce(send: Send, one: Message = message) {
  const waits: number[] = []
  const result = await deliver(send, one, {
    wait: async (ms) => {
      waits.push(ms)
    },
  })
  return { result, waits, log: logged.map((line): unknown => JSON.parse(line)) }
}

const UNAVAILABLE = twilioError(503, 20503, 'Service unavailable')
const about = { channel: 'sms', purpose: 'verify' }
const sent = (tries: number) => [{ level: 'info', event: 'message_sent', ...about, outcome: 'sent', tries }]
const failed = (outcome: string, tries: number, providerCode?: number) => [
  { level: 'warn', event: 'message_not_sent', ...about, outcome, tries, ...(providerCode && { providerCode }) },
]

describe('a message', () => {
  it('is sent once when the provider takes it at once', async () => {
    const { send, received } = await twilioAccount()
    expect(await deliverAtOnce(send)).toEqual({ result: 'sent', waits: [], log: sent(1) })
    expect(await received()).toMatchObject({ requests: { length: 1 }, accepted: 1 })
  })

  it('is delivered once after two 503 answers', async () => {
    const { send, received } = await twilioAccount([UNAVAILABLE, UNAVAILABLE])
    expect(await deliverAtOnce(send)).toEqual({ result: 'sent', waits: [500, 2000], log: sent(3) })
    const { requests, accepted } = await received()
    expect(accepted).toBe(1)
    expect(requests).toHaveLength(3)
    expect(new Set(requests.map(({ body }) => body)).size).toBe(1)
  })

  it('is given up after three 503 answers', async () => {
    const { send, received } = await twilioAccount([UNAVAILABLE, UNAVAILABLE, UNAVAILABLE])
    expect(await deliverAtOnce(send)).toEqual({
      result: 'failed',
      waits: [500, 2000],
      log: failed('unavailable', 3, 20503),
    })
    expect(await received()).toMatchObject({ requests: { length: 3 }, accepted: 0 })
  })

  it('is sent again after a 429', async () => {
    const { send, received } = await twilioAccount([twilioError(429, 20429, 'Too Many Requests')])
    expect(await deliverAtOnce(send)).toEqual({ result: 'sent', waits: [500], log: sent(2) })
    expect(await received()).toMatchObject({ requests: { length: 2 }, accepted: 1 })
  })

  it('is not sent again after a 400, 401 or 404', async () => {
    for (const [status, code, outcome] of [
      [400, 21211, 'invalid_recipient'],
      [401, 20003, 'rejected'],
      [404, 20404, 'rejected'],
    ] as const) {
      logged = []
      const { send, received } = await twilioAccount([twilioError(status, code, 'No')])
      expect(await deliverAtOnce(send)).toEqual({ result: 'failed', waits: [], log: failed(outcome, 1, code) })
      expect(await received()).toMatchObject({ requests: { length: 1 }, accepted: 0 })
    }
  })

  it('is sent again after an error that is not JSON', async () => {
    const { send, received } = await twilioAccount([{ status: 502, body: '<html>Bad Gateway</html>' }])
    expect(await deliverAtOnce(send)).toEqual({ result: 'sent', waits: [500], log: sent(2) })
    expect(await received()).toMatchObject({ requests: { length: 2 }, accepted: 1 })
  })

  it('is tried three times when nobody listens', async () => {
    const { send } = await twilioAccount([], { apiUrl: inject('refusingUrl') })
    expect(await deliverAtOnce(send)).toEqual({ result: 'failed', waits: [500, 2000], log: failed('unavailable', 3) })
  })

  it('is sent again after a connection that breaks', async () => {
    const { send, received } = await twilioAccount([{ reset: true }])
    expect(await deliverAtOnce(send)).toEqual({ result: 'sent', waits: [500], log: sent(2) })
    expect(await received()).toMatchObject({ requests: { length: 2 }, accepted: 1 })
  })
})

describe('a try', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  })

  it('ends after five seconds when Twilio does not answer, and there are three tries', async () => {
    const { send, received } = await twilioAccount([{ hang: true }, { hang: true }, { hang: true }])
    const delivery = deliverAtOnce(send)
    for (const requests of [1, 2, 3]) {
      await received(requests)
      await vi.advanceTimersByTimeAsync(4999)
      expect(logged).toEqual([])
      expect(await received()).toMatchObject({ requests: { length: requests } })
      await vi.advanceTimersByTimeAsync(1)
    }
    expect(await delivery).toEqual({ result: 'failed', waits: [500, 2000], log: failed('unavailable', 3) })
    expect(await received()).toMatchObject({ requests: { length: 3 }, accepted: 0 })
  })

  it('ends after five seconds even when the sender ignores the signal', async () => {
    const signals: (AbortSignal | undefined)[] = []
    const delivery = deliverAtOnce((_, signal) => {
      signals.push(signal)
      return signals.length === 1 ? new Promise(() => {}) : Promise.resolve()
    })
    await vi.advanceTimersByTimeAsync(5000)
    expect(await delivery).toEqual({ result: 'sent', waits: [500], log: sent(2) })
    expect(signals.map((signal) => signal?.aborted)).toEqual([true, false])
  })

  it('leaves no timer behind', async () => {
    await deliverAtOnce(async () => {})
    await deliverAtOnce(() => Promise.reject(new DeliveryError('blocked')))
    expect(vi.getTimerCount()).toBe(0)
  })

  it('starts 500 ms after the first one failed, and 2 s after the second', async () => {
    let tries = 0
    const delivery = deliver(() => {
      tries++
      return Promise.reject(new DeliveryError('unavailable', { retryable: true }))
    }, message)
    const triesAfter = async (ms: number) => {
      await vi.advanceTimersByTimeAsync(ms)
      return tries
    }
    expect([await triesAfter(0), await triesAfter(499), await triesAfter(1)]).toEqual([1, 1, 2])
    expect([await triesAfter(1999), await triesAfter(1), await triesAfter(60_000)]).toEqual([2, 3, 3])
    expect(await delivery).toBe('failed')
  })
})

describe('the log of a delivery', () => {
  it('is one line without code, text, number or address, whatever error a sender throws', async () => {
    const notice = sampleNotice()
    for (const one of [message, notice]) {
      const tellsAll = new Error(`${one.to} ${one.text} ${one.code}`)
      const senders: Send[] = [
        async () => {},
        () => Promise.reject(new DeliveryError('blocked', { providerCode: 'E_RECIPIENT_SUPPRESSED', cause: tellsAll })),
        () => Promise.reject(tellsAll),
        () => {
          throw tellsAll
        },
      ]
      for (const send of senders) {
        logged = []
        await deliverAtOnce(send, one)
        expect(logged).toHaveLength(1)
        expect(logged[0]).not.toMatch(/012345|1012345678|alice|example|Latchkey/)
      }
    }
  })

  it('names the channel, the purpose and the reason', async () => {
    const notice = sampleNotice()
    const suppressed = new DeliveryError('blocked', { providerCode: 'E_RECIPIENT_SUPPRESSED' })
    await deliverAtOnce(() => Promise.reject(suppressed), notice)
    await deliverAtOnce(() => Promise.reject(new TypeError('a fault of ours')), notice)
    expect(logged).toEqual([
      '{"level":"warn","event":"message_not_sent","channel":"email","purpose":"contact_changed","outcome":"blocked","tries":1,"providerCode":"E_RECIPIENT_SUPPRESSED"}',
      '{"level":"warn","event":"message_not_sent","channel":"email","purpose":"contact_changed","outcome":"unexpected","tries":1}',
    ])
  })
})
