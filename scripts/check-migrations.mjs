// Proves that the migrations in drizzle/ lead to the tables of src/db/schema.ts: `drizzle-kit generate`, run on a copy
// of them with the project's own configuration, must find nothing to add. The tree itself is left as it is.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = join(root, 'node_modules/.bin')

// drizzle-kit exits with 0 also when it met an unanswered question or no schema at all: only these words are a yes.
const EXPECTED = { check: "Everything's fine", generate: 'No schema changes' }

/**
 * @param {string} command of drizzle-kit
 * @param {string} config its configuration file
 * @returns {string | undefined} what it said, if that was not a yes
 */
function complaint(command, config) {
  const { status, stdout, stderr } = spawnSync(
    join(bin, 'node'),
    [join(bin, 'drizzle-kit'), command, '--config', config],
    { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  )
  return status === 0 && stdout.includes(EXPECTED[command]) ? undefined : `${stdout}${stderr}`.trim()
}

// Inside the project, because drizzle-kit takes every path as relative to the directory that it runs in.
const cache = join(root, 'node_modules/.cache')
mkdirSync(cache, { recursive: true })
const scratch = mkdtempSync(join(cache, 'migrations-'))
try {
  const copy = join(scratch, 'drizzle')
  cpSync(join(root, 'drizzle'), copy, { recursive: true })
  const original = JSON.stringify(join(root, 'drizzle/drizzle.config.ts'))
  const out = JSON.stringify(relative(root, copy))
  const config = join(scratch, 'drizzle.config.mjs')
  writeFileSync(config, `import original from ${original}\nexport default { ...original, out: ${out} }\n`)

  for (const command of Object.keys(EXPECTED)) {
    const said = complaint(command, relative(root, config))
    if (said === undefined) continue
    console.error(`${said}\n\ndrizzle/ and src/db/schema.ts disagree: drizzle-kit ${command} said the above on a copy.`)
    console.error('After a change of the schema: npm run db:generate')
    process.exitCode = 1
    break
  }
} finally {
  rmSync(scratch, { recursive: true })
}
if (!process.exitCode) console.log('drizzle/ and src/db/schema.ts agree')
