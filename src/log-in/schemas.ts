import * as z from 'zod'
import { text } from '../lib/text'
import { nameSchema, nicknameSchema, USERNAME_EXAMPLE, usernameSchema, userSchema } from '../users/schemas'

const passwordExample = 'correct horse battery staple'

/** A password as typed. What makes a new one good enough is for `requireGoodPassword` to say. */
export const typedPassword = z.string().refine((value) => value.isWellFormed() && !value.includes('\0'), {
  params: { code: 'invalid_characters' },
  message: 'Contains NUL or a lone surrogate',
})
const newPasswordSchema = typedPassword.meta({ minLength: 8, maxLength: 256, example: passwordExample })
const passwordSchema = typedPassword.meta({ example: passwordExample })

/** Where the tokens of the answer go. */
const deliverySchema = z.enum(['cookie', 'body']).meta({
  description: '`cookie` sets HttpOnly cookies; `body` sets none and answers with the tokens.',
})

const TOKEN_EXAMPLE = 'eyJhbGciOiJIUzI1NiIsInR5cCI6…'

const verificationTokenSchema = text({ max: 2000 }).meta({ description: 'From `POST /api/v1/auth/otp/verify`.' })

/** At least a user name or a proven contact, and a way to log in again. */
export const signUpSchema = z
  .strictObject({
    username: usernameSchema.optional(),
    password: newPasswordSchema.optional(),
    name: nameSchema.optional(),
    nickname: nicknameSchema.optional(),
    verificationTokens: z
      .array(verificationTokenSchema)
      .max(2)
      .default([])
      .meta({ description: 'Of an e-mail address, a phone number or both, of purpose `verify`.' }),
    tokens: deliverySchema.default('cookie'),
  })
  .superRefine(({ username, password, verificationTokens }, context) => {
    if (verificationTokens.length > 0) return
    const missing = { username, password }
    for (const [name, value] of Object.entries(missing)) {
      if (value === undefined) {
        const message = 'Needed where no contact is proven'
        context.addIssue({ code: 'custom', path: [name], params: { code: 'required' }, message })
      }
    }
  })

export const otpSchema = z.strictObject({
  channel: z.enum(['sms', 'email']),
  to: text({ min: 1, max: 320 }).meta({
    description: 'An e-mail address, or a phone number with its country code or as dialled in the default country.',
    example: '010-1234-5678',
  }),
  purpose: z.enum(['log_in', 'verify', 'reset_password']),
})

export const challengeSchema = z
  .object({
    challengeId: z.uuidv7(),
    expiresAt: z.iso.datetime().meta({ example: '2026-12-24T18:05:00.000Z' }),
    resendAt: z.iso.datetime().meta({ example: '2026-12-24T18:01:00.000Z' }),
  })
  .meta({ id: 'Challenge' })

/** Whatever is no code at all is a wrong code: it gets the same answer, and counts. */
const codeSchema = z
  .unknown()
  .refine((value) => value !== undefined)
  .transform((value) => (typeof value === 'string' && /^[0-9]{6}$/.test(value) ? value : ''))
  .meta({ type: 'string', pattern: '^[0-9]{6}$', example: '042137' })

const challengeIdSchema = z
  .unknown()
  .refine((value) => value !== undefined)
  .transform((value) => (typeof value === 'string' ? value : ''))
  .meta({ type: 'string', format: 'uuid' })

export const guessSchema = z.strictObject({ challengeId: challengeIdSchema, code: codeSchema })

export const otpLogInSchema = z.strictObject({
  challengeId: challengeIdSchema,
  code: codeSchema,
  tokens: deliverySchema.default('cookie'),
})

export const verificationSchema = z
  .object({ verificationToken: z.string().meta({ example: TOKEN_EXAMPLE }), expiresAt: z.iso.datetime() })
  .meta({ id: 'Verification' })

export const logInSchema = z.strictObject({
  identifier: text({ min: 1, max: 320 }).meta({
    description: 'User name, e-mail address or phone number.',
    example: USERNAME_EXAMPLE,
  }),
  password: passwordSchema,
  tokens: deliverySchema.default('cookie'),
})

const refreshTokenSchema = text({ max: 200 })

export const refreshSchema = z.strictObject({
  refreshToken: refreshTokenSchema
    .optional()
    .meta({ description: 'From the body of a log-in; browsers send the cookie.' }),
  tokens: deliverySchema
    .optional()
    .meta({ description: 'The way that the refresh token came, unless this says otherwise.' }),
})

export const logOutSchema = z.strictObject({ refreshToken: refreshTokenSchema.optional() })

export const currentPasswordSchema = passwordSchema.optional().meta({
  description: 'Proves again who you are; needed where the log-in is more than ten minutes ago.',
})

export const passwordChangeSchema = z
  .strictObject({
    newPassword: newPasswordSchema,
    currentPassword: currentPasswordSchema,
    verificationToken: verificationTokenSchema.optional(),
  })
  .refine(
    ({ currentPassword, verificationToken }) => currentPassword === undefined || verificationToken === undefined,
    {
      path: ['currentPassword'],
      params: { code: 'not_allowed' },
      message: 'Either the current password or a verification token',
    },
  )

export const contactSchema = z.strictObject({
  verificationToken: verificationTokenSchema.meta({ example: TOKEN_EXAMPLE }),
  currentPassword: currentPasswordSchema,
})

/** For what needs a fresh proof and nothing else. */
export const freshProofSchema = z.strictObject({ currentPassword: currentPasswordSchema })

export const sessionSchema = z
  .object({
    id: z.uuidv7(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().meta({ example: '2027-01-07T18:00:00.000Z' }),
  })
  .meta({ id: 'Session' })

/** A signed-in device. */
export const deviceSchema = z
  .object({
    ...sessionSchema.shape,
    lastSeenAt: z.iso.datetime().meta({ description: 'When its tokens were last renewed: every ten minutes of use.' }),
    device: z.string().nullable().meta({ description: 'Of the log-in, in words.', example: 'Chrome on Windows' }),
    country: z.string().nullable().meta({ description: 'Of the log-in: ISO 3166-1 alpha-2', example: 'KR' }),
    current: z.boolean().meta({ description: 'Whether it is the one that asks.', example: true }),
  })
  .meta({ id: 'Device' })

export const deviceListSchema = z.object({ sessions: z.array(deviceSchema) })

export const sessionAnswerSchema = z.object({ session: sessionSchema, user: userSchema }).meta({ id: 'SessionAnswer' })

/** The answer to a log-in: with `tokens: "body"` it holds them, else they stand in cookies. */
export const logInAnswerSchema = z.union([
  z
    .object({
      session: sessionSchema,
      user: userSchema,
      accessToken: z.string().meta({ example: TOKEN_EXAMPLE }),
      refreshToken: z.string().meta({ example: '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10.0.…' }),
      tokenType: z.literal('Bearer'),
      expiresIn: z.int().meta({ description: 'Seconds that the access token lives.', example: 600 }),
    })
    .meta({ id: 'TokenAnswer' }),
  sessionAnswerSchema,
])

export type Device = z.output<typeof deviceSchema>
export type Session = z.output<typeof sessionSchema>
export type SessionAnswer = z.output<typeof sessionAnswerSchema>
export type LogInAnswer = z.output<typeof logInAnswerSchema>
export type Delivery = z.output<typeof deliverySchema>
