/* The `Content-Type` of a request (RFC 9110 8.3.1). */

/** Longer ones count as malformed. */
const MAX_LENGTH = 1000

const TOKEN = "[\\w!#$%&'*+.^`|~-]+"
const TYPE = new RegExp(`^[ \\t]*(${TOKEN}/${TOKEN})`)
/** A semicolon, and the parameter after it. There may be none (RFC 9110 5.6.6). */
const PARAMETER = new RegExp(`[ \\t]*;(?:[ \\t]*(${TOKEN})=(?:(${TOKEN})|"((?:[^"\\\\]|\\\\.)*)"))?`, 'y')
const REST = /[ \t]*$/y

/**
 * The media type in lower case, without its parameters. Null if there is none, if it is malformed, or if it names another charset than
 * UTF-8. All other parameters are ignored: JSON has none (RFC 8259 11).
 */
export function readMediaType(contentType: string | null): string | null {
  // Nearly all requests.
  if (contentType === 'application/json') return contentType
  if (contentType === null || contentType.length > MAX_LENGTH) return null
  const [whole, type] = TYPE.exec(contentType) ?? []
  if (whole === undefined || type === undefined) return null
  let end = whole.length
  while (true) {
    PARAMETER.lastIndex = end
    const [parameter, name = '', token, quoted = ''] = PARAMETER.exec(contentType) ?? []
    if (parameter === undefined) break
    const value = token ?? quoted.replace(/\\(.)/g, '$1')
    if (name.toLowerCase() === 'charset' && !/^utf-?8$/i.test(value)) return null
    end += parameter.length
  }
  REST.lastIndex = end
  return REST.test(contentType) ? type.toLowerCase() : null
}
