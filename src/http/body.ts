import { createMiddleware } from 'hono/factory'
import { AppError } from '../errors'
import { isSafe } from './methods'

/** The largest body of a request, unless its route allows more. */
export const MAX_BODY_BYTES = 64 * 1024

/** The media type without its parameters. */
const mediaTypeOf = (request: Request): string | undefined =>
  request.headers.get('Content-Type')?.split(';', 1)[0]?.trim().toLowerCase()

/** The whole body, or `content_too_large` after one byte too many. Content-Length may be missing or wrong, so bytes are counted. */
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

/** A body is read in one go if its Content-Length is small enough. Its bytes are counted all the same. */
async function readBytes(request: Request, body: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const contentLength = request.headers.get('Content-Length')
  if (contentLength === null || Number(contentLength) > maxBytes) return readAtMost(body, maxBytes)
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
 * The body of a request, which must be well-formed UTF-8 of this media type and at most this long.
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
 * Reads the body of a request that changes something. It must be JSON: a browser would send a form or text/plain from another
 * site without asking first (CSRF). The validators find the text in Hono's body cache. A body is read only once. So the
 * `readBody` of a path that takes more must come before the `readBody` of all paths.
 */
export const readBody = (maxBytes: number) =>
  createMiddleware(async (c, next) => {
    if (!isSafe(c.req.method) && c.req.raw.body && !c.req.raw.bodyUsed) {
      const text = await readText(c.req.raw, { mediaType: 'application/json', maxBytes })
      // Hono's type says values, but it keeps promises here.
      Object.assign(c.req.bodyCache, { text: Promise.resolve(text) })
    }
    await next()
  })
