/** A time in ms, as the API writes it: ISO 8601 in UTC, with milliseconds. */
export const isoTime = (ms: number): string => new Date(ms).toISOString()

export const SECOND_MS = 1000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** The first and the last ms that ISO 8601 writes with a year of four digits. Numbers, so that a bundle without them has no trace of them. */
export const FIRST_TIME = -62_167_219_200_000 // 0000-01-01T00:00:00.000Z
export const LAST_TIME = 253_402_300_799_999 // 9999-12-31T23:59:59.999Z

/** The clocks of our own machines may differ by so much. What one of them made may come to another whose clock is behind. */
export const CLOCK_DIFFERENCE_MS = 5 * SECOND_MS
