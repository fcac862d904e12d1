/** Guards for what comes out of JSON.parse. */

export type JsonObject = Partial<Record<string, unknown>>

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

export const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0)

export const arrayOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

const MAX_TIME = 40

/** A time in ISO 8601, in ms; null if it is none, or names no zone. */
export function timeOf(value: unknown): number | null {
  const text = textOf(value)
  if (text.length > MAX_TIME || !/^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)$/.test(text)) return null
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? null : ms
}

/** More objects than a file of to-dos has. They would fill the memory before anybody counts them. */
const MAX_OBJECTS = 300_000

/** @returns undefined if it is no JSON; null if it is too much */
export function parseJson(text: string): unknown {
  let count = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if ((unit === 0x7b || unit === 0x5b) && ++count > MAX_OBJECTS) return null
  }
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
