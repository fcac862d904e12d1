// What `npm run db:studio` runs: opens Drizzle Studio on the local D1, the SQLite file that `wrangler dev` keeps.

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { runTool } from './tools.mjs'

const folder = join('.wrangler', 'state', 'v3', 'd1', 'miniflare-D1DatabaseObject')
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.sqlite')) : []
const file = files.find((name) => name !== 'metadata.sqlite')
if (file === undefined) {
  console.error('There is no local database yet: run `npm run db:migrate` or `npm run dev` first.')
  process.exit(1)
}
const { status } = runTool(
  'drizzle-kit',
  ['studio', '--config', join('drizzle', 'drizzle.config.ts'), ...process.argv.slice(2)],
  { encoding: 'utf8', stdio: 'inherit', env: { ...process.env, LOCAL_D1: join(folder, file) } },
)
process.exit(status ?? 1)
