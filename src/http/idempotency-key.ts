import { AppError } from '../errors'
import { requestHeader } from './openapi'

/** For the document of a route that reads the header. */
export const idempotencyKeyHeader = (description: string) =>
  requestHeader(
    'Idempotency-Key',
    `1–255 visible ASCII characters that you choose. ${description}`,
    '8e03978e-40d5-43e8-bc93-6894a57f9324',
  )

/**
 * The `Idempotency-Key` of a request, or null.
 * @throws {AppError} `invalid_fields`
 */
export function readIdempotencyKey(header: string | undefined): string | null {
  if (header === undefined) return null
  if (!/^[\x21-\x7e]{1,255}$/.test(header)) {
    throw invalidIdempotencyKey('invalid_format', 'Must be 1 to 255 visible ASCII characters')
  }
  return header
}

export const invalidIdempotencyKey = (code: string, message: string): AppError =>
  new AppError('invalid_fields', { errors: [{ path: '/Idempotency-Key', code, message }] })
