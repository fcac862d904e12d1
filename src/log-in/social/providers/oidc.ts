import { isTrue } from '../id-token'
import { type IdTokenReader, type ProviderEntry, verifiedEmail } from '../provider'

const reader = (isOwned: (domain: string) => boolean): IdTokenReader => ({
  read: ({ iss, sub, email, email_verified, preferred_username, name }) => ({
    issuer: iss,
    subject: sub,
    email: verifiedEmail(email, isTrue(email_verified), isOwned),
    label: email ?? preferred_username,
    name,
  }),
})

/** Any other OpenID provider, by discovery: Keycloak, Okta, Auth0, ZITADEL and so on. */
export const oidc: ProviderEntry = {
  needs: ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET'],
  open: ({
    OIDC_CLIENT_ID: id = '',
    OIDC_CLIENT_SECRET: secret = '',
    OIDC_NATIVE_CLIENT_IDS: nativeIds,
    ...config
  }) => ({
    name: config.OIDC_NAME,
    server: config.OIDC_ISSUER ?? '',
    scope: 'openid email profile',
    client: { id, secret, nativeIds },
    idToken: reader(() => config.OIDC_OWNS_EMAIL === 'on'),
  }),
}

/** The provider that `npm run dev` runs on this computer. It is taken to run the mailboxes of one domain, so that one can try both cases. */
export const testProvider: ProviderEntry = {
  needs: ['TEST_PROVIDER_ISSUER'],
  open: ({ TEST_PROVIDER_ISSUER: issuer = '' }) => ({
    server: issuer,
    scope: 'openid email profile',
    client: { id: 'latchkey', secret: 'latchkey-test-provider' },
    idToken: reader((domain) => domain === 'owned.example'),
  }),
}
