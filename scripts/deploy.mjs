// What `npm run deploy` runs: deploys the Worker, then migrates its database. Flags go to `wrangler deploy`.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { unstable_readConfig } from 'wrangler'

const flags = process.argv.slice(2)
const { vars } = unstable_readConfig({ config: 'wrangler.toml' })

// The outbox shows every message to anybody, so it is only for local development.
if (vars.DELIVERY === 'outbox' || flags.some((flag) => flag.includes('DELIVERY:outbox'))) {
  console.error(
    'npm run deploy: DELIVERY is "outbox", which is only for local development. Make it empty in wrangler.toml.',
  )
  process.exit(1)
}

for (const args of [
  ['deploy', ...flags],
  ['d1', 'migrations', 'apply', 'DB', '--remote'],
]) {
  if (args[0] === 'd1' && flags.includes('--dry-run')) break
  const { status } = spawnSync(process.execPath, [join('node_modules', '.bin', 'wrangler'), ...args], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}
