// Runs tools that `npm ci` leaves out, because only a few commands need them. Each has a folder in scripts/tools with a
// package.json and a lockfile. What `npm run bench -- --peers` compares with is in bench/peers in the same way.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Installs the packages of a folder, the first time and after each change of its lockfile. npm checks all packages against the lockfile.
 * @param {string} folder
 */
export function install(folder) {
  const lockfile = readFileSync(join(folder, 'package-lock.json'))
  const hash = createHash('sha256').update(lockfile).digest('hex')
  const installedHash = join(folder, 'node_modules/.lockfile-hash')
  if (existsSync(installedHash) && readFileSync(installedHash, 'utf8') === hash) return
  console.error(`Installing ${folder}`)
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) throw new Error(`npm ci failed in ${folder}`)
  writeFileSync(installedHash, hash)
}

/**
 * Runs a tool in the root folder, with the project's own Node, and waits for its end.
 * @param {'drizzle-kit' | 'redocly' | 'studio'} tool its folder
 * @param {'drizzle-kit' | 'redocly'} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnSyncOptionsWithStringEncoding} options
 */
export function runTool(tool, command, args, options) {
  const folder = join(root, 'scripts/tools', tool)
  install(folder)
  const node = join(root, 'node_modules/.bin/node')
  return spawnSync(node, [join(folder, 'node_modules/.bin', command), ...args], { cwd: root, ...options })
}
