import * as z from 'zod'
import { ACTIVITY_EVENTS } from '../db/schema'

export const activityEntrySchema = z
  .object({
    id: z.uuidv7(),
    event: z.enum(ACTIVITY_EVENTS),
    at: z.iso.datetime(),
    sessionId: z.uuidv7().nullable().meta({ description: 'The session that it is about; it may have ended.' }),
    device: z.string().nullable().meta({ description: 'Who did it, in words.', example: 'Chrome on Windows' }),
    country: z.string().nullable().meta({ description: 'ISO 3166-1 alpha-2', example: 'KR' }),
    by: z.enum(['password', 'code']).optional(),
    channel: z.enum(['sms', 'email']).optional(),
    purpose: z.enum(['log_in', 'verify', 'reset_password']).optional(),
    outcome: z.enum(['sent', 'failed']).optional(),
    change: z.enum(['set', 'removed']).optional(),
  })
  .meta({ id: 'ActivityEntry' })

export type ActivityEntry = z.output<typeof activityEntrySchema>
