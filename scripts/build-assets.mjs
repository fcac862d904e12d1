// Builds dist/assets: the files that Cloudflare serves itself ([assets] in wrangler.toml), and their headers. `[build]` in
// wrangler.toml runs it.

import { mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { buildKeep, buildWorker } from './build-keeping.mjs'
import { buildReference } from './build-reference.mjs'
import { commonPasswords } from './common-passwords.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const OUTPUT = join(root, 'dist/assets')

/** Folders whose files are served, and the path that they are served at. */
const sources = [
  { folder: 'src/console/assets', path: 'console' },
  { folder: 'src/docs/assets', path: 'docs' },
]

/** What the pages load, each made of several files. `out` is its name in dist/assets, without the extension. */
const bundles = [
  { in: 'src/console/browser/console.ts', out: 'console/console' },
  { in: 'src/console/styles/console.css', out: 'console/console' },
]

/** What a page needs without a network. */
const KEPT_FILES = ['console.css', 'console.js', 'keep.js', 'icon.svg', 'icons.svg', 'manifest.webmanifest']

/** What the shell is made of, which the Worker renders: src/console/offline/shell.tsx. */
const SHELL_SOURCES = ['offline', 'page', 'texts']

/** Writes only files that differ, because `wrangler dev` watches the folder and restarts after each write. */
export async function buildAssets() {
  const files = new Map([
    ['_headers', headers()],
    ['common-passwords.txt', Buffer.from(commonPasswords())],
  ])
  for (const { folder, path } of sources) {
    for (const name of filesOf(join(root, folder))) {
      files.set(join(path, name), readFileSync(join(root, folder, name)))
    }
  }
  for (const { path, contents } of await bundle()) files.set(relative(OUTPUT, path), Buffer.from(contents))
  files.set('console/keep.js', Buffer.from(await buildKeep()))
  files.set('console-worker.js', Buffer.from(await buildWorker(keptFiles(files), shellSources())))
  for (const [name, text] of await buildReference()) files.set(join('docs', name), Buffer.from(text))
  for (const [name, content] of files) writeIfChanged(join(OUTPUT, name), content)
  for (const name of filesOf(OUTPUT)) if (!files.has(name)) rmSync(join(OUTPUT, name))
}

/** @param {Map<string, Buffer>} files */
const keptFiles = (files) =>
  new Map(KEPT_FILES.map((name) => [`/console/${name}`, files.get(`console/${name}`) ?? Buffer.alloc(0)]))

function shellSources() {
  const folders = SHELL_SOURCES.map((name) => join(root, 'src/console', name))
  return folders
    .flatMap((folder) =>
      filesOf(folder)
        .sort()
        .map((name) => readFileSync(join(folder, name), 'utf8')),
    )
    .join()
}

async function bundle() {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: bundles,
    outdir: OUTPUT,
    write: false,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    external: ['/console/*'],
    logLevel: 'error',
  })
  return outputFiles
}

/** The policy of a service worker is its own, and not that of the pages: it only asks this origin. */
const WORKER_POLICY = "default-src 'none'; connect-src 'self'; frame-ancestors 'none'"

/** The security headers of the Worker, for all files (https://developers.cloudflare.com/workers/static-assets/headers/). */
function headers() {
  const json = readFileSync(join(root, 'src/http/security-headers.json'), 'utf8')
  const lines = Object.entries(JSON.parse(json)).map(([name, value]) => `  ${name}: ${value}`)
  const policy = ['  ! Content-Security-Policy', `  Content-Security-Policy: ${WORKER_POLICY}`]
  return Buffer.from(['/*', ...lines, '/console-worker.js', ...policy, ''].join('\n'))
}

/** @param {string} folder @returns {string[]} paths inside it; none if there is no such folder */
function filesOf(folder) {
  const isThere = statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false
  const names = isThere ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : []
  return names.filter((name) => statSync(join(folder, name)).isFile())
}

/** @param {string} path @param {Buffer} content */
function writeIfChanged(path, content) {
  const isThere = statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
  if (isThere && readFileSync(path).equals(content)) return
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await buildAssets()
