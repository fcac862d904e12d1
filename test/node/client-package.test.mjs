import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findChromium } from '../../scripts/chromium.mjs'
import { beginToServe, freePort } from '../../scripts/serve.mjs'
import { install } from '../../scripts/tools.mjs'

/*
 * The package @latchkey/client as an app gets it: packed, installed in an empty folder, compiled, and run on each Node, in Chromium, and
 * in a Worker beside.
 */

const root = fileURLToPath(new URL('../..', import.meta.url))
const CLIENT = join(root, 'packages/client')
const GENERATORS = join(root, 'scripts/tools/generators')
const NODES = join(root, 'scripts/tools/nodes')
const COMPILERS = [GENERATORS, root].map((place) => join(place, 'node_modules/typescript/bin/tsc'))

const folder = mkdtempSync(join(tmpdir(), 'latchkey-client-'))
/** Where Workers on one computer find each other. */
const registry = mkdtempSync(join(tmpdir(), 'latchkey-registry-'))

/** @type {Awaited<ReturnType<typeof beginToServe>>} */
let server
/** @type {number} */
let pagePort
/** @type {string[]} */
let packed

/** @param {string} command @param {string[]} args */
const run = (command, args, cwd = folder) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'))

beforeAll(async () => {
  process.env.WRANGLER_REGISTRY_PATH = registry
  pagePort = await freePort()
  server = await beginToServe(['--var', `ALLOWED_ORIGINS:http://localhost:${pagePort}`])
  install(GENERATORS)
  if (process.platform === 'linux') install(NODES)
  // As docs/client.md says it.
  run('npm', ['run', 'pack:client', '--loglevel=error', '--', '--pack-destination', folder], root)
  const tarball = `latchkey-client-${readJson(join(CLIENT, 'package.json')).version}.tgz`
  packed = run('tar', ['-tzf', tarball]).trim().split('\n')
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', `./${tarball}`])
  cpSync(join(root, 'test/node/client-package'), folder, { recursive: true })
  compile({ module: 'nodenext', moduleResolution: 'nodenext' })
  await server.ready
}, 300_000)

afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
  rmSync(registry, { recursive: true })
})

/** Compiles the app strictly, with each compiler. The last one writes `out/app.js`. */
function compile(modules, [compiler = '', ...others] = COMPILERS) {
  const compilerOptions = {
    ...modules,
    target: 'es2022',
    lib: ['es2022', 'dom', 'dom.iterable'],
    types: [],
    strict: true,
    skipLibCheck: false,
    outDir: 'out',
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['app.ts'] }))
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', '.'], { cwd: folder, encoding: 'utf8' })
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
  if (others.length > 0) compile(modules, others)
}

/** These declarations, and those that they import. */
function withImports(paths, found = new Set()) {
  for (const path of paths) {
    if (found.has(path)) continue
    found.add(path)
    const imported = readFileSync(join(CLIENT, path), 'utf8').matchAll(/from '(\.[^']*)\.js'/g)
    withImports(
      [...imported].map(([, other]) => `./${join(dirname(path), `${other}.d.ts`)}`),
      found,
    )
  }
  return found
}

it('contains what its exports name, and what these need, and nothing else', () => {
  const { exports } = readJson(join(CLIENT, 'package.json'))
  const code = Object.values(exports).map(({ default: path }) => path)
  const types = withImports(Object.values(exports).map(({ types: path }) => path))
  const expected = ['LICENSE', 'README.md', 'package.json', ...code, ...types].map((path) => join('package', path))
  expect(packed.toSorted()).toEqual(expected.toSorted())
})

it('has the version of the API', () => {
  expect(readJson(join(CLIENT, 'package.json')).version).toBe(readJson(join(root, 'package.json')).version)
})

it.each([
  { moduleResolution: 'bundler', module: 'esnext' },
  { moduleResolution: 'node16', module: 'node16' },
  { moduleResolution: 'nodenext', module: 'nodenext' },
])('has types that resolve under $moduleResolution, and pass without skipLibCheck', (modules) => compile(modules))

