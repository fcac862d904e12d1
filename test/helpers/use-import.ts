import type { Measuring } from './use-everything'

/** A file is imported: tried, done, and once more. */
export async function useImport({ client, measure }: Measuring): Promise<void> {
  const file = Array.from({ length: 100 }, (_, n) => `Task ${n} +Home due:2026-12-24`).join('\n')
  const bring = (dryRun: boolean) =>
    client.post(`/todos/import?dryRun=${dryRun}`, file, { headers: { 'Content-Type': 'text/plain' } })
  await measure('to-do import of 100, dry run', () => bring(true))
  await measure('to-do import of 100', () => bring(false))
  await measure('to-do import of 100, again', () => bring(false))
}
