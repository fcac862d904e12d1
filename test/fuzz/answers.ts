import { getPath } from 'hono/utils/url'
import { expect } from 'vitest'
import * as z from 'zod'
import type { Answer } from '../helpers/client'
import { compileSchema, type Document, documentedProblems, type Operation } from '../helpers/document'
import type { FuzzRequest } from './requests'
import { NAME, VALUE } from './values'

/* Checks that every answer must pass, whatever was sent. */

const problemSchema = z.strictObject({
  type: z.string(),
  title: z.string().min(1),
  status: z.int(),
  detail: z.string().min(1).optional(),
  code: z.string(),
  requestId: z.uuid(),
  errors: z
    .array(
      z.strictObject({
        path: z.string(),
        code: z.string().regex(/^\w+$/),
        message: z.string().min(1),
        limit: z.number().optional(),
      }),
    )
    .min(1)
    .max(50)
    .optional(),
})

/** The problems of paths and methods without an operation. */
const WITHOUT_OPERATION = [
  '404 not_found',
  '405 method_not_allowed',
  '400 malformed_json',
  '403 cross_site_request',
  '413 content_too_large',
  '415 unsupported_media_type',
]

/** What the document says about an operation, prepared for comparisons. */
interface Documented {
  operation: Operation
  matches: (method: string, path: string) => boolean
  problems: string[]
  /** By status, and then by media type. An answer without a body has none. */
  answers: Map<number, Map<string, z.ZodType>>
  bodySchema: z.ZodType | undefined
}

function document({ document: whole, operation }: { document: Document; operation: Operation }): Documented {
  const pattern = new RegExp(`^${operation.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`)
  const body = operation.requestBody?.content['application/json']?.schema
  const answers = Object.entries(operation.responses).map(([status, { content = {} }]) => {
    const types = Object.entries(content).map(([type, { schema }]) => [type, compileSchema(whole, schema)] as const)
    return [Number(status), new Map(types)] as const
  })
  return {
    operation,
    matches: (method, path) => method === operation.method && pattern.test(path),
    problems: documentedProblems(operation),
    answers: new Map(answers),
    bodySchema: body && compileSchema(whole, body),
  }
}

/** The form that a provider posts is no operation: `log-in/social/form-post.routes.ts`. */
const isForm = (method: string, path: string): boolean =>
  method === 'POST' && /^\/api\/v1\/auth\/social\/[^/]+\/callback$/.test(path)

export type Check = (request: FuzzRequest, answer: Answer, secrets: string[]) => void

/** Makes a check that an answer is as documented, and that no error repeats what was sent, or one of the `secrets`. */
export function answerCheck(whole: Document, operations: Operation[]): Check {
  const all = operations.map((operation) => document({ document: whole, operation }))
  return (request, answer, secrets) => {
    const { status, headers, text } = answer
    expect({ status, isFault: status >= 500 }).toEqual({ status, isFault: false })
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining('default-src'),
      ...(status === 401 && { 'www-authenticate': expect.stringMatching(/^Bearer /) }),
      ...(status === 405 && { allow: expect.any(String) }),
      ...(status === 429 && { 'retry-after': expect.stringMatching(/^[1-9]\d*$/) }),
    })
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const path = getPath(new Request(request.url))
    // A path without parameters takes precedence over a path with parameters.
    const exact = all.filter(({ operation }) => operation.path === path)
    const documented = (exact.length > 0 ? exact : all).find(({ matches }) => matches(method, path))
    if (!documented && isPage(path, answer)) checkPage(answer, secrets)
    else if (status >= 400) checkProblem(request, answer, documented?.problems ?? WITHOUT_OPERATION, secrets)
    else if (request.method === 'OPTIONS') expect({ status, text }).toEqual({ status: 204, text: '' })
    else if (isForm(request.method, path)) expect({ status, text }).toEqual({ status: 303, text: '' })
    else if (documented) checkSuccess(request, answer, documented)
    else expect({ status, isDocumented: false }).toEqual({ status, isDocumented: true })
  }
}

/** Outside of the API, a browser gets a page that says that there is nothing: `console/unrouted.ts`. */
const isPage = (path: string, { headers }: Answer): boolean =>
  !/^\/api(\/|$)/.test(path) && headers.get('Content-Type') === 'text/html; charset=UTF-8'

