import type * as z from 'zod'
import { HOUR_MS, MINUTE_MS } from '../../lib/time'
import { askForJson, DEADLINE_MS } from './ask-provider'

/** What an isolate has read, by URL. Only finished answers: a request must not wait for one that another request asked for. */
const documents = new Map<string, { value: unknown; readAt: number }>()

/** How long a document of a provider is used before it is read again. */
const FRESH_FOR_MS = HOUR_MS
/** At least so long passes before a document is read again because something was not in it. */
const REREAD_AFTER_MS = MINUTE_MS

/** When an isolate last began to read a document again because something was not in it, by URL. */
const rereadAt = new Map<string, number>()

/** Whether another request may be reading it again now. Anybody can ask for what is not there, and one request to the provider is enough. */
const isRereading = (url: string, now: number): boolean =>
  now - (rereadAt.get(url) ?? Number.NEGATIVE_INFINITY) < DEADLINE_MS

/**
 * A public document of a provider, such as its keys, from the memory of the isolate if that is younger than an hour.
 * @param isMissing whether the known document lacks what is asked for. Then it is read again, at most once a minute, and by one request at
 *   a time. If the provider is down, at most once in five seconds.
 */
export async function readDocument<Schema extends z.ZodType>(
  url: string,
  schema: Schema,
  isMissing: (document: z.output<Schema>) => boolean = () => false,
): Promise<z.output<Schema>> {
  const known = documents.get(url)
  const value = schema.safeParse(known?.value).data
  const now = Date.now()
  const age = now - (known?.readAt ?? 0)
  if (value !== undefined && age >= 0 && age < FRESH_FOR_MS) {
    if (age < REREAD_AFTER_MS || !isMissing(value) || isRereading(url, now)) return value
    rereadAt.set(url, now)
  }
  const read = await askForJson(url, schema)
  documents.set(url, { value: read, readAt: Date.now() })
  return read
}