/** The older Nodes are there for Linux. */
const nodes = process.platform === 'linux' ? [20, 22, 24] : []

it.each([...nodes, 26])('runs on Node %i', (version) => {
  const bin = `node_modules/node${version}-${process.platform}-${process.arch}/bin/node`
  const node = version === 26 ? process.execPath : join(NODES, bin)
  expect(run(node, ['--version'])).toMatch(`v${version}.`)
  expect(JSON.parse(run(node, ['main.mjs', server.origin, `node.${version}`]))).toEqual([
    'Buy milk',
    'Buy milk',
    'Buy bread',
  ])
})

it('runs in a page, in a bundle of esbuild', async () => {
  const options = findChromium()
  if (!options) return console.warn('There is no Chromium: the package was not tried in a page.')
  const bundled = await build({
    stdin: { contents: "import * as app from './app.ts'; globalThis.app = app", resolveDir: folder },
    bundle: true,
    format: 'iife',
    write: false,
  })
  const page = createServer((request, response) => {
    const isScript = request.url === '/app.js'
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html')
    response.end(
      isScript ? bundled.outputFiles[0].text : '<!doctype html><title>App</title><script src="/app.js"></script>',
    )
  }).listen(pagePort, 'localhost')
  const browser = await chromium.launch(options)
  try {
    const tab = await browser.newPage()
    await tab.goto(`http://localhost:${pagePort}/`)
    expect(await tab.evaluate((origin) => globalThis.app.tryIt(origin, 'page'), server.origin)).toEqual([
      'Buy milk',
      'Buy milk',
      'Buy bread',
    ])
  } finally {
    await browser.close()
    page.close()
  }
})

it('has the types that examples/offline-todos needs', () => {
  expect(run(process.execPath, [COMPILERS[1], '-p', join(root, 'examples/offline-todos')])).toBe('')
})

it('tells a Worker beside who made a request, as examples/other-worker shows', async () => {
  const example = join(folder, 'other-worker')
  cpSync(join(root, 'examples/other-worker'), example, { recursive: true })
  const compilerOptions = {
    module: 'esnext',
    moduleResolution: 'bundler',
    target: 'es2022',
    lib: ['es2024'],
    types: [join(root, 'node_modules/@cloudflare/workers-types')],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  }
  writeFileSync(join(example, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }))
  expect(run(process.execPath, [COMPILERS[0], '-p', example])).toBe('')
  const port = await freePort()
  const args = [join(root, 'node_modules/.bin/wrangler'), 'dev', '--port', String(port), '--ip', '127.0.0.1']
  const worker = spawn(process.execPath, args, { cwd: example, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  try {
    await once(worker, 'message')
    const signedUp = await fetch(`${server.origin}/api/v1/auth/sign-up`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ username: 'alice', password: 'correct horse battery staple', tokens: 'body' }),
    })
    const { accessToken } = await signedUp.json()
    const headers = { Authorization: `Bearer ${accessToken}` }
    const ask = async (init) => {
      const answer = await fetch(`http://127.0.0.1:${port}/`, init)
      return { status: answer.status, body: await answer.json() }
    }
    expect(await ask({})).toEqual({ status: 200, body: { hello: 'stranger' } })
    expect(await ask({ headers })).toEqual({ status: 200, body: { hello: 'alice' } })
    expect(await ask({ method: 'POST', headers, body: 'Buy milk' })).toEqual({
      status: 200,
      body: { by: 'alice', note: 'Buy milk' },
    })
    expect(await ask({ method: 'POST', body: 'Buy milk' })).toMatchObject({
      status: 401,
      body: { code: 'unauthenticated' },
    })
    // Alice has just signed up. `test/service-binding.test.ts` has the others.
    expect(await ask({ method: 'DELETE', headers })).toEqual({ status: 200, body: { forgotten: 'alice' } })
    expect(await ask({ method: 'DELETE' })).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
  } finally {
    worker.kill('SIGTERM')
    await once(worker, 'exit')
  }
})
