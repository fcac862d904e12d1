// What `npm run build:client` runs: makes packages/client/dist from packages/client/src, for apps to import. So does
// `npm run pack:client`.
//
// The sources of the Worker only compile with its own settings, which an app does not have. So the app gets declarations, in
// which TypeScript writes the type of the client out in full. They import nothing but hono/client and each other.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const client = join(root, 'packages/client')
const dist = join(client, 'dist')

const entries = ['src/client.ts', 'src/offline.ts', 'src/node.ts', 'src/worker.ts']

/** What the sources use of Node. */
const NODE_TYPES = 'src/node/node.d.ts'

/** Declarations of what has the types of the API in it, compiled with the settings of the Worker. */
function declareClient() {
  // Inside the project, so that TypeScript finds the packages that the sources import.
  const cache = join(root, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  const scratch = mkdtempSync(join(cache, 'client-'))
  try {
    const config = join(scratch, 'tsconfig.json')
    const files = [...entries.map((entry) => join(client, entry)), join(client, NODE_TYPES), join(root, 'src/env.d.ts')]
    const compilerOptions = {
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      rootDir: root,
      outDir: scratch,
    }
    writeFileSync(config, JSON.stringify({ extends: join(root, 'tsconfig.json'), files, include: [], compilerOptions }))
    runTypeScript(config)
    const declared = join(scratch, 'packages/client/src')
    for (const entry of entries) copyDeclaration(declared, basename(entry).replace(/ts$/, 'd.ts'))
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

/** Copies a declaration and those that it imports. Under node16 and nodenext, imports need the extension. */
function copyDeclaration(folder, path) {
  if (existsSync(join(dist, path))) return
  const text = readFileSync(join(folder, path), 'utf8')
  mkdirSync(dirname(join(dist, path)), { recursive: true })
  writeFileSync(join(dist, path), text.replace(/(from '\.[^']*?)(?:\.js)?'/g, "$1.js'"))
  for (const [, other] of text.matchAll(/from '(\.[^']*?)(?:\.js)?'/g))
    copyDeclaration(folder, join(dirname(path), `${other}.d.ts`))
}

const runTypeScript = (config) =>
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', config], { stdio: 'inherit' })

rmSync(dist, { recursive: true, force: true })
mkdirSync(dist)
await build({
  absWorkingDir: client,
  entryPoints: entries,
  outdir: 'dist',
  bundle: true,
  packages: 'external',
  format: 'esm',
  target: 'es2022',
})
declareClient()
