import * as z from 'zod'
import { text } from '../../lib/text'
import { passwordSchema } from '../password/schemas'

const currentPasswordSchema = passwordSchema.optional().meta({
  description: 'Proves again who you are; needed if you logged in more than ten minutes ago.',
})

/** The fields of a body that prove who somebody is. */
export const freshProofFields = {
  currentPassword: currentPasswordSchema,
  secondFactorCode: text({ max: 64, isPasted: true }).optional().meta({
    description:
      'Needed together with `currentPassword` if the account has a second factor: six digits of the authenticator app, or a recovery code.',
  }),
}

/** The body of a request that needs a fresh proof and nothing else. */
export const freshProofSchema = z.strictObject(freshProofFields)
