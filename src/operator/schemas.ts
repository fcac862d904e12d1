import * as z from 'zod'
import { requestDataSchema } from '../account-data/account-data'
import { identitySchema } from '../account-data/identities'
import { passkeySchema } from '../account-data/passkeys'
import { secondFactorSchema } from '../account-data/second-factor'
import { activityEntrySchema } from '../activity/schemas'
import { CHANNELS } from '../delivery/message'
import { POOLS } from '../delivery/tables'
import { text, visibleText } from '../lib/text'
import { isoTime } from '../lib/time'
import { FAILURE_KINDS } from '../log-in/password/throttle'
import { deviceSchema } from '../sessions/schemas'
import { userSchema } from '../users/schemas'
import { CREDENTIALS } from '../users/ways-to-log-in'

export const accountParams = z.object({
  id: z.uuidv7().toLowerCase().meta({
    description: 'The id of the account.',
    example: '019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10',
  }),
})

export const findSchema = z.strictObject({
  identifier: text({ min: 1, max: 320, isPasted: true }).meta({
    description: 'A user name, an e-mail address, a phone number or the id of an account.',
    example: 'alice@example.com',
  }),
})

/** A contact in a text: an `@`, or seven digits and more. */
const CONTACT = /@|\d(?:[\s().-]*\d){6}/

export const blockSchema = z.strictObject({
  reason: visibleText(200)
    .refine((reason) => !CONTACT.test(reason), {
      params: { code: 'has_contact' },
      message: 'Must not have a contact in it: it stays in the record after an erasure',
    })
    .meta({ description: 'For the record. It must not have a contact in it.', example: 'Sends spam, ticket 1234' }),
})

const blockedAtSchema = () =>
  z.iso
    .datetime()
    .nullable()
    .meta({ description: 'Since when nobody can log in to the account. Null if it is not blocked.' })

/* The schemas of answers are functions: the document makes them when it is asked for (`jsonOf`). */

export const foundSchema = () => z.object({ account: userSchema.extend({ blockedAt: blockedAtSchema() }).nullable() })

export const blockAnswerSchema = () => z.object({ blockedAt: blockedAtSchema() })

export const toBlocked = (blockedAt: number | null): { blockedAt: string | null } => ({
  blockedAt: blockedAt === null ? null : isoTime(blockedAt),
})

export const endedSchema = () => z.object({ ended: z.int().meta({ description: 'How many sessions there were.' }) })

export const unlockedSchema = () =>
  z.object({
    passwords: z.int().meta({ description: 'How many counts of wrong passwords were cleared.' }),
    codes: z.int().meta({ description: 'How many codes do not count any more. Those that were out are spent.' }),
  })

const nextAt = () => z.iso.datetime().nullable().meta({ description: 'When the next one is possible. Null for now.' })

const throttlesSchema = () =>
  z.object({
    passwords: z.array(
      z.object({
        of: z.enum(FAILURE_KINDS).meta({
          description:
            'Log-ins by strangers, log-ins on one known device, proofs of the current password, or ways back.',
        }),
        failures: z.int(),
        lastFailureAt: z.iso.datetime(),
        blockedUntil: z.iso.datetime().nullable(),
      }),
    ),
    codes: z
      .array(
        z.object({
          channel: z.enum(CHANNELS),
          byKnownDevice: z.boolean(),
          sent: z.int(),
          lastSentAt: z.iso.datetime(),
          wrongGuesses: z.int(),
        }),
      )
      .meta({ description: 'The codes of the last 24 hours, by contact, and by who asked for them.' }),
  })

const quotasSchema = () =>
  z.object({
    todos: z
      .object({ rows: z.int(), maxRows: z.int(), bytes: z.int(), maxBytes: z.int() })
      .meta({ description: 'How many to-dos count, and how many bytes of text. Nothing shows what is in them.' }),
    identifierChangeAt: nextAt(),
    passwordChangeAt: nextAt(),
    exportAt: nextAt(),
  })

export const accountStateSchema = () =>
  z
    .object({
      user: userSchema,
      blockedAt: blockedAtSchema(),
      waysToLogIn: z.array(z.enum(CREDENTIALS)),
      identities: z.array(identitySchema),
      passkeys: z.array(passkeySchema),
      secondFactor: secondFactorSchema().nullable(),
      sessions: z.array(deviceSchema),
      throttles: throttlesSchema(),
      quotas: quotasSchema(),
      removalRequests: z.array(requestDataSchema()),
      activity: z.array(activityEntrySchema).meta({ description: 'The latest 20 entries.' }),
    })
    .meta({ id: 'AccountState' })

const country = () => z.string().nullable().meta({ description: 'ISO 3166-1 alpha-2 code.', example: 'KR' })
const byCountry = () => z.array(z.object({ country: country(), count: z.int() }))

/** What the activity says of failures. */
export const FAILURE_EVENTS = ['log_in_failed', 'proof_failed', 'refresh_reused'] as const

export const countersSchema = () =>
  z
    .object({
      since: z.iso.datetime(),
      isComplete: z.boolean().meta({
        description:
          'False if there was more activity since then than is read, so that the first part of it is missing.',
      }),
      signUps: byCountry(),
      logIns: byCountry(),
      failures: z.array(z.object({ event: z.enum(FAILURE_EVENTS), count: z.int() })),
      messages: z
        .array(
          z.object({
            channel: z.enum(CHANNELS),
            pool: z.enum(POOLS),
            sent: z.int(),
            resets: z.int().meta({ description: 'How many of them were codes that reset a password.' }),
            left: z.int().meta({ description: 'How many more may go out now.' }),
          }),
        )
        .meta({ description: 'Codes and notices of this day (UTC), by the parts of the budgets.' }),
      hours: z
        .array(z.object({ hour: z.iso.datetime(), wrongCodes: z.int(), wrongPasswords: z.int(), newAccounts: z.int() }))
        .meta({ description: 'The hours (UTC) whose counts are still kept, the newest first: about three.' }),
    })
    .meta({ id: 'Counters' })
