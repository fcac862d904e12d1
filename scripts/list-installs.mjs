// Prints how many MB of node_modules each dependency of package.json brings, for the table in docs/dependencies.md.
// A package that several of them need is listed once, with all of them.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'))
/** Every installed package by its folder: npm writes this file. */
const installed = read('node_modules/.package-lock.json').packages
const { dependencies, devDependencies, optionalDependencies } = read('package.json')
const direct = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies })

const seen = new Set()

/** Bytes of a package's files. A file with several hard links counts once. A package inside it is not counted. */
function sizeOf(folder) {
  let bytes = 0
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory() && !(path in installed)) bytes += sizeOf(path)
    if (!entry.isFile()) continue
    const { ino, size } = statSync(join(root, path))
    if (!seen.has(ino)) bytes += size
    seen.add(ino)
  }
  return bytes
}

/** The folder that Node finds `name` in, from the package in `from`. */
function resolve(name, from) {
  const folder = `${from}${from && '/'}node_modules/${name}`
  if (folder in installed) return folder
  if (from === '') return undefined
  return resolve(name, from.includes('/node_modules/') ? from.slice(0, from.lastIndexOf('/node_modules/')) : '')
}

/** What a package makes npm install. Peers that package.json names itself are not brought by anybody else. */
function namesNeededBy({ dependencies, optionalDependencies, peerDependencies = {}, peerDependenciesMeta = {} }) {
  const peers = Object.keys(peerDependencies).filter(
    (name) => !direct.includes(name) && !peerDependenciesMeta[name]?.optional,
  )
  return [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]
}

/** Adds `owner` to the owners of a package and of everything that it needs. */
function addOwner(folder, owner) {
  if (folder === undefined || owners.get(folder)?.has(owner)) return
  owners.set(folder, (owners.get(folder) ?? new Set()).add(owner))
  for (const name of namesNeededBy(installed[folder])) addOwner(resolve(name, folder), owner)
}

/** @type {Map<string, Set<string>>} */
const owners = new Map()
// npm leaves out what is for another platform.
for (const name of direct) if (`node_modules/${name}` in installed) addOwner(`node_modules/${name}`, name)

/** @type {Map<string, number>} */
const groups = new Map()
for (const folder of Object.keys(installed)) {
  const group = [...(owners.get(folder) ?? ['nobody'])].sort().join(', ')
  groups.set(group, (groups.get(group) ?? 0) + sizeOf(folder))
}
const megabytes = (bytes) => (bytes / 1e6).toFixed(1).padStart(6)
for (const [group, bytes] of [...groups].sort(([, a], [, b]) => b - a)) console.log(`${megabytes(bytes)}  ${group}`)
console.log(`${megabytes([...groups.values()].reduce((sum, bytes) => sum + bytes, 0))}  together`)
