// What `npm run build:client` runs: makes dist/client.js and dist/client.d.ts from src/client.ts, for apps to import.
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
// Inside the project, so that TypeScript finds the packages that the sources import.
const cache = join(root, 'node_modules/.cache')
mkdirSync(cache, { recursive: true })
const scratch = mkdtempSync(join(cache, 'client-'))

try {
  await build({ absWorkingDir: root, entryPoints: ['src/client.ts'], outdir: 'dist', format: 'esm', target: 'es2022' })
  const config = join(scratch, 'tsconfig.json')
  const files = ['src/client.ts', 'src/env.d.ts'].map((file) => join(root, file))
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: root,
    outDir: scratch,
  }
  writeFileSync(config, JSON.stringify({ extends: join(root, 'tsconfig.json'), files, include: [], compilerOptions }))
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', config], { stdio: 'inherit' })
  copyFileSync(join(scratch, 'src/client.d.ts'), join(root, 'dist/client.d.ts'))
} finally {
  rmSync(scratch, { recursive: true })
}
