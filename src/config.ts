import { isSupportedCountry } from 'libphonenumber-js/mobile'
import * as z from 'zod'
import { AppError } from './errors'
import { clientOrigin, origin, passkeyAppOrigin } from './lib/origin'
import { limits } from './limits'

/** How the values in .dev.vars.example begin. Everybody knows them. */
const EXAMPLE = 'replace this'

const secret = z
  .string('is missing')
  .refine((value) => new TextEncoder().encode(value).length >= 32, 'is shorter than 32 bytes')
  .refine((value) => !value.startsWith(EXAMPLE), 'is still the example of .dev.vars.example')

/** An empty setting counts as missing, because the dashboard of Cloudflare cannot always remove a setting. */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema)

const country = z.string().refine(isSupportedCountry, 'must be a country such as KR')

const commaSeparated = z.string().transform((list) => list.split(',').flatMap((item) => item.trim() || []))

const appLink = z.string().refine((value) => {
  const protocol = URL.parse(value)?.protocol ?? ''
  return !['', 'http:', 'javascript:', 'data:', 'blob:', 'file:'].includes(protocol) && !value.includes('#')
}, 'must be links of apps such as com.example.app:/signed-in')

/** Not the name of a tenant's domain, and no `Common`: ID tokens have only the id, and what is compared with nothing lets in everybody. */
const TENANT = /^(common|organizations|consumers|[\da-fA-F]{8}(-[\da-fA-F]{4}){3}-[\da-fA-F]{12})$/

/** Lower-case ASCII, as browsers write it (WebAuthn 5.4.2). `localhost` is one. */
const DOMAIN = /^(?=.{1,253}$)(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)*[a-z](?:[a-z\d-]{0,61}[a-z\d])?$/

/** Alarms say what is wrong with a deployment, so they go by https, or stay on one's own computer. */
export const alarmUrlSchema = z
  .url('must be a URL')
  .refine((value) => /^(?:https:\/\/|http:\/\/(?:localhost|127\.0\.0\.1)[:/])/.test(value), 'must begin with https')

const word = optional(z.string().optional())
const audiences = optional(commaSeparated.default([]))

/**
 * The settings of providers that people log in with. `log-in/social/providers.ts` says which ones each provider needs. A provider that
 * lacks one is misconfigured, and the rest works.
 */
const providerSettings = {
  GOOGLE_CLIENT_ID: word,
  GOOGLE_CLIENT_SECRET: word,
  GOOGLE_NATIVE_CLIENT_IDS: audiences,
  APPLE_CLIENT_ID: word,
  APPLE_TEAM_ID: word,
  APPLE_KEY_ID: word,
  /** PKCS #8 in PEM. A line break may be written as `\\n`. */
  APPLE_PRIVATE_KEY: word,
  APPLE_NATIVE_CLIENT_IDS: audiences,
  GITHUB_CLIENT_ID: word,
  GITHUB_CLIENT_SECRET: word,
  MICROSOFT_CLIENT_ID: word,
  MICROSOFT_CLIENT_SECRET: word,
  /** Whose accounts may log in: `common`, `organizations`, `consumers` or the id of a tenant. */
  MICROSOFT_TENANT: optional(
    z.string().regex(TENANT, 'must be common, organizations, consumers or the id of a tenant').default('common'),
  ),
  MICROSOFT_NATIVE_CLIENT_IDS: audiences,
  KAKAO_CLIENT_ID: word,
  KAKAO_CLIENT_SECRET: word,
  KAKAO_NATIVE_CLIENT_IDS: audiences,
  NAVER_CLIENT_ID: word,
  NAVER_CLIENT_SECRET: word,
  LINE_CLIENT_ID: word,
  LINE_CLIENT_SECRET: word,
  LINE_NATIVE_CLIENT_IDS: audiences,
  /** Any other OpenID provider. */
  OIDC_ISSUER: optional(z.url({ protocol: /^https$/, error: 'must be a URL that begins with https' }).optional()),
  OIDC_CLIENT_ID: word,
  OIDC_CLIENT_SECRET: word,
  OIDC_NAME: optional(z.string().max(30, 'is longer than 30 characters').optional()),
  /** `on` if the addresses that it has verified are its own mailboxes: then they join accounts. */
  OIDC_OWNS_EMAIL: optional(z.literal('on', 'must be "on" or empty').optional()),
  OIDC_NATIVE_CLIENT_IDS: audiences,
  /** The provider that `npm run dev` runs. Only for your own computer, as the outbox. */
  TEST_PROVIDER_ISSUER: optional(origin.optional()),
}

