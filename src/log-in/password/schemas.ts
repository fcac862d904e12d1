import * as z from 'zod'
import { text } from '../../lib/text'
import { tokenPlaceSchema } from '../../sessions/schemas'
import { USERNAME_EXAMPLE } from '../../users/schemas'

const passwordExample = 'correct horse battery staple'

/** A password as typed. `requireGoodPassword` decides whether a new one is good enough. */
export const typedPassword = z.string().refine((value) => value.isWellFormed() && !value.includes('\0'), {
  params: { code: 'invalid_characters' },
  message: 'Contains NUL or a lone surrogate',
})
export const newPasswordSchema = typedPassword.meta({ minLength: 8, maxLength: 256, example: passwordExample })
export const passwordSchema = typedPassword.meta({ example: passwordExample })

export const logInSchema = z.strictObject({
  identifier: text({ min: 1, max: 320 }).meta({
    description: 'User name, e-mail address or phone number.',
    example: USERNAME_EXAMPLE,
  }),
  password: passwordSchema,
  tokens: tokenPlaceSchema.default('cookie'),
})
