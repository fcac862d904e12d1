// Runs the tests of the last release on the migrations of this checkout. While a deploy is under way, and after a roll-back, the code of
// the last release runs on the new tables. So it must work there.
//
//     npm run check:last-release [-- arguments of vitest]
//
// A release is a tag such as v1.2.0. Without one there is nothing to run.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** @param {string[]} args */
const git = (...args) => spawnSync('git', args, { cwd: root, encoding: 'utf8' })

/** The last release before what is checked out here; undefined if there is none. */
function findLastRelease() {
  const isRelease = git('describe', '--tags', '--exact-match', '--match', 'v*', 'HEAD').status === 0
  const { status, stdout } = git('describe', '--tags', '--abbrev=0', '--match', 'v*', isRelease ? 'HEAD^' : 'HEAD')
  return status === 0 ? stdout.trim() : undefined
}

/** @param {string} command @param {string[]} args @param {string} cwd */
function run(command, args, cwd) {
  const { status } = spawnSync(command, args, { cwd, stdio: 'inherit' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`)
}

const release = findLastRelease()
if (release === undefined) {
  console.log('There is no release yet, so there is no older code to run.')
} else {
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-last-release-'))
  const checkout = join(directory, 'checkout')
  try {
    run('git', ['worktree', 'add', '--quiet', '--detach', checkout, release], root)
    // The tables of today. What the old code wants stays as it was: that is in drizzle/meta.
    for (const name of readdirSync(join(root, 'drizzle')).filter((file) => file.endsWith('.sql'))) {
      cpSync(join(root, 'drizzle', name), join(checkout, 'drizzle', name))
    }
    console.log(`The tests of ${release}, on the migrations of today:`)
    run('npm', ['ci', '--no-audit', '--no-fund'], checkout)
    run('npx', ['vitest', 'run', '--project', 'workers', ...process.argv.slice(2)], checkout)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  } finally {
    git('worktree', 'remove', '--force', checkout)
    rmSync(directory, { recursive: true, force: true })
  }
}
