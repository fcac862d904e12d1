import * as z from 'zod'
import { appleClientSecret } from '../apple-client-secret'
import { isTrue } from '../id-token'
import { type ProviderEntry, verifiedEmail } from '../provider'

const APPLE_DOMAINS = ['icloud.com', 'me.com', 'mac.com', 'privaterelay.appleid.com']

/**
 * Apple sends a form instead of a redirect. The client secret is a JWT that we sign. `email_verified` may be a text. The name comes in
 * the form, unsigned, and only the first time.
 */
export const apple: ProviderEntry = {
  needs: ['APPLE_CLIENT_ID', 'APPLE_TEAM_ID', 'APPLE_KEY_ID', 'APPLE_PRIVATE_KEY'],
  open: (config) => ({
    server: {
      issuer: 'https://appleid.apple.com',
      authorization_endpoint: 'https://appleid.apple.com/auth/authorize',
      token_endpoint: 'https://appleid.apple.com/auth/token',
      jwks_uri: 'https://appleid.apple.com/auth/keys',
    },
    scope: 'openid name email',
    parameters: { response_mode: 'form_post' },
    client: {
      id: config.APPLE_CLIENT_ID ?? '',
      secret: () => appleClientSecret(config),
      nativeIds: config.APPLE_NATIVE_CLIENT_IDS,
    },
    idToken: {
      read: ({ iss, sub, email, email_verified }, user) => ({
        issuer: iss,
        subject: sub,
        email: verifiedEmail(email, isTrue(email_verified), (domain) => APPLE_DOMAINS.includes(domain)),
        label: email,
        name: user === undefined ? undefined : readName(user),
      }),
    },
  }),
}

const userSchema = z.object({ name: z.object({ firstName: z.string().optional(), lastName: z.string().optional() }) })

function readName(user: string): string | undefined {
  try {
    const { firstName, lastName } = userSchema.parse(JSON.parse(user)).name
    return [firstName, lastName].filter((part) => part).join(' ')
  } catch {
    return undefined
  }
}
