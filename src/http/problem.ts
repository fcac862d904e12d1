import { DrizzleQueryError } from 'drizzle-orm'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type * as z from 'zod'
import { readD1Error } from '../db/d1-errors'
import { AppError, type ErrorCode, errorCodes, type FieldError, MAX_FIELD_ERRORS } from '../errors'
import { limitOf, usePlainMessages } from './field-messages'
import { traceOf } from './trace'

usePlainMessages()

const MAX_NAME_LENGTH = 64

const fieldCodes: Partial<Record<z.core.$ZodIssue['code'], string>> = {
  invalid_type: 'wrong_type',
  too_small: 'too_small',
  too_big: 'too_big',
  invalid_format: 'invalid_format',
  invalid_value: 'not_allowed',
}

/** JSON Pointer (RFC 6901). The name of an unknown field is the client's own text, so each name is cut to 64 characters. */
export const pointer = (path: readonly PropertyKey[]): string =>
  path
    .map(
      (part) => `/${String(part).slice(0, MAX_NAME_LENGTH).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')}`,
    )
    .join('')

const valueAt = (input: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    input,
  )

/** How far a body is from an alternative: a field that it does not have counts more than anything else. */
const distance = (issues: readonly z.core.$ZodIssue[]): number =>
  issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? 100 * issue.keys.length : 1), 0)

/** What is wrong with the alternative of a union that was probably meant. */
const closestOf = (alternatives: readonly z.core.$ZodIssue[][]): z.core.$ZodIssue[] =>
  alternatives.toSorted((one, other) => distance(one) - distance(other))[0] ?? []

const codeOf = (issue: z.core.$ZodIssue): string =>
  (issue.code === 'custom' ? String(issue.params?.['code'] ?? 'invalid') : fieldCodes[issue.code]) ?? 'invalid'

function toFieldError(issue: z.core.$ZodIssue, input: unknown): FieldError[] {
  const path = pointer(issue.path)
  if (valueAt(input, issue.path) === undefined) return [{ path, code: 'required', message: 'This field is required' }]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.slice(0, MAX_FIELD_ERRORS).map((key) => ({
        path: pointer([...issue.path, key]),
        code: 'unknown_field',
        message: 'There is no such field',
      }))
    case 'invalid_union': {
      const closest = closestOf(issue.errors)
      if (closest.length === 0) return [{ path, code: 'not_allowed', message: issue.message }]
      return closest.flatMap((inner) => toFieldError({ ...inner, path: [...issue.path, ...inner.path] }, input))
    }
    default:
      return [{ path, code: codeOf(issue), message: issue.message, limit: limitOf(issue) }]
  }
}

/** Says what is wrong with the input, without repeating any of its values: the first 50 errors. */
export const toFieldErrors = (error: z.core.$ZodError, input: unknown): FieldError[] =>
  error.issues
    .slice(0, MAX_FIELD_ERRORS)
    .flatMap((issue) => toFieldError(issue, input))
    .slice(0, MAX_FIELD_ERRORS)

/** `WWW-Authenticate` (RFC 6750 3). It names an error only if the client sent a token; `authorization.ts` handles requests without one. */
const wwwAuthenticate: Partial<Record<ErrorCode, string>> = {
  unauthenticated: 'Bearer realm="latchkey", error="invalid_token"',
  invalid_credentials: 'Bearer realm="latchkey"',
  invalid_code: 'Bearer realm="latchkey"',
  code_attempts_exceeded: 'Bearer realm="latchkey"',
  invalid_refresh_token: 'Bearer realm="latchkey", error="invalid_token"',
}

function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  // Hono's validators throw these before our schemas see the body.
  if (error instanceof HTTPException && error.status === 400) return new AppError('malformed_json')
  if (error instanceof HTTPException && error.status === 415) return new AppError('unsupported_media_type')
  // Drizzle wraps the errors of single statements.
  if (error instanceof DrizzleQueryError && error.cause instanceof AppError) return error.cause
  if (error instanceof DrizzleQueryError) return new AppError('unavailable', { cause: error })
  return new AppError('internal_error', { cause: error })
}

/** Turns any error into an answer (RFC 9457). Only this function writes such answers. */
export function answerProblem(c: Context, error: unknown): Response {
  const { code, detail, errors, headers, members, limit, cause } = toAppError(error)
  const { status, title } = errorCodes[code]
  const trace = traceOf(c.req.raw)
  const { requestId } = trace
  trace.code = code
  trace.limit = limit ?? null
  if (cause !== undefined)
    console.error(
      JSON.stringify({ level: 'error', requestId, code, cause: nameAndStack(cause), d1: readD1Error(cause)?.text }),
    )
  const authenticate = wwwAuthenticate[code]
  return c.body(
    JSON.stringify({
      type: `/problems/${code}`,
      title,
      status,
      ...(detail && { detail }),
      code,
      requestId,
      errors,
      ...members,
    }),
    status,
    {
      'Content-Type': 'application/problem+json',
      ...(status >= 500 && { 'Cache-Control': 'no-store' }),
      ...(authenticate && { 'WWW-Authenticate': authenticate }),
      ...((code === 'unavailable' || code === 'provider_unavailable') && { 'Retry-After': '1' }),
      ...headers,
    },
  )
}

/**
 * The name and the stack of an error, for the log. The message is left out, because it may quote values (SQL errors do). The
 * stack begins with the message, so only the lines after it are taken: a line of the message may look like a line of the stack.
 */
function nameAndStack(cause: unknown): string {
  if (!(cause instanceof Error)) return typeof cause
  const { name, message, stack = '' } = cause
  const start = stack.indexOf(message)
  const calls = start < 0 ? '' : stack.slice(start + message.length)
  return [name, ...calls.split('\n').filter((line) => line.startsWith('    at '))].join('\n')
}
