// Runs the tools of scripts/tools/package.json. `npm ci` leaves them out, because only a few commands need them.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, 'scripts/tools')
/** Holds the hash of the lockfile that was installed last. */
const marker = join(folder, 'node_modules/.lockfile-hash')

/** Downloads the tools, the first time and after each change of their lockfile. npm checks them against its hashes. */
function fetchTools() {
  const lockfile = readFileSync(join(folder, 'package-lock.json'))
  const hash = createHash('sha256').update(lockfile).digest('hex')
  if (existsSync(marker) && readFileSync(marker, 'utf8') === hash) return
  console.error('Fetching the tools of scripts/tools, about 60 MB')
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) throw new Error('npm ci failed in scripts/tools')
  writeFileSync(marker, hash)
}

/**
 * Runs a tool in the project's root folder, with the project's own Node, and waits for its end.
 * @param {'drizzle-kit' | 'redocly'} name
 * @param {string[]} args
 * @param {import('node:child_process').SpawnSyncOptionsWithStringEncoding} options
 */
export function runTool(name, args, options) {
  fetchTools()
  const node = join(root, 'node_modules/.bin/node')
  return spawnSync(node, [join(folder, 'node_modules/.bin', name), ...args], { cwd: root, ...options })
}
