import * as z from 'zod'
import { text } from '../../lib/text'
import { MAX_PASSWORD } from '../../limits'
import { deviceTokenSchema, tokenPlaceSchema } from '../../sessions/schemas'
import { USERNAME_EXAMPLE } from '../../users/schemas'

const passwordExample = 'correct horse battery staple'

/** A password as typed. `requireGoodPassword` decides whether a new one is good enough. */
export const passwordSchema = text({ max: MAX_PASSWORD }).meta({ example: passwordExample })
export const newPasswordSchema = passwordSchema.meta({ minLength: 8 })

export const logInSchema = z.strictObject({
  identifier: text({ min: 1, max: 320, isPasted: true }).meta({
    description: 'User name, e-mail address or phone number.',
    example: USERNAME_EXAMPLE,
  }),
  password: passwordSchema,
  tokens: tokenPlaceSchema.default('cookie'),
  deviceToken: deviceTokenSchema,
})
