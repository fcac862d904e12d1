import { type SQL, sql } from 'drizzle-orm'

/**
 * SQL that makes a UUIDv7 of the time `at` (ms), another one for each row that a statement adds. Within one millisecond, a
 * greater `sequence` (up to 4095) sorts later (RFC 9562 6.2, method 1).
 */
export const uuidv7InSql = (at: number, sequence = 0): SQL<string> => {
  const time = Math.floor(at).toString(16).padStart(12, '0')
  const head = `${time.slice(0, 8)}-${time.slice(8)}-7${sequence.toString(16).padStart(3, '0')}-`
  return sql<string>`${head} || substr('89ab', 1 + (random() & 3), 1) || substr(lower(hex(randomblob(2))), 2) || '-'
    || lower(hex(randomblob(6)))`
}
