import * as z from 'zod'
import { identitySchema } from '../account-data/identities'
import { passkeySchema } from '../account-data/passkeys'
import { text, visibleText } from '../lib/text'
import { verificationTokenSchema } from '../log-in/code/schemas'
import { freshProofFields } from '../log-in/fresh-proof/schemas'
import { challengeTokenSchema, registrationResponseSchema } from '../log-in/passkey/schemas'
import { newPasswordSchema, passwordSchema } from '../log-in/password/schemas'
import { exchangeFields, idTokenFields, linkTokenSchema, providerSchema } from '../log-in/social/schemas'
import { TOKEN_EXAMPLE } from '../sessions/schemas'
import { nameSchema, nicknameSchema, timeZoneSchema, usernameSchema } from '../users/schemas'
import { MAX_PASSKEY_NAME } from '../users/tables'

export const passwordChangeSchema = z
  .strictObject({
    newPassword: newPasswordSchema,
    ...freshProofFields,
    verificationToken: verificationTokenSchema.optional(),
  })
  .refine(
    ({ currentPassword, verificationToken }) => currentPassword === undefined || verificationToken === undefined,
    {
      path: ['currentPassword'],
      params: { code: 'not_allowed' },
      message: 'Send either the current password or a verification token',
    },
  )

export const contactSchema = z.strictObject({
  verificationToken: verificationTokenSchema.meta({ example: TOKEN_EXAMPLE }),
  ...freshProofFields,
})

/** The token in the link of a notice. */
export const linkSchema = z.strictObject({ token: text({ max: 100 }).meta({ example: 'q3Jx0vVq2mT8hW1z' }) })

/** The token, and what may be needed besides it: one of the other two. */
export const wayBackSchema = linkSchema.extend({
  password: passwordSchema.optional(),
  verificationToken: verificationTokenSchema.optional(),
})

export const identityListSchema = z.object({ identities: z.array(identitySchema) })

/** One of three proofs of an identity. */
export const linkIdentitySchema = z.union([
  z.strictObject({ linkToken: linkTokenSchema, ...freshProofFields }).meta({ id: 'LinkByToken' }),
  z.strictObject({ ...exchangeFields, ...freshProofFields }).meta({ id: 'LinkByExchangeCode' }),
  z.strictObject({ provider: providerSchema, ...idTokenFields, ...freshProofFields }).meta({ id: 'LinkByIdToken' }),
])

export const passkeyListSchema = () =>
  z.object({
    rpId: z.string().meta({ description: 'The domain that they belong to.', example: 'todo.example.com' }),
    userHandle: z.string().meta({
      description: 'What authenticators call the user: for `PublicKeyCredential.signalAllAcceptedCredentials`.',
      example: 'AZyNLnpkfD-PHiudTGqOEA',
    }),
    passkeys: z.array(passkeySchema),
  })

const passkeyNameSchema = visibleText(MAX_PASSKEY_NAME).meta({ example: 'My laptop' })

export const newPasskeySchema = z.strictObject({
  response: registrationResponseSchema,
  challengeToken: challengeTokenSchema.meta({ description: 'From the options.' }),
  name: passkeyNameSchema
    .optional()
    .meta({ description: 'By default the name of who keeps it, or the device and the date.' }),
})

export const passkeyPatchSchema = z.strictObject({ name: passkeyNameSchema })

/** Changes only what it names. `null` clears a field; a user name can be replaced but not cleared. */
export const profilePatchSchema = z.strictObject({
  username: usernameSchema.optional(),
  name: nameSchema.nullable().optional(),
  nickname: nicknameSchema.nullable().optional(),
  timeZone: timeZoneSchema.nullable().optional(),
})

export type ProfilePatch = z.output<typeof profilePatchSchema>

export const availabilitySchema = z
  .strictObject({ username: usernameSchema.optional(), verificationToken: text({ max: 2000 }).optional() })
  .refine(({ username, verificationToken }) => (username === undefined) !== (verificationToken === undefined), {
    path: ['username'],
    params: { code: 'required' },
    message: 'Send either a user name or a verification token',
  })
