import { createMiddleware } from 'hono/factory'
import { AppError } from '../errors'
import { isSafe } from './methods'

/** What a request may bring, unless its route says otherwise. */
export const MAX_BODY_BYTES = 64 * 1024

/** A media type whatever its parameters. */
const mediaTypeOf = (request: Request): string | undefined =>
  request.headers.get('Content-Type')?.split(';', 1)[0]?.trim().toLowerCase()

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
 * The body of a request, of this media type alone: bounded while reading, well-formed UTF-8.
 * @throws {AppError} `content_too_large`, `unsupported_media_type` or `malformed_json`
 */
export async function readText(
  request: Request,
  { mediaType, maxBytes }: { mediaType: string; maxBytes: number },
): Promise<string> {
  const bytes = request.body ? await readBytes(request, request.body, maxBytes) : new Uint8Array()
  if (bytes.byteLength > 0 && mediaTypeOf(request) !== mediaType) throw new AppError('unsupported_media_type')
  return decodeUtf8(bytes)
}

/**
 * Reads the body of a request that changes something: JSON only, since a form or text/plain body needs no preflight (CSRF).
 * The validators find it in Hono's body cache. A path that takes more comes before those that it is one of: a body is read
 * once.
 */
export const readBody = (maxBytes: number) =>
  createMiddleware(async (c, next) => {
    if (!isSafe(c.req.method) && c.req.raw.body && !c.req.raw.bodyUsed) {
      const text = await readText(c.req.raw, { mediaType: 'application/json', maxBytes })
      // Hono keeps promises here, whatever its type says.
      Object.assign(c.req.bodyCache, { text: Promise.resolve(text) })
    }
    await next()
  })
