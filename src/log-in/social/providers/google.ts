import { isTrue } from '../id-token'
import { type ProviderEntry, verifiedEmail } from '../provider'

const ISSUER = 'https://accounts.google.com'
/** Some ID tokens have the issuer without its scheme (https://developers.google.com/identity/openid-connect/reference). */
const SHORT_ISSUER = 'accounts.google.com'

/** Google runs the mailboxes of Gmail, and those of organisations that have their domain there (`hd`). */
export const google: ProviderEntry = {
  needs: ['GOOGLE_CLIENT_ID', 'GOOGLE_CLIENT_SECRET'],
  open: ({ GOOGLE_CLIENT_ID: id = '', GOOGLE_CLIENT_SECRET: secret = '', GOOGLE_NATIVE_CLIENT_IDS: nativeIds }) => ({
    server: {
      issuer: ISSUER,
      authorization_endpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
      token_endpoint: 'https://oauth2.googleapis.com/token',
      jwks_uri: 'https://www.googleapis.com/oauth2/v3/certs',
    },
    scope: 'openid email profile',
    client: { id, secret, nativeIds },
    idToken: {
      issuerOf: ({ iss }) => (iss === SHORT_ISSUER ? iss : ISSUER),
      read: ({ sub, email, email_verified, hd, name }) => ({
        issuer: ISSUER,
        subject: sub,
        email: verifiedEmail(
          email,
          isTrue(email_verified),
          (domain) => ['gmail.com', 'googlemail.com'].includes(domain) || hd?.toLowerCase() === domain,
        ),
        label: email,
        name,
      }),
    },
  }),
}
