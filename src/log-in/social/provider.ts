import type { AuthorizationServer } from 'oauth4webapi'
import type * as z from 'zod'
import type { Config } from '../../config'
import type { ProviderId } from '../../users/provider-ids'
import type { Claims } from './id-token'

/** A person at a provider, as the provider describes them. */
export interface Profile {
  /** The two together are the key of the person. */
  issuer: string
  subject: string
  /** An address that the provider has verified. `isOwned` says whether it runs the mailbox. */
  email: { address: string; isOwned: boolean } | null
  /** The e-mail address or the user name at the provider, for its owner to recognise. It may not be verified. */
  label: string | undefined
  name: string | undefined
}

/** Gets JSON from a provider with the person's access token, and reads what the schema has of it. */
export type GetJson = <Schema extends z.ZodType>(url: string, schema: Schema) => Promise<z.output<Schema>>

/** How the ID tokens of a provider are read (OpenID Connect Core 3.1.3.7). */
export interface IdTokenReader {
  /** How they are signed, if not with RS256. `HS256` is by the client secret. A provider that is discovered says it itself. */
  algorithms?: readonly string[]
  /** How those for apps are signed, if otherwise. */
  nativeAlgorithms?: readonly string[]
  /** The issuer that a token must have, where it is not that of the server. Null if it may have none. */
  issuerOf?: (claims: Claims) => string | null
  /** @param user what Apple adds to its form when somebody logs in there for the first time */
  read: (claims: Claims, user?: string) => Profile
}

/** How this deployment is known at a provider. */
export interface Client {
  id: string
  /** The secret, or how to make one. */
  secret: string | (() => Promise<string>)
  /** The audiences of ID tokens for our apps. */
  nativeIds?: readonly string[]
}

/** A provider that people can log in with here. */
export interface Provider {
  id: ProviderId
  name: string
  /** Its endpoints, or the issuer to discover them from. */
  server: AuthorizationServer | string
  scope: string
  client: Client
  /** What else goes into the authorization request. */
  parameters?: Readonly<Record<string, string>>
  /** Naver wants the state in the token request too. */
  tokenNeedsState?: true
  /** How ID tokens are read. Without it, there are none. */
  idToken?: IdTokenReader
  /** How a person is read from an API of the provider. If it is given, a log-in by redirects does not ask for an ID token. */
  readApi?: (get: GetJson) => Promise<Profile>
}

/** A row of the table of providers. */
export interface ProviderEntry {
  /** The settings that it needs. If some are set and others are not, the provider is misconfigured. */
  needs: readonly (keyof Config)[]
  open: (config: Config) => Omit<Provider, 'id' | 'name'> & { name?: string | undefined }
}

const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1).toLowerCase()

/**
 * The address of a person, if the provider has verified it.
 * @param isOwned whether the provider runs the mailboxes at a domain
 */
export const verifiedEmail = (
  address: string | undefined,
  isVerified: boolean,
  isOwned: (domain: string) => boolean,
): Profile['email'] => (address !== undefined && isVerified ? { address, isOwned: isOwned(domainOf(address)) } : null)
