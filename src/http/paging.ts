import * as z from 'zod'
import { text } from '../lib/text'

/** The `limit` of a query: how many rows a page has at most. */
export const limitSchema = z
  .string()
  .regex(/^\d{1,3}$/, 'Must be a whole number')
  .transform(Number)
  .pipe(z.int().min(1).max(100))
  .default(50)
  .meta({ type: 'integer', minimum: 1, maximum: 100, default: 50 })

export const cursorSchema = text({ max: 500 })
  .optional()
  .meta({ description: 'The `nextCursor` of the previous page.' })
