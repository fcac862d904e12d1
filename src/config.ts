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
  /** Other origins whose pages may call the API with cookies. */
  ALLOWED_ORIGINS: optional(
    z
      .string()
      .default('')
      .transform((list) => list.split(',').flatMap((item) => item.trim() || []))
      .pipe(z.array(origin)),
  ),
})

export type Config = z.output<typeof configSchema>

const parsed = new WeakMap<object, Config>()

/**
 * The deployment's settings, parsed once per isolate.
 * @throws {AppError} `misconfigured`, naming each setting that is missing or wrong, never a value.
 */
export function readConfig(env: object): Config {
  const known = parsed.get(env)
  if (known) return known
  const result = configSchema.safeParse(env)
  if (!result.success) {
    const faults = result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`)
    throw new AppError('misconfigured', { detail: `${faults.join('; ')}.` })
  }
  parsed.set(env, result.data)
  return result.data
}
