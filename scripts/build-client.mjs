// What `npm run build:client` runs: makes packages/client/dist from packages/client/src, for apps to import. `npm pack` runs it too.
//
// The sources of the Worker only compile with its own settings, which an app does not have. So the app gets declarations, in
// which TypeScript writes the type of the client out in full. They import nothing but hono/client.

import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const client = join(root, 'packages/client')
const dist = join(client, 'dist')

/** Declarations of what has the types of the API in it, compiled with the settings of the Worker. */
function declareClient() {
  // Inside the project, so that TypeScript finds the packages that the sources import.
  const cache = join(root, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  const scratch = mkdtempSync(join(cache, 'client-'))
  try {
    const config = join(scratch, 'tsconfig.json')
    const files = [join(client, 'src/worker.ts'), join(root, 'src/env.d.ts')]
    const compilerOptions = {
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      rootDir: root,
      outDir: scratch,
    }
    writeFileSync(config, JSON.stringify({ extends: join(root, 'tsconfig.json'), files, include: [], compilerOptions }))
    runTypeScript(config)
    for (const file of ['client.d.ts', 'worker.d.ts'])
      copyFileSync(join(scratch, 'packages/client/src', file), join(dist, file))
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

const runTypeScript = (config) =>
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', config], { stdio: 'inherit' })

rmSync(dist, { recursive: true, force: true })
mkdirSync(dist)
await build({
  absWorkingDir: client,
  entryPoints: ['src/client.ts', 'src/worker.ts'],
  outdir: 'dist',
  bundle: true,
  packages: 'external',
  format: 'esm',
  target: 'es2022',
})
declareClient()
