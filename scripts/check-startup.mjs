// Checks what an isolate has to load and to run before its first request.
//
// The time of a start depends on the computer and on what else it does. So this counts: the bytes of the Worker after gzip, and the calls
// of functions while its module is evaluated. Both are the same on every computer. `npx wrangler check startup` shows where the time goes.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { registerHooks } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'

// 25 kB are @simplewebauthn/server, without the packages that wrangler.toml leaves out. 52 kB are rrule-temporal, with the Temporal that
// workerd does not have; 28 kB read the files of other programs, and 10 kB what is typed into quick add.
const MAX_GZIP_BYTES = 450_000
const MAX_CALLS = 59_000

const root = fileURLToPath(new URL('..', import.meta.url))

/** Builds the Worker as `wrangler deploy` does. @param {string} directory */
function build(directory) {
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js')
  const { status, stderr } = spawnSync(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', directory], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, WRANGLER_HIDE_BANNER: 'true', WRANGLER_SEND_METRICS: 'false' },
  })
  if (status !== 0) throw new Error(`wrangler could not build the Worker:\n${stderr}`)
}

/** What the Worker uses of its runtime while its module is evaluated. */
const RUNTIME = 'data:text/javascript,export class WorkerEntrypoint {}'
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'cloudflare:workers' ? { url: RUNTIME, shortCircuit: true } : next(specifier, context),
})

/** How many calls of its functions the module makes while it is evaluated. @param {string} url */
async function countCalls(url) {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  await import(url)
  const { result } = await session.post('Profiler.takePreciseCoverage')
  session.disconnect()
  const functions = result.find((script) => script.url === url)?.functions ?? []
  return functions.reduce((sum, { ranges: [whole] }) => sum + (whole?.count ?? 0), 0)
}

const directory = mkdtempSync(join(tmpdir(), 'latchkey-startup-'))
try {
  build(directory)
  const files = readdirSync(directory).filter((name) => !name.endsWith('.map') && name !== 'README.md')
  // With `memLevel: 7` the result is as small as that of the gzip command.
  const bytes = gzipSync(Buffer.concat(files.sort().map((name) => readFileSync(join(directory, name)))), {
    level: 9,
    memLevel: 7,
  }).length
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }')
  const calls = await countCalls(pathToFileURL(join(directory, 'index.js')).href)
  console.log(
    `The Worker is ${bytes} bytes after gzip, of ${MAX_GZIP_BYTES}; its start makes ${calls} calls, of ${MAX_CALLS}`,
  )
  if (bytes > MAX_GZIP_BYTES || calls === 0 || calls > MAX_CALLS) process.exitCode = 1
} finally {
  rmSync(directory, { recursive: true })
}
