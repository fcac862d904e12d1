import * as z from 'zod'
import { FIRST_TIME, LAST_TIME } from '../lib/time'
import { isZone } from '../lib/zone'
import { readDue, toDueColumns } from './due'
import { timeSchema } from './time-schema'

/*
 * Due dates as clients send them: `due`, a day or a time with its zone, or `dueAt`, an instant.
 */

/** In UTC the year must have four digits. An offset, or a zone, can move a time out of the years 0000 to 9999. */
const isInFourDigitYears = (time: number): boolean => !(time < FIRST_TIME || time > LAST_TIME)

const YEARS = { params: { code: 'invalid_format' }, message: 'Must be in the years 0000 to 9999 (UTC)' }

export const dueAtSchema = timeSchema
  .refine((time) => isInFourDigitYears(Date.parse(time)), YEARS)
  .meta({
    example: '2026-12-24T09:00:00.000Z',
    description:
      'The instant at which it is due. Null if it is due on a whole day. In a request it is kept in the zone UTC.',
  })

export const dueSchema = z
  .string()
  .max(100, { abort: true })
  .refine((text) => readDue(text) !== null, {
    params: { code: 'invalid_format' },
    message: 'Must be a day such as 2026-12-24, or a time with its zone such as 2026-12-24T18:00:00[Asia/Seoul]',
    abort: true,
  })
  .refine((text) => {
    const due = readDue(text)
    return due === null || isInFourDigitYears(toDueColumns(due).dueAt)
  }, YEARS)
  .meta({
    description:
      'A day, or a time on the wall clock of an IANA zone (RFC 9557). A day is the same day in every zone; lists sort it at its end in UTC.',
    example: '2026-12-24T18:00:00[Asia/Seoul]',
  })

export const daySchema = z
  .string()
  .max(10, { abort: true })
  .refine((text) => readDue(text)?.kind === 'day', {
    params: { code: 'invalid_format' },
    message: 'Must be a day such as 2026-12-24',
  })
  .meta({ format: 'date' })

export const zoneSchema = z
  .string()
  .max(64, { abort: true })
  .refine(isZone, { params: { code: 'invalid_format' }, message: 'Must be an IANA time zone such as Asia/Seoul' })

/** `due` and `dueAt` say the same. A request that has both could mean two things. */
export function oneDueDate({ due, dueAt }: { due?: unknown; dueAt?: unknown }, context: z.RefinementCtx): void {
  if (due === undefined || dueAt === undefined) return
  context.addIssue({
    code: 'custom',
    path: ['dueAt'],
    params: { code: 'not_with_due' },
    message: 'Send `due` or `dueAt`, not both',
  })
}
