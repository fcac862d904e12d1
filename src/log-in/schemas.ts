import * as z from 'zod'
import { deliverySchema } from '../sessions/schemas'
import { nameSchema, nicknameSchema, usernameSchema } from '../users/schemas'
import { verificationTokenSchema } from './code/schemas'
import { newPasswordSchema } from './password/schemas'

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
