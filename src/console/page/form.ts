import { zValidator } from '@hono/zod-validator'
import { createMiddleware } from 'hono/factory'
import * as z from 'zod'
import { AppError } from '../../errors'
import { MAX_BODY_BYTES, readText } from '../../http/body'
import { isSafe } from '../../http/methods'

/** Three times what the API takes: URL encoding makes three characters of one byte. */
const MAX_FORM_BYTES = 3 * MAX_BODY_BYTES

/**
 * Reads the form that a request sends, and leaves it in Hono's body cache, where `zValidator` looks first.
 * @throws {AppError} `content_too_large`, `unsupported_media_type` or `malformed_json`
 */
export const readForm = createMiddleware(async (c, next) => {
  if (!isSafe(c.req.method)) {
    const mediaType = 'application/x-www-form-urlencoded'
    const text = await readText(c.req.raw, { mediaType, maxBytes: MAX_FORM_BYTES })
    // Of fields with the same name the first counts.
    const fields = new Map([...new URLSearchParams(text)].reverse())
    c.req.bodyCache.formData = new FormData()
    for (const [name, value] of fields) c.req.bodyCache.formData.append(name, value)
  }
  await next()
})

/** Gives the handler the fields of its form, as `c.req.valid('form')`. What is wrong with them is for the API to say. */
export const form = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  zValidator('form', z.object(shape), ({ success }) => {
    if (!success) throw new AppError('malformed_json')
  })

/** A field as it was typed; empty if it is missing. Forms send line ends as CRLF (WHATWG HTML, 4.10.22.4). */
export const typed = z
  .string()
  .default('')
  .transform((value) => value.replaceAll('\r\n', '\n'))

export const trimmed = typed.transform((value) => value.trim())

/** The digits of a code, which may be full-width and have spaces between them. */
export const digits = typed.transform((value) => value.normalize('NFKC').replace(/\D/g, ''))

/** For a header of a request to the API, where a line end would be an error of its own (RFC 9110 5.5). */
export const visible = typed.transform((value) => value.replace(/[^\x21-\x7e]/g, ''))
