import { execFileSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const lockfiles = globSync('{.,scripts/tools/*,bench/peers/*}/package-lock.json')
const { allowScripts, optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))

it.each(lockfiles)('the packages of %s have a hash for every package, and no script that may run', (path) => {
  const packages = Object.entries(JSON.parse(readFileSync(path, 'utf8')).packages).filter(([place]) => place !== '')
  expect(packages.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))).toEqual([])
  const withScripts = packages.filter(([, { hasInstallScript }]) => hasInstallScript)
  for (const [place] of withScripts) expect(allowScripts[place.replace(/^.*node_modules\//, '')], place).toBe(false)
})

it('runs on the Node of the lockfile', () => {
  const [version] = new Set(Object.values(optionalDependencies))
  expect(execFileSync('node_modules/.bin/node', ['--version'], { encoding: 'utf8' }).trim()).toBe(`v${version}`)
})
