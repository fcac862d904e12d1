import type * as z from 'zod'
import { AppError } from '../../errors'
import { within } from '../../lib/deadline'
import { SECOND_MS } from '../../lib/time'
import { ProviderFault } from './provider-fault'

/** How long a provider may take for one answer, with its body. */
export const DEADLINE_MS = 5 * SECOND_MS
/** The longest answer that is read. Key sets of large providers have about 10 kB. */
const MAX_ANSWER_BYTES = 256 * 1024

/**
 * Sends a request to a provider, and reads the whole answer. It follows no redirect, because that would take credentials to another
 * server.
 * @throws {AppError} `provider_unavailable` if there is no answer in time or the provider has a fault; `provider_failed` if the answer
 *   is too large
 */
export async function askProvider(url: string, init: RequestInit): Promise<Response> {
  const controller = new AbortController()
  const asking = fetch(url, { ...init, redirect: 'manual', signal: controller.signal }).then(readAnswer)
  try {
    return await within(DEADLINE_MS, asking, () => controller.abort())
  } catch (cause) {
    throw cause instanceof AppError ? cause : new AppError('provider_unavailable', { cause })
  }
}

async function readAnswer(response: Response): Promise<Response> {
  const { status, headers } = response
  if (status >= 500 || status === 429) {
    await response.body?.cancel()
    throw new AppError('provider_unavailable', { cause: new ProviderFault(`answer ${status}`) })
  }
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength
    if (length > MAX_ANSWER_BYTES)
      throw new AppError('provider_failed', { cause: new ProviderFault('answer too large') })
    chunks.push(new Uint8Array(chunk))
  }
  const contentType = headers.get('Content-Type')
  return new Response(length === 0 ? null : new Blob(chunks), {
    status,
    headers: contentType === null ? {} : { 'Content-Type': contentType },
  })
}

/**
 * JSON of a provider.
 * @throws {AppError} as `askProvider`, and `provider_failed` if it is not what the schema says
 */
export async function askForJson<Schema extends z.ZodType>(
  url: string,
  schema: Schema,
  headers: Record<string, string> = {},
): Promise<z.output<Schema>> {
  // GitHub refuses requests without a User-Agent.
  const response = await askProvider(url, {
    headers: { Accept: 'application/json', 'User-Agent': 'latchkey', ...headers },
  })
  const body: unknown = response.status === 200 ? await response.json().catch(() => null) : null
  const read = schema.safeParse(body)
  if (!read.success)
    throw new AppError('provider_failed', { cause: new ProviderFault(`answer ${response.status}, not as documented`) })
  return read.data
}
