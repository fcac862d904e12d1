import * as z from 'zod'
import { CHANNELS } from '../delivery/message'
import { POOLS } from '../delivery/tables'

const time = z.iso.datetime()

/** How many rows still name the secret before the current one. */
const authSecretSchema = z.object({
  kid: z.string().meta({ description: 'Names AUTH_SECRET, and tells nothing about it.' }),
  previousKid: z.string().nullable().meta({ description: 'Names AUTH_SECRET_PREVIOUS. Null if it is not set.' }),
  since: time
    .nullable()
    .meta({ description: 'Since when AUTH_SECRET signs, at the latest. Null before the first run of cron.' }),
  olderSessions: z.int().nullable().meta({
    description: 'How many sessions were last refreshed before that. Null if they were not counted, or are too many.',
  }),
})

const pepperSchema = z.object({
  id: z.string().meta({ description: 'Names PASSWORD_PEPPER, and tells nothing about it.' }),
  previousId: z.string().nullable().meta({ description: 'Names PASSWORD_PEPPER_PREVIOUS. Null if it is not set.' }),
  hashes: z.int().meta({ description: 'How many password hashes were read.' }),
  previousHashes: z.int().meta({ description: 'How many of them name the previous pepper.' }),
  unknownHashes: z
    .int()
    .meta({ description: 'How many of them name a pepper that is not set: their passwords do not work.' }),
  next: z
    .string()
    .nullable()
    .meta({ description: 'Where to read on: `after` of the next request. Null if all were read.' }),
})

const secondFactorsSchema = z.object({
  secrets: z.int().meta({ description: 'How many authenticator apps there are. No more than 200,000 are read.' }),
  previousSecrets: z
    .int()
    .meta({ description: 'How many of their secrets are sealed under the previous AUTH_SECRET.' }),
  unknownSecrets: z
    .int()
    .meta({ description: 'How many are sealed under a secret that is not set: their codes do not work.' }),
})

export const doctorSchema = z
  .object({
    now: time,
    schema: z.object({ wants: z.string(), finds: z.string().nullable() }),
    plan: z.enum(['free', 'paid']),
    passwords: z.enum(['on', 'off']),
    publicOrigin: z.string(),
    channels: z.array(
      z.object({
        channel: z.enum(CHANNELS),
        missing: z.array(z.string()).nullable().meta({
          description: 'The settings that it lacks. Empty if it works, and null if none of its settings is there.',
        }),
      }),
    ),
    providerFaults: z.array(z.string()).meta({ description: 'What is wrong with a provider to log in with.' }),
    alarms: z.boolean().meta({ description: 'Whether ALARM_URL is set.' }),
    signals: z.boolean().meta({ description: 'Whether there is the binding SIGNALS.' }),
    purge: z.object({
      at: time.nullable().meta({ description: 'When cron ran last.' }),
      overdueSeconds: z.record(z.string(), z.number().nullable()).meta({
        description: 'For how long the oldest row of each table was overdue then. Empty if it kept up.',
      }),
    }),
    budgets: z.array(z.object({ channel: z.enum(CHANNELS), pool: z.enum(POOLS), left: z.int(), size: z.int() })),
    kvWritesToday: z
      .int()
      .meta({ description: 'At least so many: a log-in and a code are one each. Refreshes come on top.' }),
    authSecret: authSecretSchema,
    pepper: pepperSchema,
    secondFactors: secondFactorsSchema,
  })
  .meta({ id: 'Doctor' })

export type DoctorReport = z.output<typeof doctorSchema>
