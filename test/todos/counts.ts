import { env } from 'cloudflare:workers'

/** How many to-dos a user has, tombstones included, and how many bytes of text are in them. */
export interface Counts {
  rows: number
  bytes: number
}

const NONE: Counts = { rows: 0, bytes: 0 }

/** What the Worker has counted. */
export const countsOf = async (userId: string): Promise<Counts> =>
  (await env.DB.prepare(
    'SELECT total_rows AS rows, total_bytes AS bytes FROM todos WHERE user_id = ? ORDER BY seq DESC LIMIT 1',
  )
    .bind(userId)
    .first<Counts>()) ?? NONE

/** What there is, counted anew. */
export async function recount(userId: string): Promise<Counts> {
  const { results } = await env.DB.prepare('SELECT contents, description, labels FROM todos WHERE user_id = ?')
    .bind(userId)
    .all<Record<string, string | null>>()
  return { rows: results.length, bytes: bytesOf(results) }
}

/** How many bytes of text these rows of `todos` have. */
export function bytesOf(rows: readonly Record<string, unknown>[]): number {
  const texts = rows.flatMap(({ contents, description, labels }) => [contents, description ?? '', labels])
  return texts.map((text) => new TextEncoder().encode(`${text}`).byteLength).reduce((sum, length) => sum + length, 0)
}
