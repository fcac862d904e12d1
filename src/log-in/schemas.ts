import * as z from 'zod'
import { deviceTokenSchema, tokenPlaceSchema } from '../sessions/schemas'
import { nameSchema, nicknameSchema, usernameSchema } from '../users/schemas'
import { canLogIn } from '../users/ways-to-log-in'
import { verificationTokenSchema } from './code/schemas'
import { newPasswordSchema } from './password/schemas'

/** A sign-up needs a way to log in again: a proven contact, or a user name and a password. */
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
      .meta({ description: 'Tokens of purpose `verify`: of an e-mail address, a phone number or both.' }),
    tokens: tokenPlaceSchema.default('cookie'),
    deviceToken: deviceTokenSchema,
  })
  .superRefine(({ username = null, password = null, verificationTokens: [contact = null] }, context) => {
    if (canLogIn({ email: contact, phone: null, username, passwordHash: password })) return
    for (const [name, value] of Object.entries({ username, password })) {
      if (value === null) {
        const message = 'Needed if no contact is proven'
        context.addIssue({ code: 'custom', path: [name], params: { code: 'required' }, message })
      }
    }
  })
