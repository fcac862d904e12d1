import * as z from 'zod'
import { text } from '../lib/text'
import { verificationTokenSchema } from '../log-in/code/schemas'
import { currentPasswordSchema } from '../log-in/fresh-proof/schemas'
import { newPasswordSchema } from '../log-in/password/schemas'
import { TOKEN_EXAMPLE } from '../sessions/schemas'
import { nameSchema, nicknameSchema, usernameSchema } from '../users/schemas'

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
      message: 'Send either the current password or a verification token',
    },
  )

export const contactSchema = z.strictObject({
  verificationToken: verificationTokenSchema.meta({ example: TOKEN_EXAMPLE }),
  currentPassword: currentPasswordSchema,
})

/** A PATCH changes the fields that it names. `null` clears a field; a user name can be replaced but not cleared. */
export const profilePatchSchema = z.strictObject({
  username: usernameSchema.optional(),
  name: nameSchema.nullable().optional(),
  nickname: nicknameSchema.nullable().optional(),
})

export type ProfilePatch = z.output<typeof profilePatchSchema>

export const availabilitySchema = z
  .strictObject({ username: usernameSchema.optional(), verificationToken: text({ max: 2000 }).optional() })
  .refine(({ username, verificationToken }) => (username === undefined) !== (verificationToken === undefined), {
    path: ['username'],
    params: { code: 'required' },
    message: 'Send either a user name or a verification token',
  })
