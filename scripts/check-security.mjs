// Holds docs/security.md against the tree: each row links to a line of code that has the name it gives, and names a test that exists.
// `--fix` moves the links to where the names stand now.
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

/** The line that declares a name, or else the first that has it. */
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
  else if (!fix) faults.push(`${path}:${number} has no ${name}; it stands in line ${line}`)
  return `[\`${name}\`](../${path}#L${line})`
})
for (const [, path, title] of before.matchAll(TEST)) {
  tests++
  if (!readFileSync(path, 'utf8').replaceAll("\\'", "'").includes(title)) faults.push(`${path} has no test “${title}”`)
}
if (fix && after !== before) writeFileSync(DOCUMENT, after)
if (links === 0 || tests === 0) faults.push(`${DOCUMENT} has ${links} links and ${tests} tests`)
for (const fault of faults) console.error(fault)
console.log(`${DOCUMENT}: ${links} lines of code, ${tests} tests, ${faults.length} faults`)
process.exitCode = faults.length > 0 ? 1 : 0
