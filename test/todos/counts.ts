import { env } from 'cloudflare:workers'

/** How many to-dos a user has, tombstones included, and how many bytes of text are in them. */
export interface Counts {
  rows: number
  bytes: number
}

const NONE: Counts = { rows: 0, bytes: 0 }

/** What the Worker has counted. */
export const countsOf = async (userId: string): Promise<Counts> =>
  (await env.DB.prepare('SELECT rows, bytes FROM todo_usage WHERE user_id = ?').bind(userId).first<Counts>()) ?? NONE

/** What there is, counted anew. */
export async function recount(userId: string): Promise<Counts> {
  const { results } = await env.DB.prepare('SELECT contents, description, labels FROM todos WHERE user_id = ?')
    .bind(userId)
    .all<Record<string, string | null>>()
  const texts = results.flatMap((row) => Object.values(row))
  const lengths = texts.map((text) => new TextEncoder().encode(text ?? '').byteLength)
  return { rows: results.length, bytes: lengths.reduce((sum, length) => sum + length, 0) }
}
