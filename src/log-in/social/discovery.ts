import type { AuthorizationServer } from 'oauth4webapi'
import * as z from 'zod'
import { AppError } from '../../errors'
import type { Provider } from './provider'
import { readDocument } from './provider-documents'
import { ProviderFault } from './provider-fault'

/** What we use of a discovery document (OpenID Connect Discovery 1.0, 3). */
const discoverySchema = z.object({
  issuer: z.string(),
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
  jwks_uri: z.url(),
  token_endpoint_auth_methods_supported: z.array(z.string()).exactOptional(),
  id_token_signing_alg_values_supported: z.array(z.string()).exactOptional(),
  authorization_response_iss_parameter_supported: z.boolean().exactOptional(),
})

/**
 * The endpoints of a provider: from the table, or by discovery. The issuer in the document must be the one that was asked for.
 * @throws {AppError} `provider_unavailable`, `provider_failed`
 */
export async function findServer({ server }: Provider): Promise<AuthorizationServer> {
  if (typeof server !== 'string') return server
  const found = await readDocument(`${server.replace(/\/$/, '')}/.well-known/openid-configuration`, discoverySchema)
  const endpoints = [found.authorization_endpoint, found.token_endpoint, found.jwks_uri]
  // Plain HTTP is only for the test provider on one's own computer, whose issuer has it too.
  const isSafe = !server.startsWith('https:') || endpoints.every((url) => url.startsWith('https:'))
  if (found.issuer !== server || !isSafe) {
    throw new AppError('provider_failed', { cause: new ProviderFault('discovery of another issuer') })
  }
  return found
}
