import * as z from 'zod'

const DAY = /^\d{4}-\d{2}-\d{2}$/
const WITHOUT_OFFSET = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?$/
/** What `+09:00` becomes in a query where the `+` is sent as it is. */
const SPACE_FOR_PLUS = /^\d{4}-\d{2}-\d{2}T[\d:.]+ \d{2}:?\d{2}$/

/** What a text lacks to be a time with an offset. */
function faultOf(value: unknown): string {
  const typed = typeof value === 'string' ? value : ''
  if (DAY.test(typed)) return 'Has no time: add one with an offset, such as T18:00:00Z'
  if (WITHOUT_OFFSET.test(typed)) return 'Has no offset: add Z, or one such as +09:00'
  if (SPACE_FOR_PLUS.test(typed)) return 'Has a space before the offset: a + in a query is a space, so send %2B'
  return 'Must be a time with an offset, in ISO 8601'
}

/** ISO 8601 with `Z` or an offset, in bodies and in queries. Stored in milliseconds. */
export const timeSchema = z.iso
  .datetime({ offset: true, error: ({ code, input }) => (code === 'invalid_format' ? faultOf(input) : undefined) })
  .meta({ example: '2026-12-24T18:00:00.000Z' })
