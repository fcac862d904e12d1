// Checks that the migrations in drizzle/ make the tables of src/**/tables.ts: `drizzle-kit generate`, run on a copy of
// them with the project's own configuration, must find nothing to add. drizzle/ itself stays as it is. And the code of the release before
// must survive each migration, as `npm run deploy` asks for.

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findUnsafe, HOW_TO_CHANGE } from './deploy/migration-rules.mjs'
import { readMigrations } from './deploy/steps/migrations.mjs'
import { runTool } from './tools.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

// drizzle-kit also exits with 0 when a question was left unanswered or when it found no schema. Only these words mean success.
const SUCCESS = { check: "Everything's fine", generate: 'No schema changes' }

/**
 * @param {keyof typeof SUCCESS} command of drizzle-kit
 * @param {string} config its configuration file
 * @returns {string | undefined} its output if it did not succeed
 */
function runDrizzleKit(command, config) {
  const { status, stdout, stderr } = runTool('drizzle-kit', 'drizzle-kit', [command, '--config', config], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return status === 0 && stdout.includes(SUCCESS[command]) ? undefined : `${stdout}${stderr}`.trim()
}

// The copy is inside the project because drizzle-kit reads every path relative to the folder that it runs in.
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

  for (const command of /** @type {const} */ (['check', 'generate'])) {
    const output = runDrizzleKit(command, relative(root, config))
    if (output === undefined) continue
    console.error(`${output}\n\ndrizzle/ and src/**/tables.ts differ: see the output of drizzle-kit ${command} above.`)
    console.error('After a change of the schema, run: npm run db:generate')
    process.exitCode = 1
    break
  }
} finally {
  rmSync(scratch, { recursive: true })
}

const migrations = readMigrations(join(root, 'drizzle'))
const unsafe = migrations.flatMap((migration, index) =>
  index === 0 ? [] : findUnsafe(migrations.slice(0, index), [migration]),
)
if (unsafe.length > 0) {
  console.error(`${unsafe.join('\n')}\n\n${HOW_TO_CHANGE}`)
  process.exitCode = 1
}
if (!process.exitCode) console.log('drizzle/ and src/**/tables.ts agree')
