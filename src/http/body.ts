import { createMiddleware } from 'hono/factory'
import { AppError } from '../errors'
import { readMediaType } from './media-type'
import { isSafe } from './methods'
import { shareTrace } from './trace'

/** The largest body of a request, unless its route allows more. */
export const MAX_BODY_BYTES = 64 * 1024

const JSON_TYPE = 'application/json'
/** What a PATCH may be. Ours is a merge patch, whatever its name (RFC 7396). */
export const PATCH_TYPES: readonly string[] = [JSON_TYPE, 'application/merge-patch+json']

const mediaTypesOf = (method: string): readonly string[] => (method === 'PATCH' ? PATCH_TYPES : [JSON_TYPE])

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

/** Compressed bodies are refused before they are read. The answer says what is taken instead (RFC 9110 15.5.16). */
function refuseCodings({ headers }: Request): void {
  const codings = headers.get('Content-Encoding')?.toLowerCase().split(',') ?? []
  if (codings.every((coding) => ['', 'identity'].includes(coding.trim()))) return
  throw new AppError('unsupported_media_type', {
    detail: 'Send the body without a Content-Encoding.',
    headers: { 'Accept-Encoding': 'identity' },
  })
}

/** The answer says what is taken instead: RFC 5789 2.2 for PATCH, RFC 9110 15.5.16 for the others. */
const refuseType = ({ method }: Request, mediaTypes: readonly string[]): AppError =>
  new AppError('unsupported_media_type', {
    headers: { [method === 'PATCH' ? 'Accept-Patch' : 'Accept']: mediaTypes.join(', ') },
  })

/** What a route takes. */
interface BodyRules {
  mediaTypes: readonly string[]
  maxBytes: number
}

/**
 * The body of a request, which must be well-formed UTF-8 of one of these media types and at most this long. No body and one of zero bytes
 * are the same, whatever the type.
 * @throws {AppError} `content_too_large`, `unsupported_media_type` or `malformed_json`
 */
export async function readBodyText(request: Request, { mediaTypes, maxBytes }: BodyRules): Promise<string> {
  return decodeUtf8(await readBodyBytes(request, { mediaTypes, maxBytes }))
}

/** The same for bytes, which need not be UTF-8. */
export async function readBodyBytes(request: Request, { mediaTypes, maxBytes }: BodyRules): Promise<Uint8Array> {
  if (!request.body) return new Uint8Array()
  refuseCodings(request)
  const bytes = await readBytes(request, request.body, maxBytes)
  if (bytes.byteLength === 0) return bytes
  const mediaType = readMediaType(request.headers.get('Content-Type'))
  if (mediaType === null || !mediaTypes.includes(mediaType)) throw refuseType(request, mediaTypes)
  return bytes
}

/** The same request with this `Content-Type`, or without any, after its body has been read. */
function withContentType(request: Request, contentType: string | null): Request {
  const headers = new Headers(request.headers)
  if (contentType === null) headers.delete('Content-Type')
  else headers.set('Content-Type', contentType)
  const { url, method, cf } = request
  const same = new Request(url, { method, headers, ...(cf && { cf }) })
  shareTrace(request, same)
  return same
}

/**
 * Reads the body of a request that changes something. It must be JSON: a browser would send a form or text/plain from another
 * site without asking first (CSRF). The validators find the text in Hono's body cache, and the media type in its plainest spelling:
 * they do not know all of them. A body is read only once. So the `readBody` of a path that takes more must come before the `readBody`
 * of all paths.
 */
export const readBody = (maxBytes: number) =>
  createMiddleware(async (c, next) => {
    const { raw, method, bodyCache } = c.req
    if (!isSafe(method) && bodyCache.text === undefined && bodyCache.arrayBuffer === undefined) {
      const text = await readBodyText(raw, { mediaTypes: mediaTypesOf(method), maxBytes })
      // Hono's type says values, but it keeps promises here.
      Object.assign(bodyCache, { text: Promise.resolve(text) })
      const contentType = text === '' ? null : JSON_TYPE
      if (raw.headers.get('Content-Type') !== contentType) c.req.raw = withContentType(raw, contentType)
    }
    await next()
  })

/** Reads the body of a route that takes a file. Its handler finds the bytes in Hono's body cache. */
export const readFileBody = (rules: BodyRules) =>
  createMiddleware(async (c, next) => {
    const bytes = await readBodyBytes(c.req.raw, rules)
    Object.assign(c.req.bodyCache, { arrayBuffer: Promise.resolve(bytes.buffer) })
    await next()
  })
