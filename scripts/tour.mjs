// Checks the tours of README.md and docs/: runs their commands against `npm run dev` and compares the output with the output
// in the documents.
//
//     node scripts/tour.mjs                    checks all tours and ends with "N passed, M failed"
//     node scripts/tour.mjs --print DOCUMENT   prints the tour of a document with the real output, to paste into it
//
// A tour is between <!-- tour --> and <!-- /tour -->, in fenced blocks of the language `console`. A line that starts with
// "$ " is a command for bash. It goes on in the next line if it ends with a backslash or if the next line starts with "> ".
// The lines after it are its output. All commands of a document share one shell in an empty directory, so variables and
// cookie jars remain.
//
// Random values are compared by their shape. Ids must also repeat in the same places: what a document shows as one id must
// be one id.

import { spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const DOCUMENTS = ['README.md', 'docs/tour.md', 'docs/todos.md']
const SHOWN_HOST = 'localhost:8787'
const START_MS = 60_000
const TOUR_MS = 5 * 60_000

const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g

/** Patterns of random values, and what replaces them before the comparison. Order matters: a refresh token starts with an id. */
const RANDOM = [
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, 'JWT'],
  [new RegExp(`(${UUID.source}\\.\\d+)\\.[\\w-]{20,}`, 'g'), '$1.MAC'],
  [/\b[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}\b/g, 'BOOKMARK'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME'],
  [/\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT\b/g, 'DATE'],
  [/"(nextCursor|nextToken|verificationToken)": "[^"]+"/g, '"$1": "TOKEN"'],
  [/"country": "[A-Z]{2}"/g, '"country": "COUNTRY"'],
  [/"position": "i[0-9a-f]{11}i"/g, '"position": "POSITION"'],
  [/^(etag: (?:W\/)?)"[^"]{8,}"/gim, '$1"ETAG"'],
  [/^(retry-after: )\d+/gim, '$1SECONDS'],
  [/\b\d{6}\b/g, 'CODE'],
]

/** @typedef {{ line: number, source: string[], answer: string[] }} Step a command of a tour and its output, as in the document */
/** @typedef {{ stdout: string, stderr: string, status: string }} Result */

/** @param {string} markdown @returns {(Step | string)[]} the steps of the tour, and the lines between them */
function readTour(markdown) {
  /** @type {(Step | string)[]} */
  const tour = []
  let inTour = false
  let inConsole = false
  let step
  for (const [index, line] of markdown.split('\n').entries()) {
    if (line === '<!-- tour -->' || line === '<!-- /tour -->') {
      inTour = line === '<!-- tour -->'
    } else if (inTour && line.startsWith('```')) {
      inConsole = line === '```console' && !inConsole
      step = undefined
      tour.push(line)
    } else if (inConsole && line.startsWith('$ ')) {
      step = { line: index + 1, source: [line], answer: [] }
      tour.push(step)
    } else if (inConsole && step) {
      const goesOn = step.answer.length === 0 && (line.startsWith('> ') || step.source.at(-1)?.endsWith('\\'))
      step[goesOn ? 'source' : 'answer'].push(line)
    } else if (inTour) {
      tour.push(line)
    }
  }
  return tour
}

/**
 * Splits a text into JSON documents, which fill whole lines, and the lines around them.
 * @param {string} text
 */
function* parts(text) {
  const lines = text.replaceAll('\r', '').trimEnd().split('\n')
  while (lines.length > 0) {
    const length = /^[[{]/.test(lines[0]) ? lines.findIndex((_, last) => isJson(lines.slice(0, last + 1))) + 1 : 0
    if (length > 0) yield { json: JSON.parse(lines.splice(0, length).join('\n')) }
    else yield { line: lines.shift().trimEnd() }
  }
}

/** @param {string[]} lines */
function isJson(lines) {
  try {
    JSON.parse(lines.join('\n'))
    return true
  } catch {
    return false
  }
}

/** An answer in the form that is compared: random values are replaced by their names, except for ids. */
function comparable(text) {
  const normal = Array.from(parts(text), (part) => part.line ?? JSON.stringify(sortKeys(part.json), null, 2)).join('\n')
  return RANDOM.reduce((result, [pattern, placeholder]) => result.replace(pattern, placeholder), normal)
}

function sortKeys(json) {
  if (Array.isArray(json)) return json.map(sortKeys)
  if (json === null || typeof json !== 'object') return json
  return Object.fromEntries(
    Object.keys(json)
      .sort()
      .map((key) => [key, sortKeys(json[key])]),
  )
}

/** An answer in the form that a document shows. */
const readable = (text) => Array.from(parts(text), (part) => part.line ?? layOut(part.json)).join('\n')

/** JSON with line breaks only where a value does not fit on one line. */
function layOut(json, indent = '') {
  const flat = JSON.stringify(json)
  if (indent.length + flat.length <= 100 || json === null || typeof json !== 'object') return flat
  const inner = `${indent}  `
  const items = Array.isArray(json)
    ? json.map((item) => layOut(item, inner))
    : Object.entries(json).map(([key, value]) => `"${key}": ${layOut(value, inner)}`)
  const [open, close] = Array.isArray(json) ? '[]' : '{}'
  return `${open}\n${items.map((item) => inner + item).join(',\n')}\n${indent}${close}`
}

const directory = mkdtempSync(join(tmpdir(), 'latchkey-tour-'))

/** The process groups that are running. */
const groups = new Set()

function start(command, args, options) {
  const child = spawn(command, args, { ...options, detached: true })
  groups.add(child.pid)
  return child
}

function signalGroup(pid, signal) {
  try {
    return process.kill(-pid, signal)
  } catch {
    return false // the group has ended
  }
}

/** Ends all that this script started. It also runs when somebody ends the script. */
async function cleanUp() {
  for (const pid of groups) {
    signalGroup(pid, 'SIGTERM')
    for (let waits = 0; waits < 30 && signalGroup(pid, 0); waits += 1) await sleep(100)
    signalGroup(pid, 'SIGKILL')
  }
  rmSync(directory, { recursive: true, force: true })
}

/** @returns {Promise<number>} a free port */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/** @param {number} port */
async function startServer(port) {
  const log = join(directory, 'server.log')
  const output = openSync(log, 'w')
  const args = ['run', 'dev', '--', '--port', String(port), '--persist-to', join(directory, 'state')]
  const server = start('npm', args, { cwd: root, stdio: ['ignore', output, output] })
  let hasEnded = false
  server.once('exit', () => {
    hasEnded = true
  })
  const deadline = Date.now() + START_MS
  while (!hasEnded && Date.now() < deadline) {
    const request = fetch(`http://localhost:${port}/`, { signal: AbortSignal.timeout(2_000) })
    if ((await request.catch(() => undefined))?.ok) return
    await sleep(200)
  }
  throw new Error(`npm run dev does not answer:\n${readFileSync(log, 'utf8')}`)
}

/** @param {Step[]} steps @param {number} port @returns {Promise<Result[]>} one for each step */
async function run(steps, port) {
  const folder = mkdtempSync(join(directory, 'run-'))
  const output = (index, kind) => join(folder, `${index}.${kind}`)
  const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`
  const script = steps.map(({ source }, index) => {
    const command = source
      .map((line) => line.replace(/^[$>] /, ''))
      .join('\n')
      .replaceAll(SHOWN_HOST, `localhost:${port}`)
    const [stdout, stderr, status] = ['stdout', 'stderr', 'status'].map((kind) => quote(output(index, kind)))
    return `eval ${quote(command)} >${stdout} 2>${stderr}; echo $? >${status}\n`
  })
  const file = join(folder, 'tour.sh')
  writeFileSync(file, script.join(''))

  const cwd = join(folder, 'cwd')
  mkdirSync(cwd)
  // As in the project's folder, where a reader would run the commands.
  copyFileSync(join(root, '.dev.vars'), join(cwd, '.dev.vars'))
  const bash = start('bash', [file], { cwd, stdio: 'ignore' })
  const ended = new Promise((resolve) => bash.once('exit', resolve))
  await Promise.race([ended, sleep(TOUR_MS, undefined, { ref: false })])

  const read = (index, kind) => {
    try {
      return readFileSync(output(index, kind), 'utf8').replaceAll(`localhost:${port}`, SHOWN_HOST)
    } catch {
      return ''
    }
  }
  return steps.map((_, index) => ({
    stdout: read(index, 'stdout'),
    stderr: read(index, 'stderr'),
    status: read(index, 'status').trim() || 'none: the command did not end',
  }))
}

/** @param {string} document @param {Step[]} steps @param {Result[]} results @returns {number} how many steps failed */
function compare(document, steps, results) {
  /** Each id in the document, and the id in this run that it matches. */
  const ids = new Map()
  let failed = 0
  for (const [index, { line, source, answer }] of steps.entries()) {
    const { stdout, stderr, status } = results[index]
    const [shown, actual] = [comparable(answer.join('\n')), comparable(stdout)]
    if (shown.replace(UUID, 'ID') === actual.replace(UUID, 'ID')) pairIds(ids, shown, actual)
    const expected = shown.replace(UUID, (id) => ids.get(id) ?? id)
    if (expected === actual && status === '0') continue
    failed += 1
    console.error(`${document}:${line}\n${source.join('\n')}`)
    console.error(`--- expected\n${expected}\n--- actual\n${actual}\n--- exit status ${status}\n${stderr}`)
  }
  return failed
}

/** @param {(Step | string)[]} tour @param {Step[]} steps @param {Result[]} results */
function print(tour, steps, results) {
  for (const part of tour) {
    if (typeof part === 'string') {
      console.log(part)
      continue
    }
    const answer = readable(results[steps.indexOf(part)].stdout)
    console.log([...part.source, ...(answer === '' ? [] : [answer])].join('\n'))
  }
}

/** Pairs the ids of two texts that are otherwise equal. Each id has at most one partner. */
function pairIds(ids, shown, actual) {
  const found = actual.match(UUID) ?? []
  for (const [index, id] of (shown.match(UUID) ?? []).entries()) {
    if (!ids.has(id) && !Array.from(ids.values()).includes(found[index])) ids.set(id, found[index])
  }
}

async function main() {
  const { values } = parseArgs({ options: { print: { type: 'string' } } })
  const port = await freePort()
  await startServer(port)
  const total = { passed: 0, failed: 0 }
  for (const document of values.print === undefined ? DOCUMENTS : [values.print]) {
    const tour = readTour(readFileSync(join(root, document), 'utf8'))
    const steps = tour.filter((part) => typeof part !== 'string')
    if (steps.length === 0) throw new Error(`${document} has no commands between <!-- tour --> and <!-- /tour -->`)

    const results = await run(steps, port)
    if (values.print !== undefined) return print(tour, steps, results)
    const failed = compare(document, steps, results)
    total.passed += steps.length - failed
    total.failed += failed
  }
  console.log(`${total.passed} passed, ${total.failed} failed`)
  if (total.failed > 0) process.exitCode = 1
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => cleanUp().then(() => process.exit(1)))
}
try {
  await main()
} catch (error) {
  console.error(`tour.mjs: ${error.message}`)
  process.exitCode = 1
} finally {
  await cleanUp()
}
