import { env } from 'cloudflare:workers'

let names: Promise<string[]> | undefined

/** The tables that the migrations make. */
export function tableNames(): Promise<string[]> {
  names ??= env.DB.prepare(
    `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*'
      AND name <> 'd1_migrations' ORDER BY name`,
  )
    .all<{ name: string }>()
    .then(({ results }) => results.map(({ name }) => name))
  return names
}
