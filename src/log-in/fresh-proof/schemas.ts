import * as z from 'zod'
import { passwordSchema } from '../password/schemas'

export const currentPasswordSchema = passwordSchema.optional().meta({
  description: 'Proves again who you are; needed if you logged in more than ten minutes ago.',
})

/** The body of a request that needs a fresh proof and nothing else. */
export const freshProofSchema = z.strictObject({ currentPassword: currentPasswordSchema })
