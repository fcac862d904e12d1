import * as z from 'zod'
import { CHANNELS, CODE_PURPOSES } from '../../delivery/message'
import { readText, text } from '../../lib/text'
import { deviceTokenSchema, TOKEN_EXAMPLE, tokenPlaceSchema } from '../../sessions/schemas'

export const verificationTokenSchema = text({ max: 2000 }).meta({ description: 'From `POST /api/v1/auth/otp/verify`.' })

export const otpSchema = z.strictObject({
  channel: z.enum(CHANNELS),
  to: text({ min: 1, max: 320, isPasted: true }).meta({
    description:
      'An e-mail address, or a phone number: with its country code, or as people dial it in the default country.',
    example: '010-1234-5678',
  }),
  purpose: z.enum(CODE_PURPOSES),
  deviceToken: deviceTokenSchema,
})

export const challengeSchema = z
  .object({
    challengeId: z.uuidv7(),
    expiresAt: z.iso.datetime().meta({ example: '2026-12-24T18:05:00.000Z' }),
    resendAt: z.iso.datetime().meta({ example: '2026-12-24T18:01:00.000Z' }),
  })
  .meta({ id: 'Challenge' })

/** Six digits, as people type them: a message may show them in two groups. */
const TYPED_CODE = /^[0-9](?:[\s-]*[0-9]){5}$/

/** The digits of a typed code. Anything else is a wrong code, and this gives an empty one. */
function codeDigits(typed: string): string {
  const read = readText(typed, { max: 32, isPasted: true })
  return 'text' in read && TYPED_CODE.test(read.text) ? read.text.replace(/[^0-9]/g, '') : ''
}

/** Anything that is not six digits is a wrong code: it gets the same answer, and it counts as a guess. */
const codeSchema = z
  .unknown()
  .refine((value) => value !== undefined)
  .transform((value) => (typeof value === 'string' ? codeDigits(value) : ''))
  .meta({
    type: 'string',
    pattern: '^[0-9]{6}$',
    description: 'Full-width, Arabic and Persian digits are taken too, and so are spaces or hyphens between digits.',
    example: '042137',
  })

const challengeIdSchema = z
  .unknown()
  .refine((value) => value !== undefined)
  .transform((value) => (typeof value === 'string' ? value : ''))
  .meta({ type: 'string', format: 'uuid' })

export const guessSchema = z.strictObject({ challengeId: challengeIdSchema, code: codeSchema })

export const otpLogInSchema = z.strictObject({
  challengeId: challengeIdSchema,
  code: codeSchema,
  tokens: tokenPlaceSchema.default('cookie'),
  deviceToken: deviceTokenSchema,
})

export const verificationSchema = z
  .object({ verificationToken: z.string().meta({ example: TOKEN_EXAMPLE }), expiresAt: z.iso.datetime() })
  .meta({ id: 'Verification' })
