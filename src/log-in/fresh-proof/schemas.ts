import * as z from 'zod'
import { passwordSchema } from '../password/schemas'

export const currentPasswordSchema = passwordSchema.optional().meta({
  description: 'Proves again who you are; needed where the log-in is more than ten minutes ago.',
})

/** For what needs a fresh proof and nothing else. */
export const freshProofSchema = z.strictObject({ currentPassword: currentPasswordSchema })
