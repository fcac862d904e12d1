// What `npm run db:studio` runs: opens Drizzle Studio on the local D1, the SQLite file that `wrangler dev` keeps.

import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { findLocalDatabase } from './local-database.mjs'
import { runTool } from './tools.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const file = findLocalDatabase(join(root, '.wrangler/state'))
if (file === undefined) {
  console.error('There is no local database yet: run `npm run db:migrate` or `npm run dev` first.')
  process.exit(1)
}
const { status } = runTool(
  'studio',
  'drizzle-kit',
  ['studio', '--config', join('drizzle', 'drizzle.config.ts'), ...process.argv.slice(2)],
  { encoding: 'utf8', stdio: 'inherit', env: { ...process.env, LOCAL_D1: file } },
)
process.exit(status ?? 1)
