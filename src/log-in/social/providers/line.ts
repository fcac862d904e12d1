import type { ProviderEntry } from '../provider'

/**
 * LINE signs the ID tokens of its web log-in with the channel secret, and those of apps with ES256. It verifies no
 * address, so we ask for none.
 */
export const line: ProviderEntry = {
  needs: ['LINE_CLIENT_ID', 'LINE_CLIENT_SECRET'],
  open: ({ LINE_CLIENT_ID: id = '', LINE_CLIENT_SECRET: secret = '', LINE_NATIVE_CLIENT_IDS: nativeIds }) => ({
    server: {
      issuer: 'https://access.line.me',
      authorization_endpoint: 'https://access.line.me/oauth2/v2.1/authorize',
      token_endpoint: 'https://api.line.me/oauth2/v2.1/token',
      jwks_uri: 'https://api.line.me/oauth2/v2.1/certs',
    },
    scope: 'openid profile',
    client: { id, secret, nativeIds },
    idToken: {
      algorithms: ['HS256'],
      nativeAlgorithms: ['ES256'],
      read: ({ iss, sub, name }) => ({ issuer: iss, subject: sub, email: null, label: name, name }),
    },
  }),
}
