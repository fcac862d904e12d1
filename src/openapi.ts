import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from './context'
import { tags } from './docs/tags'
import { errorCodes, isErrorCode } from './errors'
import { PATCH_TYPES } from './http/body'
import { ACCESS_COOKIE, REFRESH_COOKIE } from './http/cookie-names'
import { examplesOf, type Schema, type Schemas } from './http/examples'
import { answerHeader, problemExample } from './http/openapi'
import { withoutPasswords } from './openapi-without-passwords'

const info = {
  openapi: '3.1.0',
  info: {
    title: 'Latchkey',
    version: '1',
    description:
      'Sign-in and to-dos at the edge. Errors are problem details (RFC 9457) with a stable `code`; `GET /problems/{code}` explains it.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: '/' }],
  tags,
}

/** The documents that were made: with passwords, and without. */
const documents = new Map<boolean, string>()

/**
 * The OpenAPI 3.1 document of the whole app, made once per isolate from the schemas that validate requests.
 * @param hasPasswords whether this deployment has passwords
 */
export function openApiDocument(app: OpenAPIHono<AppEnv>, hasPasswords: boolean): string {
  const known = documents.get(hasPasswords)
  if (known !== undefined) return known
  const whole = makeDocument(app)
  const document = hasPasswords ? whole : withoutPasswords(whole)
  documents.set(hasPasswords, document)
  return document
}

function makeDocument(app: OpenAPIHono<AppEnv>): string {
  app.openAPIRegistry.registerComponent('securitySchemes', 'cookie', {
    type: 'apiKey',
    in: 'cookie',
    name: ACCESS_COOKIE,
    description: 'Set by a log-in. The browser sends it by itself.',
  })
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'The `accessToken` of a log-in with `"tokens": "body"`.',
  })
  app.openAPIRegistry.registerComponent('securitySchemes', 'refreshCookie', {
    type: 'apiKey',
    in: 'cookie',
    name: REFRESH_COOKIE,
    description: 'Set by a log-in. The browser sends it to `/api/v1/auth` only.',
  })
  app.openAPIRegistry.registerComponent('securitySchemes', 'outbox', {
    type: 'http',
    scheme: 'bearer',
    description: 'The `OUTBOX_TOKEN` of `.dev.vars`, on your own computer.',
  })
  app.openAPIRegistry.registerComponent('securitySchemes', 'operator', {
    type: 'http',
    scheme: 'bearer',
    description: 'The `OPERATOR_TOKEN` of this deployment.',
  })
  app.openAPIRegistry.registerComponent('securitySchemes', 'access', {
    type: 'apiKey',
    in: 'header',
    name: 'Cf-Access-Jwt-Assertion',
    description: 'Set by Cloudflare Access, for people and service tokens that its application lets in.',
  })
  for (const code of Object.keys(errorCodes)) {
    // These are of no operation: any address may answer with them.
    if (isErrorCode(code) && code !== 'method_not_allowed' && code !== 'misdirected_request')
      app.openAPIRegistry.registerComponent('examples', code, problemExample(code))
  }
  const made = app.getOpenAPI31Document(info)
  const schemas: Schemas = made.components?.schemas ?? {}
  for (const { patch } of Object.values(made.paths ?? {})) if (patch) describePatch(patch)
  return JSON.stringify(made, (key, value) => {
    if (PATCH_TYPES.includes(key)) return { ...value, ...examplesOf(value.schema, schemas) }
    return key === 'properties' ? describeDefaults(value) : value
  })
}

/**
 * Says the default of a field in words. Only bodies of requests have defaults, and generators of clients (openapi-typescript) take a
 * field with a `default` for one that is always there, so that nobody could leave it out.
 */
function describeDefaults(properties: Schemas): Schemas {
  const described = Object.entries(properties).map(([name, { default: value, ...field }]): [string, Schema] => {
    if (value === undefined) return [name, field]
    const { description = '', ...others } = field
    return [name, { ...others, description: `${description} By default \`${JSON.stringify(value)}\`.`.trim() }]
  })
  return Object.fromEntries(described)
}

/** The parts of an operation that are the same for every PATCH. */
interface PatchOperation {
  requestBody?: object
  responses?: Record<string, object>
}

/** Says that the body is a merge patch, under either name, and that a 415 names both. */
function describePatch({ requestBody, responses }: PatchOperation): void {
  if (requestBody === undefined || !('content' in requestBody) || responses === undefined) return
  const [body] = Object.values(requestBody.content ?? {})
  Object.assign(requestBody, {
    description:
      'A merge patch (RFC 7396), under either name. A field that is left out stays as it is. `null` empties a field, if it can be empty. A list is replaced whole.',
    content: Object.fromEntries(PATCH_TYPES.map((type) => [type, body])),
  })
  const headers = { 'Accept-Patch': answerHeader('What a PATCH may be.', PATCH_TYPES.join(', ')) }
  responses['415'] = { ...responses['415'], headers }
}
