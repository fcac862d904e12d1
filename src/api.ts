import { activityRoutes } from './account/activity.routes'
import { availabilityRoutes } from './account/availability.routes'
import { contactRoutes } from './account/contact.routes'
import { deletionRoutes } from './account/deletion.routes'
import { devicesRoutes } from './account/devices.routes'
import { exportRoutes } from './account/export.routes'
import { identitiesRoutes } from './account/identities.routes'
import { newPasskeyRoutes } from './account/new-passkey.routes'
import { passkeysRoutes } from './account/passkeys.routes'
import { passwordRoutes } from './account/password.routes'
import { profileRoutes } from './account/profile.routes'
import { secondFactorRoutes as ownSecondFactorRoutes } from './account/second-factor.routes'
import { stopRoutes } from './account/stop.routes'
import { wayBackRoutes } from './account/way-back.routes'
import { outboxRoutes } from './delivery/outbox.routes'
import { createRouter } from './http/router'
import { codeRoutes } from './log-in/code/code.routes'
import { passkeyLogInRoutes } from './log-in/passkey/passkey.routes'
import { passwordLogInRoutes } from './log-in/password/log-in.routes'
import { secondFactorRoutes } from './log-in/second-factor/second-factor.routes'
import { signUpRoutes } from './log-in/sign-up.routes'
import { linkRoutes } from './log-in/social/link.routes'
import { socialRoutes } from './log-in/social/social.routes'
import { accountsRoutes } from './operator/accounts.routes'
import { doctorRoutes } from './operator/doctor.routes'
import { exportAccountRoutes } from './operator/export.routes'
import { findRoutes } from './operator/find.routes'
import { overviewRoutes } from './operator/overview.routes'
import { serviceRoutes } from './service.routes'
import { sessionRoutes } from './sessions/session.routes'
import { calendarRoutes } from './todos/calendar-feed/calendar.routes'
import { calendarFeedRoutes } from './todos/calendar-feed/calendar-feed.routes'
import { countRoutes } from './todos/counts/counts.routes'
import { importRoutes } from './todos/import/import.routes'
import { listRoutes } from './todos/lists/lists.routes'
import { syncRoutes } from './todos/sync.routes'
import { todoRoutes } from './todos/todos.routes'

/** Every operation of the OpenAPI document. */
export const api = createRouter()
  .route('/', serviceRoutes)
  .route('/dev', outboxRoutes)
  .route('/api/v1/auth', signUpRoutes)
  .route('/api/v1/auth', passwordLogInRoutes)
  .route('/api/v1/auth', codeRoutes)
  .route('/api/v1/auth', secondFactorRoutes)
  .route('/api/v1/auth', passwordRoutes)
  .route('/api/v1/auth', sessionRoutes)
  .route('/api/v1/auth', devicesRoutes)
  .route('/api/v1/auth', wayBackRoutes)
  .route('/api/v1/auth', socialRoutes)
  .route('/api/v1/auth', linkRoutes)
  .route('/api/v1/auth', passkeyLogInRoutes)
  .route('/api/v1/users', profileRoutes)
  .route('/api/v1/users', contactRoutes)
  .route('/api/v1/users', stopRoutes)
  .route('/api/v1/users', availabilityRoutes)
  .route('/api/v1/users', deletionRoutes)
  .route('/api/v1/users', activityRoutes)
  .route('/api/v1/users', exportRoutes)
  .route('/api/v1/users', identitiesRoutes)
  .route('/api/v1/users', ownSecondFactorRoutes)
  .route('/api/v1/users', newPasskeyRoutes)
  .route('/api/v1/users', passkeysRoutes)
  .route('/api/v1/todos', importRoutes)
  .route('/api/v1/todos', syncRoutes)
  .route('/api/v1/todos', countRoutes)
  .route('/api/v1/todos', todoRoutes)
  .route('/api/v1/lists', listRoutes)
  .route('/api/v1/users', calendarFeedRoutes)
  .route('/', calendarRoutes)
  .route('/api/v1/operator', findRoutes)
  .route('/api/v1/operator', accountsRoutes)
  .route('/api/v1/operator', exportAccountRoutes)
  .route('/api/v1/operator', overviewRoutes)
  .route('/api/v1/operator', doctorRoutes)

/** The type that a typed client is made from: `hc<ApiType>(origin)`. */
export type ApiType = typeof api
