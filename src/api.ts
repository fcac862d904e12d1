import { activityRoutes } from './activity/activity.routes'
import { accountRoutes } from './auth/account.routes'
import { devicesRoutes } from './auth/devices.routes'
import { otpRoutes } from './auth/otp.routes'
import { passwordRoutes } from './auth/password.routes'
import { sessionRoutes } from './auth/session.routes'
import { createRouter } from './context'
import { outboxRoutes } from './delivery/outbox.routes'
import { serviceRoutes } from './service.routes'
import { syncRoutes } from './todos/sync.routes'
import { todoRoutes } from './todos/todos.routes'
import { availabilityRoutes } from './users/availability.routes'
import { contactRoutes } from './users/contact.routes'
import { deletionRoutes } from './users/deletion.routes'
import { exportRoutes } from './users/export.routes'
import { profileRoutes } from './users/profile.routes'

/** Every operation that stands in the OpenAPI document. */
export const api = createRouter()
  .route('/', serviceRoutes)
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

/** What a typed client is made from: `hc<ApiType>(origin)`. */
export type ApiType = typeof api
