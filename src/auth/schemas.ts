import * as z from 'zod'
import { text } from '../lib/text'
import { nameSchema, nicknameSchema, USERNAME_EXAMPLE, usernameSchema, userSchema } from '../users/schemas'

const passwordExample = 'correct horse battery staple'

/** A password as typed. What makes a new one good enough is for `requireGoodPassword` to say. */
const typedPassword = z.string().refine((value) => value.isWellFormed() && !value.includes('\0'), {
  params: { code: 'invalid_characters' },
  message: 'Contains NUL or a lone surrogate',
})
const newPasswordSchema = typedPassword.meta({ minLength: 8, maxLength: 256, example: passwordExample })
const passwordSchema = typedPassword.meta({ example: passwordExample })

/** Where the tokens of the answer go. */
const deliverySchema = z.enum(['cookie', 'body']).meta({
  description: '`cookie` sets HttpOnly cookies; `body` sets none and answers with the tokens.',
})

export const signUpSchema = z.strictObject({
  username: usernameSchema,
  password: newPasswordSchema,
  name: nameSchema.optional(),
  nickname: nicknameSchema.optional(),
  tokens: deliverySchema.default('cookie'),
})

export const logInSchema = z.strictObject({
  identifier: text({ min: 1, max: 320 }).meta({ description: 'The user name.', example: USERNAME_EXAMPLE }),
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

export const passwordChangeSchema = z.strictObject({ newPassword: newPasswordSchema, currentPassword: passwordSchema })

export const accountDeletionSchema = z.strictObject({ currentPassword: passwordSchema.optional() })

export const sessionSchema = z
  .object({ id: z.uuidv7(), createdAt: z.iso.datetime(), expiresAt: z.iso.datetime() })
  .meta({ id: 'Session' })

export const sessionAnswerSchema = z.object({ session: sessionSchema, user: userSchema }).meta({ id: 'SessionAnswer' })

/** The answer to a log-in: with `tokens: "body"` it holds them, else they stand in cookies. */
export const logInAnswerSchema = z.union([
  z
    .object({
      session: sessionSchema,
      user: userSchema,
      accessToken: z.string(),
      refreshToken: z.string(),
      tokenType: z.literal('Bearer'),
      expiresIn: z.int().meta({ description: 'Seconds that the access token lives.', example: 600 }),
    })
    .meta({ id: 'TokenAnswer' }),
  sessionAnswerSchema,
])

export type Session = z.output<typeof sessionSchema>
export type SessionAnswer = z.output<typeof sessionAnswerSchema>
export type LogInAnswer = z.output<typeof logInAnswerSchema>
export type Delivery = z.output<typeof deliverySchema>
