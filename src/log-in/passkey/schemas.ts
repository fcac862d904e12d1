import * as z from 'zod'
import { deviceTokenSchema, tokenPlaceSchema } from '../../sessions/schemas'
import { MAX_CHALLENGE_TOKEN } from './challenge'

/*
 * What browsers send and take (WebAuthn 5.1, `toJSON` and `parse…OptionsFromJSON`). They may add members, so unknown ones do not matter
 * in what a browser has made.
 */

/** Binary data as base64url without padding. */
const bytes = (maxBytes: number) =>
  z
    .string()
    .min(1)
    .max(Math.ceil((maxBytes * 4) / 3))
    .regex(/^[\w-]+$/, 'Must be base64url')

const ID_EXAMPLE = 'n1Xl6q4bQf6iY3mW0u2zVg'

/** At most 1023 bytes (WebAuthn 4, Credential ID). */
const credentialIdSchema = bytes(1023).meta({ example: ID_EXAMPLE })
/** JSON with a challenge and an origin. */
const clientDataSchema = bytes(2048).meta({ example: 'eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiWWsxdiJ9' })

const credentialFields = {
  id: credentialIdSchema,
  rawId: credentialIdSchema,
  type: z.literal('public-key'),
}

const transportsSchema = () =>
  z
    .array(z.string().regex(/^[a-z-]{1,20}$/, 'Must be the name of a transport'))
    .max(10)
    .meta({ description: 'How browsers reach the authenticator.', example: ['internal', 'hybrid'] })

/** Browsers may add members. As a type of the client, this lets an app give what its library calls an answer. */
const OPEN = { additionalProperties: {} }

/** An answer to `navigator.credentials.create`. */
export const registrationResponseSchema = z
  .object({
    ...credentialFields,
    response: z
      .object({
        clientDataJSON: clientDataSchema,
        attestationObject: bytes(4096).meta({ example: 'o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVjE' }),
        transports: transportsSchema().default([]),
      })
      .meta(OPEN),
  })
  .meta({ ...OPEN, id: 'PasskeyRegistration', description: '`toJSON()` of what `navigator.credentials.create` gave.' })

/** An answer to `navigator.credentials.get`. */
export const logInResponseSchema = z
  .object({
    ...credentialFields,
    response: z
      .object({
        clientDataJSON: clientDataSchema,
        authenticatorData: bytes(2048).meta({ example: 'SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MFAAAAAQ' }),
        signature: bytes(1024).meta({ example: 'MEUCIQDkS0Xh0eT3mVt6x7Xk5l3l6b8yq1' }),
        userHandle: bytes(64).nullish().meta({ example: 'AZyNLnpkfD-PHiudTGqOEA' }),
      })
      .meta(OPEN),
  })
  .meta({ ...OPEN, id: 'PasskeyAnswer', description: '`toJSON()` of what `navigator.credentials.get` gave.' })

export type RegistrationResponse = z.output<typeof registrationResponseSchema>
export type LogInResponse = z.output<typeof logInResponseSchema>

export const challengeTokenSchema = z
  .string()
  .regex(/^[\w-]+$/, 'Must be base64url')
  .max(MAX_CHALLENGE_TOKEN)

/** Which challenge of a log-in was answered, for clients without cookies. */
export const logInChallengeTokenSchema = challengeTokenSchema
  .optional()
  .meta({ description: 'From the options with `tokens: "body"`. Browsers send the cookie instead.' })

export const logInOptionsSchema = z.strictObject({
  tokens: tokenPlaceSchema.optional().meta({
    description: 'Where the client wants its challenge token, as with the tokens of a log-in. By default in a cookie.',
  }),
})

export const passkeyLogInSchema = z.strictObject({
  response: logInResponseSchema,
  challengeToken: logInChallengeTokenSchema,
  tokens: tokenPlaceSchema.default('cookie'),
  deviceToken: deviceTokenSchema,
})

/* What we answer. These are functions: the document makes the schemas when it is asked for (`jsonOf`). */

const challengeSchema = () => z.string().meta({ example: 'Yk1vY2tDaGFsbGVuZ2VPZjMyQnl0ZXNCYXNlNjR1cmw' })
const timeoutSchema = () => z.int().meta({ description: 'In ms.', example: 300_000 })
const rpIdSchema = () => z.string().meta({ example: 'todo.example.com' })
const descriptorSchema = () =>
  z.object({
    type: z.literal('public-key'),
    id: z.string().meta({ example: ID_EXAMPLE }),
    transports: transportsSchema(),
  })

/** What `PublicKeyCredential.parseRequestOptionsFromJSON` takes. */
const requestOptionsSchema = () =>
  z
    .object({
      challenge: challengeSchema(),
      rpId: rpIdSchema(),
      timeout: timeoutSchema(),
      userVerification: z.literal('required'),
      allowCredentials: z
        .array(descriptorSchema())
        .meta({ description: 'Empty: any passkey for this domain will do.', example: [] }),
    })
    .meta({ id: 'PasskeyRequestOptions' })

/** What `PublicKeyCredential.parseCreationOptionsFromJSON` takes. */
export const creationOptionsSchema = () =>
  z
    .object({
      rp: z.object({ id: rpIdSchema(), name: z.string().meta({ example: 'Latchkey' }) }),
      user: z.object({
        id: z.string().meta({ example: 'AZyNLnpkfD-PHiudTGqOEA' }),
        name: z.string().meta({ example: 'alice' }),
        displayName: z.string().meta({ example: 'Alice Liddell' }),
      }),
      challenge: challengeSchema(),
      pubKeyCredParams: z.array(z.object({ type: z.literal('public-key'), alg: z.int().meta({ example: -7 }) })),
      timeout: timeoutSchema(),
      attestation: z.literal('none'),
      authenticatorSelection: z.object({
        residentKey: z.literal('required'),
        requireResidentKey: z.literal(true),
        userVerification: z.literal('required'),
      }),
      excludeCredentials: z.array(descriptorSchema()),
    })
    .meta({ id: 'PasskeyCreationOptions' })

const expiresAtSchema = () => z.iso.datetime().meta({ description: 'When the challenge expires.' })

export const logInOptionsAnswerSchema = () =>
  z
    .object({
      publicKey: requestOptionsSchema(),
      challengeToken: z.string().optional().meta({ description: 'Only with `tokens: "body"`.' }),
      expiresAt: expiresAtSchema(),
    })
    .meta({ id: 'PasskeyLogInOptions' })

export const registrationOptionsAnswerSchema = () =>
  z
    .object({ publicKey: creationOptionsSchema(), challengeToken: z.string(), expiresAt: expiresAtSchema() })
    .meta({ id: 'PasskeyRegistrationOptions' })
