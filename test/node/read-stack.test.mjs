// `npm run stack` finds the place in the sources of a place in the Worker that a deploy uploads.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { expect, it } from 'vitest'

const LONG = { timeout: 120_000 }
const run = (args, input) => spawnSync(process.execPath, args, { encoding: 'utf8', input })

it('makes the stack of a log line readable', LONG, () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-stack-test-'))
  try {
    const built = run(['node_modules/.bin/wrangler', 'deploy', '--dry-run', '--outdir', folder])
    expect(built.status).toBe(0)
    const lines = readFileSync(join(folder, 'index.js'), 'utf8').split('\n')
    const line = lines.findIndex((text) => text.includes('latchkey/pepper-id'))
    const place = `index.js:${line + 1}:${lines[line].indexOf('"latchkey/pepper-id"') + 1}`
    const logged = JSON.stringify({ level: 'error', cause: `TypeError\n    at a (${place})` })
    const { stdout } = run(['scripts/read-stack.mjs'], `${logged}\n`)
    const source = readFileSync('src/log-in/password/hash.ts', 'utf8').split('\n')
    const original = source.findIndex((text) => text.includes('latchkey/pepper-id')) + 1
    expect(stdout).toContain(`    at a (src/log-in/password/hash.ts:${original}:`)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