const configSchema = z.object({
  /** Every key that signs, makes MACs or encrypts is derived from it. */
  AUTH_SECRET: optional(secret),
  /** The AUTH_SECRET before this one. It verifies and never signs. Remove it 30 days after a rotation. */
  AUTH_SECRET_PREVIOUS: optional(secret.optional()),
  /** Goes into every password hash, so that a stolen database alone is not enough to guess passwords. */
  PASSWORD_PEPPER: optional(secret),
  /**
   * The PASSWORD_PEPPER before this one. It verifies old hashes. Each hash is replaced when its user next logs in with the
   * password.
   */
  PASSWORD_PEPPER_PREVIOUS: optional(secret.optional()),
  /** `off` takes passwords away: the hash of one takes more CPU than the Free plan allows. People log in by codes and providers. */
  PASSWORDS: optional(z.literal('off', 'must be "off" or empty').optional()),
  PASSWORD_MIN_LENGTH: optional(z.coerce.number('must be a number').int().min(8).max(64).default(8)),
  /** The origin of this deployment. A text message names its host, so that browsers offer the code on its pages. */
  PUBLIC_ORIGIN: optional(origin.default('http://localhost:8787')),
  /** The country of phone numbers without a country code. */
  DEFAULT_COUNTRY: optional(country.default('KR')),
  /** Text messages go to these countries only. */
  SMS_COUNTRIES: optional(commaSeparated.pipe(z.array(country)).default(['KR'])),
  /** How many text messages are sent in one day (UTC), to everybody together. */
  SMS_DAILY_BUDGET: optional(z.coerce.number('must be a number').int().min(0).default(1000)),
  /** How many to-dos a user may have, and how many bytes of text in them. Deleted ones count until they are removed. */
  TODO_QUOTA_ROWS: optional(z.coerce.number('must be a number').int().min(0).default(50_000)),
  TODO_QUOTA_BYTES: optional(z.coerce.number('must be a number').int().min(0).default(20_000_000)),
  /** How many e-mails are sent in one day (UTC), to everybody together. */
  EMAIL_DAILY_BUDGET: optional(z.coerce.number('must be a number').int().min(0).default(5000)),
  /** How many codes one client address may ask for in an hour. */
  CODES_PER_ADDRESS: optional(
    z.coerce.number('must be a number').int().min(1).max(1000).default(limits.code_address.quota),
  ),
  /** `all` requires a second factor of everybody. Who has none may use the account for so many days, and then only set one up. */
  REQUIRE_SECOND_FACTOR: optional(z.enum(['none', 'all'], 'must be "none" or "all"').default('none')),
  SECOND_FACTOR_GRACE_DAYS: optional(z.coerce.number('must be a number').int().min(0).max(365).default(14)),
  /** The days of an account that is older begin on this day (UTC): the day from which on the deployment requires it. */
  SECOND_FACTOR_SINCE: optional(
    z.iso
      .date('must be a day such as 2027-01-31')
      .optional()
      .transform((day) => (day === undefined ? 0 : Date.parse(day))),
  ),
  /** How many accounts are made in one hour, by everybody together. */
  SIGN_UPS_PER_HOUR: optional(z.coerce.number('must be a number').int().min(0).default(1000)),
  /** `outbox` keeps messages instead of sending them. Only for your own computer. */
  DELIVERY: optional(z.literal('outbox', 'must be "outbox" or empty').optional()),
  /** What a reader of the outbox has to show. `npm run dev` makes it. */
  OUTBOX_TOKEN: optional(z.string().min(32, 'is shorter than 32 characters').optional()),
  /** What operators show, where they do not come through Cloudflare Access: `operator/require-operator.ts`. */
  OPERATOR_TOKEN: optional(secret.optional()),
  /** The team of Cloudflare Access whose application covers `/api/v1/operator`, and the audience tag of that application. */
  ACCESS_TEAM_DOMAIN: optional(
    z
      .string()
      .regex(/^[a-z0-9-]+\.cloudflareaccess\.com$/, 'must be a name such as team.cloudflareaccess.com')
      .optional(),
  ),
  ACCESS_AUDIENCE: word,
  /** The Twilio account that sends SMS, and the number or the messaging service that it sends from. */
  TWILIO_ACCOUNT_SID: optional(z.string().optional()),
  TWILIO_AUTH_TOKEN: optional(z.string().optional()),
  TWILIO_FROM: optional(z.string().optional()),
  TWILIO_MESSAGING_SERVICE_SID: optional(z.string().optional()),
  TWILIO_API_URL: optional(origin.default('https://api.twilio.com')),
  /** The sender of e-mail. The binding `EMAIL` sends it. */
  EMAIL_FROM: optional(z.email('must be an e-mail address').optional()),
  EMAIL: z.custom<SendEmail>().optional(),
  /** Where alarms are sent, in the format of Slack: a secret, because whoever knows it can write there. */
  ALARM_URL: optional(alarmUrlSchema.optional()),
  /** The Workers plan. It decides how much one run of the purge may do. */
  PLAN: optional(z.enum(['free', 'paid'], 'must be "free" or "paid"').default('paid')),
  /** `on` removes accounts that nobody came back to after the sign-up. */
  REMOVE_UNUSED_ACCOUNTS: optional(z.literal('on', 'must be "on" or empty').optional()),
  /**
   * Other origins whose pages may call the API. Pages of https may do so with cookies, and a log-in by a provider may lead back to them.
   * Apps bring their tokens themselves.
   */
  ALLOWED_ORIGINS: optional(commaSeparated.pipe(z.array(clientOrigin)).default([])),
  /** Links of apps to which a log-in by a provider may lead back. They are compared whole. */
  ALLOWED_REDIRECTS: optional(commaSeparated.pipe(z.array(appLink)).default([])),
  /** The domain that passkeys belong to, if it is not the host of PUBLIC_ORIGIN. With another one, all passkeys are lost. */
  PASSKEY_RP_ID: optional(z.string().regex(DOMAIN, 'must be a domain such as example.com').optional()),
  /** What apps say that they are when they use a passkey, beside PUBLIC_ORIGIN and ALLOWED_ORIGINS. */
  PASSKEY_APP_ORIGINS: optional(commaSeparated.pipe(z.array(passkeyAppOrigin)).default([])),
  ...providerSettings,
})

const settingsSchema = configSchema
  // With a wrong host in a text message, browsers offer its code on no page. So PUBLIC_ORIGIN must not be forgotten.
  .refine(
    ({ PUBLIC_ORIGIN, TWILIO_ACCOUNT_SID }) =>
      TWILIO_ACCOUNT_SID === undefined || !PUBLIC_ORIGIN.startsWith('http://localhost'),
    { path: ['PUBLIC_ORIGIN'], message: 'must be set where text messages are sent' },
  )
  // Without an audience, every application of the team would let its users in.
  .refine(
    ({ ACCESS_TEAM_DOMAIN, ACCESS_AUDIENCE }) => (ACCESS_TEAM_DOMAIN === undefined) === (ACCESS_AUDIENCE === undefined),
    { path: ['ACCESS_AUDIENCE'], message: 'and ACCESS_TEAM_DOMAIN must be set together' },
  )

export type Config = z.output<typeof configSchema>

const parsed = new WeakMap<object, Config>()

/**
 * The settings of this deployment, parsed once per isolate.
 * @throws {AppError} `misconfigured`. It names each setting that is missing or wrong, but never shows a value
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
