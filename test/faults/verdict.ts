import * as z from 'zod'
import type { Answer, ProblemBody } from '../helpers/client'
import { PASSWORD } from '../helpers/people'
import { LEAK } from './inject'

/*
 * Checks of the answer and the log after a fault. Each check answers with what is wrong, in words.
 */

export const isProblem = ({ status }: Answer<unknown>): boolean => status >= 400

/** Whether two answers have the same status, and the same error code if they are errors. */
export const isSameAnswer = (one: Answer<ProblemBody>, other: Answer<ProblemBody>): boolean =>
  one.status === other.status && (!isProblem(other) || one.body?.code === other.body?.code)

/** Checks that the answer is the problem `unavailable` (RFC 9457), and says nothing more. */
export function mistakesInRefusal({ status, headers, body, text }: Answer<ProblemBody>): string[] {
  const { detail, ...rest } = body ?? {}
  const expected = {
    type: '/problems/unavailable',
    title: 'A part of the service does not answer; try again',
    status: 503,
    code: 'unavailable',
    requestId: headers.get('X-Request-Id'),
  }
  const mistakes: Record<string, boolean> = {
    [`is ${status} ${text}`]: status !== 503 || !sameMembers(rest, expected),
    [`has the detail ${detail}`]: detail !== undefined && !/^(D1|KV|D1 and KV) do(es)? not answer\.$/.test(detail),
    'has no request id': !/^[0-9a-f-]{36}$/.test(headers.get('X-Request-Id') ?? ''),
    'is no problem+json': headers.get('Content-Type') !== 'application/problem+json',
    'may be stored': headers.get('Cache-Control') !== 'no-store',
    // A log-in at a provider is over when it fails, so its cookie is removed.
    'sets a cookie': headers.getSetCookie().some((line) => !/^__Host-social=; Max-Age=0;/.test(line)),
    'shows an internal detail': SQL.test(text) || [LEAK, PASSWORD, 'BindingError'].some((word) => text.includes(word)),
  }
  return describeMistakes('the answer', mistakes)
}

const SQL = /\b(select|insert into|update|delete from)\b.*\b(from|values|set|where)\b|\n? {4}at /i

const sameMembers = (one: Record<string, unknown>, other: Record<string, unknown>): boolean =>
  [...new Set([...Object.keys(one), ...Object.keys(other)])].every((name) => one[name] === other[name])

const describeMistakes = (what: string, mistakes: Record<string, boolean>): string[] =>
  Object.entries(mistakes).flatMap(([name, isWrong]) => (isWrong ? `${what} ${name}` : []))

const lineSchema = z.record(z.string(), z.unknown())

/**
 * Checks that the log has one line for the request, with its status, one line for the cause of an error, and no secret.
 * @param secrets more secrets than passwords and contacts
 */
export function mistakesInLog(log: string[], { status, headers }: Answer<unknown>, secrets: string[]): string[] {
  // The outbox prints messages for developers. These lines are no log.
  const own = log.filter((line) => !line.startsWith('Outbox: '))
  const lines = own.map((line) => parse(line)).filter((line) => line !== null)
  const requestId = headers.get('X-Request-Id')
  const requests = lines.filter(({ event }) => event === 'request')
  const causes = lines.filter(({ level, event }) => level === 'error' && event === undefined)
  const [request] = requests
  const whole = own.join('\n')
  const words = [LEAK, PASSWORD, '@example.com', '+8210', ...secrets]
  return describeMistakes('the log', {
    'has lines that are no JSON': lines.length < own.length,
    [`has ${requests.length} lines of the request`]: requests.length !== 1,
    [`says ${request?.['status']}`]: request?.['status'] !== status || request?.['requestId'] !== requestId,
    'has a failure that is not on level error': status >= 500 && request?.['level'] !== 'error',
    [`tells ${causes.length} causes`]: causes.length !== (status >= 500 ? 1 : 0),
    [`has a secret: ${whole}`]: words.some((word) => word !== '' && whole.includes(word)),
    [`has SQL: ${whole}`]: /\b(select|insert into|update|delete from) \\?"/i.test(whole),
  })
}

function parse(line: string): Record<string, unknown> | null {
  try {
    return lineSchema.parse(JSON.parse(line))
  } catch {
    return null
  }
}
