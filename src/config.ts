import { isSupportedCountry } from 'libphonenumber-js/mobile'
import * as z from 'zod'
import { AppError } from './errors'

const secret = z
  .string('is missing')
  .refine((value) => new TextEncoder().encode(value).length >= 32, 'is shorter than 32 bytes')

/** Settings that are present but empty count as absent: a dashboard cannot always unset them. */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema)

const origin = z
  .string()
  .refine((value) => URL.canParse(value) && new URL(value).origin === value && !value.includes('*'), {
    error: 'must list origins such as https://app.example.com, separated by commas',
  })

const country = z.string().refine(isSupportedCountry, 'must be a country such as KR')

const commaSeparated = z.string().transform((list) => list.split(',').flatMap((item) => item.trim() || []))

const configSchema = z.object({
  /** Signing, MAC and refresh keys are derived from it. */
  AUTH_SECRET: optional(secret),
  /** The AUTH_SECRET of before: verifies, never signs. Remove it 30 days after a rotation. */
  AUTH_SECRET_PREVIOUS: optional(secret.optional()),
  /** Goes into every password hash; a copy of the database alone cannot be guessed against. */
  PASSWORD_PEPPER: optional(secret),
  /** The PASSWORD_PEPPER of before: verifies old hashes, which are made anew at the next log-in. */
  PASSWORD_PEPPER_PREVIOUS: optional(secret.optional()),
  PASSWORD_MIN_LENGTH: optional(z.coerce.number('must be a number').int().min(8).max(64).default(8)),
  /** Where this deployment is reached; text messages name its host. */
  PUBLIC_ORIGIN: optional(origin.default('http://localhost:8787')),
  /** The country of phone numbers that do not name theirs. */
  DEFAULT_COUNTRY: optional(country.default('KR')),
  /** The only countries that text messages go to. */
  SMS_COUNTRIES: optional(commaSeparated.pipe(z.array(country)).default(['KR'])),
  /** How many text messages are sent a day (UTC) in all. */
  SMS_DAILY_BUDGET: optional(z.coerce.number('must be a number').int().min(0).default(1000)),
  /** `outbox` keeps messages instead of sending them: for one's own computer only. */
  DELIVERY: optional(z.literal('outbox', 'must be "outbox" or empty').optional()),
  /** SMS through Twilio: the account, and a number or a messaging service to send from. */
  TWILIO_ACCOUNT_SID: optional(z.string().optional()),
  TWILIO_AUTH_TOKEN: optional(z.string().optional()),
  TWILIO_FROM: optional(z.string().optional()),
  TWILIO_MESSAGING_SERVICE_SID: optional(z.string().optional()),
  TWILIO_API_URL: optional(origin.default('https://api.twilio.com')),
  /** The sender of e-mail, which the binding `EMAIL` sends. */
  EMAIL_FROM: optional(z.email('must be an e-mail address').optional()),
  EMAIL: z.custom<SendEmail>().optional(),
  /** Other origins whose pages may call the API with cookies. */
  ALLOWED_ORIGINS: optional(commaSeparated.pipe(z.array(origin)).default([])),
})

/** A text message without the right host is offered on no page, so that a forgotten PUBLIC_ORIGIN would go unseen. */
const settingsSchema = configSchema.refine(
  ({ PUBLIC_ORIGIN, TWILIO_ACCOUNT_SID }) =>
    TWILIO_ACCOUNT_SID === undefined || !PUBLIC_ORIGIN.startsWith('http://localhost'),
  { path: ['PUBLIC_ORIGIN'], message: 'must be set where text messages are sent' },
)

export type Config = z.output<typeof configSchema>

const parsed = new WeakMap<object, Config>()

/**
 * The deployment's settings, parsed once per isolate.
 * @throws {AppError} `misconfigured`, naming each setting that is missing or wrong, never a value.
 */
export function readConfig(env: object): Config {
  const known = parsed.get(env)
  if (known) return known
  const result = settingsSchema.safeParse(env)
  if (!result.success) {
    const faults = result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`)
    throw new AppError('misconfigured', { detail: `${faults.join('; ')}.` })
  }
  parsed.set(env, result.data)
  return result.data
}
