import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from './context'
import { errorCodes, isErrorCode } from './errors'
import { ACCESS_COOKIE, REFRESH_COOKIE } from './http/cookie-names'
import { examplesOf, type Schemas } from './http/examples'
import { problemExample } from './http/openapi'

const info = {
  openapi: '3.1.0',
  info: {
    title: 'Latchkey',
    version: '1',
    description:
      'Sign-in and to-dos at the edge. Errors are problem details (RFC 9457) whose `code` is stable: `GET /problems/{code}` says what it means.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: '/' }],
  tags: [
    { name: 'Log-in', description: 'Signing up and logging in.' },
    { name: 'Codes', description: 'One-time codes by SMS and e-mail, and what they prove.' },
    { name: 'Session', description: 'Who this is, going on, and ending it.' },
    { name: 'Account', description: 'Profile, password, deletion.' },
    { name: 'To-dos', description: 'Always your own.' },
    { name: 'Service', description: 'About this deployment.' },
  ],
}

let document: string | undefined

/** The OpenAPI 3.1 document of the whole app, made from the schemas that validate, once per isolate. */
export function openApiDocument(app: OpenAPIHono<AppEnv>): string {
  if (document === undefined) {
    app.openAPIRegistry.registerComponent('securitySchemes', 'cookie', {
      type: 'apiKey',
      in: 'cookie',
      name: ACCESS_COOKIE,
      description: 'Set by a log-in. A browser sends it by itself: there is nothing to type here.',
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
      description: 'Set by a log-in, and sent to `/api/v1/auth` alone.',
    })
    for (const code of Object.keys(errorCodes)) {
      // The document has no operation for a method that a path does not have.
      if (isErrorCode(code) && code !== 'method_not_allowed')
        app.openAPIRegistry.registerComponent('examples', code, problemExample(code))
    }
    const made = app.getOpenAPI31Document(info)
    const schemas: Schemas = made.components?.schemas ?? {}
    document = JSON.stringify(made, (key, value) =>
      key === 'application/json' ? { ...value, ...examplesOf(value.schema, schemas) } : value,
    )
  }
  return document
}
