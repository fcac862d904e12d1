import { MAX_BODY_BYTES, readText } from '../../http/body'

/** Three times what the API takes: URL encoding makes three characters of one byte. */
const MAX_FORM_BYTES = 3 * MAX_BODY_BYTES

export type Form = Awaited<ReturnType<typeof readForm>>

/**
 * The fields of a form that was sent; what is missing is empty.
 * @throws {AppError} `content_too_large` or `unsupported_media_type`
 */
export async function readForm(request: Request) {
  const fields = new URLSearchParams(
    await readText(request, { mediaType: 'application/x-www-form-urlencoded', maxBytes: MAX_FORM_BYTES }),
  )
  // Forms send line ends as CRLF (WHATWG HTML, 4.10.22.4).
  const get = (name: string): string => (fields.get(name) ?? '').replaceAll('\r\n', '\n')
  return {
    /** As it was typed: passwords. */
    get,
    trimmed: (name: string): string => get(name).trim(),
    /** A code, however its digits were typed and spaced. */
    digits: (name: string): string => get(name).normalize('NFKC').replace(/\D/g, ''),
    /** For a header of a request to the API, where a line end would be an error of its own (RFC 9110 5.5). */
    visible: (name: string): string => get(name).replace(/[^\x21-\x7e]/g, ''),
  }
}
