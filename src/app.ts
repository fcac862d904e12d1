import { activityRoutes } from './activity/activity.routes'
import { accountRoutes } from './auth/account.routes'
import { devicesRoutes } from './auth/devices.routes'
import { otpRoutes } from './auth/otp.routes'
import { passwordRoutes } from './auth/password.routes'
import { sessionRoutes } from './auth/session.routes'
import { createRouter, openContext } from './context'
import { outboxRoutes } from './delivery/outbox.routes'
import { docsRoutes } from './docs/docs.routes'
import { readBody } from './http/body'
import { cors } from './http/cors'
import { refuseCrossSite } from './http/csrf'
import { notFound } from './http/not-found'
import { problem } from './http/problem'
import { noStore } from './http/security-headers'
import { openApiDocument } from './openapi'
import { serviceRoutes } from './service.routes'
import { syncRoutes } from './todos/sync.routes'
import { todoRoutes } from './todos/todos.routes'
import { availabilityRoutes } from './users/availability.routes'
import { contactRoutes } from './users/contact.routes'
import { deletionRoutes } from './users/deletion.routes'
import { exportRoutes } from './users/export.routes'
import { profileRoutes } from './users/profile.routes'

const MAX_BODY_BYTES = 64 * 1024
const MAX_BATCH_BYTES = 1024 * 1024

const root = createRouter()
root.use('/api/*', noStore, openContext, cors, refuseCrossSite)
root.use('/api/v1/todos/batch', readBody(MAX_BATCH_BYTES))
root.use('/api/*', readBody(MAX_BODY_BYTES))
root.onError((error, c) => problem(c, error))
root.notFound((c) => notFound(root)(c))

export const app = root
  .route('/', serviceRoutes)
  .route('/', docsRoutes)
  .route('/dev', outboxRoutes)
  .route('/api/v1/auth', accountRoutes)
  .route('/api/v1/auth', otpRoutes)
  .route('/api/v1/auth', passwordRoutes)
  .route('/api/v1/auth', sessionRoutes)
  .route('/api/v1/auth', devicesRoutes)
  .route('/api/v1/users', profileRoutes)
  .route('/api/v1/users', contactRoutes)
  .route('/api/v1/users', availabilityRoutes)
  .route('/api/v1/users', deletionRoutes)
  .route('/api/v1/users', activityRoutes)
  .route('/api/v1/users', exportRoutes)
  .route('/api/v1/todos', syncRoutes)
  .route('/api/v1/todos', todoRoutes)

app.get('/openapi.json', (c) => c.body(openApiDocument(app), 200, { 'Content-Type': 'application/json' }))

/** What `hc<AppType>` makes a typed client from. */
export type AppType = typeof app
