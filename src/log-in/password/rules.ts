import { AppError } from '../../errors'
import { codePoints } from '../../lib/text'
import { isCommonPassword } from './common-passwords'
import { isOwnName } from './own-words'

/**
 * Requires that a new password is long enough in code points (ASVS 6.2.1), is not one of the most common ones, and is not a name
 * or contact of the user. There are no rules of composition (ASVS 6.2.5).
 * @param password in NFC and not too long: its schema has seen to that
 * @param context the user's own names and contacts
 * @param path the JSON Pointer of the password in the body
 * @param assets serves the list of the most common passwords
 * @throws {AppError} `invalid_fields`, `unavailable`
 */
export async function requireGoodPassword(
  password: string,
  context: readonly (string | null | undefined)[],
  { minLength, path, assets }: { minLength: number; path: string; assets: Fetcher },
): Promise<void> {
  const refuse = (code: string, message: string, limit?: number) =>
    new AppError('invalid_fields', { errors: [{ path, code, message, limit }] })
  if (codePoints(password) < minLength)
    throw refuse('too_short', `Must have at least ${minLength} characters`, minLength)
  if (await isCommonPassword(assets, password)) throw refuse('too_common', 'Is one of the most common passwords')
  if (isOwnName(password, context)) {
    throw refuse('own_name', 'Must not be your own name, e-mail address or phone number')
  }
}
