import * as z from 'zod'
import { getJson, putJson } from '../kv'
import { isoTime } from '../lib/time'
import { CHANNELS, CODE_PURPOSES, DeliveryError, LOCALES, NOTICE_PURPOSES, type Send } from './message'

/*
 * Where messages go on one's own computer: the console, and KV for a while. Whoever reads it reads codes.
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
    text: z.string(),
    code: z.string().nullable().meta({ description: 'Null in notices.', example: '012345' }),
    sentAt: z.iso.datetime(),
  })
  .meta({ id: 'OutboxMessage' })

export type OutboxMessage = z.output<typeof outboxMessageSchema>

/** Prints a message to the console as one line, and keeps it in KV for 10 minutes. */
export function outboxSender(kv: KVNamespace): Send {
  return async ({ id, channel, to, purpose, locale, text, code }) => {
    const kept: OutboxMessage = { id, channel, to, purpose, locale, text, code, sentAt: isoTime(Date.now()) }
    await putJson(kv, PREFIX + id, kept, LIFE_SECONDS).catch((cause: unknown) => {
      throw new DeliveryError('unavailable', { retryable: true, cause })
    })
    console.log(`Outbox: ${channel} to ${to}: ${text.trim().replace(/\s+/g, ' ')}`)
  }
}

/** What was sent in the last 10 minutes, newest first. */
export async function readOutbox(kv: KVNamespace): Promise<OutboxMessage[]> {
  // KV lists keys in order, and these are UUIDv7: oldest first.
  const messages = await Promise.all(
    (await outboxKeys(kv)).reverse().map((key) => getJson(kv, key, outboxMessageSchema)),
  )
  return messages.filter((message) => message !== null)
}

async function outboxKeys(kv: KVNamespace): Promise<string[]> {
  const keys: string[] = []
  let cursor: string | null = null
  for (;;) {
    const page: KVNamespaceListResult<unknown> = await kv.list({ prefix: PREFIX, cursor })
    keys.push(...page.keys.map(({ name }) => name))
    if (page.list_complete) return keys
    cursor = page.cursor
  }
}
