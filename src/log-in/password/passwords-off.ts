import { createMiddleware } from 'hono/factory'
import type { Config } from '../../config'
import type { AppEnv } from '../../context'
import { AppError } from '../../errors'

/*
 * A deployment without passwords (PASSWORDS=off). The hash of a password takes 60 to 100 ms of CPU, and the Free plan of Workers gives a
 * request 10. Routes for passwords are not there, fields for passwords are refused, and no password counts as a way to log in.
 */

export const hasPasswords = ({ PASSWORDS }: Pick<Config, 'PASSWORDS'>): boolean => PASSWORDS !== 'off'

/** For routes that are only there where there are passwords. */
export const requirePasswords = createMiddleware<AppEnv>(async (c, next) => {
  if (!hasPasswords(c.var.config)) throw new AppError('not_found')
  await next()
})

/**
 * Refuses a password in a field of a route that is there without passwords too.
 * @throws {AppError} `invalid_fields`
 */
export function refusePassword(
  config: Pick<Config, 'PASSWORDS'>,
  password: string | null | undefined,
  path: string,
): void {
  if (hasPasswords(config) || password === null || password === undefined) return
  const message = 'This deployment has no passwords'
  throw new AppError('invalid_fields', { errors: [{ path, code: 'not_allowed', message }] })
}
