import * as z from 'zod'
import { problem } from '../../http/openapi'
import { text } from '../../lib/text'
import { deviceTokenSchema, tokenPlaceSchema } from '../../sessions/schemas'
import { PROVIDER_IDS } from '../../users/provider-ids'
import { nameSchema } from '../../users/schemas'
import { freshProofFields } from '../fresh-proof/schemas'

/** The longest address that a log-in may lead to. It fits into a cookie, whatever characters it has, and three usual ones do. */
export const MAX_RETURN_TO = 400
/** An ID token is shorter, and so is everything that we seal. */
const MAX_TOKEN = 8192

export const providerSchema = z.enum(PROVIDER_IDS).meta({ example: 'google' })

export const providerParams = z.object({ provider: providerSchema })

/** The errors of a request that needs a provider. */
export const providerProblems = {
  404: problem('not_found'),
  502: problem('provider_failed'),
  503: problem('misconfigured', 'provider_unavailable', 'unavailable'),
}

export const providerListSchema = z
  .object({
    providers: z.array(z.object({ id: providerSchema, name: z.string().meta({ example: 'Google' }) })),
  })
  .meta({ id: 'ProviderList' })

const returnToSchema = text({ min: 1, max: MAX_RETURN_TO }).default('/console').meta({
  description:
    'Where the browser goes afterwards: a path of the console, a page of an origin in ALLOWED_ORIGINS, or a link in ALLOWED_REDIRECTS, letter by letter.',
})

export const beginQuery = z.object({
  returnTo: returnToSchema,
  codeChallenge: z
    .string()
    .regex(/^[\w-]{43}$/, 'Must be the SHA-256 of a code verifier, in base64url')
    .optional()
    .meta({
      description:
        'PKCE with S256 (RFC 7636). Needed unless `returnTo` is a path of the console: the browser then comes back with a code.',
      example: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    }),
})

export const linkSchema = z.strictObject({ returnTo: returnToSchema, ...freshProofFields })

export const linkAnswerSchema = z
  .object({
    authorizationUrl: z.url().meta({
      description: 'Send the browser there. It comes back to `returnTo`.',
      example: 'https://accounts.google.com/o/oauth2/v2/auth?client_id=1234567890',
    }),
  })
  .meta({ id: 'LinkAnswer' })

const idTokenSchema = text({ min: 1, max: MAX_TOKEN }).meta({ description: "From the provider's SDK." })

/** An ID token and the nonce that was asked for. */
export const idTokenFields = {
  idToken: idTokenSchema,
  nonce: text({ min: 16, max: 200 }).meta({
    description:
      'A random text that your app made for this log-in. The ID token has it, or its SHA-256 in hexadecimal.',
    example: 'n-0S6_WzA2Mj-8dQx7Tq',
  }),
}

export const nativeLogInSchema = z.strictObject({
  ...idTokenFields,
  name: nameSchema.optional().meta({ description: 'For a new account. Apple gives it to your app the first time.' }),
  tokens: tokenPlaceSchema.default('cookie'),
  deviceToken: deviceTokenSchema,
})

/** A code that came back with the browser, and the verifier of its challenge. */
export const exchangeFields = {
  code: text({ min: 1, max: MAX_TOKEN }),
  codeVerifier: z
    .string()
    .regex(/^[\w.~-]{43,128}$/, 'Must be a code verifier (RFC 7636 4.1)')
    .meta({ example: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk' }),
}

export const exchangeSchema = z.strictObject({
  ...exchangeFields,
  tokens: tokenPlaceSchema.default('cookie'),
  deviceToken: deviceTokenSchema,
})

export const linkTokenSchema = text({ min: 1, max: MAX_TOKEN })
