import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { CHANNELS } from '../../src/delivery/message'
import { outboxMessageSchema, outboxSender, readOutbox } from '../../src/delivery/outbox'
import { openKv } from '../../src/kv'
import { codeMessage } from '../../src/log-in/code/texts'
import { failingKv } from '../helpers/bindings'
import { setClock } from '../helpers/clock'
import { replaceKvMethods } from '../helpers/wrap-kv'
import { sampleNotice } from './sample-messages'

const recipient = { channel: 'sms', to: '+821012345678', locale: 'ko', host: 'localhost' } as const
const code = (digits: string) => codeMessage({ ...recipient, purpose: 'log_in', code: digits })

afterEach(() => {
  vi.restoreAllMocks()
})

describe('the outbox', () => {
  it('is empty at first', async () => {
    expect(await readOutbox(openKv(env.KV))).toEqual([])
  })

  it('shows a code and a notice as they were sent, the newest first', async () => {
    const send = outboxSender(openKv(env.KV))
    const first = code('012345')
    const notice = sampleNotice('localhost')
    setClock(Date.UTC(2026, 10, 20, 9, 30))
    await send(first)
    setClock(Date.UTC(2026, 10, 20, 9, 31, 0, 7))
    await send(notice)
    const outbox = await readOutbox(openKv(env.KV))
    expect(outbox).toEqual([
      {
        id: notice.id,
        channel: 'email',
        to: 'alice@example.com',
        purpose: 'contact_changed',
        locale: 'en',
        text: notice.text,
        code: null,
        sentAt: '2026-11-20T09:31:00.007Z',
      },
      {
        id: first.id,
        channel: 'sms',
        to: '+821012345678',
        purpose: 'log_in',
        locale: 'ko',
        text: '[Latchkey] 로그인 인증번호 012345\n5분간 유효, 공유 금지\n\n@localhost #012345',
        code: '012345',
        sentAt: '2026-11-20T09:30:00.000Z',
      },
    ])
    expect(outbox.map((one) => outboxMessageSchema.strict().parse(one))).toEqual(outbox)
  })

  it('keeps a message for ten minutes', async () => {
    const before = Date.now() / 1000
    const message = code('012345')
    await outboxSender(openKv(env.KV))(message)
    const { keys } = await env.KV.list()
    expect(keys).toEqual([{ name: `outbox:${message.id}`, expiration: expect.any(Number) }])
    const life = (keys[0]?.expiration ?? 0) - before
    expect(life).toBeGreaterThan(598)
    expect(life).toBeLessThan(610)
  })

  it('shows more messages than KV lists at once, in order', async () => {
    vi.spyOn(console, 'log').mockImplementation(() => {})
    const codes = ['000003', '000001', '000005', '000002', '000004']
    const messages = codes.map(code)
    await Promise.all(messages.toReversed().map((message) => outboxSender(openKv(env.KV))(message)))
    const pages: number[] = []
    const list = async (options: KVNamespaceListOptions) => {
      const page = await env.KV.list({ ...options, limit: 2 })
      pages.push(page.keys.length)
      return page
    }
    const outbox = await readOutbox(openKv(replaceKvMethods(env.KV, { list })))
    expect(outbox.map((message) => message.code)).toEqual(codes.toReversed())
    expect(pages).toEqual([2, 2, 1])
  })

  it('ignores other entries of KV, and entries that are no message', async () => {
    const message = code('012345')
    await outboxSender(openKv(env.KV))(message)
    await env.KV.put('otp:1', '{}')
    await env.KV.put('session:1', '{}')
    await env.KV.put('outbox:broken', JSON.stringify({ ...message, channel: 'pigeon' }))
    expect((await readOutbox(openKv(env.KV))).map(({ id }) => id)).toEqual([message.id])
  })

  it('prints one readable line for each message', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    for (const channel of CHANNELS) {
      const to = { sms: '+821012345678', email: 'alice@example.com' }[channel]
      await outboxSender(openKv(env.KV))(
        codeMessage({ channel, to, purpose: 'log_in', locale: 'en', code: '012345', host: 'localhost' }),
      )
    }
    expect(log.mock.calls).toEqual([
      [
        'Outbox: sms to +821012345678: Latchkey: 012345 is your code to log in. It expires in 5 minutes. Do not share it with anyone. @localhost #012345',
      ],
      [
        expect.stringMatching(
          /^Outbox: email to alice@example\.com: Your code to log in: 012345 It expires in 5 minutes\. [^\n]*\.$/,
        ),
      ],
    ])
  })

  it('fails when KV fails, and prints nothing', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    await expect(outboxSender(openKv(failingKv()))(code('012345'))).rejects.toMatchObject({
      code: 'unavailable',
      retryable: true,
    })
    expect(log).not.toHaveBeenCalled()
  })
})