function checkPage({ status, headers, text }: Answer, secrets: string[]): void {
  expect([404, 405]).toContain(status)
  const lines = [...headers].map(([name, value]) => `${name}: ${value}`)
  checkAbsence([...secrets, NAME, VALUE], [...lines, text])
}

function checkProblem({ method }: FuzzRequest, answer: Answer, allowed: string[], secrets: string[]): void {
  const { status, headers, text, body } = answer
  expect(headers.get('Content-Type')).toBe('application/problem+json')
  const lines = [...headers].map(([name, value]) => `${name}: ${value}`)
  checkAbsence([...secrets, NAME, VALUE], lines)
  if (method === 'HEAD') {
    expect(text).toBe('')
    return
  }
  const { errors = [], ...problem } = parsed(problemSchema, body)
  expect(allowed).toContain(`${status} ${problem.code}`)
  const requestId = headers.get('X-Request-Id')
  expect(problem).toMatchObject({ status, type: `/problems/${problem.code}`, requestId })
  // The pointer of an error may contain the name of an unknown field, but never a value.
  checkAbsence(
    [...secrets, NAME, VALUE],
    [JSON.stringify(problem), ...errors.map(({ code, message }) => code + message)],
  )
  const pointers = errors.map((error) => error.path)
  checkAbsence([...secrets, VALUE], pointers)
  for (const pointer of pointers) expect(pointer).toMatch(/^(\/([^~/]|~[01])*)*$/)
}

function checkAbsence(needles: string[], texts: string[]): void {
  const haystack = texts.join('\n').toLowerCase()
  expect(needles.filter((needle) => needle !== '' && haystack.includes(needle.toLowerCase()))).toEqual([])
}

function checkSuccess({ method, body: sent }: FuzzRequest, answer: Answer, documented: Documented): void {
  const { status, headers, text, body } = answer
  const { answers, bodySchema, operation } = documented
  expect([...answers.keys()]).toContain(status)
  const types = answers.get(status) ?? new Map<string, z.ZodType>()
  const type = headers.get('Content-Type')?.split(';')[0] ?? null
  expect(types.size === 0 ? [null] : [...types.keys()]).toContain(type)
  if (type === null || method === 'HEAD') expect(text).toBe('')
  else parsed(types.get(type) ?? z.never(), type === 'application/json' ? body : text)
  // A request succeeds only with a body that its schema accepts.
  if (bodySchema && (operation.requestBody?.required || sent?.length)) parsed(bodySchema, normalized(parse(sent)))
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const { data, error } = schema.safeParse(value)
  if (error) throw new Error(`${JSON.stringify(value).slice(0, 500)}: ${z.prettifyError(error)}`)
  return data
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

const parse = (bytes: Uint8Array | undefined): unknown => JSON.parse(utf8.decode(bytes))

/**
 * Prepares a value for zod's check of JSON Schema, which does not know all our rules: lengths are code points after NFC, and
 * text contains neither NUL nor lone surrogates, and not many marks in a row.
 */
function normalized(value: unknown, name = '', depth = 0): unknown {
  if (typeof value === 'string') {
    if (value.includes('\0') || !value.isWellFormed() || /\p{M}{31}/u.test(value)) return Number.NaN
    return withoutPasted(name, value)
      .normalize('NFC')
      .replaceAll(/[\u{10000}-\u{10ffff}]/gu, '.')
  }
  if (typeof value !== 'object' || value === null || depth > 10) return value
  if (Array.isArray(value)) return value.map((item) => normalized(item, name, depth + 1))
  const members: [string, unknown][] = Object.entries(value)
  return Object.fromEntries(members.map(([name, member]) => [name, normalized(member, name, depth + 1)]))
}

/** In these, what comes along when people paste does not count; in a code, separators do not either. */
const PASTED_FIELDS = ['username', 'identifier', 'to', 'code']

function withoutPasted(name: string, value: string): string {
  if (!PASTED_FIELDS.includes(name)) return value
  const plain = value
    .replaceAll(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
    .replaceAll('\u2800', ' ')
    .replaceAll(/[０-９]/g, (digit) => digit.normalize('NFKC'))
    .trim()
  return name === 'code' ? plain.replaceAll(/[^0-9]/g, '') : plain
}
