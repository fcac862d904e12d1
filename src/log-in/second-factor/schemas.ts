import * as z from 'zod'
import { readText, text } from '../../lib/text'
import { tokenPlaceSchema } from '../../sessions/schemas'
import { logInChallengeTokenSchema, logInResponseSchema } from '../passkey/schemas'
import { readRecoveryCode } from './recovery-codes'

/** The longest that we make has about 1,800 characters. */
const MAX_TOKEN = 3000

/** A code as it was typed: of an authenticator app, or a recovery code. Anything else is a wrong code, and counts as one. */
export type TypedCode = { kind: 'totp'; code: string } | { kind: 'recovery_code'; code: string }

const TYPED_TOTP = /^[0-9](?:[\s-]*[0-9]){5}$/

/** Reads a typed code. Only its form says which of the two it is. */
export function readTypedCode(typed: unknown): TypedCode {
  const read = typeof typed === 'string' ? readText(typed, { max: 64, isPasted: true }) : null
  const clean = read && 'text' in read ? read.text : ''
  if (TYPED_TOTP.test(clean)) return { kind: 'totp', code: clean.replace(/[^0-9]/g, '') }
  const recovery = readRecoveryCode(clean)
  return recovery === null ? { kind: 'totp', code: '' } : { kind: 'recovery_code', code: recovery }
}

const typedCode = z
  .unknown()
  .refine((value) => value !== undefined)
  .transform(readTypedCode)

/** Six digits of an authenticator app, or a recovery code. */
export const secondFactorCodeSchema = typedCode.meta({
  type: 'string',
  description:
    'Six digits of the authenticator app, or a recovery code. Letter case, spaces and hyphens do not count; `O` is read as `0`, and `I` and `L` as `1`.',
  example: '042137',
})

/** Six digits of an authenticator app. */
export const totpCodeSchema = typedCode.meta({
  type: 'string',
  pattern: '^[0-9]{6}$',
  description: 'Six digits of the authenticator app.',
  example: '042137',
})

const common = {
  secondFactorToken: text({ min: 1, max: MAX_TOKEN }).meta({ description: 'From the error `second_factor_required`.' }),
  tokens: tokenPlaceSchema.optional().meta({ description: 'The same as in the log-in that was begun.' }),
}

/** By a code, or by what a passkey answered. */
export const secondFactorLogInSchema = z.union([
  z.strictObject({ ...common, code: secondFactorCodeSchema }),
  z.strictObject({ ...common, response: logInResponseSchema, challengeToken: logInChallengeTokenSchema }),
])
