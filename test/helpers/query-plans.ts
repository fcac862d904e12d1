import { env } from 'cloudflare:workers'

/** The steps of SQLite's plan for each of these statements. */
export async function explainPlans(
  statements: ReadonlyMap<string, unknown[]>,
): Promise<{ sql: string; detail: string }[]> {
  const steps: { sql: string; detail: string }[] = []
  for (const [sql, parameters] of statements) {
    const explained = env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`).bind(...parameters)
    const { results } = await explained.all<{ detail: string }>()
    for (const { detail } of results) steps.push({ sql, detail })
  }
  return steps
}
