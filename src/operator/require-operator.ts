import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { Config } from '../config'
import type { AppEnv } from '../context'
import { AppError } from '../errors'
import { countAddress } from '../http/address-limit'
import { readBearerToken } from '../http/authorization'
import { isOwnRequest } from '../http/csrf'
import { traceOf } from '../http/trace'
import { readAccessJwt } from './access-jwt'

declare module '../context' {
  interface Variables {
    /** Set by `requireOperator`: who the operator is, as the record names them. */
    operator: string
  }
}

/** How the record names whoever has OPERATOR_TOKEN. */
const TOKEN_HOLDER = 'token'

/**
 * Lets operators in: by OPERATOR_TOKEN as a bearer token, or by the token of Cloudflare Access. To everybody else, and where neither is
 * set, there is nothing here.
 *
 * A browser has the token of Access at every site that it visits, so a request without a bearer token has to come from a page of this
 * origin, or from no page. That holds for reads as well: each is recorded, and its answer is about somebody.
 * @throws {AppError} `not_found`, `cross_site_request`, `rate_limited` or `unavailable`
 */
export const requireOperator = createMiddleware<AppEnv>(async (c, next) => {
  const { config } = c.var
  if (config.OPERATOR_TOKEN === undefined && config.ACCESS_TEAM_DOMAIN === undefined) throw new AppError('not_found')
  await countAddress(c)
  const bearer = readBearerToken(c)
  const accessJwt = c.req.header('Cf-Access-Jwt-Assertion')
  const isHolder = bearer !== undefined && (await isOperatorToken(config, bearer))
  const operator = isHolder ? TOKEN_HOLDER : accessJwt === undefined ? null : await readAccess(config, accessJwt)
  if (operator === null) throw refusal(c, bearer ?? accessJwt)
  if (!isHolder && !isOwnRequest(c)) throw new AppError('cross_site_request')
  c.set('operator', operator)
  await next()
})

const utf8 = new TextEncoder()

/** Whether this is the token, compared in constant time (ASVS 11.2.4). */
async function isOperatorToken({ OPERATOR_TOKEN }: Pick<Config, 'OPERATOR_TOKEN'>, token: string): Promise<boolean> {
  if (OPERATOR_TOKEN === undefined) return false
  const digest = (text: string) => crypto.subtle.digest('SHA-256', utf8.encode(text))
  return crypto.subtle.timingSafeEqual(await digest(OPERATOR_TOKEN), await digest(token))
}

async function readAccess(
  { ACCESS_TEAM_DOMAIN: teamDomain, ACCESS_AUDIENCE: audience }: Config,
  token: string,
): Promise<string | null> {
  if (teamDomain === undefined || audience === undefined) return null
  return readAccessJwt(token, { teamDomain, audience }, Date.now())
}

/** A credential that is wrong makes a line in the log (ASVS 16.3.1), without the credential. */
function refusal(c: Context, credential: string | undefined): AppError {
  if (credential !== undefined) {
    const { requestId } = traceOf(c.req.raw)
    console.warn(JSON.stringify({ level: 'warn', event: 'operator_refused', requestId }))
  }
  return new AppError('not_found')
}
