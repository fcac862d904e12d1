import { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from '../context'
import { AppError } from '../errors'
import { toFieldErrors } from './problem'

/** A router whose routes answer invalid input with `invalid_fields`. */
export const createRouter = () =>
  new OpenAPIHono<AppEnv>({
    defaultHook: (result, c) => {
      // The validator gets `{}` for a missing body, and some schemas take that.
      if (result.target === 'json' && c.req.header('Content-Type') === undefined) {
        throw new AppError('invalid_fields', {
          errors: [{ path: '', code: 'required', message: 'A body is required' }],
        })
      }
      if (result.success) return
      const input = 'data' in result ? result.data : undefined
      throw new AppError('invalid_fields', { errors: toFieldErrors(result.error, input) })
    },
  })
