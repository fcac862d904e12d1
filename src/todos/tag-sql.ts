import { type SQL, sql } from 'drizzle-orm'

/** True when one of `tags`, as JSON, is `*` or the tag of the row `existing`, a to-do or a list: its version in quotes. */
export const hasTag = (tags: SQL): SQL =>
  sql`EXISTS (SELECT 1 FROM json_each(${tags}) WHERE value IN ('*', '"' || existing.version || '"'))`
