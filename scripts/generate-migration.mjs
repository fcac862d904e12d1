// What `npm run db:generate` runs: writes a migration for the changes in src/**/tables.ts. Flags go to drizzle-kit.

import process from 'node:process'
import { runTool } from './tools.mjs'

const args = ['generate', '--config', 'drizzle/drizzle.config.ts', ...process.argv.slice(2)]
process.exitCode = runTool('drizzle-kit', 'drizzle-kit', args, { encoding: 'utf8', stdio: 'inherit' }).status ?? 1
