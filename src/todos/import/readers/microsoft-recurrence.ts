import { arrayOf, isObject, type JsonObject, numberOf, textOf } from './json'

/*
 * https://learn.microsoft.com/en-us/graph/api/resources/recurrencepattern and recurrencerange
 */

const DAYS = new Map([
  ['monday', 'MO'],
  ['tuesday', 'TU'],
  ['wednesday', 'WE'],
  ['thursday', 'TH'],
  ['friday', 'FR'],
  ['saturday', 'SA'],
  ['sunday', 'SU'],
])

const POSITIONS = new Map([
  ['first', 1],
  ['second', 2],
  ['third', 3],
  ['fourth', 4],
  ['last', -1],
])

/** The RRULE of a patternedRecurrence; null if it has something that we do not know. `readRule` still has to take it. */
export function ruleOfGraph(recurrence: JsonObject): string | null {
  const pattern = isObject(recurrence['pattern']) ? recurrence['pattern'] : {}
  const parts = partsOf(pattern)
  const end = endOf(isObject(recurrence['range']) ? recurrence['range'] : {})
  if (!parts || end === null) return null
  const every = pattern['interval'] ?? 1
  const interval = every === 1 ? '' : `INTERVAL=${numberOf(every)}`
  return [parts[0], interval, ...parts.slice(1), end].filter((part) => part !== '').join(';')
}

function partsOf(pattern: JsonObject): string[] | null {
  const days = arrayOf(pattern['daysOfWeek']).map((day) => DAYS.get(textOf(day).toLowerCase()))
  if (days.includes(undefined)) return null
  const monthDay = `BYMONTHDAY=${numberOf(pattern['dayOfMonth'])}`
  const month = `BYMONTH=${numberOf(pattern['month'])}`
  switch (pattern['type']) {
    case 'daily':
      return ['FREQ=DAILY']
    case 'weekly': {
      const weekStart = DAYS.get(textOf(pattern['firstDayOfWeek']).toLowerCase()) ?? 'SU'
      return days.length === 0 ? ['FREQ=WEEKLY'] : ['FREQ=WEEKLY', `BYDAY=${days.join(',')}`, `WKST=${weekStart}`]
    }
    case 'absoluteMonthly':
      return ['FREQ=MONTHLY', monthDay]
    case 'absoluteYearly':
      return ['FREQ=YEARLY', month, monthDay]
    case 'relativeMonthly':
      return ['FREQ=MONTHLY', ...relativeDay(days, pattern)]
    case 'relativeYearly':
      return ['FREQ=YEARLY', month, ...relativeDay(days, pattern)]
    default:
      return null
  }
}

/** Of several days it is the first one that is there: the second Monday or Tuesday. */
function relativeDay(days: unknown[], pattern: JsonObject): string[] {
  const position = POSITIONS.get(textOf(pattern['index']) || 'first') ?? 0
  return days.length === 1 ? [`BYDAY=${position}${days[0]}`] : [`BYDAY=${days.join(',')}`, `BYSETPOS=${position}`]
}

/** @returns an empty text if it has no end; null if we do not know it */
function endOf(range: JsonObject): string | null {
  switch (range['type']) {
    case 'numbered':
      return `COUNT=${numberOf(range['numberOfOccurrences'])}`
    case 'endDate':
      return `UNTIL=${textOf(range['endDate']).replaceAll('-', '').slice(0, 8)}`
    case 'noEnd':
    case undefined:
      return ''
    default:
      return null
  }
}
