import { type Claims, isTrue } from '../id-token'
import { type ProviderEntry, verifiedEmail } from '../provider'

/** The tenant of personal accounts. */
const CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad'

const isTenantId = (tenant: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(tenant)

/** Whether people of a tenant may log in where MICROSOFT_TENANT is `setting`. */
function isAllowed(tenant: string, setting: string): boolean {
  if (!isTenantId(tenant)) return false
  if (setting === 'consumers') return tenant === CONSUMERS
  if (setting === 'organizations') return tenant !== CONSUMERS
  return setting === 'common' || tenant === setting.toLowerCase()
}

/** The mailboxes of personal accounts. Such an account can also have an address from elsewhere. */
const OWN_DOMAINS = ['outlook.com', 'hotmail.com', 'live.com', 'msn.com']

/**
 * Whether Microsoft or the person's tenant runs the mailbox of a verified address. A guest (`idp`) has it from elsewhere, and has only
 * proven once that it was theirs.
 */
const runsMailbox = ({ iss, tid, idp }: Claims, domain: string): boolean =>
  tid === CONSUMERS ? OWN_DOMAINS.includes(domain) : idp === undefined || idp === iss

/**
 * Microsoft has an issuer for each tenant. A person is an object of a tenant (`oid`); `sub` is another one for each client. A tenant's
 * admin may enter any address, so it counts only if it is verified (`xms_edov`). That is true of the domains that the tenant owns, and
 * of all addresses of personal accounts and of guests who log in with Google or a code.
 * https://learn.microsoft.com/entra/identity-platform/migrate-off-email-claim-authorization
 */
export const microsoft: ProviderEntry = {
  needs: ['MICROSOFT_CLIENT_ID', 'MICROSOFT_CLIENT_SECRET'],
  open: ({
    MICROSOFT_CLIENT_ID: id = '',
    MICROSOFT_CLIENT_SECRET: secret = '',
    MICROSOFT_TENANT: tenant,
    ...config
  }) => ({
    server: {
      issuer: `https://login.microsoftonline.com/${tenant}/v2.0`,
      authorization_endpoint: `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/authorize`,
      token_endpoint: `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`,
      jwks_uri: `https://login.microsoftonline.com/${tenant}/discovery/v2.0/keys`,
    },
    scope: 'openid email profile',
    client: { id, secret, nativeIds: config.MICROSOFT_NATIVE_CLIENT_IDS },
    idToken: {
      issuerOf: ({ tid = '' }) => (isAllowed(tid, tenant) ? `https://login.microsoftonline.com/${tid}/v2.0` : null),
      read: (claims) => ({
        issuer: claims.iss,
        subject: claims.oid ?? '',
        email: verifiedEmail(claims.email, isTrue(claims.xms_edov), (domain) => runsMailbox(claims, domain)),
        label: claims.email ?? claims.preferred_username,
        name: claims.name,
      }),
    },
  }),
}
