// Checks the links of docs/security.md: each must lead to a line with the name that it shows, and each test must exist.
// `--fix` corrects the numbers of the lines.

import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'

const DOCUMENT = 'docs/security.md'
const LINK = /\[`([^`]+)`\]\(\.\.\/([\w./-]+)#L(\d+)\)/g
const TEST = /`(test\/[\w./-]+)`: “([^”]+)”/g

const fix = process.argv.includes('--fix')
const faults = []
let links = 0
let tests = 0

const linesOf = (path) => readFileSync(path, 'utf8').split('\n')

/** The line that declares a name, or else the first line with it. */
function findLine(lines, name) {
  const isDeclared = (line) => new RegExp(`\\b(?:const|function|interface|type) ${name}\\b|^\\s*${name}:`).test(line)
  const declared = lines.findIndex(isDeclared)
  return 1 + (declared >= 0 ? declared : lines.findIndex((line) => line.includes(name)))
}

const before = readFileSync(DOCUMENT, 'utf8')
const after = before.replaceAll(LINK, (link, name, path, number) => {
  links++
  const lines = linesOf(path)
  if (lines[number - 1]?.includes(name)) return link
  const line = findLine(lines, name)
  if (line === 0) faults.push(`${path} has no ${name}`)
  else if (!fix) faults.push(`${path}:${number} has no ${name}; it is in line ${line} now`)
  return `[\`${name}\`](../${path}#L${line})`
})
for (const [, path, title] of before.matchAll(TEST)) {
  tests++
  if (!readFileSync(path, 'utf8').replaceAll("\\'", "'").includes(title)) faults.push(`${path} has no test “${title}”`)
}
if (fix && after !== before) writeFileSync(DOCUMENT, after)
if (links === 0 || tests === 0) faults.push(`${DOCUMENT} must have links and tests, and has ${links} and ${tests}`)
for (const fault of faults) console.error(fault)
console.log(`${DOCUMENT}: ${links} links, ${tests} tests, ${faults.length} faults`)
if (faults.length > 0 && !fix) console.log('Links that only moved: node scripts/check-security.mjs --fix')
process.exitCode = faults.length > 0 ? 1 : 0
