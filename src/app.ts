import { type ApiType, api } from './api'
import { stopLinkRoutes } from './console/account/stop.routes'
import { wayBackLinkRoutes } from './console/account/way-back.routes'
import { consoleRoutes } from './console/console.routes'
import type { Dispatch } from './console/page/api-client'
import { openConsole } from './console/page/open-console'
import { resumeRoutes } from './console/sign-in/resume.routes'
import { answerUnrouted } from './console/unrouted'
import { wellKnownRoutes } from './console/well-known.routes'
import { docsRoutes } from './docs/docs.routes'
import { MAX_BODY_BYTES, readBody, readFileBody } from './http/body'
import { cors } from './http/cors'
import { refuseCrossSite } from './http/csrf'
import { openContext } from './http/open-context'
import { requireOwnHost } from './http/own-host'
import { answerProblem } from './http/problem'
import { createRouter } from './http/router'
import { noStore } from './http/security-headers'
import { strictQuery } from './http/strict-query'
import { formPostRoutes } from './log-in/social/form-post.routes'
import { openApiDocument } from './openapi'
import { requireOperator } from './operator/require-operator'
import { requireCaller } from './sessions/require-user'
import { FILE_TYPES } from './todos/import/import.openapi'
import { MAX_FILE_BYTES } from './todos/import/readers/read-file'
import { limitBatches } from './todos/write-limits'

const MAX_BATCH_BYTES = 1024 * 1024

export const app = createRouter()
app.onError((error, c) => answerProblem(c, error))

// The pages are a client of the API, in the same process. Their requests go the same way as requests from outside.
const dispatch: Dispatch = (request, c) => app.fetch(request, c.env, c.executionCtx)
app.notFound(answerUnrouted(app, dispatch))

app.use('*', requireOwnHost)

const pages = openConsole(dispatch)
app.use('/console/*', pages)
app.route('/console', consoleRoutes)
app.route('/s', stopLinkRoutes)
app.route('/w', wayBackLinkRoutes)
app.route('/', wellKnownRoutes)
// This page is under /api/v1/auth, because browsers send the refresh cookie only there. It comes before the middleware of the
// API, because that takes only JSON, and this page takes forms.
app.use('/api/v1/auth/resume', pages)
app.route('/api/v1/auth', resumeRoutes)

app.use('/calendar/*', noStore, openContext)

// Some providers post a form from their own site, which the middleware of the API refuses. It goes on as a GET.
app.use('/api/v1/auth/social/*', noStore, openContext)
app.route('/api/v1/auth', formPostRoutes)

app.use('/api/*', noStore, openContext)
// To everybody else, operators' routes are not there, whatever the method is.
app.use('/api/v1/operator/*', requireOperator)
app.use('/api/*', cors, refuseCrossSite)
app.use('/api/v1/*', strictQuery(app))
// A user who may make no more batches is refused before one is read.
app.post('/api/v1/todos/batch', requireCaller, limitBatches, readBody(MAX_BATCH_BYTES))
app.post(
  '/api/v1/todos/import',
  requireCaller,
  limitBatches,
  readFileBody({ mediaTypes: FILE_TYPES, maxBytes: MAX_FILE_BYTES }),
)
app.use('/api/*', readBody(MAX_BODY_BYTES))
app.route('/', api)
app.route('/', docsRoutes)
app.get('/openapi.json', (c) =>
  c.body(openApiDocument(app, c.env.PASSWORDS !== 'off'), 200, { 'Content-Type': 'application/json' }),
)

/** The type that a typed client is made from: `hc<AppType>(origin)`. */
export type AppType = ApiType
