// Checks the lockfiles: that every package has a hash, that none runs a script when it is installed, and their engines. Checks too that
// all package.json files name the same versions, and that docs/dependencies.md has a row for each dependency.
//
//     node scripts/check-dependencies.mjs [--fix]
//
// npm compares the `engines` of every package in package-lock.json with the Node that npm runs on, and warns. But this
// project runs its packages on a Node of its own. So this script compares with that one, and `--fix` removes the
// `engines` from the lockfile that npm would warn about. npm adds them again when it adds or updates a package.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import semver from 'semver'

const root = fileURLToPath(new URL('..', import.meta.url))
const DOCUMENT = 'docs/dependencies.md'
const fix = process.argv.includes('--fix')

/** @param {string} path */
const read = (path) => readFileSync(join(root, path), 'utf8')
const project = JSON.parse(read('package.json'))
/** The Node of each platform. npm installs the one that fits. */
const [ownNode, ...otherNodes] = new Set(Object.values(project.optionalDependencies))
const oldestNode = project.engines.node

const document = read(DOCUMENT)

/** @type {string[]} */
const faults = []

if (otherNodes.length > 0)
  faults.push(`package.json has several versions of Node: ${[ownNode, ...otherNodes].join(', ')}.`)
if (!/^ignore-scripts=true$/m.test(read('.npmrc'))) faults.push('.npmrc does not say ignore-scripts=true.')

/** Older npm knows only .npmrc, and newer npm asks about each package that package.json does not name. @param {string} path */
function checkOrigins(path, { packages }) {
  for (const [place, { integrity, hasInstallScript, link, name = nameOf(place) }] of Object.entries(packages)) {
    if (place === '' || link) continue
    if (!integrity?.startsWith('sha512-'))
      faults.push(`${path}: ${name} has no hash, so npm would install it unchecked.`)
    if (!hasInstallScript) continue
    if (project.allowScripts[name] !== false) faults.push(`package.json does not forbid the install script of ${name}.`)
    if (!document.includes(`\n| \`${name}\`, its install script |`))
      faults.push(`${DOCUMENT} does not say what ${name} installs.`)
  }
}

const nameOf = (place) => place.replace(/^.*node_modules\//, '')

/** @param {string} path of a lockfile */
function checkEngines(path, lockfile) {
  let hasChanged = false
  for (const [place, entry] of Object.entries(lockfile.packages)) {
    const range = entry.engines?.node
    if (place === '' || range === undefined) continue
    const name = `${nameOf(place)}@${entry.version}`
    if (semver.subset(oldestNode, range)) continue
    // npm leaves an optional package out if it does not fit, and says nothing.
    if (semver.satisfies(ownNode, range)) {
      if (!fix) faults.push(`${path}: npm would warn that ${name} needs Node ${range}. Run this script with --fix.`)
      delete entry.engines
      hasChanged = true
    } else if (!entry.optional) faults.push(`${name} needs Node ${range}, and the project brings ${ownNode}.`)
  }
  if (fix && hasChanged) writeFileSync(join(root, path), `${JSON.stringify(lockfile, null, 2)}\n`)
}

/** @type {Map<string, string>} */
const versions = new Map()
const tools = ['scripts/tools', 'bench/peers'].flatMap((parent) =>
  readdirSync(join(root, parent))
    .map((name) => `${parent}/${name}/`)
    .filter((folder) => existsSync(join(root, folder, 'package.json'))),
)

for (const folder of ['', ...tools]) {
  const path = `${folder}package-lock.json`
  const lockfile = JSON.parse(read(path))
  checkOrigins(path, lockfile)
  checkEngines(path, lockfile)
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read(`${folder}package.json`))
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
    const other = versions.get(name) ?? version
    if (version !== other) faults.push(`${folder}package.json has ${name} ${version}, and another one has ${other}.`)
    if (!versions.has(name) && !new RegExp(`^\\|[^|]*\`${name}\``, 'm').test(document))
      faults.push(`${DOCUMENT} has no row for ${name}.`)
    versions.set(name, version)
  }
}
for (const fault of faults) console.error(fault)
console.log(`Dependencies: ${faults.length} faults`)
process.exitCode = faults.length > 0 ? 1 : 0
