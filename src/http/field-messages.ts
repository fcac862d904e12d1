import * as z from 'zod'

/*
 * What is wrong with a value, in words of people. Zod's own words name its checks: "Too big: expected array to have <=10 items". A schema
 * with a message of its own keeps that.
 */

const TYPES: Record<string, string> = {
  string: 'Must be text',
  number: 'Must be a number',
  int: 'Must be a whole number',
  boolean: 'Must be true or false',
  array: 'Must be a list',
  object: 'Must be an object',
  record: 'Must be an object',
}

const FORMATS: Record<string, string> = {
  uuid: 'Must be a UUID of the kind that is asked for here',
  datetime: 'Must be an ISO 8601 time in UTC',
  date: 'Must be a day such as 2026-12-24',
  url: 'Must be a URL',
  email: 'Must be an e-mail address',
}

/** What is counted in a value of this type. */
const UNITS: Record<string, string> = { string: 'character', array: 'item', set: 'item' }

function sizeMessage(origin: string, most: 'most' | 'least', limit: number | bigint): string {
  const unit = UNITS[origin]
  if (unit === undefined) return `Must be at ${most} ${limit}`
  return `Must have at ${most} ${limit} ${unit}${Number(limit) === 1 ? '' : 's'}`
}

/** The message of an issue. Undefined leaves it to the schema. */
function messageOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected] ?? 'Is of another type than it must be'
    case 'too_big':
      return sizeMessage(issue.origin, 'most', issue.maximum)
    case 'too_small':
      return sizeMessage(issue.origin, 'least', issue.minimum)
    case 'invalid_format':
      return FORMATS[issue.format] ?? 'Is not written as it must be'
    case 'invalid_value':
      return `Must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`
    case 'invalid_union':
      return 'Is none of the kinds that are taken here'
    default:
      return 'Is not valid'
  }
}

/** Makes zod speak so. */
export const usePlainMessages = (): void => {
  z.config({ customError: messageOf })
}

/** What the field must have at most, or at least, if that is what is wrong. */
export function limitOf(issue: z.core.$ZodIssue): number | undefined {
  if (issue.code === 'too_big') return Number(issue.maximum)
  if (issue.code === 'too_small') return Number(issue.minimum)
  const limit: unknown = issue.code === 'custom' ? issue.params?.['limit'] : undefined
  return typeof limit === 'number' ? limit : undefined
}
