import type { Context } from 'hono'
import * as oauth from 'oauth4webapi'
import * as z from 'zod'
import type { AppEnv } from '../../context'
import { AppError } from '../../errors'
import { askForJson, askProvider } from './ask-provider'
import { findServer } from './discovery'
import { verifyIdToken } from './id-token'
import { addPendingLogIn, type PendingLogIn } from './pending-log-ins'
import type { Profile, Provider } from './provider'
import { errorCodeIn, ProviderFault } from './provider-fault'

/*
 * The way to a provider and back: the authorization code flow with PKCE, state and nonce (RFC 6749 4.1, RFC 7636, OpenID Connect Core
 * 3.1, RFC 9700 2.1).
 */

/** The redirect URI that is registered at the provider. */
const redirectUriOf = ({ id }: Provider, publicOrigin: string): string =>
  `${publicOrigin}/api/v1/auth/social/${id}/callback`

/**
 * Begins a log-in at a provider: sets the cookie that ties it to this browser, and gives the address to send the browser to.
 * @throws {AppError} `provider_unavailable`, `provider_failed` if its endpoints cannot be discovered
 */
export async function beginAtProvider(
  c: Context<AppEnv>,
  provider: Provider,
  about: Pick<PendingLogIn, 'returnTo' | 'codeChallenge' | 'linkFor'>,
): Promise<string> {
  const server = await findServer(provider)
  const state = crypto.randomUUID()
  const nonce = oauth.generateRandomNonce()
  const codeVerifier = oauth.generateRandomCodeVerifier()
  const url = new URL(String(server.authorization_endpoint))
  const parameters = {
    client_id: provider.client.id,
    redirect_uri: redirectUriOf(provider, c.var.config.PUBLIC_ORIGIN),
    response_type: 'code',
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    ...(provider.scope !== '' && { scope: provider.scope }),
    ...(provider.readApi === undefined && { nonce }),
    ...provider.parameters,
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  await addPendingLogIn(c, { state, provider: provider.id, nonce, codeVerifier, ...about }, Date.now())
  return url.href
}

/**
 * Trades the code of a callback for who the person is.
 * @param answer the parameters of the callback. Those that we do not know do not matter
 * @throws {AppError} `log_in_cancelled`; `provider_unavailable`; `provider_failed` if something does not fit together
 */
export async function readAnswerOfProvider(
  c: Context<AppEnv>,
  provider: Provider,
  { answer, pending }: { answer: URLSearchParams; pending: PendingLogIn },
): Promise<Profile> {
  try {
    return await tradeCode(c, provider, { answer, pending })
  } catch (error) {
    if (error instanceof AppError) throw error
    if (error instanceof oauth.AuthorizationResponseError && CANCELLED.includes(error.error)) {
      throw new AppError('log_in_cancelled')
    }
    throw new AppError('provider_failed', { cause: toFault(error) })
  }
}

/** What we use of a token response (RFC 6749 5.1). Some providers answer 200 to an error too. */
const tokensSchema = z.object({
  access_token: z.string(),
  token_type: z.string().regex(/^bearer$/i),
  id_token: z.string().optional(),
})

async function readTokens(response: Response): Promise<z.output<typeof tokensSchema>> {
  const body: unknown = await response.json().catch(() => null)
  const tokens = response.status === 200 ? tokensSchema.safeParse(body).data : undefined
  if (tokens) return tokens
  const errorCode: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'error') : undefined
  throw new ProviderFault(`token endpoint ${response.status}, ${errorCodeIn(errorCode)}`)
}

function toFault(error: unknown): unknown {
  if (error instanceof oauth.AuthorizationResponseError) return new ProviderFault(errorCodeIn(error.error))
  if (error instanceof oauth.OperationProcessingError) return new ProviderFault(String(error.code), { cause: error })
  return error
}

/** Apple has an error of its own for somebody who says no. */
const CANCELLED = ['access_denied', 'user_cancelled_authorize']

async function tradeCode(
  c: Context<AppEnv>,
  provider: Provider,
  { answer, pending }: { answer: URLSearchParams; pending: PendingLogIn },
): Promise<Profile> {
  const server = await findServer(provider)
  const client = { client_id: provider.client.id }
  const parameters = oauth.validateAuthResponse(server, client, answer, pending.state)
  const secret = typeof provider.client.secret === 'string' ? provider.client.secret : await provider.client.secret()
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    takesBasic(server) ? oauth.ClientSecretBasic(secret) : oauth.ClientSecretPost(secret),
    parameters,
    redirectUriOf(provider, c.var.config.PUBLIC_ORIGIN),
    pending.codeVerifier,
    {
      [oauth.customFetch]: askProvider,
      [oauth.allowInsecureRequests]: server.issuer.startsWith('http:'),
      ...(provider.tokenNeedsState && { additionalParameters: { state: pending.state } }),
    },
  )
  const tokens = await readTokens(response)
  if (provider.readApi) return readApi(provider.readApi, tokens.access_token)
  const user = answer.get('user') ?? undefined
  return readIdToken(provider, server, { idToken: tokens.id_token, nonce: pending.nonce, user })
}

/** A provider that is discovered says how it wants the secret. The others all take it in the body. */
const takesBasic = ({ token_endpoint_auth_methods_supported: methods }: oauth.AuthorizationServer): boolean =>
  methods !== undefined && !methods.includes('client_secret_post')

const readApi = (read: NonNullable<Provider['readApi']>, accessToken: string): Promise<Profile> =>
  read((url, schema) => askForJson(url, schema, { Authorization: `Bearer ${accessToken}` }))

async function readIdToken(
  provider: Provider,
  server: oauth.AuthorizationServer,
  { idToken, nonce, user }: { idToken: string | undefined; nonce: string; user: string | undefined },
): Promise<Profile> {
  const { client, idToken: reader } = provider
  if (!reader || idToken === undefined) throw new ProviderFault('no ID token')
  const { id, secret } = client
  const claims = await verifyIdToken(reader, server, {
    idToken,
    audience: [id],
    secret,
    isNative: false,
    now: Date.now(),
  })
  if (claims.nonce !== nonce) throw new ProviderFault('ID token with another nonce')
  return reader.read(claims, user)
}
