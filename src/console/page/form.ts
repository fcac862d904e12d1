import { zValidator } from '@hono/zod-validator'
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import * as z from 'zod'
import { AppError } from '../../errors'
import { MAX_BODY_BYTES, readBodyText } from '../../http/body'
import { isSafe } from '../../http/methods'

/** Three times the limit of the API, because URL encoding turns one byte into up to three characters. */
const MAX_FORM_BYTES = 3 * MAX_BODY_BYTES

/**
 * Reads the form of a request and puts it into Hono's body cache. `zValidator` takes it from there and reads no body itself.
 * @throws {AppError} `content_too_large`, `unsupported_media_type` or `malformed_json`
 */
export const readForm = createMiddleware(async (c, next) => {
  if (!isSafe(c.req.method)) await readFormOf(c)
  await next()
})

/** The form of a request. If two fields have the same name, the first one counts. Names that end in `[]` have as many values as were sent. */
export async function readFormOf(c: Context): Promise<FormData> {
  const body = await readBodyText(c.req.raw, { mediaTypes: [FORM_TYPE], maxBytes: MAX_FORM_BYTES })
  const form = new FormData()
  // `form.has` reads all fields. With it, a body of very short fields takes seconds.
  const seen = new Set<string>()
  for (const [name, value] of new URLSearchParams(body)) {
    if (name.endsWith('[]') || !seen.has(name)) form.append(name, value)
    seen.add(name)
  }
  c.req.bodyCache.formData = form
  return form
}

/** What a form of a page is sent as, unless it has a file. */
export const FORM_TYPE = 'application/x-www-form-urlencoded'

/** Gives the handler these fields of the form as `c.req.valid('form')`. They are not checked: the API does that. */
export const formFields = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  zValidator('form', z.object(shape), ({ success }) => {
    if (!success) throw new AppError('malformed_json')
  })

/** Text as it was typed; empty if the field is missing. Forms send line breaks as CRLF (WHATWG HTML, 4.10.22.4): undo that. */
export const text = z
  .string()
  .default('')
  .transform((value) => value.replaceAll('\r\n', '\n'))

/** All values of a field whose name ends in `[]`. */
export const texts = z.array(text).default([])

/** For names of people, which the API takes as they are. */
export const trimmedText = text.transform((value) => value.trim())

/** The value of a header for the API, without the characters that a header cannot have (RFC 9110 5.5). */
export const headerValue = text.transform((value) => value.replace(/[^\x21-\x7e]/g, ''))

/** Whether a checkbox or a button with the value `true` was sent. */
export const flag = text.transform((value) => value === 'true')
