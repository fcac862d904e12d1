import { createMiddleware } from 'hono/factory'
import { AppError } from '../errors'
import { isSafe } from './methods'

/** Only this media type, whatever its parameters: a form or text/plain body needs no preflight (CSRF). */
const isJson = (contentType: string | undefined): boolean =>
  contentType?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json'

/** The whole body, or `content_too_large` as soon as one byte too many has come: Content-Length may lie or be missing. */
async function readAtMost(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.byteLength
    if (length > maxBytes) throw tooLarge(maxBytes)
    chunks.push(chunk)
  }
  const whole = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    whole.set(chunk, offset)
    offset += chunk.byteLength
  }
  return whole
}

/** What announces no more than is allowed is read in one go, and counted all the same. */
async function readBytes(request: Request, body: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const announced = request.headers.get('Content-Length')
  if (announced === null || Number(announced) > maxBytes) return readAtMost(body, maxBytes)
  const bytes = new Uint8Array(await request.arrayBuffer())
  if (bytes.byteLength > maxBytes) throw tooLarge(maxBytes)
  return bytes
}

const tooLarge = (maxBytes: number) => new AppError('content_too_large', { detail: `At most ${maxBytes} bytes.` })

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new AppError('malformed_json')
  }
}

/**
 * Reads the body of a request that changes something: JSON only, bounded while reading, well-formed UTF-8. The validators
 * find it in Hono's body cache. A path that takes more comes before those that it is one of: a body is read once.
 */
export const readBody = (maxBytes: number) =>
  createMiddleware(async (c, next) => {
    if (!isSafe(c.req.method) && c.req.raw.body && !c.req.raw.bodyUsed) {
      const bytes = await readBytes(c.req.raw, c.req.raw.body, maxBytes)
      if (bytes.byteLength > 0 && !isJson(c.req.header('Content-Type'))) throw new AppError('unsupported_media_type')
      // Hono keeps promises here, whatever its type says.
      Object.assign(c.req.bodyCache, { text: Promise.resolve(decodeUtf8(bytes)) })
    }
    await next()
  })
