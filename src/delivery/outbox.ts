import * as z from 'zod'
import type { Kv } from '../kv'
import { isoTime } from '../lib/time'
import { LOCALES } from '../locale'
import { CHANNELS, CODE_PURPOSES, DeliveryError, NOTICE_PURPOSES, type Send } from './message'

/*
 * The outbox: on your own computer, messages go to the console and into KV instead of to a provider. They contain codes.
 */

const LIFE_SECONDS = 10 * 60

const PREFIX = 'outbox:'

export const outboxMessageSchema = z
  .object({
    id: z.uuidv7(),
    channel: z.enum(CHANNELS),
    to: z.string().meta({ description: 'The phone number or e-mail address.', example: '+821012345678' }),
    purpose: z.enum([...CODE_PURPOSES, ...NOTICE_PURPOSES]),
    locale: z.enum(LOCALES),
    text: z.string().meta({ example: 'Latchkey: 012345 is your code to log in.' }),
    code: z.string().nullable().meta({ description: 'Null in notices.', example: '012345' }),
    sentAt: z.iso.datetime(),
  })
  .meta({ id: 'OutboxMessage' })

export type OutboxMessage = z.output<typeof outboxMessageSchema>

/** Prints a message to the console as one line, and keeps it in KV for 10 minutes. */
export function outboxSender(kv: Kv): Send {
  return async ({ id, channel, to, purpose, locale, text, code }) => {
    const entry: OutboxMessage = { id, channel, to, purpose, locale, text, code, sentAt: isoTime(Date.now()) }
    await kv.put(PREFIX + id, entry, LIFE_SECONDS).catch((cause: unknown) => {
      throw new DeliveryError('unavailable', { retryable: true, cause })
    })
    console.log(`Outbox: ${channel} to ${to}: ${text.trim().replace(/\s+/g, ' ')}`)
  }
}

/** The messages of the last 10 minutes, newest first. */
export async function readOutbox(kv: Kv): Promise<OutboxMessage[]> {
  // KV lists keys in order. These contain UUIDv7s, so the oldest comes first.
  const keys = await kv.list(PREFIX)
  const messages = await Promise.all(keys.reverse().map((key) => kv.get(key, outboxMessageSchema)))
  return messages.filter((message) => message !== null)
}
