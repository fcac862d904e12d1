import * as z from 'zod'
import { type ErrorCode, errorCodes, MAX_FIELD_ERRORS } from '../errors'
import { MEMBER_EXAMPLES, membersOf } from './problem-members'

/* The parts that routes declare bodies and answers with. The document, the validation and the types all come from them. */

/** A body that must be there. Without `required`, the handler would get `{}` for a missing body. */
export const jsonBody = <Schema extends z.ZodType>(schema: Schema) =>
  ({ required: true, content: { 'application/json': { schema } } }) as const

/** A body that may be left out. */
export const optionalJsonBody = <Schema extends z.ZodType>(schema: Schema) =>
  ({ required: false, content: { 'application/json': { schema } } }) as const

/**
 * A header of a request, for the document only: routes read the header themselves, and typed clients can leave it out. The
 * example is part of the description, because some tools would send an `example`.
 */
export const requestHeader = (name: string, description: string, example: string) => ({
  in: 'header' as const,
  required: false,
  name,
  description: `${description} Such as \`${example}\`.`,
  schema: { type: 'string' as const },
})

/** A header of an answer. */
export const answerHeader = (description: string, example: string) => ({
  description,
  schema: { type: 'string' as const },
  example,
})

/** An answer in JSON. */
export const json = <Schema extends z.ZodType>(schema: Schema, description: string) =>
  ({ description, content: { 'application/json': { schema } } }) as const

/**
 * An answer in JSON whose schema is made when the document is. For answers that are seldom asked for: a schema takes many calls, and all
 * that is made before the first request keeps it waiting.
 */
export const jsonOf = <Schema extends z.ZodType>(make: () => Schema, description: string) => {
  let made: Schema | undefined
  const content = {
    get schema() {
      made ??= make()
      return made
    },
  }
  return { description, content: { 'application/json': content } } as const
}

/** The content of an answer that is a text of another type, with an example. */
export const textContent = (description: string, example: string) => ({
  schema: z.string().meta({ description }),
  examples: { example: { value: example } },
})

/** An answer without a body. */
export const empty = (description: string) => ({ description }) as const

/** An error answer (RFC 9457) with one of these codes. All of them have the same status. */
export const problem = <Code extends ErrorCode>(...codes: [Code, ...Code[]]) => {
  const content = {
    /** Made when the document is. All of them together were half of what ran before the first request. */
    get schema() {
      return problemSchema(codes)
    },
    get examples() {
      return Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]))
    },
  }
  const description = codes.map((code) => `\`${code}\`: ${errorCodes[code].title}.`).join(' ')
  return { description, content: { 'application/problem+json': content } } as const
}

function problemSchema<Code extends ErrorCode>(codes: [Code, ...Code[]]) {
  const [first] = codes
  const { status, title } = errorCodes[first]
  const schema = z.object({
    type: z.string().meta({ format: 'uri-reference', example: `/problems/${first}` }),
    title: z.string().meta({ example: title }),
    status: z.literal(status),
    detail: z.string().optional(),
    code: z.enum(codes),
    requestId: z.uuid(),
    errors: z.array(fieldErrorSchema).max(MAX_FIELD_ERRORS).optional(),
  })
  return schema.extend(membersOf(codes))
}

/** An example of an error, for `components.examples` of the document. */
export function problemExample(code: ErrorCode) {
  const { status, title } = errorCodes[code]
  const requestId = '0f9c1e5a-3b7d-4c2e-9a41-6d8f2b7c5e13'
  const errors = [{ path: '/contents', code: 'too_short', message: 'Must not be blank' }]
  const more = code === 'invalid_fields' ? { errors } : MEMBER_EXAMPLES[code]
  return { summary: title, value: { type: `/problems/${code}`, title, status, code, requestId, ...more } }
}

const fieldErrorSchema = z
  .object({
    path: z.string().meta({ description: 'JSON Pointer to the field', example: '/username' }),
    code: z.string().meta({ example: 'too_short' }),
    message: z.string().meta({ example: 'Must have at least 3 characters' }),
    limit: z.number().optional().meta({
      description: 'What the field must have at most, or at least, where that is what is wrong.',
      example: 3,
    }),
  })
  .meta({ id: 'FieldError' })

const serverProblems = { 500: problem('internal_error'), 503: problem('misconfigured', 'unavailable') }

const bodyProblems = {
  413: problem('content_too_large'),
  415: problem('unsupported_media_type'),
  422: problem('invalid_fields'),
  ...serverProblems,
}

// Without `as const`: with readonly keys, `hc` would lose the statuses.

/** The errors of every route that takes a body from anybody. */
export const openProblems = {
  400: problem('malformed_json'),
  403: problem('cross_site_request'),
  429: problem('rate_limited'),
  ...bodyProblems,
}

/** The errors of every route that reads something for a signed-in user. Every route may be sent a parameter that it does not take. */
export const readProblems = {
  400: problem('ambiguous_credentials'),
  401: problem('unauthenticated'),
  403: problem('second_factor_setup_required'),
  422: problem('invalid_fields'),
  ...serverProblems,
}

/** The errors of every route that changes something for a signed-in user. */
export const writeProblems = {
  400: problem('malformed_json', 'ambiguous_credentials'),
  401: problem('unauthenticated'),
  403: problem('cross_site_request', 'second_factor_setup_required'),
  ...bodyProblems,
}

/** For a route that needs the access token: in a cookie, or as a bearer token. */
export const signedIn = [{ cookie: [] }, { bearer: [] }]
