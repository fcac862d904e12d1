import * as z from 'zod'
import { CHANNELS, CODE_PURPOSES } from '../delivery/message'
import { SECOND_FACTOR_METHODS } from '../errors'
import { PROVIDER_IDS } from '../users/provider-ids'
import { LOG_IN_METHODS } from '../users/ways-to-log-in'
import { ACCOUNT_ACTS, ACTIVITY_EVENTS, CONTACT_CHANGES, MESSAGE_OUTCOMES } from './events'

export const activityEntrySchema = z
  .object({
    id: z.uuidv7(),
    event: z.enum(ACTIVITY_EVENTS),
    at: z.iso.datetime(),
    sessionId: z.uuidv7().nullable().meta({ description: 'The session that the entry is about. It may have ended.' }),
    device: z
      .string()
      .nullable()
      .meta({ description: 'The device that made the request.', example: 'Chrome on Windows' }),
    country: z.string().nullable().meta({ description: 'ISO 3166-1 alpha-2 code.', example: 'KR' }),
    by: z.enum(LOG_IN_METHODS).optional(),
    channel: z.enum(CHANNELS).optional(),
    purpose: z.enum(CODE_PURPOSES).optional(),
    outcome: z.enum(MESSAGE_OUTCOMES).optional(),
    change: z.enum(CONTACT_CHANGES).optional(),
    provider: z.enum(PROVIDER_IDS).optional(),
    factor: z
      .enum(SECOND_FACTOR_METHODS)
      .optional()
      .meta({ description: 'The second factor that was used, or that it is about.' }),
    act: z.enum(ACCOUNT_ACTS).optional().meta({ description: 'What an operator did.' }),
  })
  .meta({ id: 'ActivityEntry' })

export type ActivityEntry = z.output<typeof activityEntrySchema>
